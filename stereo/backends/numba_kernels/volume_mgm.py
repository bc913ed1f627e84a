"""More global matching on a stored cost volume: each pixel inherits from two others.

A traversal goes over the image line by line, rows or columns. Both predecessors of a pixel
lie in the line before or in the same one, so two lines of L are all that is kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.extending import intrinsic

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
)
from .volume_candidates import Extent
from .volume_sgm import Penalties, read_pixel, write_pixel


class Traversal(NamedTuple):
    """One traversal and where it has come to.

    Attributes
    ----------
    dx, dy, ex, ey : int
        Steps r = (dx, dy) and its normal (ex, ey) from the two predecessors to a pixel.
    by_rows : bool
        Whether its lines are rows.
    backwards : bool
        Whether a line is walked from its end.
    costs : ndarray, uint8 or uint16, flat
        L of two lines, one vector of the largest number before and after each pixel.
    low : ndarray, int64 (2 * length of a line,)
        Smallest L of each pixel.
    matching, path : ndarray, of the dtype of `costs`, (padded,)
        C and L of the current pixel; C is the largest number beyond the last disparity.
    """

    dx: int
    dy: int
    ex: int
    ey: int
    by_rows: bool
    backwards: bool
    costs: Any
    low: Any
    matching: Any
    path: Any


def traversal_for(extent: Extent, step: tuple[int, int], dtype: Any) -> Traversal:
    """Return the start of the traversal along `step`.

    L and twice p2, for two inherited costs are added, must fit `dtype`, as wide as C or wider.
    """
    dx, dy = step
    ex, ey = -dy, dx
    by_rows = dx * dy == 0 or dy == ey  # on the diagonals both predecessors lie in one line
    in_line = dx if dy == 0 else ex if ey == 0 else 0
    length = extent.width if by_rows else extent.height
    padded = -(-extent.disparities // LANES) * LANES
    top = np.iinfo(dtype).max
    costs = np.full(LANES + 2 * length * (padded + LANES), top, dtype)
    low = np.zeros(2 * length, np.int64)
    matching, path = np.full(padded, top, dtype), np.zeros(padded, dtype)
    return Traversal(dx, dy, ex, ey, by_rows, in_line < 0, costs, low, matching, path)


@intrinsic  # type: ignore[untyped-decorator]
def halve(typing_context: Any, lanes: Any) -> Any:
    """Return half of each number, rounded down."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = arguments[0].type
        return builder.lshr(arguments[0], ir.Constant(vector, [1] * LANES))

    return lanes(lanes), generate


@kernel
def inherited(costs: Any, at: int, low: int, p1: int, p2: int) -> Any:
    """Return E of one vector of disparities (architecture, stage 4)."""
    jump = splat(costs, p2 - p1 + low)
    around = minimum(minimum(load(costs, at - 1), load(costs, at + 1)), jump)
    best = minimum(load(costs, at), add(splat(costs, p1), around))
    return subtract(best, splat(costs, low))


@kernel
def slot_of(traversal: Traversal, y: int, x: int) -> int:
    """Return where the state of a pixel of the current or the last line lies."""
    line, n = (y, x) if traversal.by_rows else (x, y)
    slot: int = line % 2 * (traversal.low.size // 2) + n
    return slot


@kernel
def visit(extent: Extent, traversal: Traversal, penalties: Penalties, y: int, x: int) -> None:
    """Make L of the pixel (y, x), whose costs are in `traversal.matching`."""
    costs, path, padded = traversal.costs, traversal.path, traversal.path.size
    slots, differences, count = (0, 0), (0, 0), 0
    for dx, dy in ((traversal.dx, traversal.dy), (traversal.ex, traversal.ey)):
        if not (0 <= x - dx < extent.width and 0 <= y - dy < extent.height):
            continue
        g = 0
        if penalties.adaptive:
            here = np.int64(penalties.guide[y, x])
            g = abs(here - np.int64(penalties.guide[y - dy, x - dx]))
        slot = slot_of(traversal, y - dy, x - dx)
        # One alone stands for both.
        slots = (slots[0] if count else slot, slot)
        differences = (differences[0] if count else g, g)
        count += 1
    smallest = splat(costs, 0xFFFF)
    first, second = slots
    g, h = differences
    stride = padded + LANES
    for k in range(0, padded, LANES):
        here = load(traversal.matching, k)
        if count > 0:
            low, p1, p2 = traversal.low[first], penalties.p1[g], penalties.p2[g]
            one = inherited(costs, LANES + first * stride + k, low, p1, p2)
            low, p1, p2 = traversal.low[second], penalties.p1[h], penalties.p2[h]
            two = inherited(costs, LANES + second * stride + k, low, p1, p2)
            here = add_saturated(halve(add(one, two)), here)
        smallest = minimum(smallest, here)
        store(path, k, here)
    slot = slot_of(traversal, y, x)
    for k in range(0, padded, LANES):
        store(costs, LANES + slot * stride + k, load(path, k))
    traversal.low[slot] = lowest(smallest)


@kernel
def traverse(
    extent: Extent,
    cost: Any,
    traversal: Traversal,
    penalties: Penalties,
    lines: tuple[int, int, int],
    total: Any,
    begins: bool,
) -> None:
    """Add L of a traversal to S, or begin S with it, in the lines of range(*lines).

    `cost` and `total` are flat, of H * W * D elements.
    """
    disparities, length = extent.disparities, traversal.low.size // 2
    for line in range(lines[0], lines[1], lines[2]):
        for k in range(length):
            n = length - 1 - k if traversal.backwards else k
            y, x = (line, n) if traversal.by_rows else (n, line)
            at = (y * extent.width + x) * disparities
            read_pixel(cost, at, disparities, traversal.matching)
            visit(extent, traversal, penalties, y, x)
            write_pixel(traversal.path, total, at, disparities, begins)
