"""Left-right consistency: where both views agree, and why where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import MAX_OFFSET, integer, number
from ..contract import MAX_DISPARITIES, Float32
from ..types import Flag, StereoValueError
from ._arguments import checked_map, same_shape

__all__ = ["left_right_check", "left_right_flags"]


def left_right_check(
    disparity: npt.ArrayLike, right_disparity: npt.ArrayLike, max_diff: float = 1.0
) -> Float32:
    """Return the disparity with NaN where the other view contradicts it.

    The disparity d at column x is compared with that of the right image at column
    x - round(d) (halves to the even number). It stays if they differ by at most `max_diff`;
    a column outside the image and a NaN there contradict.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Of the left image, px; NaN where there is no match, which stays.
    right_disparity : array_like, float32 (H, W)
        Of the right image, x_left - x_right as well, px. Exchanged roles need a mirrored pair.
    max_diff : float
        Pixels.

    Returns
    -------
    ndarray, float32 (H, W)

    Raises
    ------
    StereoError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> left = np.float32([[1, 1, 1, 3]])
    >>> right = np.float32([[1, 1, 1, 1]])
    >>> stereo.filters.left_right_check(left, right).tolist()
    [[nan, 1.0, 1.0, nan]]
    """
    values, other = _checked_pair(disparity, right_disparity)
    agrees = _agrees(values, other, number("max_diff", max_diff))
    return np.where(agrees, values, np.float32(np.nan))


def left_right_flags(
    disparity: npt.ArrayLike,
    right_disparity: npt.ArrayLike,
    max_disp: int,
    *,
    min_disp: int = 0,
    max_diff: float = 1.0,
) -> npt.NDArray[np.uint8]:
    """Return why the left-right check fails: bits of :class:`stereo.Flag`, 0 where it holds.

    A pixel that fails is a MISMATCH if some whole disparity k of the search range would agree
    with the right map at x - k to within `max_diff`: it is visible there, only badly matched
    (Hirschmüller, PAMI 2008). Otherwise it is hidden in the right image: OCCLUSION, or BORDER
    where the border cuts the search range of x short. On maps of whole numbers this is
    stage 8 of the pipeline.

    Parameters
    ----------
    disparity, right_disparity, max_diff
        As for :func:`left_right_check`. What is NaN already gets 0: its cause is another.
    max_disp : int
        End of the search range, px, exclusive.
    min_disp : int
        Start of the search range, px, inclusive.

    Returns
    -------
    ndarray, uint8 (H, W)

    Raises
    ------
    StereoError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> left = np.float32([[1, 1, 1, 3, 2]])
    >>> right = np.float32([[1, 1, 1, 1, 9]])
    >>> flags = stereo.filters.left_right_flags(left, right, max_disp=4, max_diff=0)
    >>> [stereo.Flag(int(bits)).name for bits in flags[0] if bits]
    ['BORDER', 'MISMATCH', 'MISMATCH']
    """
    values, other = _checked_pair(disparity, right_disparity)
    tolerance = number("max_diff", max_diff)
    low = integer("min_disp", min_disp, -MAX_OFFSET, MAX_OFFSET)
    high = integer("max_disp", max_disp, -MAX_OFFSET, MAX_OFFSET + MAX_DISPARITIES)
    if not 0 < high - low <= MAX_DISPARITIES:
        raise StereoValueError(
            f"min_disp = {low} and max_disp = {high} do not bound 1 … {MAX_DISPARITIES} disparities"
        )
    width = values.shape[1]
    x = np.arange(width)
    candidates = np.minimum(high - 1, x) - np.maximum(low, x - width + 1) + 1
    hidden = np.where(candidates < high - low, Flag.BORDER, Flag.OCCLUSION).astype(np.uint8)
    visible = _some_agrees(other, low, high, tolerance)
    flags: npt.NDArray[np.uint8] = np.where(visible, np.uint8(Flag.MISMATCH), hidden)
    flags[_agrees(values, other, tolerance) | np.isnan(values)] = 0
    return flags


def _checked_pair(disparity: Any, right_disparity: Any) -> tuple[Float32, Float32]:
    values, other = checked_map(disparity), checked_map(right_disparity, "right_disparity")
    same_shape(other, values.shape, "right_disparity")
    return values, other


def _agrees(values: Float32, other: Float32, tolerance: float) -> npt.NDArray[np.bool_]:
    """Where the right map has nearly the same at x - round(d)."""
    width = values.shape[1]
    column = np.arange(width) - np.rint(values.astype(np.float64))
    inside = (column >= 0) & (column < width)  # false for NaN
    at = np.where(inside, column, 0).astype(np.intp)
    seen = np.take_along_axis(other, at, axis=1)
    result: npt.NDArray[np.bool_] = inside & (np.abs(values - seen.astype(np.float64)) <= tolerance)
    return result


def _some_agrees(other: Float32, low: int, high: int, tolerance: float) -> npt.NDArray[np.bool_]:
    """Where the right map at x - k is within `tolerance` of k, for some k in [low, high).

    Each right pixel of disparity v agrees with a run of left pixels, x + k for the k around v.
    Runs begin and end somewhere: a running sum counts those that are open.
    """
    height, width = other.shape
    valid = ~np.isnan(other)
    v = np.where(valid, other, 0).astype(np.float64)
    first, last = np.ceil(v - tolerance), np.floor(v + tolerance)
    first += np.abs(first - v) > tolerance  # where the difference was rounded
    last -= np.abs(last - v) > tolerance
    x = np.arange(width)
    first = np.maximum(np.maximum(first, low) + x, 0)
    last = np.minimum(np.minimum(last, high - 1) + x, width - 1)
    runs = valid & (first <= last)
    rows = np.nonzero(runs)[0] * (width + 1)
    size = height * (width + 1)
    begin = np.bincount(rows + first[runs].astype(np.intp), minlength=size)
    end = np.bincount(rows + last[runs].astype(np.intp) + 1, minlength=size)
    covered: npt.NDArray[np.bool_] = (begin - end).reshape(height, -1).cumsum(axis=1)[:, :-1] > 0
    return covered
