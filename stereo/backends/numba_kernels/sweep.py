"""Matching cost and path costs, fused (architecture, stages 3 and 4).

A sweep walks over the rows of the image and follows several paths at once. The cost
volume is never stored: the costs of a pixel are computed when the sweep reaches it.
The path costs L of the last pixel of each path are all that is remembered. In terms
of L and low = min over k of L(q, k), the transition of the paper is

    E(p, i) = min(L(q, i), p1 + min(L(q, i - 1), L(q, i + 1), p2 - p1 + low)) - low

whose intermediate values never exceed Cmax + p2.
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
    popcount,
    shift_right,
    splat,
    store,
    subtract,
    widen,
    xor,
)
from .plan import CENSUS, TONE_PLANE, VOLUME, Plan, candidates
from .slant import follow_slant
from .workspace import Workspace

TONE_LIMIT = 8
"""Difference of tones from which on it does not count."""

ONES = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)
"""Number of one bits of a byte."""


class Views(NamedTuple):
    """What the costs and the penalties are made from.

    Attributes
    ----------
    left, right : ndarray, uint8, flat
        Planes (H, P, W) and, reversed, (H, P, W + padded).
    volume : ndarray, uint8 or uint16, flat
        Costs (H, W, D), where the cost is a volume.
    guide : ndarray, uint8 (H, W)
        Where penalties follow it.
    prior : ndarray, int32 (H, W)
        Where paths follow it.
    p1_at, p2_at : ndarray, uint16 (256,)
        Penalties by difference of the guide.
    """

    left: Any
    right: Any
    volume: Any
    guide: Any
    prior: Any
    p1_at: Any
    p2_at: Any


class Tracks(NamedTuple):
    """The paths that one sweep follows, and where they have come to.

    A pixel of a row belongs to one track of each path: the tracks of a diagonal path
    move along with it, and start again where they leave the image. So each track is
    updated in place, whatever the order of the pixels of a row.

    Attributes
    ----------
    steps : ndarray, int64 (n, 2)
        (dx, dy) of each path.
    costs : ndarray, uint8 or uint16, flat
        L of the n · W tracks, `Plan.stride` apart after one leading vector. What lies
        between stays at the largest number: a disparity that does not exist.
    low : ndarray, int64 (n, W)
        Smallest L of each track.
    matching, outside : ndarray, of the dtype of `costs`, (Plan.stride,)
        C of the current pixel, and where its counterpart would be outside the image.
    """

    steps: Any
    costs: Any
    low: Any
    matching: Any
    outside: Any


def tracks_for(
    plan: Plan, steps: tuple[tuple[int, int], ...], workspace: Workspace, team: int
) -> Tracks:
    """Return the tracks of the paths `steps`, in buffers of their own for each team."""
    dtype = np.uint8 if plan.largest_path <= np.iinfo(np.uint8).max else np.uint16
    count = len(steps)
    costs = workspace.array(f"costs{team}", (LANES + count * plan.width * plan.stride,), dtype)
    costs[:] = np.iinfo(dtype).max
    return Tracks(
        steps=np.array(steps, np.int64),
        costs=costs,
        low=workspace.array(f"low{team}", (count, plan.width), np.int64),
        matching=workspace.array(f"matching{team}", (plan.stride,), dtype),
        outside=workspace.array(f"outside{team}", (plan.stride,), dtype),
    )


@kernel
def tone_cost(a: int, b: int) -> int:
    """Return a quarter of the difference of two tones, which counts up to 8."""
    return min(a - b if a > b else b - a, TONE_LIMIT) // 4


@kernel
def match_outside(plan: Plan, left: Any, right: Any, y: int, outside: Any) -> None:
    """Compute the costs where the counterpart is outside, which are the same for all x.

    Left of the image stands column 0 of the right view, the last entry of its reversed row
    if any d > 0; right of it the last column, entry 0 if any d < 0.
    """
    planes, width = plan.planes, plan.width
    described = planes if plan.cost == CENSUS else TONE_PLANE
    row_length = width + plan.padded
    for i in range(plan.disparities):
        d = plan.min_disp + i
        if abs(d) >= width:
            outside[i] = plan.maximum
            continue
        x, entry = (d, row_length - 1) if d >= 0 else (width - 1 + d, 0)
        cost = 0
        for p in range(y * planes, y * planes + described):
            cost += ONES[left[p * width + x] ^ right[p * row_length + entry]]
        if plan.cost != CENSUS:
            p = y * planes + TONE_PLANE
            cost += tone_cost(
                np.int64(left[p * width + x]), np.int64(right[p * row_length + entry])
            )
        outside[i] = cost


@kernel
def copy_costs(plan: Plan, volume: Any, x: int, y: int, cost: Any) -> None:
    """Copy C(y, x, ·) of a volume into `cost`, the largest number beyond the last disparity."""
    at = (y * plan.width + x) * plan.disparities
    for i in range(plan.disparities):
        cost[i] = volume[at + i]
    store(cost, plan.disparities, splat(cost, 0xFFFF))


@kernel
def match(plan: Plan, left: Any, right: Any, x: int, y: int, cost: Any, outside: Any) -> None:
    """Compute C(y, x, ·) into `cost`, the largest number beyond the last disparity."""
    planes = plan.planes
    described = planes if plan.cost == CENSUS else TONE_PLANE
    row_length = plan.width + plan.padded
    left_at = y * planes * plan.width + x
    right_at = y * planes * row_length + plan.width - 1 - x
    for k in range(0, plan.padded, LANES):
        bits = popcount(xor(splat(left, left[left_at]), load(right, right_at + k)))
        for p in range(1, described):
            mine = splat(left, left[left_at + p * plan.width])
            other = load(right, right_at + p * row_length + k)
            bits = add(bits, popcount(xor(mine, other)))
        if plan.cost != CENSUS:
            mine = splat(left, left[left_at + TONE_PLANE * plan.width])
            other = load(right, right_at + TONE_PLANE * row_length + k)
            smaller = minimum(mine, other)
            difference = add(subtract(mine, smaller), subtract(other, smaller))
            limited = minimum(difference, splat(left, TONE_LIMIT))
            bits = add(bits, shift_right(limited, splat(left, 2)))
        store(cost, k, widen(bits, cost))
    store(cost, plan.disparities, splat(cost, 0xFFFF))

    begin, end = candidates(plan, x)
    if end - begin < plan.disparities:
        for i in range(min(begin, plan.disparities)):
            cost[i] = outside[i]
        for i in range(end, plan.disparities):
            cost[i] = outside[i]


@kernel
def follow(
    plan: Plan,
    track: Any,
    at: int,
    low: int,
    penalties: tuple[int, int],
    cost: Any,
    sums: Any,
    sums_at: int,
) -> int:
    """Advance one path by one pixel: L into `track`, added to `sums`; return its minimum."""
    jump = splat(track, penalties[1] - penalties[0] + low)
    p1 = splat(track, penalties[0])
    base = splat(track, low)
    smallest = splat(track, 0xFFFF)
    before = load(track, at - 1)
    for k in range(0, plan.padded, LANES):
        around = minimum(before, load(track, at + k + 1))
        inherited = minimum(load(track, at + k), add(p1, minimum(around, jump)))
        before = load(track, at + k + LANES - 1)  # the store below changes its first lane
        path = add_saturated(subtract(inherited, base), load(cost, k))
        store(track, at + k, path)
        smallest = minimum(smallest, path)
        store(sums, sums_at + k, add(load(sums, sums_at + k), widen(path, sums)))
    low_here: int = lowest(smallest)
    return low_here


@kernel
def track_shifts(plan: Plan, steps: Any, y: int) -> Any:
    """Return for each path the track of pixel 0 of row y; pixel x has the x-th from there."""
    shifts = np.zeros(steps.shape[0], np.int64)
    for path in range(steps.shape[0]):
        shifts[path] = (-steps[path, 0] * steps[path, 1] * y) % plan.width
    return shifts


@kernel
def sweep_row(
    plan: Plan, views: Views, tracks: Tracks, y: int, sums: Any, first: int, stride: int
) -> None:
    """Follow the paths through row y; add L to `sums`, the pixel x at first + x · stride."""
    width, height, steps = plan.width, plan.height, tracks.steps
    shifts = track_shifts(plan, steps, y)
    if plan.cost != VOLUME:
        match_outside(plan, views.left, views.right, y, tracks.outside)
    backwards = steps[:, 0][steps[:, 1] == 0].sum() < 0  # there is at most one horizontal path
    for n in range(width):
        x = width - 1 - n if backwards else n
        if plan.cost == VOLUME:
            copy_costs(plan, views.volume, x, y, tracks.matching)
        else:
            match(plan, views.left, views.right, x, y, tracks.matching, tracks.outside)
        for path in range(steps.shape[0]):
            dx, dy = steps[path, 0], steps[path, 1]
            track = 0 if dy == 0 else x + shifts[path]
            if track >= width:
                track -= width
            at = LANES + (path * width + track) * plan.stride
            low = tracks.low[path, track]
            penalties = plan.p1, plan.p2
            if not (0 <= x - dx < width and 0 <= y - dy < height):
                low = 0
                for k in range(0, plan.padded, LANES):
                    store(tracks.costs, at + k, splat(tracks.costs, 0))
            else:
                if plan.adaptive:
                    here, before = views.guide[y, x], views.guide[y - dy, x - dx]
                    edge = abs(np.int64(here) - np.int64(before))
                    penalties = np.int64(views.p1_at[edge]), np.int64(views.p2_at[edge])
                if plan.slanted:
                    follow_slant(
                        views.prior, (y, x), (y - dy, x - dx), tracks.costs, at, plan.disparities
                    )
            tracks.low[path, track] = follow(
                plan, tracks.costs, at, low, penalties, tracks.matching, sums, first + x * stride
            )


@kernel
def accumulate(
    plan: Plan, views: Views, tracks: Tracks, rows: tuple[int, int, int], volume: Any
) -> None:
    """Write the sum of L over the paths of `tracks` to the volume, for range(*rows)."""
    row_size = plan.width * plan.padded
    for y in range(rows[0], rows[1], rows[2]):
        volume[y * row_size : (y + 1) * row_size] = 0
        sweep_row(plan, views, tracks, y, volume, y * row_size, plan.padded)
