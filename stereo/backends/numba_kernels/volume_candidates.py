"""Which disparities of a stored volume are candidates, and the best of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .compile import kernel
from .lanes import LANES, load, lowest, minimum


class Extent(NamedTuple):
    """Size of a volume (H, W, D) and its first disparity in px."""

    height: int
    width: int
    disparities: int
    min_disp: int


@kernel
def candidates(extent: Extent, x: int) -> tuple[int, int]:
    """Return [begin, end) of the i whose counterpart of left pixel x is in the image."""
    begin = max(0, x - extent.width + 1 - extent.min_disp)
    return begin, max(begin, min(extent.disparities, x - extent.min_disp + 1))


@kernel
def smallest(flat: Any, begin: int, end: int) -> int:
    """Return the smallest of ``flat[begin:end]``, which is not empty."""
    at, low = begin, np.int64(flat[begin])
    if end - begin >= LANES:
        best = load(flat, at)
        at += LANES
        while at + LANES <= end:
            best = minimum(best, load(flat, at))
            at += LANES
        low = np.int64(lowest(best))
    while at < end:
        low = min(low, np.int64(flat[at]))
        at += 1
    lowest_of_all: int = low
    return lowest_of_all


@kernel
def first_lowest(flat: Any, begin: int, end: int) -> int:
    """Return where the smallest of ``flat[begin:end]`` is, the first of them on ties."""
    low, at = smallest(flat, begin, end), begin
    while flat[at] != low:
        at += 1
    return at
