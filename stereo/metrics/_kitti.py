"""What KITTI's two stereo benchmarks share: which pixels count, and how holes are filled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.metrics._inputs import (
    BoolArray,
    Float32Array,
    Float64Array,
    counted,
    known,
    map_of,
    same_shape,
)

__all__ = ["Compared", "compared", "kitti_filled"]

_UNFILLED = -1.0  # what the development kit computes with where nothing could be filled


class Compared(NamedTuple):
    """The evaluated pixels of one image, in one row.

    Attributes
    ----------
    evaluated : ndarray, bool (H, W)
        Where they are.
    truth : ndarray, float64 (n,)
        The true disparity, px, above 0.
    errors : ndarray, float64 (n,)
        Absolute errors of the filled map, px.
    estimated : ndarray, bool (n,)
        Which of them had a result before the map was filled.
    """

    evaluated: BoolArray
    truth: Float64Array
    errors: Float64Array
    estimated: BoolArray


def compared(
    disparity: npt.ArrayLike, truth: npt.ArrayLike, nonocc: npt.ArrayLike | None
) -> Compared:
    """Fill a disparity map and compare it with the truth."""
    result, gt = map_of("disparity", disparity), map_of("truth", truth)
    same_shape("disparity", result, gt.shape)
    # 0 means unknown in a ground truth of KITTI, whatever read it.
    evaluated = known(gt > 0, counted("nonocc", nonocc, gt.shape))
    filled = np.nan_to_num(_filled(result)[evaluated], nan=_UNFILLED)
    values = gt[evaluated]
    return Compared(evaluated, values, np.abs(filled - values), result[evaluated] >= 0)


def kitti_filled(disparity: npt.ArrayLike) -> Float32Array:
    """Fill the holes of a disparity map as KITTI's development kits do before they score it.

    In each row a gap takes the smaller of its two ends, which is the background, and then the
    left and right edges take the nearest valid value. Then, in each column, the edges above
    and below take the nearest valid value. So a row without any valid pixel stays a hole if
    there are filled rows above and below it.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Pixels; NaN, infinite or negative = a hole.

    Returns
    -------
    ndarray, float32 (H, W)
        NaN where nothing could be filled: in such rows, and everywhere in an empty map.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is no floating-point map.

    Examples
    --------
    >>> import numpy as np
    >>> nan = np.nan
    >>> kitti_filled(np.array([[nan, 7, nan, 5, nan], [nan, nan, nan, nan, nan]])).tolist()
    [[7.0, 7.0, 5.0, 5.0, 5.0], [7.0, 7.0, 5.0, 5.0, 5.0]]
    """
    return _filled(map_of("disparity", disparity)).astype(np.float32)


def _filled(result: Float64Array) -> Float64Array:
    valid = np.where(result >= 0, result, np.nan)
    before, after = _nearest_before(valid), _nearest_before(valid[:, ::-1])[:, ::-1]
    rows = np.fmin(before, after)  # the only end where there is one, at the edges of a row
    above, below = _nearest_before(rows.T).T, _nearest_before(rows[::-1].T).T[::-1]
    edges = np.isnan(above) | np.isnan(below)
    return np.where(np.isnan(rows) & edges, np.fmin(above, below), rows)


def _nearest_before(values: Float64Array) -> Float64Array:
    """Return, for each place of a row, the last number up to there; NaN before the first."""
    column = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, column), axis=1)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where(last < 0, np.nan, found)
