"""What the geometry asks of its matrices, sizes and windows, and the errors for all else."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer, number
from stereo.types import StereoTypeError, StereoValueError, StereoWarning

__all__ = [
    "LARGEST_SIDE",
    "finite_array",
    "finite_number",
    "image_size",
    "inverse",
    "rigid_transform",
    "scaled_size",
    "transform",
    "warn_of_millimetres",
    "window",
]

LARGEST_SIDE = 1 << 24
"""The largest width and height of an image, px: float32 holds every column of it."""

_ROTATION_TOLERANCE = 1e-6  # largest entry of R R^T - I, and of det R - 1
_SUSPICIOUS_BASELINE = 10.0  # metres

Float64Array = npt.NDArray[np.float64]


def finite_array(name: str, value: Any, shape: tuple[int, ...] | None = None) -> Float64Array:
    """Return a read-only float64 copy of finite numbers, of a given shape if one is asked for."""
    try:
        given = np.asarray(value)
        if given.dtype.kind not in "iuf":
            raise TypeError(f"it has dtype {given.dtype}")
        array = np.array(given, np.float64)
    except MemoryError:
        raise
    except Exception as error:  # such as ragged rows, or an array on another device
        raise StereoTypeError(f"{name} must be an array of real numbers: {error}") from error
    if shape is not None and array.shape != shape:
        raise StereoValueError(f"{name} has shape {array.shape}: expected {shape}")
    if not np.isfinite(array).all():
        raise StereoValueError(f"{name} must be finite, got {array.tolist()}")
    array.flags.writeable = False
    return array


def finite_number(name: str, value: Any) -> float:
    """Return a finite number of either sign."""
    negative = np.ndim(value) == 0 and np.issubdtype(np.asarray(value).dtype, np.number)
    if negative and not np.iscomplexobj(value) and value < 0:
        return -number(name, -value)
    return number(name, value)


def image_size(value: Any, name: str = "image_size") -> tuple[int, int]:
    """Return (width, height) in px, both from 1 to `LARGEST_SIDE`."""
    try:
        width, height = value
    except (TypeError, ValueError):
        raise StereoTypeError(f"{name} must be (width, height) in px, got {value!r}") from None
    return (
        integer(f"the width in {name}", width, 1, LARGEST_SIDE),
        integer(f"the height in {name}", height, 1, LARGEST_SIDE),
    )


def scaled_size(size: tuple[int, int], factor: Any) -> tuple[int, int]:
    """Return the whole (width, height) nearest to `factor` times `size`."""
    scale = number("factor", factor, positive=True)
    found = (round(size[0] * scale), round(size[1] * scale))
    if min(found) < 1 or max(found) > LARGEST_SIDE:
        raise StereoValueError(
            f"factor = {factor} makes an image of {size[0]} x {size[1]} px one of "
            f"{found[0]} x {found[1]}: a side is 1 to {LARGEST_SIDE} px"
        )
    return found


def window(size: tuple[int, int], x: Any, y: Any, width: Any, height: Any) -> tuple[int, ...]:
    """Return a window (x, y, width, height) that lies inside an image of `size`."""
    wide, high = image_size((width, height), "the window")
    left = integer("x", x, -LARGEST_SIDE, LARGEST_SIDE)
    top = integer("y", y, -LARGEST_SIDE, LARGEST_SIDE)
    if left < 0 or top < 0 or left + wide > size[0] or top + high > size[1]:
        raise StereoValueError(
            f"the window of {wide} x {high} px at x = {left}, y = {top} is not inside the image "
            f"of {size[0]} x {size[1]} px"
        )
    return left, top, wide, high


def rigid_transform(name: str, value: Any) -> Float64Array:
    """Return a read-only (4, 4) float64 copy of a rotation and translation, checked."""
    matrix = finite_array(name, value, (4, 4))
    if matrix[3].tolist() != [0, 0, 0, 1]:
        raise StereoValueError(
            f"the last row of {name} is {matrix[3].tolist()}: expected [0, 0, 0, 1]"
        )
    R = matrix[:3, :3]
    with np.errstate(over="ignore", invalid="ignore"):
        residual = float(np.abs(R @ R.T - np.eye(3)).max())
        determinant = float(np.linalg.det(R))
    if not residual <= _ROTATION_TOLERANCE:
        raise StereoValueError(
            f"the 3x3 part of {name} is no rotation: R R^T differs from the identity by "
            f"{residual:.3g}, and {_ROTATION_TOLERANCE:g} is allowed"
        )
    if not abs(determinant - 1) <= _ROTATION_TOLERANCE:
        raise StereoValueError(
            f"the 3x3 part of {name} has determinant {determinant:.6g}: that of a rotation is 1, "
            "and -1 is a mirror image"
        )
    return matrix


def transform(R: Any, t: Any) -> Float64Array:
    """Return the (4, 4) matrix of X -> R X + t, checked.

    Examples
    --------
    >>> transform(np.eye(3), [-0.12, 0, 0])[0].tolist()
    [1.0, 0.0, 0.0, -0.12]
    """
    matrix = np.eye(4)
    matrix[:3, :3] = finite_array("R", R, (3, 3))
    offset = finite_array("t", t)
    if offset.size != 3:
        raise StereoValueError(f"t has shape {offset.shape}: expected 3 numbers")
    matrix[:3, 3] = offset.ravel()
    return rigid_transform("the transform of R and t", matrix)


def inverse(matrix: Float64Array) -> Float64Array:
    """Return the inverse of a checked rigid transform."""
    R = matrix[:3, :3]
    inverted = np.eye(4)
    inverted[:3, :3] = R.T
    inverted[:3, 3] = -R.T @ matrix[:3, 3]
    return inverted


def warn_of_millimetres(baseline: float, stacklevel: int) -> None:
    """Warn of a baseline that hardly any pair of cameras has in metres."""
    if baseline >= _SUSPICIOUS_BASELINE:
        warnings.warn(
            f"the baseline is {baseline:g} m, which looks like millimetres: lengths are metres, "
            f"and {baseline:g} mm are {baseline / 1000:g} m",
            StereoWarning,
            stacklevel=stacklevel + 1,
        )
