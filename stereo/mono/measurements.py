"""Depth that was measured, as what a prediction is aligned to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array
from stereo.geometry import StereoGeometry
from stereo.geometry import depth as depth_of_disparity
from stereo.geometry.arguments import finite_array
from stereo.io.arrays import as_depth
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Measurements", "measurements", "weights_of"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


class Measurements(NamedTuple):
    """Depths at some places of an image.

    Attributes
    ----------
    depth, weights : ndarray, float64 (N,)
        Metres, above 0; and weights above 0.
    sample : callable
        Takes a map (H, W) to its values at these places, float64 (N,).
    spread : callable
        Takes N numbers to the shape in which the measurements were given, NaN elsewhere.
    """

    depth: Float64
    weights: Float64
    sample: Callable[[Float32], Float64]
    spread: Callable[[Float32], Float32]


def measurements(
    shape: tuple[int, ...],
    disparity: Any,
    calibration: StereoGeometry | None,
    depth: Any,
    points: Any,
    confidence: Any,
) -> Measurements:
    """Check the one source of measurements that is given, for a prediction of a shape.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there is none, or more than one, or it can't be used.
    """
    given = [name for name, value in
             (("disparity", disparity), ("depth", depth), ("points", points))
             if value is not None]  # fmt: skip
    if len(given) != 1:
        seen = " and ".join(given) if given else "none"
        raise StereoValueError(
            f"{seen} given: one source of measurements is needed, disparity (with calibration), "
            "depth, points or scale"
        )
    if (calibration is None) != (disparity is None):
        raise StereoValueError("disparity and calibration go together: give both, or neither")
    if points is not None:
        return _at_points(points, shape, confidence)
    if calibration is not None:
        return _on_map(depth_of_disparity(disparity, calibration), shape, confidence)
    return _on_map(as_depth(as_array("depth", depth)), shape, confidence)


def weights_of(confidence: Any, shape: tuple[int, ...]) -> Float64:
    """Return weights of a shape, NaN as 0; 1 everywhere for None."""
    if confidence is None:
        return np.ones(shape)
    array = as_array("confidence", confidence)
    if array.dtype.kind not in "iufb":
        raise StereoTypeError(f"confidence is {array.dtype}: expected real numbers")
    if array.shape != shape:
        raise StereoValueError(f"confidence has shape {array.shape}: expected {shape}")
    weights = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=np.inf)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise StereoValueError(
            f"confidence must be finite and at least 0, got {weights.min():g} … {weights.max():g}"
        )
    return weights


def _on_map(metres: Float32, shape: tuple[int, ...], confidence: Any) -> Measurements:
    if metres.shape != shape:
        raise StereoValueError(
            f"the measured map has shape {metres.shape} and the prediction {shape}: they belong "
            "to one image"
        )
    weights = weights_of(confidence, shape)
    where = ~np.isnan(metres) & (weights > 0)

    def sample(values: Float32) -> Float64:
        return values[where].astype(np.float64)

    def spread(numbers: Float32) -> Float32:
        result = np.full(shape, np.nan, np.float32)
        result[where] = numbers
        return result

    return Measurements(metres[where].astype(np.float64), weights[where], sample, spread)


def _at_points(points: Any, shape: tuple[int, ...], confidence: Any) -> Measurements:
    array = finite_array("points", points)
    if array.ndim != 2 or array.shape[1:] != (3,):
        raise StereoValueError(
            f"points have shape {array.shape}: expected (N, 3), column, row and depth"
        )
    x, y, metres = array.T
    height, width = shape
    outside = (x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)
    if outside.any():
        first = int(outside.argmax())
        raise StereoValueError(
            f"point {first} lies at column {x[first]:g}, row {y[first]:g}, outside an image of "
            f"{width} x {height} px"
        )
    if not (metres > 0).all():
        first = int((metres <= 0).argmax())
        raise StereoValueError(f"point {first} has the depth {metres[first]:g} m: not above 0")
    weights = weights_of(confidence, metres.shape)
    where = weights > 0

    def sample(values: Float32) -> Float64:
        return _bilinear(values, x[where], y[where])

    def spread(numbers: Float32) -> Float32:
        result = np.full(len(metres), np.nan, np.float32)
        result[where] = numbers
        return result

    return Measurements(metres[where], weights[where], sample, spread)


def _bilinear(values: Float32, x: Float64, y: Float64) -> Float64:
    height, width = values.shape
    left = np.minimum(x.astype(np.intp), max(width - 2, 0))
    top = np.minimum(y.astype(np.intp), max(height - 2, 0))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = x - left, y - top
    wide = values.astype(np.float64)
    upper = wide[top, left] * (1 - across) + wide[top, right] * across
    lower = wide[bottom, left] * (1 - across) + wide[bottom, right] * across
    result: Float64 = upper * (1 - down) + lower * down
    return result
