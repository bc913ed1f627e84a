"""Disparity to points: flat, or organised like the image."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, number
from stereo.geometry.arguments import rigid_transform
from stereo.geometry.depth import depth
from stereo.geometry.rectified import StereoGeometry
from stereo.inputs import checked_image
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["PointCloud", "limited_depth", "organised_points", "points"]

_LARGEST = float(np.finfo(np.float32).max) / 4


class PointCloud(NamedTuple):
    """Points, with or without colours.

    Attributes
    ----------
    xyz : ndarray, float32 (N, 3)
        Metres. In the left camera's frame: x to the right, y down, z forward.
    colors : ndarray (N, 3) or None
        RGB, with the dtype of the image.
    """

    xyz: npt.NDArray[np.float32]
    colors: npt.NDArray[Any] | None = None


def points(
    disparity: npt.ArrayLike,
    geometry: StereoGeometry,
    colors: npt.ArrayLike | None = None,
    *,
    world_from_left: npt.ArrayLike | None = None,
    min_depth: float | None = None,
    max_depth: float | None = None,
    confidence: npt.ArrayLike | None = None,
    min_confidence: float | None = None,
) -> PointCloud:
    """Turn disparity into points: one for each pixel whose depth is known.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        x_left - x_right, px; NaN = no match.
    geometry : StereoGeometry
        That of these images: its `image_size` is (W, H).
    colors : array_like, uint8, uint16 or float32, (H, W), (H, W, 3) or (H, W, 4), optional
        The rectified left image. Gray is repeated three times, alpha is left out.
    world_from_left : array_like, (4, 4), optional
        Rotation and translation (metres) from the rectified left camera's frame to the one
        of the points. By default they stay in the camera's: x to the right, y down, z forward.
    min_depth, max_depth : float, optional
        Keep min_depth <= Z <= max_depth, metres, in the left camera's frame.
    confidence : array_like, floating point, (H, W), optional
        Such as ``Match.confidence``; NaN counts as not confident.
    min_confidence : float, optional
        Keep where confidence >= min_confidence. It needs `confidence`, and the other way round.

    Returns
    -------
    PointCloud
        The points, float32 (N, 3), in the order of the pixels, row by row; and their colours.
        Not one valid pixel gives N = 0.

    Raises
    ------
    StereoTypeError, StereoValueError
        As :func:`stereo.depth`; also if an image or map has another size than `disparity`, the
        transform is not rigid, or a limit is no number or a pair of them is not in order.

    Examples
    --------
    >>> geometry = StereoGeometry.from_doffs(100, 0.1, 1.0, 0.0, (3, 1))
    >>> cloud = points([[5.0, np.nan, 10.0]], geometry, np.array([[10, 20, 30]], np.uint8))
    >>> cloud.xyz
    array([[-0.02,  0.  ,  2.  ],
           [ 0.01,  0.  ,  1.  ]], dtype=float32)
    >>> cloud.colors
    array([[10, 10, 10],
           [30, 30, 30]], dtype=uint8)
    """
    organised = organised_points(
        disparity,
        geometry,
        world_from_left=world_from_left,
        min_depth=min_depth,
        max_depth=max_depth,
        confidence=confidence,
        min_confidence=min_confidence,
    )
    palette = None if colors is None else _palette(colors, organised.shape[:2])
    known = np.flatnonzero(~np.isnan(organised[:, :, 2]))
    # take() is several times faster than an array of bools as the index.
    xyz = organised.reshape(-1, 3).take(known, axis=0)
    return PointCloud(xyz, None if palette is None else palette.reshape(-1, 3).take(known, axis=0))


def organised_points(
    disparity: npt.ArrayLike,
    geometry: StereoGeometry,
    *,
    world_from_left: npt.ArrayLike | None = None,
    min_depth: float | None = None,
    max_depth: float | None = None,
    confidence: npt.ArrayLike | None = None,
    min_confidence: float | None = None,
) -> npt.NDArray[np.float32]:
    """Turn disparity into points that stay in the places of their pixels.

    Parameters
    ----------
    disparity, geometry, world_from_left, min_depth, max_depth, confidence, min_confidence
        As for :func:`points`.

    Returns
    -------
    ndarray, float32 (H, W, 3)
        The point of each pixel, metres; NaN three times where :func:`points` has none.

    Raises
    ------
    StereoTypeError, StereoValueError
        As :func:`points`.

    Examples
    --------
    >>> geometry = StereoGeometry.from_doffs(100, 0.1, 1.0, 0.0, (3, 1))
    >>> organised_points([[5.0, np.nan, 10.0]], geometry)
    array([[[-0.02,  0.  ,  2.  ],
            [  nan,   nan,   nan],
            [ 0.01,  0.  ,  1.  ]]], dtype=float32)
    """
    world = None
    if world_from_left is not None:
        world = rigid_transform("world_from_left", world_from_left)
    metres = limited_depth(disparity, geometry, min_depth, max_depth, confidence, min_confidence)
    width, height = geometry.image_size
    slope_x = (np.arange(width) - geometry.cx_left) / geometry.focal_length
    slope_y = (np.arange(height) - geometry.cy_left) / geometry.focal_length_y
    # So that float32 holds X and Y too, in any frame.
    farthest = _LARGEST / (1 + np.abs(slope_x).max() + np.abs(slope_y).max())
    metres[metres > farthest] = np.nan
    xyz = np.empty((*metres.shape, 3), np.float32)
    xyz[:, :, 2] = metres
    np.multiply(metres, slope_x.astype(np.float32), out=xyz[:, :, 0])
    np.multiply(metres, slope_y.astype(np.float32)[:, np.newaxis], out=xyz[:, :, 1])
    if world is None:
        return xyz
    moved: npt.NDArray[np.float32] = xyz @ world[:3, :3].T.astype(np.float32)
    moved += world[:3, 3].astype(np.float32)
    return moved


def limited_depth(
    disparity: npt.ArrayLike,
    geometry: StereoGeometry,
    min_depth: float | None,
    max_depth: float | None,
    confidence: npt.ArrayLike | None = None,
    min_confidence: float | None = None,
) -> npt.NDArray[np.float32]:
    """Return the depth as :func:`points` takes it: NaN wherever a limit is not kept."""
    nearest = None if min_depth is None else number("min_depth", min_depth)
    farthest = None if max_depth is None else number("max_depth", max_depth, positive=True)
    if nearest is not None and farthest is not None and nearest > farthest:
        raise StereoValueError(
            f"min_depth = {nearest:g} m must be at most max_depth = {farthest:g} m"
        )
    if (confidence is None) != (min_confidence is None):
        given, lacking = ("confidence", "min_confidence")[:: 1 if min_confidence is None else -1]
        raise StereoValueError(f"{given} is given without {lacking}: give both, or none")
    metres = depth(disparity, geometry)
    if nearest is not None:
        metres[metres < nearest] = np.nan
    if farthest is not None:
        metres[metres > farthest] = np.nan
    if confidence is not None:
        enough = number("min_confidence", min_confidence)
        metres[~(_map_like(metres, confidence) >= enough)] = np.nan
    return metres


def _map_like(metres: npt.NDArray[np.float32], confidence: npt.ArrayLike) -> npt.NDArray[Any]:
    array = as_array("confidence", confidence)
    if array.dtype.kind != "f":
        raise StereoTypeError(f"confidence is {array.dtype}: expected floating point")
    if array.shape != metres.shape:
        raise StereoValueError(
            f"confidence has shape {array.shape} and the disparity map {metres.shape}: "
            "they must be equal"
        )
    return array


def _palette(colors: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return the image as (H, W, 3)."""
    image = checked_image(colors, "left")
    if image.shape[:2] != shape:
        raise StereoValueError(
            f"the image of the colours is {image.shape[1]} x {image.shape[0]} px and the disparity "
            f"map {shape[1]} x {shape[0]} px (width x height): give the rectified left image"
        )
    if image.ndim == 2:
        return np.broadcast_to(image[:, :, np.newaxis], (*shape, 3))
    three: npt.NDArray[Any] = image[:, :, :3]
    return three
