"""Semi-global matching on a stored cost volume (architecture, stage 4).

As in `sweep.py` a sweep walks over the rows and follows several paths at once, and all that
is remembered of a path is L of its last pixel. The costs are read rather than made, the
penalties may change from pixel to pixel, and a step may go two rows at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .compile import kernel
from .lanes import (
    LANES,
    add,
    add_saturated,
    load,
    lowest,
    minimum,
    splat,
    store,
    subtract,
    widen,
)
from .slant import follow_slant
from .volume_candidates import Extent, candidates, first_lowest


class Penalties(NamedTuple):
    """Penalties of a step, by the difference g of the guide along it, and the slants to follow.

    Attributes
    ----------
    p1, p2 : ndarray, int64 (256,)
    guide : ndarray, uint8 (H, W)
        Of any size where `adaptive` is false; then g = 0 everywhere.
    adaptive : bool
    prior : ndarray, int32 (H, W)
        Whole disparities, px; of any size where `slanted` is false.
    slanted : bool
    """

    p1: Any
    p2: Any
    guide: Any
    adaptive: bool
    prior: Any
    slanted: bool


class Tracks(NamedTuple):
    """The paths of one sweep and where they have come to, one slot a pixel and path in work.

    A path whose steps go n rows has n rows of slots, taken in turn. Within them the slots move
    along with the path, and start again where it leaves the image.

    Attributes
    ----------
    steps : ndarray, int64 (n, 2)
        (dx, dy) of each path.
    first : ndarray, int64 (n,)
        First slot of each path.
    costs : ndarray, uint8 or uint16, flat
        L of each slot, one vector of the largest number before and after it.
    low : ndarray, int64 (slots,)
        Smallest L of each slot.
    matching : ndarray, of the dtype of `costs`, (padded,)
        C of the current pixel; the largest number beyond the last disparity.
    sums : ndarray, uint16 (padded,)
        Sum of L over the paths of the current pixel.
    winners : ndarray, float32 (n, H, W), or (0, H, W)
        Receives the disparity of each path's smallest L, NaN without a candidate; or nothing.
    """

    steps: Any
    first: Any
    costs: Any
    low: Any
    matching: Any
    sums: Any
    winners: Any


def tracks_for(
    extent: Extent, steps: tuple[tuple[int, int], ...], dtype: Any, winners: Any
) -> Tracks:
    """Return the tracks of the paths `steps`, whose L fit `dtype`, as wide as C or wider."""
    padded = -(-extent.disparities // LANES) * LANES
    counts = [extent.width * abs(dy) if dy else 1 for _, dy in steps]
    top = np.iinfo(dtype).max
    return Tracks(
        steps=np.array(steps, np.int64),
        first=np.cumsum([0, *counts[:-1]]).astype(np.int64),
        costs=np.full(LANES + sum(counts) * (padded + LANES), top, dtype),
        low=np.zeros(sum(counts), np.int64),
        matching=np.full(padded, top, dtype),
        sums=np.zeros(padded, np.uint16),
        winners=winners,
    )


@kernel
def advance(tracks: Tracks, at: int, low: int, p1: int, p2: int) -> int:
    """Take one path one pixel further: L into its slot, added to the sums; return min L.

    In terms of L and low = min over k of L(q, k), E(p, i) + low is
    min(L(q, i), p1 + min(L(q, i - 1), L(q, i + 1), p2 - p1 + low)): no term exceeds the
    largest L.
    """
    costs, sums = tracks.costs, tracks.sums
    jump, step, base = splat(costs, p2 - p1 + low), splat(costs, p1), splat(costs, low)
    smallest = splat(costs, 0xFFFF)
    before = load(costs, at - 1)
    for k in range(0, sums.size, LANES):
        around = minimum(before, load(costs, at + k + 1))
        inherited = minimum(load(costs, at + k), add(step, minimum(around, jump)))
        before = load(costs, at + k + LANES - 1)  # the store below changes its first lane
        path = add_saturated(subtract(inherited, base), load(tracks.matching, k))
        store(costs, at + k, path)
        smallest = minimum(smallest, path)
        store(sums, k, add(load(sums, k), widen(path, sums)))
    low_here: int = lowest(smallest)
    return low_here


@kernel
def read_pixel(cost: Any, at: int, disparities: int, matching: Any) -> None:
    """Copy the costs of one pixel, in vectors as far as they fill some."""
    i = 0
    while i + LANES <= disparities:
        store(matching, i, widen(load(cost, at + i), matching))
        i += LANES
    for k in range(i, disparities):
        matching[k] = cost[at + k]


@kernel
def write_pixel(sums: Any, total: Any, at: int, disparities: int, begins: bool) -> None:
    """Add the sums of one pixel to S, or begin S with them."""
    i = 0
    while i + LANES <= disparities:
        known = splat(total, 0) if begins else load(total, at + i)
        store(total, at + i, add(known, widen(load(sums, i), total)))
        i += LANES
    for k in range(i, disparities):
        total[at + k] = sums[k] + (0 if begins else total[at + k])


@kernel
def slots_of_row(extent: Extent, tracks: Tracks, y: int) -> Any:
    """Return for each path the first slot of row y, and the column whose slot that is."""
    slots = np.empty((tracks.steps.shape[0], 2), np.int64)
    for path in range(tracks.steps.shape[0]):
        dx, dy = tracks.steps[path, 0], tracks.steps[path, 1]
        slots[path] = tracks.first[path], 0
        if dy != 0:
            row = y if dy > 0 else extent.height - 1 - y
            slots[path, 0] += row % abs(dy) * extent.width
            slots[path, 1] = (dx * (row // abs(dy))) % extent.width
    return slots


@kernel
def follow(
    extent: Extent, tracks: Tracks, penalties: Penalties, slots: Any, x: int, y: int
) -> None:
    """Take all paths to the pixel (y, x), whose costs are in `tracks.matching`."""
    width, padded = extent.width, tracks.sums.size
    begin, end = candidates(extent, x)
    tracks.sums[:] = 0
    for path in range(tracks.steps.shape[0]):
        dx, dy = tracks.steps[path, 0], tracks.steps[path, 1]
        slot = slots[path, 0]
        if dy != 0:
            column = x - slots[path, 1]
            slot += column + width if column < 0 else column
        at = LANES + slot * (padded + LANES)
        low, g = tracks.low[slot], 0
        if not (0 <= x - dx < width and 0 <= y - dy < extent.height):
            low = 0
            for k in range(0, padded, LANES):
                store(tracks.costs, at + k, splat(tracks.costs, 0))
        else:
            if penalties.adaptive:
                here = np.int64(penalties.guide[y, x])
                g = abs(here - np.int64(penalties.guide[y - dy, x - dx]))
            if penalties.slanted:
                before = y - dy, x - dx
                follow_slant(penalties.prior, (y, x), before, tracks.costs, at, extent.disparities)
        tracks.low[slot] = advance(tracks, at, low, penalties.p1[g], penalties.p2[g])
        if tracks.winners.shape[0] > 0:
            tracks.winners[path, y, x] = np.nan
            if begin < end:
                i = first_lowest(tracks.costs, at + begin, at + end) - at
                tracks.winners[path, y, x] = extent.min_disp + i


@kernel
def sweep(
    extent: Extent,
    cost: Any,
    tracks: Tracks,
    penalties: Penalties,
    rows: tuple[int, int, int],
    total: Any,
    begins: bool,
) -> None:
    """Add the sums of L over the paths of `tracks` to S, or begin S with them.

    Parameters
    ----------
    cost : ndarray, uint8 or uint16, flat
        C of H * W * D elements.
    rows : (int, int, int)
        Of range(*rows): all, or the first part of a sweep and then, with the same tracks, the rest.
    total : ndarray, uint16, flat
        S of H * W * D elements.
    begins : bool
        Whether S is still undefined in these rows.
    """
    width, disparities = extent.width, extent.disparities
    sideways = tracks.steps[:, 0][tracks.steps[:, 1] == 0].sum()  # one horizontal path at most
    for y in range(rows[0], rows[1], rows[2]):
        slots = slots_of_row(extent, tracks, y)
        for n in range(width):
            x = width - 1 - n if sideways < 0 else n
            at = (y * width + x) * disparities
            read_pixel(cost, at, disparities, tracks.matching)
            follow(extent, tracks, penalties, slots, x, y)
            write_pixel(tracks.sums, total, at, disparities, begins)
