"""Fewer points: one a voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, number
from stereo.geometry.points import PointCloud
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["voxel_thinned"]

_MOST_VOXELS = 1 << 62  # of the bounding box, so that an int64 numbers them


def voxel_thinned(cloud: PointCloud | npt.ArrayLike, size: float) -> PointCloud:
    """Replace the points in each voxel by their mean.

    Parameters
    ----------
    cloud : PointCloud or array_like, floating point, (N, 3)
        Points, metres, finite.
    size : float
        Side of a voxel, metres, above 0. Voxels begin at multiples of it.

    Returns
    -------
    PointCloud
        Mean position, float32, and mean colour, with the dtype it had (integers are rounded),
        of each voxel that has a point; in the order of z, then y, then x of the voxels.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the points are no such array, `size` is not above 0, or it is so small that the
        voxels of the bounding box can't be numbered.

    Examples
    --------
    >>> xyz = np.array([[0.01, 0.0, 1.01], [0.03, 0.0, 1.03], [0.2, 0.0, 1.0]], np.float32)
    >>> voxel_thinned(xyz, 0.1).xyz
    array([[0.02, 0.  , 1.02],
           [0.2 , 0.  , 1.  ]], dtype=float32)
    """
    xyz, colors = _checked_cloud(cloud)
    side = number("size", size, positive=True)
    if len(xyz) == 0:
        return PointCloud(xyz, colors)
    _, voxel, count = np.unique(_numbers(xyz, side), return_inverse=True, return_counts=True)
    thinned = _means(xyz, voxel, count).astype(np.float32)
    if colors is None:
        return PointCloud(thinned)
    mean = _means(colors, voxel, count)
    if colors.dtype.kind in "iu":
        mean = np.rint(mean)
    return PointCloud(thinned, mean.astype(colors.dtype))


def _numbers(xyz: npt.NDArray[np.float32], side: float) -> npt.NDArray[np.int64]:
    """Return the number of each point's voxel in the bounding box."""
    with np.errstate(over="ignore"):
        places = np.floor(xyz.astype(np.float64) / side)
        places -= places.min(axis=0)
        extent = places.max(axis=0) + 1
        voxels = float(np.prod(extent))
    if not voxels < _MOST_VOXELS:
        lengths = " x ".join(f"{length:.4g}" for length in np.ptp(xyz.astype(np.float64), axis=0))
        raise StereoValueError(
            f"size = {side:g} m is too small for points that span {lengths} m: that makes "
            f"{voxels:.2g} voxels; take a larger size, or remove far points with max_depth"
        )
    x, y, z = places.astype(np.int64).T
    numbers: npt.NDArray[np.int64] = (z * int(extent[1]) + y) * int(extent[0]) + x
    return numbers


def _means(
    values: npt.NDArray[Any], voxel: npt.NDArray[np.intp], count: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    sums = [np.bincount(voxel.ravel(), weights=values[:, k]) for k in range(3)]
    return np.stack(sums, axis=1) / count[:, np.newaxis]


def _checked_cloud(cloud: Any) -> tuple[npt.NDArray[np.float32], npt.NDArray[Any] | None]:
    given, colors = cloud if isinstance(cloud, PointCloud) else (cloud, None)
    array = as_array("the points", given)
    if array.dtype.kind != "f":
        raise StereoTypeError(f"the points are {array.dtype}: expected floating point, in metres")
    if array.ndim != 2 or array.shape[1] != 3:
        raise StereoValueError(f"the points have shape {array.shape}: expected (N, 3)")
    if not np.isfinite(array).all():
        raise StereoValueError(
            f"{np.count_nonzero(~np.isfinite(array).all(axis=1))} of {len(array)} points are not "
            "finite: leave them out, as points() does"
        )
    if colors is None:
        return array.astype(np.float32), None
    palette = as_array("the colours", colors)
    if palette.shape != array.shape:
        raise StereoValueError(
            f"the colours have shape {palette.shape} and the points {array.shape}: "
            "they must be equal"
        )
    if palette.dtype.kind not in "uif":
        raise StereoTypeError(f"the colours are {palette.dtype}: expected numbers")
    return array.astype(np.float32), palette
