"""Scores of a disparity map against the truth: dense, sparse, density, average error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["THRESHOLDS", "Score", "filled", "mean_score", "score"]

THRESHOLDS = (0.5, 1.0, 2.0, 3.0)
"""Errors in pixels from which on a pixel is bad."""

Disparity = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """Quality of one disparity map, or the mean over several.

    Attributes
    ----------
    dense : tuple of float
        For each of `THRESHOLDS` the share of the evaluated pixels, in per cent, whose
        error is larger, after the holes were filled.
    sparse : tuple of float
        The same for the pixels that have a result of their own.
    density : float
        Share of the evaluated pixels that have a result of their own, per cent.
    dense_error, sparse_error : float
        Mean absolute error in pixels, with and without the filled holes.
    """

    dense: tuple[float, ...]
    sparse: tuple[float, ...]
    density: float
    dense_error: float
    sparse_error: float


def score(disparity: Disparity, truth: Disparity, evaluated: Mask) -> Score:
    """Compare a disparity map with the truth on the pixels that are `evaluated`.

    Parameters
    ----------
    disparity : ndarray, float32 (H, W)
        Pixels, NaN = no result.
    truth : ndarray, float32 (H, W)
        Pixels; a number wherever `evaluated` is true.
    evaluated : ndarray, bool (H, W)
        At least one pixel.
    """
    own = np.abs(disparity - truth)[evaluated]
    dense = np.abs(filled(disparity) - truth)[evaluated]
    found = ~np.isnan(own)
    return Score(
        dense=_bad(dense),
        sparse=_bad(own[found]),
        density=100.0 * float(found.mean()),
        dense_error=_mean(dense[~np.isnan(dense)]),
        sparse_error=_mean(own[found]),
    )


def mean_score(scores: list[Score]) -> Score:
    """Average several scores, each counting the same."""

    def mean(values: list[float]) -> float:
        return float(np.mean(values))

    return Score(
        dense=tuple(mean([s.dense[k] for s in scores]) for k in range(len(THRESHOLDS))),
        sparse=tuple(mean([s.sparse[k] for s in scores]) for k in range(len(THRESHOLDS))),
        density=mean([s.density for s in scores]),
        dense_error=mean([s.dense_error for s in scores]),
        sparse_error=mean([s.sparse_error for s in scores]),
    )


def filled(disparity: Disparity) -> Disparity:
    """Fill the holes: a gap of a row takes the smaller of its two ends.

    The smaller disparity is the farther surface, which is what an occlusion hides. A
    gap at the border of the image takes its only end. Rows without any number are then
    filled along the columns in the same way; an empty map stays empty.
    """
    along_rows = _filled_rows(disparity)
    return np.ascontiguousarray(_filled_rows(np.ascontiguousarray(along_rows.T)).T)


def _filled_rows(disparity: Disparity) -> Disparity:
    known = ~np.isnan(disparity)
    width = disparity.shape[1]
    column = np.arange(width)
    before = np.maximum.accumulate(np.where(known, column, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, column, width)[:, ::-1], axis=1)[:, ::-1]
    # One more column of +inf stands for "no neighbour": -1 and width both find it.
    ends = np.pad(disparity, ((0, 0), (0, 1)), constant_values=np.inf)
    left_end = np.take_along_axis(ends, before % (width + 1), axis=1)
    right_end = np.take_along_axis(ends, after, axis=1)
    smaller = np.minimum(left_end, right_end)
    return np.where(np.isinf(smaller), np.float32(np.nan), smaller)


def _bad(errors: Disparity) -> tuple[float, ...]:
    # Not "errors > t": a pixel that is still without a number is bad too.
    return tuple(_mean(~(errors <= threshold)) * 100.0 for threshold in THRESHOLDS)


def _mean(values: npt.NDArray[np.float32] | Mask) -> float:
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")
