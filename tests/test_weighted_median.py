"""The weighted median: against a plain loop, and all backends alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disparity_maps, guide_for, wide_maps

from stereo import filters
from stereo.backends import reference
from stereo.contract import Backend
from stereo.filters.guided import weight_tables

Map = npt.NDArray[np.float32]
NAN = float("nan")


def frozen(*arrays: npt.NDArray[Any]) -> None:
    for array in arrays:
        array.flags.writeable = False


def weighted_median_by_loop(
    disparity: Map,
    guide: npt.NDArray[np.uint8],
    radius: int,
    weight: Callable[[int, int, int], int],
    edges_only: bool,
) -> Map:
    """Take ``weight(difference, dx, dy)`` and write the definition down."""
    height, width = disparity.shape
    result = disparity.copy()

    def window(y: int, x: int, reach: int) -> list[tuple[int, int]]:
        rows = range(max(0, y - reach), min(height, y + reach + 1))
        return [(v, u) for v in rows for u in range(max(0, x - reach), min(width, x + reach + 1))]

    for y, x in np.argwhere(~np.isnan(disparity)).tolist():
        near = [float(disparity[q]) for q in window(y, x, 2)]
        if edges_only and not (any(map(math.isnan, near)) or max(near) - min(near) > 1):
            continue
        elements = sorted(
            (
                float(disparity[v, u]),
                weight(abs(int(guide[y, x]) - int(guide[v, u])), u - x, v - y),
            )
            for v, u in window(y, x, radius)
            if not np.isnan(disparity[v, u])
        )
        total, sum_so_far = sum(w for _, w in elements), 0
        for value, w in elements:
            sum_so_far += w
            if 2 * sum_so_far >= total:
                result[y, x] = value
                break
    return result


@settings(max_examples=60)
@given(
    disparity=disparity_maps(),
    seed=st.integers(0, 99),
    radius=st.integers(1, 3),
    edges_only=st.booleans(),
)
@pytest.mark.parametrize(("sigma_color", "sigma_space"), [(10.0, 7.0), (2.0, 0.5), (300.0, 1e9)])
def test_weighted_median_by_definition(
    sigma_color: float,
    sigma_space: float,
    disparity: Map,
    seed: int,
    radius: int,
    edges_only: bool,
) -> None:
    guide = guide_for(disparity, seed, levels=9)
    steps = [size for size in (1, 2, 4, 8, 16) if 16 * size > sigma_color * math.log(510)]
    step = steps[0] if steps else 16

    def weight(difference: int, dx: int, dy: int) -> int:
        if difference // step >= 16:
            return 0
        middle = difference // step * step + (step - 1) / 2
        color = round(255 * math.exp(-middle / sigma_color))
        return color * round(255 * math.exp(-math.hypot(dx, dy) / sigma_space))

    expected = weighted_median_by_loop(disparity, guide, radius, weight, edges_only)
    actual = filters.weighted_median(
        disparity,
        guide,
        radius=radius,
        sigma_color=sigma_color,
        sigma_space=sigma_space,
        edges_only=edges_only,
        backend="reference",
    )
    assert_same(actual, expected)


@settings(max_examples=120)
@given(
    disparity=disparity_maps() | wide_maps(),
    seed=st.integers(0, 1 << 20),
    levels=st.sampled_from((2, 9, 256)),
    radius=st.sampled_from((1, 2, 3, 5)),
    sigmas=st.sampled_from(((10.0, 7.0), (1.0, 2.0), (25.0, 7.0), (1000.0, 0.1))),
    edges_only=st.booleans(),
    chosen=st.sampled_from((None, 0.1, 0.9)),
    threads=st.sampled_from((1, 2, 3, 7)),
)
def test_weighted_median_parity(
    fast_backend: Backend,
    disparity: Map,
    seed: int,
    levels: int,
    radius: int,
    sigmas: tuple[float, float],
    edges_only: bool,
    chosen: float | None,
    threads: int,
) -> None:
    guide = guide_for(disparity, seed, levels)
    where = None
    if chosen is not None:
        where = np.random.default_rng(seed).random(disparity.shape) < chosen
        frozen(where)
    color, shift, space = weight_tables(radius, *sigmas)
    frozen(disparity, guide, color, space)
    arguments = disparity, guide, color, shift, space, where, edges_only
    expected = reference.weighted_median(*arguments, 1)
    assert_same(fast_backend.weighted_median(*arguments, threads), expected)


def test_weighted_median_on_a_large_window_and_extreme_values(fast_backend: Backend) -> None:
    rng = np.random.default_rng(5)
    disparity = rng.choice(
        np.array([-0.0, 0.0, 1e-45, -1e-45, 3e38, -3e38, 1, 1 + 2**-23, np.nan], np.float32),
        (12, 70),
    )
    guide = rng.integers(0, 256, disparity.shape, np.uint8)
    for radius in (32, 3):
        color, shift, space = weight_tables(radius, 1e6, 1e6)  # all weights at their largest
        arguments = disparity, guide, color, shift, space, None, radius == 3
        expected = reference.weighted_median(*arguments, 1)
        assert_same(fast_backend.weighted_median(*arguments, 2), expected)


def test_weighted_median_follows_the_guide() -> None:
    guide = np.zeros((20, 20), np.uint8)
    guide[:, 10:] = 200
    truth = np.where(guide > 0, 9, 5).astype(np.float32)
    moved = np.roll(truth, 1, axis=1)
    moved[:, 0] = 5
    moved[4, 4] = np.nan
    smooth = filters.weighted_median(moved, guide, edges_only=True)
    assert np.isnan(smooth[4, 4])
    smooth[4, 4] = 5
    assert_same(smooth, truth)
    assert_same(
        filters.weighted_median(moved, np.stack([guide] * 3, -1)),
        filters.weighted_median(moved, guide),
    )


def test_edges_only_keeps_what_is_smooth(backend: Backend) -> None:
    rng = np.random.default_rng(1)
    disparity = rng.random((30, 90)).astype(np.float32)  # spans less than 1 px
    disparity[9, 40] = np.nan
    disparity[20, 70] = 3
    guide = rng.integers(0, 256, disparity.shape, np.uint8)
    color, shift, space = weight_tables(2, 10, 7)
    result = backend.weighted_median(disparity, guide, color, shift, space, None, True, 2)
    changed = np.argwhere((result != disparity) & ~np.isnan(disparity))
    near = [
        min(abs(y - 9) + 0 if abs(x - 40) <= 2 else 99, abs(y - 20) if abs(x - 70) <= 2 else 99)
        for y, x in changed
    ]
    assert len(changed) > 10
    assert max(near) <= 2


@pytest.mark.parametrize(("sigma", "step"), [(0.01, 1), (2.5, 1), (2.6, 2), (10, 4), (1e9, 16)])
def test_weight_tables(sigma: float, step: int) -> None:
    color, shift, space = weight_tables(2, sigma, 1.0)
    assert 1 << shift == step
    assert color[0] > 0
    assert space[2, 2] == 255
    assert (np.diff(color.astype(int)) <= 0).all()
    beyond = 255 * math.exp(-16 * step / sigma)
    assert beyond < 0.5 or 16 * step == 256  # nothing of weight is cut off
