"""From the aggregated costs of one row to its disparities (architecture, stages 5 to 10)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...types import Flag
from .compile import kernel
from .lanes import (
    LANES,
    add,
    less,
    load,
    lowest,
    minimum,
    pick,
    ramp,
    splat,
    store,
    subtract,
)
from .plan import Plan, candidates
from .sweep import Tracks, Views, sweep_row
from .workspace import Workspace

NONE = 0xFFFF
"""Above every S: no such candidate."""

OUT_OF_RANGE, NOT_UNIQUE = int(Flag.OUT_OF_RANGE), int(Flag.NOT_UNIQUE)
OCCLUSION, MISMATCH, BORDER = int(Flag.OCCLUSION), int(Flag.MISMATCH), int(Flag.BORDER)


class Row(NamedTuple):
    """What is known of the current row; the arrays are flat.

    Attributes
    ----------
    totals : ndarray, uint16
        S of the row, `Plan.stride` numbers a pixel after one leading vector; NONE between
        the pixels.
    winner, best, second : ndarray, uint16 (W,)
        Left pixels: the winner's i, S1 and S2, NONE where there is none.
    right_winner, right_best : ndarray, uint16 (W + LANES,)
        The same of the right pixels, from right to left.
    """

    totals: Any
    winner: Any
    best: Any
    second: Any
    right_winner: Any
    right_best: Any


def row_for(plan: Plan, workspace: Workspace, team: int) -> Row:
    """Return the arrays of one row, in buffers of their own for each team."""

    def array(name: str, size: int) -> Any:
        return workspace.array(f"{name}{team}", (size,), np.uint16)

    return Row(
        totals=array("totals", LANES + plan.width * plan.stride),
        winner=array("winner", plan.width),
        best=array("best", plan.width),
        second=array("second", plan.width),
        right_winner=array("right_winner", plan.width + LANES),
        right_best=array("right_best", plan.width + LANES),
    )


class Maps(NamedTuple):
    """The results (H, W); the last two are empty where no details are asked for."""

    disparity: Any
    flags: Any
    right_disparity: Any
    confidence: Any


@kernel
def right_candidates(plan: Plan, x: int) -> tuple[int, int]:
    """Return [begin, end) of the i whose counterpart of right pixel x is in the image."""
    begin = max(0, -x - plan.min_disp)
    return begin, max(begin, min(plan.disparities, plan.width - x - plan.min_disp))


@kernel
def find_left(plan: Plan, row: Row) -> None:
    """Stage 5: winner, S1 and S2 of each left pixel."""
    totals = row.totals
    for x in range(plan.width):
        begin, end = candidates(plan, x)
        at = LANES + x * plan.stride
        none = splat(totals, NONE)
        first, count = splat(totals, begin), splat(totals, end - begin)
        best, index = none, none
        for k in range(0, plan.padded, LANES):
            i = add(ramp(totals), splat(totals, k))
            seen = pick(less(subtract(i, first), count), load(totals, at + k), none)
            index = pick(less(seen, best), i, index)
            best = minimum(best, seen)
        smallest = lowest(best)
        # Of the lanes that hold the minimum each has its smallest i.
        winner = lowest(pick(less(splat(totals, smallest), best), none, index))

        second = none
        behind, three = splat(totals, winner - 1), splat(totals, 3)
        for k in range(0, plan.padded, LANES):
            i = add(ramp(totals), splat(totals, k))
            seen = pick(less(subtract(i, first), count), load(totals, at + k), none)
            seen = pick(less(subtract(i, behind), three), none, seen)
            second = minimum(second, seen)
        row.winner[x], row.best[x], row.second[x] = winner, smallest, lowest(second)


@kernel
def find_right(plan: Plan, row: Row) -> None:
    """Stage 7: winner of each right pixel, `LANES` of them at a time.

    Counted from the right, the pixels n, n + 1, … see of left pixel x the disparities
    i, i + 1, …: they lie side by side in `totals`, and NONE follows where they end.
    """
    totals, last = row.totals, plan.width - 1
    for n in range(0, plan.width, LANES):
        none = splat(totals, NONE)
        best, index = none, none
        offset = n - plan.min_disp - last  # i = offset + x for the first of the pixels
        begin = max(0, 1 - LANES - offset)
        for x in range(begin, min(plan.width, plan.disparities - offset)):
            i = offset + x
            seen = load(totals, LANES + x * plan.stride + i)
            index = pick(less(seen, best), add(ramp(totals), splat(totals, i)), index)
            best = minimum(best, seen)
        store(row.right_winner, n, index)
        store(row.right_best, n, best)


@kernel
def refine(a: int, c: int, law: int) -> Any:
    """Stage 9: the offset from the winner, given S(i - 1) - S(i) and S(i + 1) - S(i)."""
    denominator = 2 * (a + c) if law == 1 else 2 * max(a, c)
    if law == 0 or denominator == 0:
        return np.float32(0)
    return np.float32(a - c) / np.float32(denominator)


@kernel
def left_right_flag(plan: Plan, row: Row, x: int) -> int:
    """Stage 8: 0 where the winner of left pixel x agrees with the right view, else why not."""
    limit = plan.lr_max_diff
    counterparts = plan.width - 1 - x + plan.min_disp  # of i = 0, counted from the right
    winner = np.int64(row.winner[x])
    if abs(winner - row.right_winner[counterparts + winner]) <= limit:
        return 0
    begin, end = candidates(plan, x)
    for i in range(begin, end):
        if abs(i - np.int64(row.right_winner[counterparts + i])) <= limit:
            return MISMATCH
    return BORDER if end - begin < plan.disparities else OCCLUSION


@kernel
def finish_left(plan: Plan, row: Row, y: int, maps: Maps, details: bool) -> None:
    """Stages 6 and 8 to 10 of the left pixels of row y."""
    for x in range(plan.width):
        best, second, i = np.int64(row.best[x]), np.int64(row.second[x]), np.int64(row.winner[x])
        flags = 0
        if best == NONE:
            flags = OUT_OF_RANGE
        else:
            close = second != NONE and second * (100 - plan.uniqueness) <= best * 100
            if plan.uniqueness > 0 and close:
                flags = NOT_UNIQUE
            if plan.lr_max_diff >= 0:
                flags |= left_right_flag(plan, row, x)
        disparity, confidence = np.float32(np.nan), np.float32(0)
        if flags == 0:
            disparity = np.float32(plan.min_disp + i)
            begin, end = candidates(plan, x)
            if begin < i < end - 1:
                at = LANES + x * plan.stride + i
                a, c = row.totals[at - 1] - best, row.totals[at + 1] - best
                disparity += refine(a, c, plan.subpixel)
            if second == NONE:
                confidence = np.float32(1)
            elif second > 0:
                confidence = np.float32(second - best) / np.float32(second)
        maps.disparity[y, x] = disparity
        maps.flags[y, x] = flags
        if details:
            maps.confidence[y, x] = confidence


@kernel
def finish_right(plan: Plan, row: Row, y: int, maps: Maps) -> None:
    """Stages 8 and 9 of the right pixels of row y."""
    for x in range(plan.width):
        n = plan.width - 1 - x
        maps.right_disparity[y, x] = np.nan
        if row.right_best[n] == NONE:
            continue
        i = np.int64(row.right_winner[n])
        seen = x + plan.min_disp + i
        if plan.lr_max_diff >= 0 and abs(i - np.int64(row.winner[seen])) > plan.lr_max_diff:
            continue
        disparity = np.float32(plan.min_disp + i)
        begin, end = right_candidates(plan, x)
        if begin < i < end - 1:
            at = LANES + seen * plan.stride + i
            best = np.int64(row.totals[at])
            a = row.totals[at - plan.stride - 1] - best
            c = row.totals[at + plan.stride + 1] - best
            disparity += refine(a, c, plan.subpixel)
        maps.right_disparity[y, x] = disparity


@kernel
def finish(
    plan: Plan,
    views: Views,
    tracks: Tracks,
    rows: tuple[int, int, int],
    volume: Any,
    row: Row,
    maps: Maps,
    details: bool,
) -> None:
    """Add the paths of `tracks` to the volume's sums, and select; for range(*rows)."""
    totals, padded = row.totals, plan.padded
    totals[:] = NONE
    for y in range(rows[0], rows[1], rows[2]):
        for x in range(plan.width):
            source, target = (y * plan.width + x) * padded, LANES + x * plan.stride
            for k in range(0, padded, LANES):
                store(totals, target + k, load(volume, source + k))
        sweep_row(plan, views, tracks, y, totals, LANES, plan.stride)
        for x in range(plan.width):  # over what the padding has summed up to
            store(totals, LANES + x * plan.stride + plan.disparities, splat(totals, NONE))
        find_left(plan, row)
        if details or plan.lr_max_diff >= 0:
            find_right(plan, row)
        finish_left(plan, row, y, maps, details)
        if details:
            finish_right(plan, row, y, maps)
