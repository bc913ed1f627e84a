"""Images of any kind as the networks get them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stereo.io.images import opencv
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["as_tensor", "resized", "rgb"]

FloatArray = npt.NDArray[np.float32]
_PEAK = {"uint8": 255, "uint16": 65535}


def rgb(what: str, image: Any) -> FloatArray:
    """Return an image as RGB (H, W, 3) in [0, 1]."""
    array = np.asarray(image)
    peak = _PEAK.get(array.dtype.name)
    if peak is None:
        raise StereoTypeError(f"{what} has dtype {array.dtype}: expected uint8 or uint16")
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)) or not array.size:
        raise StereoValueError(f"{what} is {array.shape}: expected (H, W) or (H, W, 3)")
    colour = array if array.ndim == 3 else np.repeat(array[:, :, None], 3, axis=2)
    scaled: FloatArray = colour.astype(np.float32) / np.float32(peak)
    return scaled


def resized(image: FloatArray, width: int, height: int) -> FloatArray:
    """Resize an image; averages of areas where it becomes smaller."""
    if image.shape[:2] == (height, width):
        return image
    cv2 = opencv()
    smaller = width <= image.shape[1] and height <= image.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    found: FloatArray = cv2.resize(image, (width, height), interpolation=how)
    return found


def as_tensor(image: FloatArray) -> Tensor:
    """Return an image (H, W, 3) as a tensor (3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
