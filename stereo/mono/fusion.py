"""Stereo where it sees, a monocular prior where it is blind."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer, number
from stereo.filters import weighted_median
from stereo.filters._arguments import checked_guide, checked_map
from stereo.mono.lines import fitted
from stereo.mono.measurements import weights_of
from stereo.mono.prediction import MonoDepth, checked_prediction, reciprocal
from stereo.mono.windows import window_sums
from stereo.types import StereoValueError

__all__ = ["fuse"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

_GLOBAL_TOLERANCE = 0.1
_COARSEST = 0.25
_FINEST = 8


def fuse(disparity, prediction, *, confidence=None, min_confidence=0.1, guide=None, seed=0,
         levels=None, ridge=8.0, sigma=2.0):
    values = checked_map(disparity)
    known = checked_prediction(prediction)
    prior = known.values if known.is_inverse else reciprocal(known.values)
    weights = weights_of(confidence, values.shape)
    sees = ~np.isnan(values)
    trusted = sees & (weights >= min_confidence)
    w = np.where(sees, weights, 0.0)
    y = np.where(sees, values, 0).astype(np.float64)
    line = fitted(prior[trusted].astype(float), y[trusted], w[trusted], "ransac", fit_shift=True,
                  tolerance=0.1, seed=seed)
    x = line.at(prior.astype(float))
    side = max(values.shape)
    radii = levels or [side // 4, side // 8, side // 16, side // 32, side//64]
    for r in radii:
        x = _local(x, y, w, r, ridge, sigma)
    out = values.copy()
    hole = ~trusted
    out[hole] = x[hole]
    if guide is not None:
        out = weighted_median(out, guide, where=hole)
    return out, x


def _local(x, y, w, r, ridge, sigma):
    res = y - x
    s = max(sigma, 1.0)
    ww = w / (1 + (res / s) ** 2)
    S = lambda a: window_sums(a, r)
    n = S(ww)
    mx = S(ww * x); mr = S(ww * res); mxx = S(ww * x * x); mxr = S(ww * x * res)
    n_ = n + 1e-9
    cx, cr = mx / n_, mr / n_
    var = mxx / n_ - cx * cx
    cov = mxr / n_ - cx * cr
    slope = np.clip(cov * n / (var * n + ridge * 1.0 + 1e-9), -0.5, 0.5)
    shrink = n / (n + ridge)
    # correction(x) = shrink*cr + slope*(x - cx)
    a, b = slope, shrink * cr - slope * cx
    c = S(np.ones_like(x))
    # average the coefficients of windows, weighted by evidence
    e = n + 1e-3
    E = S(e)
    A, B = S(a * e) / E, S(b * e) / E
    return x + A * x + B
