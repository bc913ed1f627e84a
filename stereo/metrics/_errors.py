"""Statistics of absolute errors that the boards have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from stereo.metrics._inputs import Float64Array

__all__ = ["mean", "per_cent", "quantiles", "rms", "wrong"]


def wrong(errors: Float64Array, thresholds: Sequence[float]) -> dict[float, int]:
    """Count the errors above each threshold: one of just the threshold is not above it."""
    return {threshold: int(np.count_nonzero(errors > threshold)) for threshold in thresholds}


def per_cent(count: int, total: int) -> float:
    """Return a share in per cent; NaN of nothing."""
    return 100.0 * count / total if total else math.nan


def mean(errors: Float64Array) -> float:
    """Return the mean; NaN of nothing."""
    return float(errors.mean()) if errors.size else math.nan


def rms(errors: Float64Array) -> float:
    """Return the root of the mean square; NaN of nothing."""
    return math.sqrt(np.square(errors).mean()) if errors.size else math.nan


def quantiles(errors: Float64Array, shares: Sequence[float]) -> dict[float, float]:
    """Return sorted(errors)[floor(n * share)] for each share, not interpolated; NaN of nothing."""
    if not errors.size:
        return dict.fromkeys(shares, math.nan)
    places = [math.floor(errors.size * share) for share in shares]
    parted = np.partition(errors, places)
    return {share: float(parted[place]) for share, place in zip(shares, places, strict=True)}
