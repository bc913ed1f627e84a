"""Paths that follow a prior: where it rises by 1 px, so does what a path remembers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel


@kernel
def follow_slant(
    prior: Any, pixel: tuple[int, int], before: tuple[int, int], costs: Any, at: int, size: int
) -> None:
    """Shift the L that a path brings to `pixel` from the one before it.

    What would leave the range stays at its end, so that min L does not change.

    Parameters
    ----------
    prior : ndarray, int32 (H, W)
        Whole disparities; changes beyond 1 px are no slant.
    pixel, before : (int, int)
        (y, x)
    costs : ndarray, flat
        L of the path in costs[at : at + size], one number for each disparity.
    at, size : int
    """
    rise = np.int64(prior[pixel]) - np.int64(prior[before])
    missing = np.iinfo(costs.dtype).max
    first, last = at, at + size - 1
    if rise == 1:
        leaving = costs[last]
        for i in range(last, first, -1):
            costs[i] = costs[i - 1]
        costs[first] = missing
        costs[last] = min(costs[last], leaving)
    elif rise == -1:
        leaving = costs[first]
        for i in range(first, last):
            costs[i] = costs[i + 1]
        costs[last] = missing
        costs[first] = min(costs[first], leaving)
