"""How good a disparity map is: one number, the smaller the better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

__all__ = ["OBJECTIVES", "score", "unit"]

OBJECTIVES: Mapping[str, float | None] = MappingProxyType(
    {"bad-0.5": 0.5, "bad-1": 1.0, "bad-2": 2.0, "bad-3": 3.0, "bad-4": 4.0, "avg": None}
)
"""What can be minimised, and from which error on a pixel is bad, px of the images.

bad-T is the share of the evaluated pixels, per cent, that have no result or one with an error
above T: `total_bad` of :func:`stereo.metrics.middlebury`. avg is the mean absolute error, px, of
those that have one. With `fill` all have one, so that options that reject more don't gain by it.
"""


def score(
    disparity: npt.NDArray[np.float32],
    truth: npt.NDArray[np.float32],
    evaluated: npt.NDArray[np.bool_],
    objective: str,
) -> float:
    """Score a disparity map.

    Parameters
    ----------
    disparity, truth : ndarray, float32 (H, W)
        px; NaN = no result.
    evaluated : ndarray, bool (H, W)
        At least one pixel, where the truth is a number.
    objective : str
        One of `OBJECTIVES`.

    Returns
    -------
    float
        Per cent or px; infinite if no evaluated pixel has a result.
    """
    errors = np.abs(disparity[evaluated].astype(np.float64) - truth[evaluated])
    found = errors[~np.isnan(errors)]
    if found.size == 0:
        return math.inf
    threshold = OBJECTIVES[objective]
    if threshold is None:
        return float(found.mean())
    right = np.count_nonzero(found <= threshold)
    return 100.0 * float(errors.size - right) / errors.size


def unit(objective: str) -> str:
    """Return the unit of an objective."""
    return "px" if OBJECTIVES[objective] is None else "%"
