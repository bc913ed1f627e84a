"""From a stored volume to disparities (architecture, stages 5, 7 and 9), on rows of maps.

A map of winners holds i in int32, -1 where a pixel has no candidate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel
from .lanes import LANES, add, less, load, minimum, pick, ramp, splat, store, widen
from .volume_candidates import Extent, candidates, first_lowest, smallest

PARABOLA, EQUIANGULAR = 0, 1


@kernel
def winners(extent: Extent, volume: Any, disparity: Any, first: int, stop: int) -> None:
    """Stage 5: the smallest cost of each left pixel, the smallest disparity on ties; in px."""
    for y in range(first, stop):
        for x in range(extent.width):
            begin, end = candidates(extent, x)
            disparity[y, x] = np.nan
            if begin < end:
                at = (y * extent.width + x) * extent.disparities
                i = first_lowest(volume, at + begin, at + end) - at
                disparity[y, x] = extent.min_disp + i


@kernel
def right_winners(extent: Extent, volume: Any, disparity: Any, first: int, stop: int) -> None:
    """Stage 7: the same of each right pixel x, whose costs are those of (y, x + d) at d.

    Counted from the right, n = W - 1 - x, the right pixels that a left one sees lie side by
    side in the order of i. The left pixels come from left to right, and so does d.
    """
    width, disparities = extent.width, extent.disparities
    best, index = np.empty(width, np.uint16), np.empty(width, np.uint16)
    for y in range(first, stop):
        best[:] = 0xFFFF
        for n in range(width):  # where no cost is smaller than 0xFFFF the first candidate wins
            index[n] = min(max(0, n - width + 1 - extent.min_disp), disparities)
        for x in range(width):
            begin, end = candidates(extent, x)
            at = (y * width + x) * disparities
            shift = width - 1 - x + extent.min_disp  # n = shift + i
            i = begin
            while i + LANES <= end:
                seen = widen(load(volume, at + i), best)
                known = load(best, shift + i)
                better = less(seen, known)
                here = add(ramp(index), splat(index, i))
                store(index, shift + i, pick(better, here, load(index, shift + i)))
                store(best, shift + i, minimum(seen, known))
                i += LANES
            for k in range(i, end):
                if volume[at + k] < best[shift + k]:
                    best[shift + k], index[shift + k] = volume[at + k], k
        for x in range(width):
            i = np.int64(index[width - 1 - x])
            inside = i < disparities and x + extent.min_disp + i < width
            disparity[y, x] = extent.min_disp + i if inside else np.nan


@kernel
def rivals(extent: Extent, volume: Any, winner: Any, result: Any, first: int, stop: int) -> None:
    """Stage 5: S2, the smallest cost more than 1 px from the winner; +inf if there is none."""
    for y in range(first, stop):
        for x in range(extent.width):
            i = np.int64(winner[y, x])
            if i < 0:
                result[y, x] = np.nan
                continue
            begin, end = candidates(extent, x)
            at = (y * extent.width + x) * extent.disparities
            second = np.inf
            if begin < i - 1:
                second = min(second, np.float64(smallest(volume, at + begin, at + i - 1)))
            if i + 2 < end:
                second = min(second, np.float64(smallest(volume, at + i + 2, at + end)))
            result[y, x] = second


@kernel
def offset(a: int, c: int, law: int) -> Any:
    """Stage 9: how far the minimum lies from i, given S(i - 1) - S(i) and S(i + 1) - S(i).

    A disparity that some other stage chose need not be a minimum: then there is no offset.
    """
    if min(a, c) < 0:
        return np.float32(0)
    denominator = 2 * (a + c) if law == PARABOLA else 2 * max(a, c)
    if denominator == 0:
        return np.float32(0)
    return np.float32(a - c) / np.float32(denominator)


@kernel
def refine(
    extent: Extent, volume: Any, winner: Any, law: int, result: Any, first: int, stop: int
) -> None:
    """Stage 9 of the left view: add the sub-pixel offset where both neighbours are candidates."""
    for y in range(first, stop):
        for x in range(extent.width):
            i = np.int64(winner[y, x])
            if i < 0:
                result[y, x] = np.nan
                continue
            refined = np.float32(extent.min_disp + i)
            begin, end = candidates(extent, x)
            if begin < i < end - 1:
                at = (y * extent.width + x) * extent.disparities + i
                best = np.int64(volume[at])
                a, c = np.int64(volume[at - 1]) - best, np.int64(volume[at + 1]) - best
                refined += offset(a, c, law)
            result[y, x] = refined


@kernel
def refine_pooled(
    extent: Extent, volume: Any, winner: Any, radius: int, result: Any, first: int, stop: int
) -> None:
    """As `refine`, from the summed costs of the neighbours whose winners differ by 1 px at most.

    All of them at the disparities of the pixel in the middle.
    """
    height, width, disparities = extent.height, extent.width, extent.disparities
    for y in range(first, stop):
        for x in range(width):
            i = np.int64(winner[y, x])
            if i < 0:
                result[y, x] = np.nan
                continue
            result[y, x] = np.float32(extent.min_disp + i)
            begin, end = candidates(extent, x)
            if not begin < i < end - 1:
                continue
            a, c = 0, 0
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    other = np.int64(winner[v, u])
                    if other < 0 or abs(other - i) > 1:
                        continue
                    at = (v * width + u) * disparities + i
                    best = np.int64(volume[at])
                    a += np.int64(volume[at - 1]) - best
                    c += np.int64(volume[at + 1]) - best
            if max(a, c) > 0:
                shift = np.float32(a - c) / np.float32(2 * max(a, c))
                result[y, x] += min(max(shift, np.float32(-0.5)), np.float32(0.5))
