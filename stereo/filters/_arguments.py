"""Checks of what the filters are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_array
from ..contract import Float32
from ..costs.tone import gray_of_bytes
from ..types import StereoTypeError, StereoValueError

__all__ = ["checked_guide", "checked_map", "checked_mask", "same_shape"]


def checked_map(disparity: Any, name: str = "disparity") -> Float32:
    """Return a disparity map as a C-contiguous float32 array; float64 is rounded."""
    array = as_array(name, disparity)
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise StereoTypeError(
            f"{name} is {array.dtype}: expected float32 or float64, NaN where there is no match"
        )
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(f"{name} has shape {array.shape}: expected (H, W), not empty")
    with np.errstate(over="ignore"):  # what float32 can't hold is found as infinite below
        result = np.ascontiguousarray(array, np.float32)
    if np.isinf(result).any():
        row, column = np.argwhere(np.isinf(result))[0]
        raise StereoValueError(
            f"{name} is infinite at row {row}, column {column}: NaN marks a pixel without a match"
        )
    return result if result.flags.aligned else result.copy()


def checked_guide(guide: Any, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Return a guide as gray levels, C-contiguous uint8 (H, W)."""
    array = as_array("guide", guide)
    if array.dtype != np.uint8:
        raise StereoTypeError(f"guide is {array.dtype}: expected uint8, scale it as you mean")
    colour = array.ndim == 3 and array.shape[2] in (3, 4)
    if array.shape[:2] != shape or not (array.ndim == 2 or colour):
        raise StereoValueError(
            f"guide has shape {array.shape}: expected {shape}, or that with 3 or 4 channels"
        )
    return np.ascontiguousarray(gray_of_bytes(array))


def checked_mask(mask: Any, shape: tuple[int, ...], name: str) -> npt.NDArray[np.bool_]:
    """Return a bool map (H, W)."""
    array = as_array(name, mask)
    if array.dtype != np.bool_:
        raise StereoTypeError(f"{name} is {array.dtype}: expected bool")
    if array.shape != shape:
        raise StereoValueError(f"{name} has shape {array.shape}: expected {shape}")
    return np.ascontiguousarray(array)


def same_shape(array: npt.NDArray[Any], shape: tuple[int, ...], name: str) -> None:
    """Refuse a map of another shape than the disparity's."""
    if array.shape != shape:
        raise StereoValueError(f"{name} has shape {array.shape} and the disparity {shape}")
