"""Local contrast of a tone: the guide of adaptive penalties (architecture, stage 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel

SIDE = 9
_PIXELS = SIDE * SIDE
_SPREAD = np.float32(16)
_STEADY = np.float32(_PIXELS) * _SPREAD
_MIDDLE = np.float32(128.5)


@kernel
def even_contrast(padded: Any, out: Any, first: int, stop: int) -> None:
    """Fill the rows first … stop - 1.

    Parameters
    ----------
    padded : ndarray, uint8 (H + 8, W + 8)
        The tone with its border replicated.
    out : ndarray, uint8 (H, W)
    """
    width = out.shape[1]
    sums, squares = np.zeros(width + SIDE - 1, np.int64), np.zeros(width + SIDE - 1, np.int64)
    for y in range(first, first + SIDE - 1):
        for x in range(width + SIDE - 1):
            value = np.int64(padded[y, x])
            sums[x] += value
            squares[x] += value * value
    for y in range(first, stop):
        for x in range(width + SIDE - 1):
            value = np.int64(padded[y + SIDE - 1, x])
            sums[x] += value
            squares[x] += value * value
        total, square = sums[: SIDE - 1].sum(), squares[: SIDE - 1].sum()
        for x in range(width):
            total += sums[x + SIDE - 1]
            square += squares[x + SIDE - 1]
            tone = np.int64(padded[y + SIDE // 2, x + SIDE // 2])
            above = np.float32(_PIXELS * tone - total)
            deviation = np.sqrt(np.float32(_PIXELS * square - total * total))
            even = above * _SPREAD / max(deviation, _STEADY) + _MIDDLE
            out[y, x] = np.uint8(min(max(even, np.float32(0)), np.float32(255)))
            total -= sums[x]
            square -= squares[x]
        for x in range(width + SIDE - 1):
            value = np.int64(padded[y, x])
            sums[x] -= value
            squares[x] -= value * value
