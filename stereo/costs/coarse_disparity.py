"""A disparity map from a volume, as mutual information needs it between its scales."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..bands import in_bands
from ..memory import allocate
from ..volume import CostVolume

__all__ = ["matched"]


def matched(volume: CostVolume, threads: int) -> npt.NDArray[np.float64]:
    """Return the disparities of a volume by semi-global matching over the 4 straight paths.

    Parameters
    ----------
    volume : CostVolume
        4 (maximum + p2) is at most 65535. Its p1 and p2 are used.
    threads : int

    Returns
    -------
    ndarray, float64 (H, W)
        px, with the sub-pixel part of a parabola, since it is to be doubled; NaN where left
        and right disparity differ by more than 1 px.
    """
    from ..backends.numba_kernels.cost_mutual_information import winners

    height, width, _ = volume.shape
    sums = _along_rows(volume.data, volume, threads)
    sums += _along_rows(volume.data.transpose(1, 0, 2), volume, threads).transpose(1, 0, 2)
    left = np.empty((height, width), np.int32)
    right = np.empty((height, width), np.int32)
    in_bands(
        lambda first, stop: winners(sums, volume.min_disp, left, right, first, stop),
        height,
        threads,
    )
    there = np.arange(width) - (left + volume.min_disp)
    back = np.take_along_axis(right, np.clip(there, 0, width - 1), axis=1)
    consistent = (left >= 0) & (np.abs(left - back) <= 1)
    fine = left + float(volume.min_disp) + _offset(sums, left)
    return np.where(consistent, fine, np.nan)


def _offset(sums: npt.NDArray[np.uint16], winner: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return the sub-pixel offset of the parabola, 0 at the ends of the range."""
    last = sums.shape[2] - 1
    middle = np.clip(winner, 1, max(last - 1, 1))
    before, at, after = (
        np.take_along_axis(sums, np.clip(middle + k, 0, last)[..., None], axis=2)[..., 0]
        for k in (-1, 0, 1)
    )
    a, c = before.astype(np.float64) - at, after.astype(np.float64) - at
    curved = (middle == winner) & (a >= 0) & (c >= 0) & (a + c > 0) & (winner < last)
    return np.divide(a - c, 2 * (a + c), out=np.zeros(a.shape), where=curved)


def _along_rows(
    costs: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], volume: CostVolume, threads: int
) -> npt.NDArray[np.uint16]:
    """Return the sum of the path costs of both directions along axis 1."""
    from ..backends.numba_kernels.cost_mutual_information import add_paths

    rows = np.ascontiguousarray(costs)
    sums = allocate(rows.shape, np.uint16)
    sums[:] = 0
    in_bands(
        lambda first, stop: add_paths(rows, volume.p1, volume.p2, sums, first, stop),
        len(rows),
        threads,
    )
    return sums
