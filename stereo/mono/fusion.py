"""Stereo where it sees, a monocular prior where it is blind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer, number
from stereo.filters import weighted_median
from stereo.io.arrays import as_disparity
from stereo.mono.lines import fitted
from stereo.mono.measurements import weights_of
from stereo.mono.prediction import MonoDepth, checked_prediction, reciprocal
from stereo.mono.windows import window_sums
from stereo.types import StereoValueError

__all__ = ["fuse"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_LEAST_CONFIDENCE = 0.1
_GLOBAL_SHARE = 0.1  # of the range of disparities, by which the prior may be off everywhere
# Windows, as shares of the larger side, with the error in px at which stereo loses half its weight.
_WINDOWS = ((1 / 2, 4.0), (1 / 4, 3.0), (1 / 8, 2.0), (1 / 16, 1.0), (1 / 32, 1.0))
_REPEATS = 2  # of each window: the second one weighs stereo by what the first one left
_SMALLEST_RADIUS = 2
_COVERED = 0.02  # share of a window that has to be seen before half its correction is made
_NOTHING = 1e-3  # weight of a window, in fully sure pixels, that rounding may have left
_FLATTEST = 64.0  # variance of the prior, px², that halves a window's change of scale
_STEEPEST = 0.25  # change of scale by one window
_AGREEING = 1.0  # px between an unsure disparity and the prior that still are one surface


def fuse(
    disparity: npt.ArrayLike,
    prediction: MonoDepth,
    *,
    confidence: npt.ArrayLike | None = None,
    min_confidence: float | None = None,
    guide: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Float32:
    """Fill a disparity map from a monocular prediction of the same image.

    The prediction, as inverse depth, is brought to the disparities by a line (RANSAC), then by
    lines of smaller and smaller windows: weighted least squares of scale and shift around each
    pixel, averaged over the windows that a pixel is in, as in the guided filter (He, Sun and Tang
    2013) with the prior as the guide. So the edges are those of the prior. Each confident pixel
    weighs by its confidence, and less the farther it is from the prior, since wrong matches often
    border on holes; windows that see little keep what the larger ones found. The time is linear in
    the number of pixels, whatever the windows.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        x_left - x_right, px; NaN = no match.
    prediction : MonoDepth
        Of the left image; relative or metric, inverse or not.
    confidence : array_like, (H, W), optional
        At least 0, NaN = 0; that of :class:`stereo.Match`, for example. By default 1.
    min_confidence : float, optional
        Pixels with a disparity and at least this confidence are left as they are, bit for bit;
        0.1 by default. Those below take the aligned prior, and keep a share of their own where
        both agree to about 1 px. Only with `confidence`.
    guide : array_like, uint8, (H, W), (H, W, 3) or (H, W, 4), optional
        The left image: the filled pixels then pass through
        :func:`stereo.filters.weighted_median`.
    seed : int
        Of RANSAC's random choices: the result is the same each time.

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in px. NaN only where there is neither a match nor a prior: where depth that is
        not inverse is not above 0.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an argument can't be used or would not be, fewer than 2 pixels are confident, or the
        prior does not fit them: no line with a scale above 0 does.

    References
    ----------
    He, Sun, Tang: Guided image filtering. TPAMI 35(6), 2013.

    Examples
    --------
    >>> true = np.linspace(10, 30, 48, dtype=np.float32).reshape(6, 8)
    >>> prior = MonoDepth(0.1 * true + 3, is_metric=False, is_inverse=True)
    >>> seen = true.copy()
    >>> seen[2:4, 3:6] = np.nan
    >>> fused = fuse(seen, prior)
    >>> float(np.abs(fused - true).max()) < 0.01
    True
    """
    pixels = as_disparity(disparity)
    known = checked_prediction(prediction)
    if known.values.shape != pixels.shape:
        raise StereoValueError(
            f"the prediction has shape {known.values.shape} and the disparity {pixels.shape}: both "
            "belong to the left image"
        )
    if min_confidence is not None and confidence is None:
        raise StereoValueError("min_confidence has no use without confidence")
    least = _LEAST_CONFIDENCE
    if min_confidence is not None:
        least = number("min_confidence", min_confidence)
    integer("seed", seed, 0, (1 << 63) - 1)
    weights = weights_of(confidence, pixels.shape)
    sure = True if confidence is None else np.asarray(confidence) >= least  # in its own dtype
    trusted = ~np.isnan(pixels) & sure
    prior = known.values if known.is_inverse else reciprocal(known.values)
    aligned = _aligned(prior, pixels, np.where(trusted, weights, 0.0), trusted, seed)
    result = _blended(pixels, aligned, weights / least if least > 0 else weights, trusted)
    if guide is None:
        return result
    return weighted_median(result, guide, where=~trusted & ~np.isnan(result))


def _aligned(
    prior: Float32, pixels: Float32, weights: Float64, trusted: Mask, seed: int
) -> Float64:
    """Return the prior as disparity; NaN where there is none."""
    usable = trusted & ~np.isnan(prior)
    if np.count_nonzero(usable) < 2:
        raise StereoValueError(
            f"{np.count_nonzero(usable)} pixels have a confident disparity and a prior: at least 2 "
            "are needed to align them"
        )
    measured = pixels[usable].astype(np.float64)
    low, high = np.percentile(measured, [1, 99])
    allowed = max(_AGREEING, _GLOBAL_SHARE * float(high - low))
    line = fitted(
        prior[usable].astype(np.float64),
        measured,
        np.maximum(weights[usable], np.finfo(np.float64).tiny),
        "ransac",
        fit_shift=True,
        allowed=np.full(measured.shape, allowed),
        seed=seed,
    )
    if line.scale <= 0:
        raise StereoValueError(
            f"the prior falls where the disparity rises: the best scale is {line.scale:.3g}; "
            "is_inverse of the prediction may be wrong, or it belongs to another image"
        )
    empty = np.isnan(prior)
    found = np.where(empty, 0.0, line.at(prior.astype(np.float64)))
    evidence = np.where(empty, 0.0, weights)
    evidence /= max(float(evidence.max()), np.finfo(np.float64).tiny)
    goal = np.where(evidence > 0, pixels, 0.0).astype(np.float64)
    side = max(prior.shape)
    for share, scale in _WINDOWS:
        radius = max(round(share * side), _SMALLEST_RADIUS)
        for _ in range(_REPEATS):
            found = _corrected(found, goal, evidence, radius, scale)
    found[empty] = np.nan
    return found


def _corrected(
    prior: Float64, goal: Float64, evidence: Float64, radius: int, scale: float
) -> Float64:
    """Bring the prior nearer to the goal, by a line around each pixel.

    A window's line is residual = slope * (prior - mean) + shift, with the residuals goal - prior.
    """
    residual = goal - prior
    weights = evidence / (1 + np.square(residual / scale))
    total = window_sums(weights, radius)
    sees = total > _NOTHING
    divisor = np.where(sees, total, 1.0)

    def mean(values: Float64) -> Float64:
        return np.where(sees, window_sums(weights * values, radius) / divisor, 0.0)

    centre, shift = mean(prior), mean(residual)
    variance = np.maximum(mean(prior * prior) - centre * centre, 0)
    covariance = mean(prior * residual) - centre * shift
    needed = _COVERED * (2 * radius + 1) ** 2
    slope = np.clip(covariance / (variance + _FLATTEST), -_STEEPEST, _STEEPEST)
    share = np.where(sees, total / (divisor + needed), 0.0)
    offset = shift * share - slope * centre
    votes = window_sums(share, radius)
    slopes, offsets = window_sums(slope * share, radius), window_sums(offset * share, radius)
    voted = votes > _NOTHING
    change = (slopes * prior + offsets) / np.where(voted, votes, 1.0)
    return prior + np.where(voted, change, 0.0)


def _blended(pixels: Float32, aligned: Float64, sureness: Float64, trusted: Mask) -> Float32:
    """Return the confident disparities, and the prior elsewhere, drawn to the unsure ones."""
    own = np.where(np.isnan(pixels) | trusted, aligned, pixels)
    apart = own - aligned
    share = np.minimum(sureness, 1) * np.exp(-0.5 * np.square(apart / _AGREEING))
    filled = (aligned + share * apart).astype(np.float32)
    return np.where(trusted | np.isnan(filled), pixels, filled)
