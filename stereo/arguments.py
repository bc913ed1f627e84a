"""Scalar arguments: what is accepted, and the errors for all else."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import numpy.typing as npt

from .contract import MAX_DISPARITIES
from .cores import available_cores
from .types import StereoTypeError, StereoValueError

__all__ = [
    "MAX_OFFSET",
    "as_array",
    "choice",
    "flag",
    "integer",
    "number",
    "refuse_masked",
    "search_range",
    "thread_count",
    "whole",
    "word",
]

MAX_OFFSET = 1 << 20
"""Largest min_disp, px: float32 still holds such a disparity to 1/8 px."""

_MAX_THREADS = 4096


def whole(name: str, value: Any) -> int:
    """Return an integer of any size; a bool is none."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise StereoTypeError(f"{name} must be an integer, got {value!r}") from None


def integer(name: str, value: Any, smallest: int, largest: int) -> int:
    """Return an integer in [smallest, largest]."""
    found = whole(name, value)
    if not smallest <= found <= largest:
        raise StereoValueError(f"{name} = {found} is not in {smallest} … {largest}")
    return found


def choice(name: str, value: Any, choices: tuple[int, ...]) -> int:
    """Return one of a few integers."""
    found = whole(name, value)
    if found not in choices:
        raise StereoValueError(f"{name} = {found} is not one of {', '.join(map(str, choices))}")
    return found


def number(name: str, value: Any, *, positive: bool = False) -> float:
    """Return a finite number, at least 0 or above 0."""
    try:
        if isinstance(value, bool | str | bytes):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(found) or found < 0 or (positive and found == 0):
        wanted = "above 0" if positive else "at least 0"
        raise StereoValueError(f"{name} = {value} must be finite and {wanted}")
    return found


def word(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return one of a few strings."""
    if not isinstance(value, str):
        raise StereoTypeError(f"{name} must be a string, got {value!r}")
    if value not in choices:
        raise StereoValueError(f"{name} = {value!r} is not one of {', '.join(map(repr, choices))}")
    return value


def flag(name: str, value: Any) -> bool:
    """Return True or False; an integer is neither."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise StereoTypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def refuse_masked(name: str, value: Any) -> None:
    """Raise StereoTypeError for a masked array: nothing here heeds masks."""
    if isinstance(value, np.ma.MaskedArray):
        raise StereoTypeError(f"{name} is a masked array: fill it, masks are not used")


def as_array(name: str, value: Any) -> npt.NDArray[Any]:
    """Return an array_like as an array, unless it is masked or can't be one."""
    refuse_masked(name, value)
    try:
        return np.asarray(value)
    except MemoryError:
        raise
    except Exception as error:  # such as ragged rows, or an array on another device
        raise StereoTypeError(f"{name} can't be made an array: {error}") from error


def thread_count(threads: Any) -> int:
    """Return the number of threads; by default one a core."""
    if threads is None:
        return available_cores()
    return integer("threads", threads, 1, _MAX_THREADS)


def search_range(min_disp: Any, max_disp: Any) -> tuple[int, int]:
    """Return the bounds of min_disp <= d < max_disp, px."""
    first = integer("min_disp", min_disp, -MAX_OFFSET, MAX_OFFSET)
    stop = integer("max_disp", max_disp, -MAX_OFFSET, MAX_OFFSET + MAX_DISPARITIES)
    if stop <= first:
        raise StereoValueError(
            f"max_disp = {stop} must be larger than min_disp = {first}: "
            "the search is min_disp <= d < max_disp"
        )
    if stop - first > MAX_DISPARITIES:
        raise StereoValueError(
            f"the search range of {stop - first} px is too large: at most {MAX_DISPARITIES} px"
        )
    return first, stop
