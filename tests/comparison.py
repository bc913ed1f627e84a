"""How the tests compare arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest


def assert_same(actual: npt.NDArray[Any], expected: npt.NDArray[Any], name: str = "result") -> None:
    """Fail unless dtype, shape and bits are equal; one NaN is as good as another."""
    assert actual.dtype == expected.dtype, name
    assert actual.shape == expected.shape, name
    differ = actual != expected
    if expected.dtype.kind == "f":
        numbers = ~(np.isnan(actual) & np.isnan(expected))
        bits = f"u{expected.itemsize}"
        differ = numbers & (actual.view(bits) != expected.view(bits))
    if differ.any():
        at = tuple(int(index) for index in np.argwhere(differ)[0])
        pytest.fail(
            f"{name}{at} is {actual[at]!r}, expected {expected[at]!r} ({differ.sum()} differ)"
        )


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Whether dtype and values are equal; NaN equals NaN."""
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
