"""Raw images in, remapped images out: the checks, and OpenCV's remap."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.inputs import checked_image
from stereo.io.images import opencv
from stereo.types import StereoValueError

__all__ = ["checked_raw_pair", "interpolation_flag", "remapped", "warped"]

_INTERPOLATIONS = {
    "linear": "INTER_LINEAR",
    "nearest": "INTER_NEAREST",
    "cubic": "INTER_CUBIC",
    "lanczos": "INTER_LANCZOS4",
}


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
    maps: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
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
