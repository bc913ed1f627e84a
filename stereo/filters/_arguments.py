"""Checks of what the filters are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_array
from ..contract import Float32
from ..costs.tone import gray_of_bytes
from ..devices import DeviceView, device_view, on_device
from ..types import StereoTypeError, StereoValueError

__all__ = [
    "checked_guide",
    "checked_guide_beside",
    "checked_map",
    "checked_map_anywhere",
    "checked_mask",
    "same_shape",
]


def checked_map(disparity: Any, name: str = "disparity") -> Float32:
    """Return a disparity map as a C-contiguous float32 array; float64 is rounded."""
    array = as_array(name, disparity)
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise StereoTypeError(
            f"{name} is {array.dtype}: expected float32 or float64, NaN where there is no match"
        )
    _check_layout(array, name)
    with np.errstate(over="ignore"):  # what float32 can't hold is found as infinite below
        result = np.ascontiguousarray(array, np.float32)
    if np.isinf(result).any():
        row, column = np.argwhere(np.isinf(result))[0]
        raise StereoValueError(
            f"{name} is infinite at row {row}, column {column}: NaN marks a pixel without a match"
        )
    return result if result.flags.aligned else result.copy()


def checked_map_anywhere(disparity: Any, name: str = "disparity") -> Any:
    """Return a map as `checked_map` does, or, on a CUDA device, the view of a float32 one."""
    if not on_device(disparity):
        return checked_map(disparity, name)
    view = device_view(disparity, name, allows_nan=True)
    if view.dtype != np.float32:
        raise StereoTypeError(
            f"{name} is {view.dtype} on a CUDA device: expected float32, NaN where there is no "
            "match"
        )
    _check_layout(view, name)
    return view


def _check_layout(array: npt.NDArray[Any] | DeviceView, name: str) -> None:
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(f"{name} has shape {array.shape}: expected (H, W), not empty")


def checked_guide(guide: Any, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Return a guide as gray levels, C-contiguous uint8 (H, W)."""
    array = as_array("guide", guide)
    _check_guide_layout(array, shape)
    return np.ascontiguousarray(gray_of_bytes(array))


def checked_guide_beside(values: Any, guide: Any) -> Any:
    """Return a guide for a map: as `checked_guide` does, or for one on a CUDA device a view.

    The view is that of a gray image on the device, uint8 (H, W).
    """
    if isinstance(values, DeviceView) != on_device(guide):
        raise StereoTypeError(
            "one of the disparity and the guide is on a CUDA device and the other is not: copy one"
        )
    if not isinstance(values, DeviceView):
        return checked_guide(guide, values.shape)
    view = device_view(guide, "guide")
    _check_guide_layout(view, values.shape)
    if view.ndim != 2:
        raise StereoValueError(f"guide has shape {view.shape}: on a CUDA device (H, W) is needed")
    return view


def _check_guide_layout(array: npt.NDArray[Any] | DeviceView, shape: tuple[int, ...]) -> None:
    if array.dtype != np.uint8:
        raise StereoTypeError(f"guide is {array.dtype}: expected uint8, scale it as you mean")
    colour = array.ndim == 3 and array.shape[2] in (3, 4)
    if array.shape[:2] != shape or not (array.ndim == 2 or colour):
        raise StereoValueError(
            f"guide has shape {array.shape}: expected {shape}, or that with 3 or 4 channels"
        )


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
