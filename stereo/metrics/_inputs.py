"""Maps and masks that the metrics take: what is accepted, and the errors for all else."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array
from stereo.types import StereoTypeError, StereoValueError

__all__ = [
    "BoolArray",
    "Float32Array",
    "Float64Array",
    "counted",
    "known",
    "map_of",
    "raw_map",
    "region",
    "same_shape",
]

BoolArray = npt.NDArray[np.bool_]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

_LARGEST = float(np.finfo(np.float32).max)
_COUNTS = 255  # the level of the boards' mask files for a pixel that counts


def map_of(name: str, values: Any) -> Float64Array:
    """Return a map as float64 (H, W), with NaN for what is infinite or beyond float32.

    The boards' programs compute with float32. Here the differences are exact, which is the same
    but for errors within a rounding of a threshold.

    Raises
    ------
    StereoTypeError
        If it is not floating point, or a masked array.
    StereoValueError
        If it is not two-dimensional, or empty.
    """
    array = raw_map(name, values)
    return np.where(np.abs(array) <= _LARGEST, array, np.nan)


def raw_map(name: str, values: Any) -> Float64Array:
    """Return a map as float64 (H, W) as it is, with the errors of `map_of`."""
    array = as_array(name, values)
    if array.dtype.kind != "f":
        raise StereoTypeError(
            f"{name} has dtype {array.dtype}: expected floating point, in the unit of the truth "
            "(pixels, not 16ths of a pixel), with NaN where there is no number"
        )
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(f"{name} has shape {array.shape}: expected (H, W), not empty")
    return array.astype(np.float64, copy=False)


def same_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise StereoValueError if `array` hasn't the shape of the ground truth."""
    if array.shape != shape:
        raise StereoValueError(
            f"{name} has shape {array.shape} and the ground truth {shape}: both must be the same"
        )


def counted(name: str, mask: Any, shape: tuple[int, ...]) -> BoolArray:
    """Return which pixels a mask counts: all without one, else True or 255 alone.

    Raises
    ------
    StereoTypeError
        If the mask is neither bool nor uint8.
    StereoValueError
        If it has another shape than the truth, or is uint8 and has no 255 at all.
    """
    if mask is None:
        return np.ones(shape, np.bool_)
    array = as_array(name, mask)
    if array.dtype not in (np.bool_, np.uint8):
        raise StereoTypeError(
            f"{name} has dtype {array.dtype}: expected bool, or uint8 with 255 where a pixel counts"
        )
    same_shape(name, array, shape)
    if array.dtype == np.bool_:
        return array
    counts: BoolArray = array == _COUNTS
    if not counts.any():
        raise StereoValueError(
            f"{name} has no pixel that counts: its largest level is {array.max()}, and only "
            f"{_COUNTS} counts; pass a bool mask if it means something else"
        )
    return counts


def region(name: str, labels: Any, shape: tuple[int, ...]) -> BoolArray:
    """Return where a map of whole numbers is not 0.

    Raises
    ------
    StereoTypeError
        If it is neither bool nor integer.
    StereoValueError
        If it has another shape than the truth.
    """
    array = as_array(name, labels)
    if array.dtype.kind not in "biu":
        raise StereoTypeError(
            f"{name} has dtype {array.dtype}: expected bool or integer, 0 = background"
        )
    same_shape(name, array, shape)
    marked: BoolArray = array != 0
    return marked


def known(truth_known: BoolArray, counts: BoolArray) -> BoolArray:
    """Return the pixels to evaluate; StereoValueError if there are none."""
    if not truth_known.any():
        raise StereoValueError(
            f"the ground truth, {truth_known.shape}, is unknown at every pixel: "
            "nothing can be measured against it"
        )
    evaluated = truth_known & counts
    if not evaluated.any():
        raise StereoValueError(
            f"the mask leaves out all {np.count_nonzero(truth_known)} pixels where the ground "
            "truth is known: nothing can be measured"
        )
    return evaluated
