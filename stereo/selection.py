"""Selection: from a volume of costs to whole disparities of both views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .aggregation.arguments import disparity_map
from .bands import in_bands
from .contract import Float32
from .memory import allocate
from .types import StereoValueError
from .volume import CostVolume, checked_volume

__all__ = ["lowest", "per_pixel", "right_view", "second_best", "winner_indices", "winner_take_all"]


def winner_take_all(volume: CostVolume, threads: int | None = None) -> Float32:
    """Choose the disparity of the smallest cost for each left pixel.

    Only candidates count: disparities d whose counterpart x - d lies in the right image.

    Parameters
    ----------
    volume : CostVolume
        Aggregated or not.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        Whole px, the smallest on ties; NaN where a pixel has no candidate.

    Raises
    ------
    StereoError
        If `volume` is no CostVolume, or `threads` can't be used.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.array([[[1, 0, 0], [1, 0, 0], [3, 2, 2]]], np.uint8)
    >>> winner_take_all(CostVolume(data))  # x = 0 has d = 0 only
    array([[0., 1., 1.]], dtype=float32)
    """
    from .backends.numba_kernels import volume_selection

    return per_pixel(volume_selection.winners, volume, threads=threads)


def right_view(volume: CostVolume, threads: int | None = None) -> Float32:
    """Choose the disparity of the smallest cost for each right pixel, from the same volume.

    The cost of the right pixel (y, x) at d is that of the left pixel (y, x + d) at d; its
    candidates are the d for which x + d lies in the left image.

    Parameters
    ----------
    volume : CostVolume
        Of the left view.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        x_left - x_right in whole px, seen from the right image; the smallest on ties, NaN where
        a pixel has no candidate.

    Raises
    ------
    StereoError
        If `volume` is no CostVolume, or `threads` can't be used.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.array([[[5, 9, 9], [5, 1, 9], [5, 1, 0]]], np.uint8)
    >>> right_view(CostVolume(data))
    array([[2., 1., 0.]], dtype=float32)
    """
    from .backends.numba_kernels import volume_selection

    return per_pixel(volume_selection.right_winners, volume, threads=threads)


def lowest(volume: CostVolume, disparity: Float32, threads: int | None = None) -> Float32:
    """Return the cost of each left pixel at its disparity, which is S1 at the winners.

    Parameters
    ----------
    volume : CostVolume
    disparity : ndarray, float32 (H, W)
        Candidates in whole px, such as those of :func:`winner_take_all`; NaN for none.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        Costs; NaN where `disparity` is.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.array([[[1, 0, 0], [4, 2, 6], [3, 2, 7]]], np.uint8))
    >>> lowest(volume, winner_take_all(volume))
    array([[1., 2., 2.]], dtype=float32)
    """
    index = winner_indices(volume, disparity)
    costs = allocate(volume.shape[:2], np.float32, "map")

    def look_up(first: int, stop: int) -> None:
        rows, at = slice(first, stop), np.maximum(index[first:stop], 0)[..., None]
        costs[rows] = np.take_along_axis(volume.data[rows], at, axis=2)[..., 0]
        costs[rows][index[rows] < 0] = np.nan

    in_bands(look_up, volume.shape[0], threads)
    return costs


def second_best(volume: CostVolume, disparity: Float32, threads: int | None = None) -> Float32:
    """Return S2, the smallest cost of a candidate more than 1 px from the disparity.

    Parameters
    ----------
    volume : CostVolume
    disparity : ndarray, float32 (H, W)
        Candidates in whole px, such as those of :func:`winner_take_all`; NaN for none.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        Costs; +inf where there is no such candidate, NaN where `disparity` is.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.array([[[1, 0, 0], [4, 2, 6], [3, 2, 7]]], np.uint8))
    >>> second_best(volume, np.array([[0, 1, 0]], np.float32))
    array([[inf, inf,  7.]], dtype=float32)
    """
    from .backends.numba_kernels import volume_selection

    index = winner_indices(volume, disparity)
    return per_pixel(volume_selection.rivals, volume, index, threads=threads)


def winner_indices(volume: CostVolume, disparity: Any) -> npt.NDArray[np.int32]:
    """Return i = d - min_disp of a map of whole disparities, -1 for NaN, all of them candidates.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel: the message has the first.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.zeros((1, 3, 2), np.uint8), min_disp=-1)
    >>> winner_indices(volume, np.array([[-1, 0, np.nan]], np.float32))
    array([[ 0,  1, -1]], dtype=int32)
    """
    checked_volume(volume)
    disparity = disparity_map("the disparity", disparity, volume.shape[:2])
    missing = np.isnan(disparity)
    whole = np.where(missing, np.float32(volume.min_disp), disparity)
    column = np.arange(volume.shape[1])
    counterpart = column - whole.astype(np.float64)
    inside = (counterpart >= 0) & (counterpart < column.size)
    inside &= (whole >= volume.min_disp) & (whole < volume.max_disp)
    for wrong, reason in (
        (whole != np.rint(whole), "whole disparities are needed, from before the refinement"),
        (~inside, f"not a candidate of {volume.min_disp} … {volume.max_disp - 1} px there"),
    ):
        if (wrong & ~missing).any():
            y, x = np.argwhere(wrong & ~missing)[0]
            raise StereoValueError(
                f"the disparity is {disparity[y, x]:g} at row {y}, column {x}: {reason}"
            )
    return np.where(missing, -1, whole.astype(np.int64) - volume.min_disp).astype(np.int32)


def per_pixel(
    kernel: Callable[..., None], volume: CostVolume, *arguments: Any, threads: int | None
) -> Float32:
    """Return the map (H, W) that a kernel makes of a volume.

    Parameters
    ----------
    kernel : callable
        Called as ``kernel(extent, flat, *arguments, result, first, stop)`` for bands of rows.
    volume : CostVolume
    *arguments : ndarray or number
    threads : int, optional
    """
    from .backends.numba_kernels.volume_candidates import Extent

    checked_volume(volume)
    extent, flat = Extent(*volume.shape, volume.min_disp), volume.data.reshape(-1)
    result: Float32 = allocate(volume.shape[:2], np.float32, "map")
    in_bands(
        lambda first, stop: kernel(extent, flat, *arguments, result, first, stop),
        extent.height,
        threads,
    )
    return result
