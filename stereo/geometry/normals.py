"""Surface normals of organised points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, integer, number
from stereo.geometry.arguments import finite_array
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["normals"]

_LARGEST_RADIUS = 1000  # px
_BAND_PIXELS = 1 << 15  # worked on at a time: few enough for the cache

Float64Array = npt.NDArray[np.float64]


def normals(
    organised: npt.ArrayLike,
    *,
    radius: int = 3,
    max_jump: float = 0.05,
    viewpoint: npt.ArrayLike = (0.0, 0.0, 0.0),
) -> npt.NDArray[np.float32]:
    """Return the surface normal at each organised point, without smoothing across edges.

    The tangents along rows and columns are averaged over a square window, and their cross
    product is the normal (the averaged 3-D gradients of Holzer, Rusu, Dixon, Gedikli and
    Navab 2012). The window shrinks towards depth jumps and missing points, so that it never
    takes in what lies beyond; next to them the tangents are one-sided.

    Parameters
    ----------
    organised : array_like, floating point, (H, W, 3)
        As from :func:`organised_points`, metres; NaN = no point.
    radius : int
        Largest half side of the window, px: 0 averages nothing. More is smoother.
    max_jump : float
        Neighbours whose distances to the viewpoint differ by more than this share of the nearer
        one don't belong to one surface. A disparity step of 1 px is a share of about
        1 / (d + doffs).
    viewpoint : array_like, 3 numbers
        Where the camera is: normals point towards it. In a chosen frame it is
        ``world_from_left[:3, 3]``.

    Returns
    -------
    ndarray, float32 (H, W, 3)
        Unit vectors; NaN where there is no point, or it has no neighbour of its surface along
        the row or the column.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `organised` is no such array or has infinite numbers, or an option is out of range.

    Examples
    --------
    >>> x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    >>> wall = np.dstack([x, y, np.full_like(x, 10)])
    >>> normals(wall)[1, 2] + 0.0
    array([ 0.,  0., -1.], dtype=float32)
    """
    xyz = _checked_map(organised)
    reach = integer("radius", radius, 0, _LARGEST_RADIUS)
    jump = number("max_jump", max_jump, positive=True)
    eye = finite_array("viewpoint", viewpoint, (3,))
    found = np.empty(xyz.shape, np.float32)
    height, width = xyz.shape[:2]
    rows = max(_BAND_PIXELS // width, 4 * reach, 1)
    for first in range(0, height, rows):
        # What a row depends on: its window, the step beyond it, and the edges around that.
        above, below = max(first - reach - 2, 0), first + rows + reach + 2
        band = _normals(xyz[above:below].astype(np.float64) - eye, reach, jump)
        found[first : first + rows] = band[first - above :][:rows]
    return found


def _normals(xyz: Float64Array, radius: int, max_jump: float) -> Float64Array:
    """Return the normals of points seen from the origin."""
    distance = np.sqrt(np.square(xyz).sum(axis=2))
    joined = [_joined(distance, axis, max_jump) for axis in (0, 1)]
    windows = _window_radii(joined, radius)
    along_y, along_x = (_tangents(xyz, joined[axis], axis, windows) for axis in (0, 1))
    cross: Float64Array = np.cross(along_x, along_y)
    length = np.sqrt(np.square(cross).sum(axis=2))
    away = (cross * xyz).sum(axis=2) > 0
    length[away] *= -1
    length[length == 0] = np.nan  # tangents along one line, such as at a doubled point
    cross /= length[:, :, np.newaxis]
    return cross


def _checked_map(organised: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    array = as_array("organised points", organised)
    if array.dtype.kind != "f":
        raise StereoTypeError(f"organised points are {array.dtype}: expected floating point")
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise StereoValueError(
            f"organised points have shape {array.shape}: expected (H, W, 3), not empty, as from "
            "organised_points()"
        )
    if np.isinf(array).any():
        raise StereoValueError("organised points must be finite, or NaN where there is none")
    return array


def _joined(distance: Float64Array, axis: int, max_jump: float) -> npt.NDArray[np.bool_]:
    """Say which points belong to one surface with the next one along an axis."""
    first, second = _before_and_after(distance, axis)
    with np.errstate(invalid="ignore"):
        close: npt.NDArray[np.bool_] = np.abs(first - second) <= max_jump * np.minimum(
            first, second
        )
    return close


def _before_and_after(array: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], ...]:
    """Return all but the last and all but the first slice along an axis."""
    if axis == 0:
        return array[:-1], array[1:]
    return array[:, :-1], array[:, 1:]


def _window_radii(joined: list[npt.NDArray[np.bool_]], radius: int) -> npt.NDArray[np.intp]:
    """Return the half side of the largest window of each point that crosses no edge."""
    from scipy import ndimage

    height, width = joined[1].shape[0], joined[0].shape[1]
    edge = np.zeros((height, width), bool)
    for axis in (0, 1):
        for side in _before_and_after(edge, axis):
            side |= ~joined[axis]
    if not edge.any():
        return np.full(edge.shape, radius, np.intp)
    to_edge = ndimage.distance_transform_cdt(~edge, "chessboard")
    # One less: where the window reaches an edge's near side only.
    radii: npt.NDArray[np.intp] = np.clip(to_edge.astype(np.intp) - 1, 0, radius)
    return radii


def _tangents(
    xyz: Float64Array,
    joined: npt.NDArray[np.bool_],
    axis: int,
    windows: npt.NDArray[np.intp],
) -> Float64Array:
    """Return the mean step to the next point along an axis, (H, W, 3), over the windows."""
    first, second = _before_and_after(xyz, axis)
    total = np.zeros((*xyz.shape[:2], 4))  # the sum of the steps, and their number
    step = np.where(joined[:, :, np.newaxis], second - first, 0.0)
    for side in _before_and_after(total, axis):
        side[:, :, :3] += step
        side[:, :, 3] += joined
    summed = _window_sums(total, windows)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Float64Array = summed[:, :, :3] / summed[:, :, 3:]
    return mean


def _window_sums(values: Float64Array, windows: npt.NDArray[np.intp]) -> Float64Array:
    """Return the sums over a window of its own around each pixel, by an integral image."""
    height, width, channels = values.shape
    integral = np.zeros((height + 1, width + 1, channels))
    np.cumsum(values, axis=0, out=integral[1:, 1:])
    np.cumsum(integral, axis=1, out=integral)
    y, x = np.arange(height)[:, np.newaxis], np.arange(width)
    top = np.maximum(y - windows, 0) * (width + 1)
    bottom = np.minimum(y + windows + 1, height) * (width + 1)
    left, right = np.maximum(x - windows, 0), np.minimum(x + windows + 1, width)
    corners = integral.reshape(-1, channels)
    sums: Float64Array = corners.take(bottom + right, axis=0)
    sums -= corners.take(top + right, axis=0)
    sums -= corners.take(bottom + left, axis=0)
    sums += corners.take(top + left, axis=0)
    return sums
