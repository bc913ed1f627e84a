"""Lines through scattered measurements: least squares, medians, RANSAC."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.types import StereoValueError

__all__ = ["Line", "Method", "fitted", "inliers"]

Float64 = npt.NDArray[np.float64]
Method = Literal["ransac", "least_squares", "median"]

_TRIALS = 500  # finds a line that 15 % of the measurements follow with probability 0.99999
_SCORED = 4000  # measurements that a trial is scored on
_FLAT = 1e-9  # of the largest prediction: what differs by less is constant
_ROUNDS = 10  # of least squares over the measurements that agree with the last line


class Line(NamedTuple):
    """measured = scale * predicted + shift."""

    scale: float
    shift: float

    def at(self, predicted: Float64) -> Float64:
        """Return the values on the line."""
        return self.scale * predicted + self.shift


def fitted(
    predicted: Float64,
    measured: Float64,
    weights: Float64,
    method: Method,
    *,
    fit_shift: bool,
    allowed: Float64,
    seed: int,
) -> Line:
    """Fit a line.

    Parameters
    ----------
    predicted, measured, weights : ndarray, float64 (N,)
        Finite; the weights are above 0.
    method : {"ransac", "least_squares", "median"}
        Least squares minimises the weighted sum of squares. The median takes the medians and the
        mean absolute deviations from them on both sides (Ranftl et al. 2022), or the ratio of the
        medians without a shift. RANSAC (Fischler and Bolles 1981) takes the line through one or
        two random measurements that most others agree with, then repeats least squares over those.
    fit_shift : bool
        Whether the line may miss the origin.
    allowed : ndarray, float64 (N,)
        Largest error with which each measurement agrees with a line.
    seed : int
        Of RANSAC's choices.

    Raises
    ------
    StereoValueError
        If the prediction is constant, so that no line can be found, or no line agrees with more
        than the measurements that it goes through.
    """
    if len(predicted) < 1 + fit_shift:
        raise StereoValueError(
            f"there are {len(predicted)} measurements: {1 + fit_shift} at least are needed"
        )
    if not _determined(predicted, fit_shift):
        raise StereoValueError(
            f"the prediction is {predicted[0]:g} wherever it is measured: "
            "no scale can be found from that"
        )
    if method == "median":
        return _by_medians(predicted, measured, fit_shift)
    if method == "least_squares":
        return _least_squares(predicted, measured, weights, fit_shift)
    line = _ransac(predicted, measured, fit_shift, allowed, seed)
    for _ in range(_ROUNDS):
        near = inliers(line, predicted, measured, allowed)
        if not _determined(predicted[near], fit_shift):
            raise StereoValueError(
                "no line agrees with more than the measurements that it goes through: the "
                "prediction does not fit them; a larger tolerance or least squares may help"
            )
        last, line = line, _least_squares(predicted[near], measured[near], weights[near], fit_shift)
        if line == last:
            break
    return line


def inliers(
    line: Line, predicted: Float64, measured: Float64, allowed: Float64
) -> npt.NDArray[np.bool_]:
    """Return which measurements agree with a line."""
    found: npt.NDArray[np.bool_] = np.abs(line.at(predicted) - measured) <= allowed
    return found


def _determined(predicted: Float64, shift: bool) -> bool:
    if predicted.size == 0:
        return False
    largest = float(np.abs(predicted).max())
    return float(np.ptp(predicted)) > _FLAT * largest if shift else largest > 0


def _least_squares(predicted: Float64, measured: Float64, weights: Float64, shift: bool) -> Line:
    share = weights / weights.max()
    total = float(share.sum())
    centre = float(share @ predicted) / total if shift else 0.0
    level = float(share @ measured) / total if shift else 0.0
    x = predicted - centre
    unit = float(np.abs(x).max())
    x /= unit  # squares of tiny numbers are 0
    scale = float((share * x) @ (measured - level)) / float((share * x) @ x) / unit
    return Line(scale, level - scale * centre)


def _by_medians(predicted: Float64, measured: Float64, shift: bool) -> Line:
    x, y = float(np.median(predicted)), float(np.median(measured))
    if not shift:
        if x == 0:
            raise StereoValueError("the median of the prediction is 0: no scale can be found")
        return Line(y / x, 0.0)
    scale = float(np.abs(measured - y).mean()) / float(np.abs(predicted - x).mean())
    rises = float((measured - y) @ (predicted - x)) >= 0  # deviations have no sign
    scale = scale if rises else -scale
    return Line(scale, y - scale * x)


def _ransac(
    predicted: Float64, measured: Float64, shift: bool, allowed: Float64, seed: int
) -> Line:
    rng = np.random.default_rng(seed)
    count = len(predicted)
    first, second = rng.integers(count, size=(2, _TRIALS))
    with np.errstate(all="ignore"):  # a measurement drawn twice has no slope
        if shift:
            scales = (measured[first] - measured[second]) / (predicted[first] - predicted[second])
        else:
            scales = measured[first] / predicted[first]
    usable = np.isfinite(scales)
    scales, first = scales[usable], first[usable]
    if len(scales) == 0:
        raise StereoValueError("no two measurements have different predictions: no scale is found")
    shifts = measured[first] - scales * predicted[first] if shift else np.zeros_like(scales)
    some = rng.choice(count, _SCORED, replace=False) if count > _SCORED else np.arange(count)
    x, y = predicted[some], measured[some]
    votes = [
        np.count_nonzero(np.abs(scale * x + offset - y) <= allowed[some])
        for scale, offset in zip(scales, shifts, strict=True)
    ]
    best = int(np.argmax(votes))
    return Line(float(scales[best]), float(shifts[best]))
