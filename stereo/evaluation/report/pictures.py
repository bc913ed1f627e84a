"""Pictures of a scene: small, and as text that a page can hold."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from stereo.io.images import encode, opencv
from stereo.viz import colorize

__all__ = ["Picture", "gradient", "gray_levels", "photograph", "sampled", "sharp", "smooth"]

LARGEST_SIDE = 480  # px of a picture on the page
_QUALITY = 80  # of lossy WebP, per cent

Array = TypeVar("Array", bound=npt.NDArray[Any])


@dataclass(frozen=True)
class Picture:
    """An image file as a data URI.

    Attributes
    ----------
    source : str
        The URI.
    width, height : int
        Its size, px.
    """

    source: str
    width: int
    height: int


def sampled(array: Array) -> Array:
    """Take evenly spread pixels of a map, as many as a picture has; numbers are never mixed."""
    height, width = _picture_size(*array.shape[:2])
    rows = (2 * np.arange(height) + 1) * array.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * array.shape[1] // (2 * width)
    found: Array = array[rows[:, np.newaxis], columns]
    return found


def photograph(image: npt.NDArray[Any]) -> Picture:
    """Make a picture of an image, uint8 or uint16, (H, W) or (H, W, 3).

    The largest level of uint16 becomes white.
    """
    height, width = _picture_size(*image.shape[:2])
    if image.dtype != np.uint8:
        image = image * (255.0 / max(int(image.max()), 1))
    small = opencv().resize(image, (width, height), interpolation=opencv().INTER_AREA)
    return smooth(np.rint(small).astype(np.uint8))


def gray_levels(values: npt.NDArray[np.float32], low: float, high: float) -> Picture:
    """Make a picture of a map: black at `low`, or without a number, and white at `high`."""
    share = (values - low) / max(high - low, 1e-30)
    return smooth(np.rint(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8))


def smooth(image: npt.NDArray[np.uint8]) -> Picture:
    """Encode an image of at most the size of a picture, with small losses."""
    cv2 = opencv()
    return _picture(image, encode(".webp", image, (cv2.IMWRITE_WEBP_QUALITY, _QUALITY)))


def sharp(image: npt.NDArray[np.uint8]) -> Picture:
    """Encode an image of at most the size of a picture, without any loss."""
    return _picture(image, encode(".webp", image))


def gradient() -> str:
    """Return the colours of disparities from low to high as a gradient of CSS."""
    ramp = colorize(np.linspace(0, 1, 17, dtype=np.float32)[np.newaxis], 0, 1)[0]
    return f"linear-gradient(90deg,{','.join('#' + bytes(c).hex() for c in ramp)})"


def _picture(image: npt.NDArray[np.uint8], data: bytes) -> Picture:
    height, width = image.shape[:2]
    return Picture(f"data:image/webp;base64,{base64.b64encode(data).decode()}", width, height)


def _picture_size(height: int, width: int) -> tuple[int, int]:
    shrink = min(1.0, LARGEST_SIDE / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))
