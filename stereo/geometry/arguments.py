"""What the geometry asks of its matrices, sizes and windows, and the errors for all else."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, integer, number
from stereo.types import StereoTypeError, StereoValueError, StereoWarning

__all__ = [
    "COEFFICIENTS",
    "LARGEST_SIDE",
    "checked_camera_matrix",
    "checked_coefficients",
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

COEFFICIENTS = {"pinhole": (0, 4, 5, 8, 12, 14), "fisheye": (4,)}
"""How many distortion coefficients each camera model may have."""

_LARGEST_SKEW = 1e-6  # px
_ROTATION_TOLERANCE = 1e-6  # largest entry of R R^T - I, and of det R - 1
_SUSPICIOUS_BASELINE = 10.0  # metres

Float64Array = npt.NDArray[np.float64]


def finite_array(name: str, value: Any, shape: tuple[int, ...] | None = None) -> Float64Array:
    """Return a read-only float64 copy of finite numbers, of a given shape if one is asked for."""
    given = as_array(name, value)
    if given.dtype.kind not in "iuf":
        raise StereoTypeError(f"{name} must be an array of real numbers, got dtype {given.dtype}")
    array = np.array(given, np.float64)
    if shape is not None and array.shape != shape:
        raise StereoValueError(f"{name} has shape {array.shape}: expected {shape}")
    if not np.isfinite(array).all():
        raise StereoValueError(f"{name} must be finite, got {array.tolist()}")
    array.flags.writeable = False
    return array


def finite_number(name: str, value: Any) -> float:
    """Return a finite number of either sign."""
    try:
        if isinstance(value, bool | str | bytes):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(found):
        raise StereoValueError(f"{name} = {value} must be finite")
    return found


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


def scaled_size(size: tuple[int, int], factor: Any) -> tuple[tuple[int, int], float]:
    """Return the whole (width, height) nearest to `factor` times `size`, and the factor."""
    scale = number("factor", factor, positive=True)
    found = (round(size[0] * scale), round(size[1] * scale))
    if min(found) < 1 or max(found) > LARGEST_SIDE:
        raise StereoValueError(
            f"factor = {factor} makes an image of {size[0]} x {size[1]} px one of "
            f"{found[0]} x {found[1]}: a side is 1 to {LARGEST_SIDE} px"
        )
    return found, scale


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


def checked_camera_matrix(name: str, value: Any) -> Float64Array:
    """Return a read-only camera matrix without skew."""
    K = finite_array(name, value, (3, 3))
    if K[2].tolist() != [0, 0, 1] or K[1, 0] != 0:
        raise StereoValueError(
            f"{name} = {K.tolist()} is no camera matrix: expected [[fx, 0, cx], [0, fy, cy], "
            "[0, 0, 1]]"
        )
    if not (K[0, 0] > 0 and K[1, 1] > 0):
        raise StereoValueError(
            f"the focal lengths of {name} are {K[0, 0]:g} and {K[1, 1]:g} px: they must be above 0"
        )
    if abs(K[0, 1]) > _LARGEST_SKEW:
        raise StereoValueError(
            f"{name} has a skew of {K[0, 1]:g} px: the camera models of OpenCV have none, so that "
            "it would be ignored; calibrate without skew"
        )
    return K


def checked_coefficients(name: str, value: Any, model: str) -> Float64Array:
    """Return read-only distortion coefficients, (n,), as many as a model may have."""
    array = finite_array(name, value)
    allowed = COEFFICIENTS[model]
    is_list = array.ndim == 1 or (array.ndim == 2 and 1 in array.shape)
    if not is_list or array.size not in allowed:
        raise StereoValueError(
            f"{name} has shape {array.shape}: the {model} model has "
            f"{', '.join(map(str, allowed))} coefficients, in one row"
        )
    flat = array.reshape(-1)
    flat.flags.writeable = False
    return flat


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
