"""Speckle and median filter (architecture, stages 11 and 12)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel


@kernel
def speckles(disparity: Any, size: int, max_diff: Any) -> Any:
    """Return a bool map (H, W), True on the regions of fewer than `size` pixels.

    Parameters
    ----------
    disparity : ndarray, float32 (H, W)
    size : int
        Pixels.
    max_diff : float32
        Largest difference between neighbours of one region, px.
    """
    height, width = disparity.shape
    small = np.zeros((height, width), np.bool_)
    seen = np.isnan(disparity)
    region = np.empty((height * width, 2), np.int32)  # a queue that is kept as a list
    for seed_y in range(height):
        for seed_x in range(width):
            if seen[seed_y, seed_x]:
                continue
            seen[seed_y, seed_x] = True
            region[0] = seed_y, seed_x
            count, done = 1, 0
            while done < count:
                y, x = region[done]
                done += 1
                for dy, dx in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                    v, u = y + dy, x + dx
                    if not (0 <= v < height and 0 <= u < width) or seen[v, u]:
                        continue
                    if abs(disparity[v, u] - disparity[y, x]) <= max_diff:
                        seen[v, u] = True
                        region[count] = v, u
                        count += 1
            if count < size:
                for n in range(count):
                    small[region[n, 0], region[n, 1]] = True
    return small


@kernel
def median(padded: Any, size: int, result: Any, first: int, stop: int) -> None:
    """Fill the rows first … stop - 1 of `result`.

    The element of rank k is the largest of those that have at most k smaller ones. Counting
    needs no branch, unlike sorting.

    Parameters
    ----------
    padded : ndarray, float32 (H + size - 1, W + size - 1)
        Disparities with a border; +inf where there is none.
    size : int
        Side of the window, px.
    result : ndarray, float32 (H, W)
        Medians; NaN where the middle of the window is +inf.
    first, stop : int
        Range of rows.
    """
    width, reach = result.shape[1], size // 2
    last, smaller = np.empty(width, np.int32), np.empty(width, np.int32)
    for y in range(first, stop):
        last[:] = -1  # n - 1
        for q in range(size * size):
            other = padded[y + q // size, q % size : q % size + width]
            for x in range(width):
                last[x] += other[x] < np.inf
        target = result[y]
        target[:] = -np.inf
        for q in range(size * size):
            element = padded[y + q // size, q % size : q % size + width]
            smaller[:] = 0
            for r in range(size * size):
                other = padded[y + r // size, r % size : r % size + width]
                for x in range(width):
                    smaller[x] += other[x] < element[x]
            for x in range(width):
                if smaller[x] <= last[x] // 2:
                    target[x] = max(target[x], element[x])
        for x in range(width):
            if padded[y + reach, x + reach] == np.inf:
                target[x] = np.nan
