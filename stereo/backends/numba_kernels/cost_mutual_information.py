"""What mutual information needs: costs from a joint table, and disparities at coarse scales."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel
from .cost_candidates import candidates


@kernel
def look_up(
    left: Any, right: Any, table: Any, min_disp: int, data: Any, first: int, stop: int
) -> None:
    """Cost = entry of the table for both tones.

    Parameters
    ----------
    left : ndarray, uint8 (H, W)
    right : ndarray, uint8 (H, W)
        Its columns in reverse order.
    table : ndarray, uint8 (256, 256)
    min_disp : int
    data : ndarray, uint8 (H, W, D)
        Filled where there is a counterpart.
    first, stop : int
        Range of rows.
    """
    _, width, disparities = data.shape
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            costs, row = data[y, x, begin:end], table[left[y, x]]
            theirs = right[y, start + begin : start + end]
            for i in range(end - begin):
                costs[i] = row[theirs[i]]


@kernel
def add_paths(costs: Any, p1: int, p2: int, sums: Any, first: int, stop: int) -> None:
    """Add the path costs of both directions along rows (architecture, stage 4).

    Parameters
    ----------
    costs : ndarray, uint8 (N, M, D)
    p1, p2 : int
    sums : ndarray, uint16 (N, M, D)
    first, stop : int
        Range of rows.
    """
    _, length, disparities = costs.shape
    beyond = np.int32(1 << 20)  # at both ends: there is no such disparity
    path = np.full(disparities + 2, beyond, np.int32)
    before = path.copy()
    for y in range(first, stop):
        for direction in (1, -1):
            before[1:-1] = 0
            lowest = np.int32(0)
            for n in range(length):
                x = n if direction == 1 else length - 1 - n
                row, total = costs[y, x], sums[y, x]
                following = beyond
                for i in range(disparities):
                    change = min(before[i], before[i + 2]) + np.int32(p1)
                    least = min(min(before[i + 1], change), lowest + np.int32(p2))
                    reached = np.int32(row[i]) + least - lowest
                    path[i + 1] = reached
                    total[i] += np.uint16(reached)
                    following = min(following, reached)
                lowest = following
                path, before = before, path


@kernel
def winners(sums: Any, min_disp: int, left: Any, right: Any, first: int, stop: int) -> None:
    """Find the disparity of the smallest sum in both views (architecture, stages 5 and 7).

    Parameters
    ----------
    sums : ndarray, uint16 (H, W, D)
    min_disp : int
    left, right : ndarray, int32 (H, W)
        Index i of the winner, -1 where no disparity is a candidate.
    first, stop : int
        Range of rows.
    """
    _, width, disparities = sums.shape
    smallest = np.empty(width, np.int64)
    for y in range(first, stop):
        smallest[:] = 1 << 20
        right[y] = -1
        for x in range(width):
            begin, end, _ = candidates(x, width, min_disp, disparities)
            best, least = -1, 1 << 20
            for i in range(begin, end):
                total = np.int64(sums[y, x, i])
                if total < least:
                    best, least = i, total
                # x grows, and with it the i of one right pixel: the first minimum stays.
                if total < smallest[x - min_disp - i]:
                    smallest[x - min_disp - i] = total
                    right[y, x - min_disp - i] = i
            left[y, x] = best
