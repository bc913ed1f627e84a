"""Weighted median of windows (`stereo.filters.weighted_median` defines it)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel


@kernel
def edges(disparity: Any) -> Any:
    """Return a bool map, True where the 5x5 window spans more than 1 px or has a NaN.

    Parameters
    ----------
    disparity : ndarray, float32 (H, W)
    """
    height, width = disparity.shape
    found = np.zeros((height, width), np.bool_)
    low, high = np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(height):
        low[:], high[:] = disparity[y], disparity[y]
        for v in range(max(y - 2, 0), min(y + 3, height)):
            for x in range(width):
                value = disparity[v, x]
                if np.isnan(value):  # a column with a NaN spans everything
                    low[x], high[x] = -np.inf, np.inf
                elif not np.isnan(low[x]):
                    low[x], high[x] = min(low[x], value), max(high[x], value)
        for x in range(width):
            first, stop = max(x - 2, 0), min(x + 3, width)
            smallest, largest = low[first], high[first]
            for u in range(first + 1, stop):
                smallest, largest = min(smallest, low[u]), max(largest, high[u])
            found[y, x] = largest - smallest > np.float32(1)
    return found


@kernel
def weighted_median(
    disparity: Any,
    guide: Any,
    changes: Any,
    color: Any,
    space: Any,
    result: Any,
    first: int,
    stop: int,
) -> None:
    """Fill the rows first … stop - 1 of `result` where `changes` is set.

    Bisection on the value; both ends of the bracket are always elements of the window.

    Parameters
    ----------
    disparity : ndarray, float32 (H, W)
        NaN where there is none.
    guide : ndarray, uint8 (H, W)
    changes : ndarray, bool (H, W)
        Set on valid pixels only.
    color : ndarray, int32 (256,)
        Weight of a difference of the guide.
    space : ndarray, int32 (2 radius + 1, 2 radius + 1)
        Weight of an offset.
    result : ndarray, float32 (H, W)
    first, stop : int
        Range of rows.
    """
    height, width = disparity.shape
    radius = space.shape[0] // 2
    values, weights = np.empty(space.size, np.float32), np.empty(space.size, np.int32)
    for y in range(first, stop):
        for x in range(width):
            if not changes[y, x]:
                continue
            count, total = 0, 0
            low, high = disparity[y, x], disparity[y, x]
            for v in range(max(y - radius, 0), min(y + radius + 1, height)):
                for u in range(max(x - radius, 0), min(x + radius + 1, width)):
                    value = disparity[v, u]
                    if np.isnan(value):
                        continue
                    shade = abs(np.int64(guide[y, x]) - np.int64(guide[v, u]))
                    weight = color[shade] * space[v - y + radius, u - x + radius]
                    values[count], weights[count] = value, weight
                    count += 1
                    total += weight
                    low, high = min(low, value), max(high, value)
            while low < high:
                pivot = np.float32(0.5) * low + np.float32(0.5) * high
                if not low <= pivot < high:
                    pivot = low
                below, beyond, sum_below = low, high, 0
                for n in range(count):
                    if values[n] <= pivot:
                        sum_below += weights[n]
                        below = max(below, values[n])
                    else:
                        beyond = min(beyond, values[n])
                if 2 * sum_below >= total:
                    high = below
                else:
                    low = beyond
            result[y, x] = low
