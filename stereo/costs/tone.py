"""Images on an 8-bit scale, for costs that compare intensities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["channel_tones", "float_gray", "gray_level", "gray_of_bytes", "stretched", "tones"]

Tones = npt.NDArray[np.uint8]

_SMALLEST_SPAN = np.float32(2.0**-100)  # 255 / span is finite down to here, and far below
_SMALL_SCALE = np.float32(2.0**60)


def tones(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> tuple[Tones, Tones]:
    """Return the gray images of a pair on one 8-bit scale.

    uint8 (H, W) is returned as it is; uint8 colour is (c0 + 2 c1 + c2) // 4. Of other dtypes
    the gray image g (architecture, stage 1) is stretched between the smallest value lo and
    the largest value hi of both images: floor((g - lo) * (255 / (hi - lo))) in float32, at most
    255, and 0 everywhere if hi = lo. Where hi - lo is beyond what float32 can hold, or so small
    that 255 / (hi - lo) is, all values are first scaled by a power of two.

    Parameters
    ----------
    left, right : ndarray, uint8, uint16 or float32, (H, W), (H, W, 3) or (H, W, 4)
        As :func:`stereo.inputs.checked_pair` returns them.

    Returns
    -------
    left, right : ndarray, uint8 (H, W)

    Examples
    --------
    >>> import numpy as np
    >>> tones(np.float32([[0, 1]]), np.float32([[4, 2]]))[0]
    array([[ 0, 63]], dtype=uint8)
    """
    if left.dtype == np.uint8:
        return gray_of_bytes(left), gray_of_bytes(right)
    return stretched(float_gray(left), float_gray(right))


def channel_tones(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> tuple[Tones, Tones]:
    """Return the channels of a pair on one 8-bit scale, each first in order: (C, H, W).

    C is 1 for (H, W) and 3 otherwise; a fourth channel is not used. uint8 is taken as it is;
    other dtypes are stretched as by :func:`tones`, by one law for all channels.
    """
    planes = [np.moveaxis(np.atleast_3d(image)[..., :3], 2, 0) for image in (left, right)]
    if left.dtype == np.uint8:
        return planes[0], planes[1]
    return stretched(*(plane.astype(np.float32) for plane in planes))


def float_gray(image: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the unrounded gray image (architecture, stage 1) as float32, which holds it exactly.

    The sums of 8-bit and 16-bit images, and those of their Sobel derivatives, are integers
    below 2^24: float32 arithmetic on them is the integer arithmetic.
    """
    from ..backends.numba_ import gray

    return gray(image).astype(np.float32)


def gray_level(image: npt.NDArray[Any]) -> int:
    """Return what one level of an 8-bit image is in units of its unrounded gray image.

    Images of other types have no such level: 0.
    """
    if image.dtype != np.uint8:
        return 0
    return 1 if image.ndim == 2 else 4


def gray_of_bytes(image: npt.NDArray[np.uint8]) -> Tones:
    """Return (H, W) as it is, and (c0 + 2 c1 + c2) // 4 of three or four channels."""
    if image.ndim == 2:
        return image
    c0, c1, c2 = (image[..., k].astype(np.uint16) for k in range(3))
    total: npt.NDArray[np.uint16] = c0 + 2 * c1 + c2
    return (total >> 2).astype(np.uint8)


def stretched(left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> tuple[Tones, Tones]:
    """Return both arrays on the scale 0 … 255 of their common range; :func:`tones` has the law."""
    low, high = min(left.min(), right.min()), max(left.max(), right.max())
    if low == high:
        return np.zeros(left.shape, np.uint8), np.zeros(right.shape, np.uint8)
    scale = np.float32(1)
    with np.errstate(over="ignore"):
        if not np.isfinite(high - low):
            scale = np.float32(0.5)
        elif high - low < _SMALLEST_SPAN:
            scale = _SMALL_SCALE
    low, high = low * scale, high * scale
    factor = np.float32(255) / (high - low)

    def stretch(values: npt.NDArray[np.float32]) -> Tones:
        levels: npt.NDArray[np.float32] = np.floor((values * scale - low) * factor)
        levelled: Tones = np.minimum(levels, np.float32(255)).astype(np.uint8)
        return levelled

    return stretch(left), stretch(right)
