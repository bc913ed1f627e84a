"""Images as the detectors of corners and features want them: gray, 8 bits, full contrast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.inputs import checked_image

__all__ = ["gray_8bit"]

_TAILS = (0.5, 99.5)  # per cent of the pixels below black and above white


def gray_8bit(image: npt.ArrayLike, name: str = "given") -> npt.NDArray[np.uint8]:
    """Return an image as gray of 8 bits.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, 3) or (H, W, 4)
        uint8, uint16, float32 or float64; gray or RGB. uint8 keeps its levels. Others have no
        agreed white: their own range, less half a per cent at both ends, becomes 0 to 255.
    name : str
        What errors call it: "the NAME image".

    Returns
    -------
    ndarray, uint8 (H, W)

    Raises
    ------
    StereoTypeError, StereoValueError
        If the array is no image.

    Examples
    --------
    >>> gray_8bit(np.array([[0, 1000], [2000, 4000]], np.uint16)).max()
    np.uint8(255)
    """
    array = checked_image(image, name)
    if array.ndim == 3:
        weights = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
        mixed = array[..., :3].astype(np.float32) @ weights
        array = np.rint(mixed).astype(np.uint8) if array.dtype == np.uint8 else mixed
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    low, high = np.percentile(array, _TAILS)
    scale = 255 / (high - low) if high > low else 0.0
    stretched: npt.NDArray[np.uint8] = np.clip((array - low) * scale, 0, 255).round().astype("u1")
    return stretched
