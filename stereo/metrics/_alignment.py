"""Alignment of a prediction that is known up to scale and shift to the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stereo.metrics._inputs import Float64Array
from stereo.types import StereoValueError

__all__ = ["Line", "least_absolute", "least_squares", "median_scale"]

_RELATIVE = 1e-15  # of the largest target: as far as float64 tells two lines apart


class Line(NamedTuple):
    """A line: target = scale * prediction + shift."""

    scale: float
    shift: float


def median_scale(prediction: Float64Array, target: Float64Array) -> Line:
    """Return the ratio of the medians."""
    return Line(float(np.median(target)) / float(np.median(prediction)), 0.0)


def least_squares(prediction: Float64Array, target: Float64Array) -> Line:
    """Return the line with the smallest sum of squares.

    Raises
    ------
    StereoValueError
        If the prediction is constant, so that no scale can be found.
    """
    x, centre, width = _standard(prediction)
    slope = float(x @ (target - target.mean())) / float(x @ x)
    shift = float((target - slope * x).mean())
    return Line(slope / width, shift - slope / width * centre)


def least_absolute(prediction: Float64Array, target: Float64Array) -> Line:
    """Return a line with the smallest sum of absolute deviations.

    For a given scale the best shift is the median of what is left. That leaves a convex function
    of the scale, whose slope has the sign of a sum over the residuals: bisection finds its
    minimum.

    Raises
    ------
    StereoValueError
        If the prediction is constant, so that no scale can be found.
    """
    x, centre, width = _standard(prediction)
    low = high = float(x @ (target - target.mean())) / float(x @ x)
    # The line is not far from that of least squares, in units of its residuals.
    finest = _RELATIVE * float(np.abs(target).max())
    step = max(float((target - low * x).std()), finest)
    while _rises(x, target, low):
        low, step = low - step, 2 * step
    while not _rises(x, target, high):
        high, step = high + step, 2 * step
    while high - low > finest:
        middle = low + (high - low) / 2
        if not low < middle < high:  # no number is in between
            break
        if _rises(x, target, middle):
            high = middle
        else:
            low = middle
    slope = min((low, high), key=lambda scale: _deviation(x, target, scale))
    shift = float(np.median(target - slope * x))
    return Line(slope / width, shift - slope / width * centre)


def _standard(prediction: Float64Array) -> tuple[Float64Array, float, float]:
    """Return the prediction with mean 0 and spread 1, its mean and its spread."""
    centre = float(prediction.mean())
    width = float(prediction.std())
    if prediction.max() == prediction.min() or width == 0:
        raise StereoValueError(
            f"the prediction is {prediction[0]:g} at every pixel that is compared: "
            "no scale and shift can be found; use align='median' or none"
        )
    return (prediction - centre) / width, centre, width


def _deviation(x: Float64Array, target: Float64Array, scale: float) -> float:
    residual = target - scale * x
    return float(np.abs(residual - np.median(residual)).sum())


def _rises(x: Float64Array, target: Float64Array, scale: float) -> bool:
    """Say whether the smallest sum of absolute deviations grows with the scale."""
    residual = target - scale * x
    residual -= np.median(residual)
    signs = np.sign(residual)
    zero = signs == 0
    if zero.any():
        # Those on the line share what the others lack: at the best shift all signs add up to 0.
        signs[zero] = -signs.sum() / np.count_nonzero(zero)
    return float(x @ signs) < 0
