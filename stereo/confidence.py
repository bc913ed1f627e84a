"""Confidence: how far a disparity can be trusted, in [0, 1]; higher is surer."""

from __future__ import annotations

import numpy as np

from .aggregation import arguments
from .arguments import thread_count
from .backends import resolve
from .bands import in_bands
from .contract import Float32
from .refinement import equiangular
from .selection import lowest, second_best
from .types import StereoTypeError, StereoValueError
from .volume import CostVolume, checked_volume

__all__ = ["combined", "left_right", "path_agreement", "peak_ratio"]

# Weights of `combined`, fitted by logistic regression to "the error is at most 1 px" on the 16
# third-size Middlebury scenes of 2005 and 2006, with gradient census (4 paths), 7x7 census
# (8 paths), both with adaptive and constant penalties, and ZNCC.
_BIAS, _AGREEMENT, _CONSISTENT, _DEVIATION = -1.41, 2.07, 0.76, -0.98
_MARGIN, _RATIO = 2.57, 1.79
_LARGEST_DEVIATION = 4  # px; farther from the median nothing changes


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
    return _ratio(lowest(volume, disparity, threads), second_best(volume, disparity, threads))


def _ratio(best: Float32, second: Float32) -> Float32:
    """Return 1 - S1 / S2; 1 where S2 is infinite, 0 where it is NaN, 0 or below S1."""
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

    in_bands(compare, left.shape[0], threads)
    return result


def _disagreement(left: Float32, right: Float32) -> Float32:
    """Return |d - right(x - d)|, NaN where one of the two is missing."""
    width = left.shape[1]
    counterpart = np.floor(np.arange(width) - left.astype(np.float64) + 0.5)
    inside = (counterpart >= 0) & (counterpart < width)  # false for NaN
    column = np.where(inside, counterpart, 0).astype(np.intp)
    with np.errstate(over="ignore"):  # beyond float32 they do not agree at all
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
        array = isinstance(winners, np.ndarray)
        said = f"{winners.dtype} {winners.shape}" if array else type(winners).__name__
        raise StereoTypeError(f"winners must be a float32 array (paths, H, W), got {said}")
    if winners.shape[0] == 0:
        raise StereoValueError("winners holds no path")
    found = arguments.disparity_map("the disparity", disparity, winners.shape[1:])
    share = np.zeros(found.shape, np.float32)

    def count(first: int, stop: int) -> None:
        for choice in winners[:, first:stop]:
            share[first:stop] += np.abs(choice - found[first:stop]) <= 1  # false for NaN
        share[first:stop] /= np.float32(winners.shape[0])

    in_bands(count, found.shape[0], threads)
    return share


def combined(
    volume: CostVolume,
    total: CostVolume,
    disparity: Float32,
    right_disparity: Float32,
    winners: Float32,
    threads: int | None = None,
) -> Float32:
    """Return the likelihood of an error of at most 1 px, from all that matching has seen.

    A logistic regression on the agreement of the paths, the left-right consistency within 1 px,
    the square root of the distance to the 5x5 median (at most 4 px, after
    :func:`stereo.refinement.equiangular`), the margin S2 - S1 per path and largest cost, and
    :func:`peak_ratio`. It ranks errors better than each of them: ``benchmarks/confidence.py``
    prints how well. The choice and the weights are this library's own; Poggi, Tosi and
    Mattoccia 2017, "Quantitative evaluation of confidence measures in a machine learning
    world", compare such measures.

    Parameters
    ----------
    volume : CostVolume
        The matching cost before the aggregation.
    total : CostVolume, uint16
        What :func:`stereo.aggregation.sgm_with_path_winners` made of it.
    disparity : ndarray, float32 (H, W)
        Of :func:`stereo.selection.winner_take_all`: candidates in whole px, NaN for none.
    right_disparity : ndarray, float32 (H, W)
        Of :func:`stereo.selection.right_view`, px; NaN for none.
    winners : ndarray, float32 (paths, H, W)
        The choice of each path, px.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        In [0, 1]; 0 where the disparity is NaN.

    Raises
    ------
    StereoError
        If an argument can't be used or the shapes do not go together.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo import aggregation, selection
    >>> from stereo.volume import CostVolume
    >>> data = np.full((5, 7, 4), 9, np.uint8)
    >>> data[:, :, 2] = 0
    >>> volume = CostVolume(data, maximum=9, p1=2, p2=8)
    >>> total, winners = aggregation.sgm_with_path_winners(volume)
    >>> left, right = selection.winner_take_all(total), selection.right_view(total)
    >>> combined(volume, total, left, right, winners)[2, 4] > 0.9
    np.True_
    """
    checked_volume(volume)
    agreement = path_agreement(winners, disparity, threads)
    best, second = lowest(total, disparity, threads), second_best(total, disparity, threads)
    ratio = _ratio(best, second)
    _check_aggregated(volume, total)
    margin = np.minimum(second, np.float32(total.maximum)) - best  # without a rival the most
    unit = np.float32(max(1, len(winners) * volume.maximum))
    consistent = left_right(disparity, right_disparity, threads) >= 0.5
    evidence = (
        _BIAS
        + _AGREEMENT * agreement
        + _CONSISTENT * consistent
        + _DEVIATION * np.sqrt(_distance_to_median(total, disparity, threads))
        + _MARGIN * np.clip(margin / unit, 0, 1)
        + _RATIO * ratio
    )
    likelihood: Float32 = (1 / (1 + np.exp(-evidence))).astype(np.float32)
    likelihood[np.isnan(disparity)] = 0
    return likelihood


def _check_aggregated(volume: CostVolume, total: CostVolume) -> None:
    """Refuse volumes of which the second can't be the aggregated first."""
    if volume.shape != total.shape or volume.min_disp != total.min_disp:
        raise StereoValueError(
            f"the volumes have shapes {volume.shape} and {total.shape} and begin at "
            f"{volume.min_disp} and {total.min_disp} px: total must be what sgm made of volume"
        )
    if total.maximum < volume.maximum:
        raise StereoValueError(
            f"the maximum of total is {total.maximum} and that of volume {volume.maximum}: the sum "
            "over the paths can't be smaller, were they exchanged?"
        )


def _distance_to_median(total: CostVolume, disparity: Float32, threads: int | None) -> Float32:
    refined = equiangular(total, disparity, threads)
    _, backend = resolve()
    median = backend.median(refined, 5, thread_count(threads))
    distance: Float32 = np.minimum(np.abs(refined - median), np.float32(_LARGEST_DEVIATION))
    return distance
