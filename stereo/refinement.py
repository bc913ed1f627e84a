"""Refinement: from whole disparities to fractions of a pixel."""

from __future__ import annotations

from .arguments import integer
from .contract import Float32
from .selection import per_pixel, winner_indices
from .volume import CostVolume

__all__ = ["equiangular", "parabola", "pooled"]

_WIDEST = 5  # px: up to here float32 holds the sums of 16-bit costs exactly


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
    from .backends.numba_kernels.volume_selection import PARABOLA, refine

    return per_pixel(refine, volume, winner_indices(volume, disparity), PARABOLA, threads=threads)


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
    from .backends.numba_kernels.volume_selection import EQUIANGULAR, refine

    index = winner_indices(volume, disparity)
    return per_pixel(refine, volume, index, EQUIANGULAR, threads=threads)


def pooled(
    volume: CostVolume, disparity: Float32, radius: int = 1, threads: int | None = None
) -> Float32:
    """Move each disparity to the tip of a V through the summed costs of its neighbourhood.

    a and c are those of :func:`equiangular`, summed over the pixels of the window whose
    disparity differs by at most 1 px, all taken at the disparities of the pixel in the middle.
    The offset is (a - c) / (2 max(a, c)), cut to half a pixel, and 0 if neither sum is positive.

    Path costs are noisy beyond whole disparities, and the laws of one pixel cannot see that;
    neighbours on one surface share the offset, or differ evenly where it is slanted. The method
    is this library's own; the window that stays on one surface has its model in the
    support weights of Yoon and Kweon 2006, "Adaptive support-weight approach for
    correspondence search".

    Parameters
    ----------
    volume : CostVolume
        Aggregated costs.
    disparity : ndarray, float32 (H, W)
        Candidates in whole px, such as those of :func:`stereo.selection.winner_take_all`; NaN
        for none.
    radius : int
        The window has 2 * radius + 1 px a side, in [0, 5], and is cut at the image border; 0 is
        :func:`equiangular`.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)
        Px, at most half a pixel away; NaN stays NaN. A disparity stays whole where d - 1 or
        d + 1 is no candidate.

    Raises
    ------
    StereoError
        If a disparity is no whole number or no candidate of its pixel, or an argument has
        another shape, type or range.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.array([[(6, 2, 4), (6, 2, 4), (8, 2, 2)]], np.uint8)
    >>> pooled(CostVolume(data, min_disp=-1), np.array([[0, 0, 0]], np.float32)).round(3)
    array([[0.   , 0.357, 0.   ]], dtype=float32)
    """
    from .backends.numba_kernels.volume_selection import refine_pooled

    index = winner_indices(volume, disparity)
    radius = integer("radius", radius, 0, _WIDEST)
    return per_pixel(refine_pooled, volume, index, radius, threads=threads)
