"""How well a confidence sorts the pixels by their errors: sparsification curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer, number
from stereo.metrics._inputs import Float64Array, raw_map
from stereo.types import StereoValueError

__all__ = ["Sparsification", "sparsification"]

_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Sparsification:
    """Error against density, when the least confident pixels are left out first.

    Attributes
    ----------
    densities : tuple of float
        Shares of the pixels that are kept, per cent, the last one 100.
    errors : tuple of float
        Mean error of the kept pixels at each density: px, or per cent of bad pixels.
    oracle : tuple of float
        The same when those with the largest errors are left out first: no order is better.
    auc, auc_oracle : float
        Area under each curve over the densities 0 to 1: the mean of the errors of the 1, 2, … n
        pixels that are left out last.
    overall : float
        Error of all pixels: the area under the curve of a random order.
    pixels : int
        Their number, n.
    """

    densities: tuple[float, ...]
    errors: tuple[float, ...]
    oracle: tuple[float, ...]
    auc: float
    auc_oracle: float
    overall: float
    pixels: int

    @property
    def ause(self) -> float:
        """Area between the curve and that of the oracle; 0 for a perfect confidence."""
        return self.auc - self.auc_oracle


def sparsification(
    error: npt.ArrayLike,
    confidence: npt.ArrayLike,
    *,
    threshold: float | None = None,
    steps: int = 20,
) -> Sparsification:
    """Measure how well a confidence finds the errors.

    Parameters
    ----------
    error : array_like, floating point, (H, W)
        Absolute errors, px; NaN = not evaluated.
    confidence : array_like, floating point, (H, W)
        Larger = surer, in any unit; finite wherever `error` is. Pixels of the same confidence
        are taken in random order, and the curve is what is expected of it: it depends on no
        order of the pixels.
    threshold : float, optional
        Measure the share of pixels with an error above it, in per cent. By default the mean
        error is measured.
    steps : int
        Number of densities of the curve, evenly spaced. The areas don't depend on it.

    Returns
    -------
    Sparsification
        The curve, that of the oracle, and the areas under them.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point or differ in shape, no pixel is evaluated, an error is
        negative or infinite, or a confidence is missing.

    References
    ----------
    Hu, Mordohai: A quantitative evaluation of confidence measures for stereo vision. TPAMI 2012.
    Ilg et al.: Uncertainty estimates and multi-hypotheses networks for optical flow. ECCV 2018.

    Examples
    --------
    >>> import numpy as np
    >>> error = np.array([[0.0, 1.0, 2.0, 5.0]])
    >>> curve = sparsification(error, np.array([[0.9, 0.5, 0.8, 0.1]]), steps=4)
    >>> curve.errors, curve.oracle
    ((0.0, 1.0, 1.0, 2.0), (0.0, 0.5, 1.0, 2.0))
    >>> curve.auc, curve.auc_oracle, curve.ause
    (1.0, 0.875, 0.125)
    """
    limit = None if threshold is None else number("threshold", threshold)
    count = integer("steps", steps, 1, _MOST_STEPS)
    values, sureness = _evaluated(raw_map("error", error), raw_map("confidence", confidence))
    if limit is not None:
        values = np.where(values > limit, 100.0, 0.0)
    order = np.argsort(-sureness, kind="stable")
    curve = _running_means(_evened(values[order], sureness[order]))
    best = _running_means(np.sort(values))
    kept = np.ceil(np.arange(1, count + 1) / count * values.size).astype(np.int64)
    return Sparsification(
        densities=tuple(float(100.0 * k / count) for k in range(1, count + 1)),
        errors=tuple(curve[kept - 1].tolist()),
        oracle=tuple(best[kept - 1].tolist()),
        auc=float(curve.mean()),
        auc_oracle=float(best.mean()),
        overall=float(values.mean()),
        pixels=values.size,
    )


def _evaluated(error: Float64Array, confidence: Float64Array) -> tuple[Float64Array, Float64Array]:
    if confidence.shape != error.shape:
        raise StereoValueError(
            f"confidence has shape {confidence.shape} and error {error.shape}: "
            "both must be the same"
        )
    evaluated = ~np.isnan(error)
    if not evaluated.any():
        raise StereoValueError("error is NaN at every pixel: nothing can be measured")
    values, sureness = error[evaluated], confidence[evaluated]
    if (values < 0).any() or np.isinf(values).any():
        raise StereoValueError(
            f"error spans {values.min():g} … {values.max():g}: absolute errors are finite and at "
            "least 0, and NaN marks a pixel that is not evaluated"
        )
    missing = ~np.isfinite(sureness)
    if missing.any():
        raise StereoValueError(
            f"confidence is NaN or infinite at {np.count_nonzero(missing)} of {values.size} pixels "
            "that have an error: give each a number"
        )
    return values, sureness


def _evened(values: Float64Array, sureness: Float64Array) -> Float64Array:
    """Replace the values of pixels of the same confidence, which stand together, by their mean."""
    starts = np.flatnonzero(np.concatenate(([True], sureness[1:] != sureness[:-1])))
    lengths = np.diff(np.append(starts, values.size))
    return np.repeat(np.add.reduceat(values, starts) / lengths, lengths)


def _running_means(values: Float64Array) -> Float64Array:
    return np.cumsum(values) / np.arange(1, values.size + 1)
