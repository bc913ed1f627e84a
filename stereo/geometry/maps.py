"""Where the pixels of a rectified image lie in the raw one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import Calibration
from stereo.geometry.projection import largest_angle
from stereo.geometry.views import ViewWindow
from stereo.io.images import opencv

__all__ = ["Maps", "raw_places", "valid_area"]

Float64Array = npt.NDArray[np.float64]
Maps = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Columns and rows in the raw image, float32 (H, W); -1 where there is none."""

_ROUNDING = 0.01  # px


def raw_places(
    source: Calibration,
    side: str,
    rotation: Float64Array,
    window: ViewWindow,
    size: tuple[int, int],
) -> Maps:
    """Return columns and rows of the raw image for each rectified pixel."""
    cv2 = opencv()
    K, coefficients = getattr(source, f"K_{side}"), getattr(source, f"distortion_{side}")
    f, cx = window.focal_length, getattr(window, f"cx_{side}")
    new_K = np.array([[f, 0, cx], [0, f, window.cy], [0, 0, 1.0]])
    padded = coefficients if len(coefficients) else np.zeros(4)
    module = cv2.fisheye if source.model == "fisheye" else cv2
    x, y = module.initUndistortRectifyMap(K, padded, rotation, new_K, size, cv2.CV_32FC1)
    raw_from_new = np.linalg.inv(new_K @ rotation).astype(np.float64)
    limit = largest_angle(coefficients, source.model)
    outside = _beyond(raw_from_new, size, limit)
    for values, side_px in zip((x, y), source.image_size, strict=True):
        # The outermost pixels are found to this accuracy; beyond it OpenCV would mix black in.
        near = (values > -_ROUNDING) & (values < side_px - 1 + _ROUNDING)
        np.clip(values, 0, side_px - 1, out=values, where=near)
    inside = valid_area((x, y), source.image_size)
    if outside is not None:
        inside &= ~outside
    x[~inside], y[~inside] = -1, -1
    return x, y


def _beyond(
    raw_from_new: Float64Array, size: tuple[int, int], limit: float
) -> npt.NDArray[np.bool_] | None:
    """Return which pixels look beyond an angle from the raw optical axis; None if none does."""
    width, height = size
    right, bottom = width - 1, height - 1
    corners = np.array([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]])
    rays = corners @ raw_from_new.T  # the largest angle is at a corner
    if (rays[:, 2] >= math.cos(limit) * np.linalg.norm(rays, axis=1)).all():
        return None
    x, y = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    away = [row[0] * x + (row[1] * y + row[2])[:, None] for row in raw_from_new]
    beyond: npt.NDArray[np.bool_] = np.arctan2(np.hypot(away[0], away[1]), away[2]) > limit
    return beyond


def valid_area(maps: Maps, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which rectified pixels lie in the raw image of `size`, bool (H, W)."""
    width, height = size
    x, y = maps
    inside: npt.NDArray[np.bool_] = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside
