"""Means of costs over cross-based support regions, by orthogonal integral sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel


@kernel
def alike(guide: Any, y: int, x: int, v: int, u: int, tolerance: int) -> bool:
    """Whether no channel of two pixels differs by more than `tolerance`."""
    for channel in range(guide.shape[2]):
        here, there = np.int64(guide[y, x, channel]), np.int64(guide[v, u, channel])
        if abs(here - there) > tolerance:
            return False
    return True


@kernel
def arms(guide: Any, longest: int, tolerance: int, reach: Any, first: int, stop: int) -> None:
    """Find how far the cross of each pixel reaches.

    Parameters
    ----------
    guide : ndarray, uint8 (H, W, channels)
    longest : int
        Longest arm, px.
    tolerance : int
        Largest difference to the middle, gray levels.
    reach : ndarray, int32 (H, W, 4)
        Filled: px to the left, to the right, up and down.
    first, stop : int
        Range of rows.
    """
    height, width, _ = guide.shape
    for y in range(first, stop):
        for x in range(width):
            for arm, (dx, dy) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
                length = 0
                while length < longest:
                    v, u = y + (length + 1) * dy, x + (length + 1) * dx
                    if not (0 <= v < height and 0 <= u < width):
                        break
                    if not alike(guide, y, x, v, u, tolerance):
                        break
                    length += 1
                reach[y, x, arm] = length


@kernel
def sum_row(volume: Any, reach: Any, y: int, integral: Any, sums: Any) -> None:
    """Sum the costs of row y over the horizontal arms of each pixel.

    Parameters
    ----------
    volume : ndarray, uint8 or uint16 (H, W, D)
    reach : ndarray, int32 (H, W, 4)
    integral : ndarray, uint32 (W + 1, D)
        Scratch; its row 0 is 0.
    sums : ndarray, uint32 (W, D)
        Increased. Sums wrap, and their differences are exact all the same.
    """
    width, disparities = sums.shape
    for x in range(width):
        for i in range(disparities):
            integral[x + 1, i] = integral[x, i] + volume[y, x, i]
    for x in range(width):
        begin, end = x - reach[y, x, 0], x + reach[y, x, 1] + 1
        for i in range(disparities):
            sums[x, i] += integral[end, i] - integral[begin, i]


@kernel
def sizes(reach: Any, size: Any) -> None:
    """Fill `size`, int64 (H, W), with the number of pixels of each support region."""
    height, width = size.shape
    column = np.zeros((height + 1, width), np.int64)
    for y in range(height):
        for x in range(width):
            column[y + 1, x] = column[y, x] + reach[y, x, 0] + reach[y, x, 1] + 1
    for y in range(height):
        for x in range(width):
            begin, end = y - reach[y, x, 2], y + reach[y, x, 3] + 1
            size[y, x] = column[end, x] - column[begin, x]


@kernel
def average(
    volume: Any, reach: Any, size: Any, longest: int, result: Any, first: int, stop: int
) -> None:
    """Fill the rows first … stop - 1 of `result` with the means over the support regions.

    The region of a pixel is the union of the horizontal arms of the pixels on its vertical
    arms. Sums of rows, added up from the first row needed, are kept for as many rows as a
    vertical arm can reach.

    Parameters
    ----------
    volume, result : ndarray, uint8 or uint16 (H, W, D)
    reach : ndarray, int32 (H, W, 4)
    size : ndarray, int64 (H, W)
    longest : int
        Longest arm, px.
    first, stop : int
        Range of rows.
    """
    height, width, disparities = volume.shape
    kept = min(2 * longest + 2, height + 1)
    integral = np.zeros((width + 1, disparities), np.uint32)
    column = np.zeros((kept, width, disparities), np.uint32)  # up to, without, row y at y % kept
    done = max(0, first - longest)
    column[done % kept] = 0
    for y in range(first, stop):
        while done < min(y + longest + 1, height):
            column[(done + 1) % kept] = column[done % kept]
            sum_row(volume, reach, done, integral, column[(done + 1) % kept])
            done += 1
        for x in range(width):
            begin, end = (y - reach[y, x, 2]) % kept, (y + reach[y, x, 3] + 1) % kept
            pixels = np.float64(size[y, x])
            for i in range(disparities):
                total = np.float64(column[end, x, i] - column[begin, x, i])
                result[y, x, i] = np.int64(total / pixels + 0.5)
