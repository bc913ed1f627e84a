"""Confidence: how far a disparity can be trusted, in [0, 1]; higher is surer."""

from __future__ import annotations

import numpy as np

from .aggregation import arguments
from .contract import Float32
from .selection import lowest, second_best
from .types import StereoTypeError, StereoValueError
from .volume import CostVolume

__all__ = ["left_right", "path_agreement", "peak_ratio"]


def peak_ratio(volume: CostVolume, disparity: Float32, threads: int | None = None) -> Float32:
    """Return 1 - S1 / S2: how much worse the best rival is.

    S1 is the cost at the disparity, S2 the smallest one of a candidate more than 1 px away.
    It is the confidence of :meth:`stereo.SGM.match`.

    Parameters
    ----------
    volume : CostVolume
        Aggregated costs.
    disparity : ndarray, float32 (H, W)
        Candidates in whole px, such as those of :func:`stereo.selection.winner_take_all`; NaN
        for none.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        In [0, 1]; 1 where there is no rival, 0 where S2 is below S1 or 0, and where the
        disparity is NaN.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.full((1, 3, 3), (1, 3, 4), np.uint8))
    >>> peak_ratio(volume, np.array([[0, 0, 0]], np.float32))
    array([[1.  , 1.  , 0.75]], dtype=float32)
    """
    best = lowest(volume, disparity, threads)
    second = second_best(volume, disparity, threads)
    rivalled = np.isfinite(second) & (second > 0)
    difference = np.where(rivalled, np.maximum(second - best, 0), np.float32(0))
    ratio: Float32 = difference / np.where(rivalled, second, np.float32(1))
    ratio[np.isposinf(second)] = 1
    return ratio


def left_right(disparity: Float32, right_disparity: Float32, threads: int | None = None) -> Float32:
    """Return 1 / (1 + e), where e is how far the right view is from agreeing, in px.

    For the left pixel x at d, e = |d - right_disparity(x - d)|, with x - d rounded to the
    nearest column (up on ties).

    Parameters
    ----------
    disparity, right_disparity : ndarray, float32 (H, W)
        x_left - x_right in px, seen from either image, NaN = no match; sub-pixel or not.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        In [0, 1]; 0 where the pixel or its counterpart has no disparity.

    Raises
    ------
    StereoError
        If the maps differ in shape, are not floating-point, or a disparity is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> left = np.array([[np.nan, 1, 2, 0]], np.float32)
    >>> left_right(left, np.array([[1, 1, 1, 1]], np.float32))
    array([[0. , 1. , 0.5, 0.5]], dtype=float32)
    """
    left = arguments.disparity_map("the disparity", disparity, np.shape(disparity))
    if left.ndim != 2:
        raise StereoValueError(f"the disparity has shape {left.shape}: (H, W) is needed")
    right = arguments.disparity_map("the right disparity", right_disparity, left.shape)
    result = np.zeros(left.shape, np.float32)

    def compare(first: int, stop: int) -> None:
        error = _disagreement(left[first:stop], right[first:stop])
        np.divide(1, 1 + error, out=result[first:stop], where=~np.isnan(error))

    arguments.run_rows(compare, left.shape[0], threads)
    return result


def _disagreement(left: Float32, right: Float32) -> Float32:
    """Return |d - right(x - d)|, NaN where one of the two is missing."""
    width = left.shape[1]
    counterpart = np.floor(np.arange(width) - left.astype(np.float64) + 0.5)
    inside = (counterpart >= 0) & (counterpart < width)  # false for NaN
    column = np.where(inside, counterpart, 0).astype(np.intp)
    error: Float32 = np.abs(left - np.take_along_axis(right, column, axis=1))
    error[~inside] = np.nan
    return error


def path_agreement(winners: Float32, disparity: Float32, threads: int | None = None) -> Float32:
    """Return the share of the aggregation paths that alone would choose nearly the same.

    Parameters
    ----------
    winners : ndarray, float32 (paths, H, W)
        The choice of each path in px, of :func:`stereo.aggregation.sgm_with_path_winners`.
    disparity : ndarray, float32 (H, W)
        Px, NaN = no match; sub-pixel or not.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        Share of the paths within 1 px, in [0, 1]; 0 where the disparity is NaN.

    Raises
    ------
    StereoError
        If the shapes do not go together or an array is not floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> winners = np.array([[[4, 7]], [[5, 7]], [[3, 9]], [[4, 2]]], np.float32)
    >>> path_agreement(winners, np.array([[4, 7]], np.float32))
    array([[1. , 0.5]], dtype=float32)
    """
    if not isinstance(winners, np.ndarray) or winners.dtype != np.float32 or winners.ndim != 3:
        said = f"{winners.dtype} {winners.shape}" if isinstance(winners, np.ndarray) else winners
        raise StereoTypeError(f"winners must be a float32 array (paths, H, W), got {said!r}")
    if winners.shape[0] == 0:
        raise StereoValueError("winners holds no path")
    found = arguments.disparity_map("the disparity", disparity, winners.shape[1:])
    share = np.zeros(found.shape, np.float32)

    def count(first: int, stop: int) -> None:
        for choice in winners[:, first:stop]:
            share[first:stop] += np.abs(choice - found[first:stop]) <= 1  # false for NaN
        share[first:stop] /= np.float32(winners.shape[0])

    arguments.run_rows(count, found.shape[0], threads)
    return share
