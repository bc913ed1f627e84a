"""Checks of what the synthetic scenes are asked for."""

from __future__ import annotations

import operator

from stereo.types import StereoTypeError, StereoValueError

__all__ = ["MAX_DISPARITY", "checked_seed", "disparity_range", "number", "size"]

MAX_DISPARITY = 1 << 14  # float32 still resolves a thousandth of a pixel there
_MAX_PIXELS = 1 << 26


def size(width: int, height: int) -> tuple[int, int]:
    width, height = _whole("width", width), _whole("height", height)
    if width < 1 or height < 1 or width * height > _MAX_PIXELS:
        raise StereoValueError(
            f"size {width} x {height} (width x height) can't be rendered; both must be at least 1 "
            f"and their product at most {_MAX_PIXELS}"
        )
    return width, height


def disparity_range(min_disp: int, max_disp: int) -> tuple[int, int]:
    low, high = _whole("min_disp", min_disp), _whole("max_disp", max_disp)
    if not -MAX_DISPARITY <= low < high <= MAX_DISPARITY:
        raise StereoValueError(
            f"min_disp={low} and max_disp={high} do not bound a range; min_disp must be less than "
            f"max_disp, both within -{MAX_DISPARITY} and {MAX_DISPARITY}"
        )
    return low, high


def checked_seed(seed: int) -> int:
    seed = _whole("seed", seed)
    if seed < 0:
        raise StereoValueError(f"seed={seed} is negative; it must be 0 or more")
    return seed


def _whole(name: str, value: int) -> int:
    if isinstance(value, bool):
        raise StereoTypeError(f"{name}={value!r} is not an integer")
    try:
        return operator.index(value)
    except TypeError:
        raise StereoTypeError(f"{name}={value!r} is not an integer") from None


def number(name: str, value: float, low: float, high: float) -> float:
    if isinstance(value, (str, bytes, bool)):
        raise StereoTypeError(f"{name}={value!r} is not a number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name}={value!r} is not a number") from None
    if not low <= number <= high:
        raise StereoValueError(
            f"{name}={value!r} is out of range; it must be in [{low:g}, {high:g}]"
        )
    return number
