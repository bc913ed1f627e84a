"""The images a user hands over: what is accepted, and the errors for all else."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from .arguments import as_array
from .devices import DeviceView, device_view, on_device
from .types import StereoTypeError, StereoValueError

__all__ = ["checked_image", "checked_pair"]

_LARGEST_SIDE = 1 << 24
_ACCEPTED = "uint8, uint16, float32 or float64"


def checked_pair(left: Any, right: Any) -> tuple[Any, Any]:
    """Return both images as arrays of uint8, uint16 or float32, checked.

    Images in the memory of a CUDA device are returned as :class:`stereo.devices.DeviceView`; that
    their values are finite is checked where they are.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        Images of the same shape and dtype; uint8, uint16, float32 or float64. float64
        is rounded to float32. Any strides; nothing is written to.

    Raises
    ------
    StereoTypeError
        For another dtype.
    StereoValueError
        For another rank, an empty image, different shapes, or values that are not finite.
    """
    if on_device(left) != on_device(right):
        here, there = ("right", "left") if on_device(left) else ("left", "right")
        raise StereoTypeError(
            f"the {there} image is on a CUDA device and the {here} image is not: copy one of them"
        )
    checked_left, checked_right = checked_image(left, "left"), checked_image(right, "right")
    if checked_left.shape != checked_right.shape:
        raise StereoValueError(
            f"left is {checked_left.shape} and right is {checked_right.shape}: "
            "a rectified pair has one shape"
        )
    if checked_left.dtype != checked_right.dtype:
        raise StereoTypeError(
            f"left is {checked_left.dtype} and right is {checked_right.dtype}: "
            "convert one of them, with the scale that you mean"
        )
    return checked_left, checked_right


def checked_image(image: Any, side: str) -> Any:
    """Return one image as `checked_pair` does; `side` is what errors call it."""
    if isinstance(image, str | bytes | os.PathLike):
        raise StereoTypeError(
            f"the {side} image is the path {image!r}: read it first, with stereo.io.read_image"
        )
    if on_device(image):
        view = device_view(image, f"the {side} image")
        dtype = _checked_layout(view, side)
        if dtype == np.float64 or not view.dtype.isnative:
            raise StereoTypeError(
                f"the {side} image is {view.dtype} on a CUDA device: convert it there to native "
                "float32"
            )
        return view
    array = as_array(f"the {side} image", image)
    dtype = _checked_layout(array, side)
    if dtype.kind == "f":
        if not np.isfinite(array).all():
            row, column = np.argwhere(~np.isfinite(array))[0][:2]
            raise StereoValueError(
                f"the {side} image has NaN or infinite values, the first at row {row}, "
                f"column {column}: replace them before matching"
            )
        if dtype == np.float64:
            return _rounded_to_float32(array, side)
    native = array.astype(dtype, copy=False)
    return native if native.flags.aligned else native.copy()


def _checked_layout(array: npt.NDArray[Any] | DeviceView, side: str) -> np.dtype[Any]:
    """Refuse another shape or dtype than an image has; return the dtype in native order."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise StereoValueError(
            f"the {side} image has shape {array.shape}: expected (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.size == 0:
        raise StereoValueError(f"the {side} image is empty: its shape is {array.shape}")
    if max(array.shape) > _LARGEST_SIDE:
        raise StereoValueError(
            f"the {side} image has shape {array.shape}: a side is at most {_LARGEST_SIDE} px"
        )
    dtype: np.dtype[Any] = array.dtype.newbyteorder("=")
    if dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise StereoTypeError(f"the {side} image is {array.dtype}: expected {_ACCEPTED}")
    return dtype


def _rounded_to_float32(array: npt.NDArray[Any], side: str) -> npt.NDArray[np.float32]:
    limit = float(np.finfo(np.float32).max)
    if float(np.abs(array).max()) > limit:
        raise StereoValueError(
            f"the {side} image has values beyond {limit:.3g}, which float32 can't hold: scale it"
        )
    return array.astype(np.float32)
