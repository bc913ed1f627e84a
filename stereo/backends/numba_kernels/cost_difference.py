"""Costs that are truncated differences of one or two numbers a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel
from .cost_candidates import candidates


@kernel
def absolute(
    left: Any, right: Any, limit: int, min_disp: int, data: Any, first: int, stop: int
) -> None:
    """Cost = mean over the channels of the absolute difference, rounded, at most `limit`.

    Parameters
    ----------
    left : ndarray, uint8 (C, H, W)
        C is 1 or 3.
    right : ndarray, uint8 (C, H, W)
        Its columns in reverse order.
    limit, min_disp : int
    data : ndarray, uint8 (H, W, D)
        Filled where there is a counterpart.
    first, stop : int
        Range of rows.
    """
    _, width, disparities = data.shape
    channels = len(left)
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            costs = data[y, x, begin:end]
            a, row_a = np.int32(left[0, y, x]), right[0, y, start + begin : start + end]
            if channels == 1:
                for i in range(end - begin):
                    costs[i] = min(abs(a - np.int32(row_a[i])), limit)
                continue
            b, row_b = np.int32(left[1, y, x]), right[1, y, start + begin : start + end]
            c, row_c = np.int32(left[2, y, x]), right[2, y, start + begin : start + end]
            for i in range(end - begin):
                total = abs(a - np.int32(row_a[i])) + abs(b - np.int32(row_b[i]))
                total += abs(c - np.int32(row_c[i]))
                costs[i] = min((total + 1) // 3, limit)


@kernel
def planes(
    left: Any, right: Any, limit: int, min_disp: int, data: Any, first: int, stop: int
) -> None:
    """Cost = sum over the planes of the absolute difference, at most `limit`.

    Parameters
    ----------
    left : ndarray, int16 (P, H, W)
        P is 1 or 2.
    right : ndarray, int16 (P, H, W)
        Its columns in reverse order.
    limit, min_disp : int
    data : ndarray, uint8 or uint16 (H, W, D)
    first, stop : int
        Range of rows.
    """
    _, width, disparities = data.shape
    second = len(left) - 1
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            costs = data[y, x, begin:end]
            a, row_a = np.int32(left[0, y, x]), right[0, y, start + begin : start + end]
            b, row_b = np.int32(left[second, y, x]), right[second, y, start + begin : start + end]
            for i in range(end - begin):
                total = abs(a - np.int32(row_a[i]))
                if second:
                    total += abs(b - np.int32(row_b[i]))
                costs[i] = min(total, limit)


@kernel
def birchfield_tomasi(
    left: Any, right: Any, limit: int, min_disp: int, data: Any, first: int, stop: int
) -> None:
    """Cost = the smaller distance of one pixel to the other's range, at most `limit`.

    Parameters
    ----------
    left : ndarray, int16 (3, H, W)
        Twice the value of each pixel, and of the smallest and the largest one within half
        a pixel of it.
    right : ndarray, int16 (3, H, W)
        Its columns in reverse order.
    limit, min_disp : int
    data : ndarray, uint8 or uint16 (H, W, D)
    first, stop : int
        Range of rows.
    """
    _, width, disparities = data.shape
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            costs = data[y, x, begin:end]
            value, low, high = (
                np.int32(left[0, y, x]),
                np.int32(left[1, y, x]),
                np.int32(left[2, y, x]),
            )
            values = right[0, y, start + begin : start + end]
            lows = right[1, y, start + begin : start + end]
            highs = right[2, y, start + begin : start + end]
            for i in range(end - begin):
                here = max(value - np.int32(highs[i]), np.int32(lows[i]) - value)
                there = max(np.int32(values[i]) - high, low - np.int32(values[i]))
                costs[i] = min(max(min(here, there), 0), limit)


@kernel
def rank(padded: Any, window: tuple[int, int], ranks: Any, first: int, stop: int) -> None:
    """Count for each pixel of some rows the pixels of its window that are darker.

    Parameters
    ----------
    padded : ndarray, float32 (H + h - 1, W + w - 1)
        The image with its border replicated.
    window : (int, int)
        Width w and height h, odd.
    ranks : ndarray, int16 (H, W)
        Zero before.
    first, stop : int
        Range of rows.
    """
    width = ranks.shape[1]
    reach_y, reach_x = window[1] // 2, window[0] // 2
    for y in range(first, stop):
        counted = ranks[y]
        center = padded[y + reach_y, reach_x : reach_x + width]
        for dy in range(window[1]):
            for dx in range(window[0]):
                other = padded[y + dy, dx : dx + width]
                for x in range(width):
                    counted[x] += np.int16(other[x] < center[x])
