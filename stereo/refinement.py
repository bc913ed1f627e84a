"""Refinement: from whole disparities to fractions of a pixel."""

from __future__ import annotations

import numpy as np

from .aggregation import arguments
from .contract import Float32
from .selection import winner_indices
from .volume import CostVolume

__all__ = ["equiangular", "parabola"]


def parabola(volume: CostVolume, disparity: Float32, threads: int | None = None) -> Float32:
    """Move each disparity to the minimum of the parabola through three costs.

    With a = S(d - 1) - S(d) and c = S(d + 1) - S(d) the offset is (a - c) / (2 (a + c)), and 0
    where the three are equal. It suits costs that grow like squares.

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
        Px; NaN stays NaN. A disparity stays whole where d - 1 or d + 1 is no candidate, or
        costs less.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.full((1, 3, 3), (6, 2, 4), np.uint8))
    >>> parabola(volume, np.array([[0, 1, 1]], np.float32)).round(3)
    array([[0.   , 1.   , 1.167]], dtype=float32)
    """
    from .backends.numba_kernels.volume_selection import PARABOLA

    return _refined(volume, disparity, PARABOLA, threads)


def equiangular(volume: CostVolume, disparity: Float32, threads: int | None = None) -> Float32:
    """Move each disparity to the tip of a symmetric V through three costs.

    With a = S(d - 1) - S(d) and c = S(d + 1) - S(d) the offset is (a - c) / (2 max(a, c)), and 0
    where the three are equal (Shimizu and Okutomi 2005, "Sub-pixel estimation error cancellation
    on area-based matching", compare it with the parabola). It suits costs that grow like absolute
    differences, and sums of census bits.

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
        Px; NaN stays NaN. A disparity stays whole where d - 1 or d + 1 is no candidate, or
        costs less.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> volume = CostVolume(np.full((1, 3, 3), (6, 2, 4), np.uint8))
    >>> equiangular(volume, np.array([[0, 1, 1]], np.float32))
    array([[0.  , 1.  , 1.25]], dtype=float32)
    """
    from .backends.numba_kernels.volume_selection import EQUIANGULAR

    return _refined(volume, disparity, EQUIANGULAR, threads)


def _refined(volume: CostVolume, disparity: Float32, law: int, threads: int | None) -> Float32:
    from .backends.numba_kernels.volume_candidates import Extent
    from .backends.numba_kernels.volume_selection import refine

    index = winner_indices(volume, disparity)
    extent = Extent(*volume.shape, volume.min_disp)
    flat = volume.data.reshape(-1)
    refined = arguments.allocated(volume.shape[:2], np.float32, "disparities")
    arguments.run_rows(
        lambda first, stop: refine(extent, flat, index, law, refined, first, stop),
        extent.height,
        threads,
    )
    return refined
