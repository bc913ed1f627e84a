"""Where the pixels of a rectified image lie in the raw one, and remapping raw images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.geometry.calibration import Calibration
from stereo.geometry.field_of_view import ViewWindow
from stereo.geometry.projection import largest_angle
from stereo.inputs import checked_image
from stereo.io.images import opencv
from stereo.types import StereoValueError

__all__ = [
    "Maps",
    "checked_raw_pair",
    "interpolation_flag",
    "raw_places",
    "remapped",
    "valid_area",
    "warped",
]

Float64Array = npt.NDArray[np.float64]
Maps = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Columns and rows in the raw image, float32 (H, W); -1 where there is none."""

_ROUNDING = 0.01  # px
_INTERPOLATIONS = {
    "linear": "INTER_LINEAR",
    "nearest": "INTER_NEAREST",
    "cubic": "INTER_CUBIC",
    "lanczos": "INTER_LANCZOS4",
}


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


def checked_raw_pair(
    left: Any, right: Any, size: tuple[int, int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return both images as arrays of the given (width, height)."""
    images = (checked_image(left, "left"), checked_image(right, "right"))
    for image, side in zip(images, ("left", "right"), strict=True):
        height, width = image.shape[:2]
        if (width, height) != size:
            raise StereoValueError(
                f"the {side} image is {width} x {height} px, and the calibration is for "
                f"{size[0]} x {size[1]} px: resize the image, or use calibration.resized("
                f"{width}, {height}) if the image was resized after calibrating"
            )
    return images


def interpolation_flag(interpolation: str) -> Any:
    """Return OpenCV's constant for the name of an interpolation."""
    name = word("interpolation", interpolation, tuple(_INTERPOLATIONS))
    return getattr(opencv(), _INTERPOLATIONS[name])


def remapped(
    image: npt.NDArray[Any],
    maps: Maps,
    interpolation: str,
) -> npt.NDArray[Any]:
    """Return the image at the places that the maps name; 0 where they name none."""
    cv2 = opencv()
    chosen = interpolation_flag(interpolation)
    contiguous = np.ascontiguousarray(image)
    done: npt.NDArray[Any] = cv2.remap(
        contiguous, *maps, chosen, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    return done


def warped(image: npt.NDArray[Any], H: npt.NDArray[np.float64], interpolation: str) -> Any:
    """Return the image that H makes of one, of the same size; 0 where there is nothing."""
    cv2 = opencv()
    chosen = interpolation_flag(interpolation)
    size = (image.shape[1], image.shape[0])
    contiguous = np.ascontiguousarray(image)
    return cv2.warpPerspective(
        contiguous, H, size, flags=chosen, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
