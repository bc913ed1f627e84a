"""Filling of holes from what they meet along a row or along 16 directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel

# Columns and rows that a direction looks back in one sweep; the other sweep sees the rest.
_BACK = np.array([(2, 1), (1, 1), (1, 2), (0, 1), (-1, 2), (-1, 1), (-2, 1)])
LOOKING_BACK = len(_BACK)
"""Directions of one sweep."""
DIRECTIONS = 2 * LOOKING_BACK + 2
"""Those of both sweeps, and two along the row."""


@kernel
def sweep(disparity: Any, begin: Any, columns: Any, step: int, seen: Any) -> None:
    """Find what the holes meet first along the directions that look back.

    What a pixel meets is the next pixel of the direction, or what that one meets.

    Parameters
    ----------
    disparity : ndarray, float32 (H, W)
    begin : ndarray, int64 (H + 1,)
        Number of the first hole of each row.
    columns : ndarray, int64 (holes,)
    step : int
        1 from the top, -1 from the bottom.
    seen : ndarray, float32 (LOOKING_BACK, holes)
        Out; NaN where nothing is met.
    """
    height, width = disparity.shape
    kept = np.full((len(_BACK), 3, width + 4), np.nan, np.float32)  # two columns on either side
    for r in range(height):
        y = r if step > 0 else height - 1 - r
        for k in range(len(_BACK)):
            dx, rows = _BACK[k]
            back = kept[k, (r - rows) % 3, 2 + dx : 2 + dx + width]
            own = kept[k, r % 3, 2 : 2 + width]
            for n in range(begin[y], begin[y + 1]):
                seen[k, n] = back[columns[n]]
            for x in range(width):
                own[x] = back[x] if np.isnan(disparity[y, x]) else disparity[y, x]


@kernel
def along_rows(disparity: Any, begin: Any, columns: Any, seen: Any) -> None:
    """Find what the holes meet first to the left and to the right.

    Parameters
    ----------
    disparity, begin, columns
        As for :func:`sweep`.
    seen : ndarray, float32 (2, holes)
        Out; NaN where nothing is met.
    """
    width = disparity.shape[1]
    for y in range(disparity.shape[0]):
        for n in range(begin[y], begin[y + 1]):
            x = columns[n]
            if x > 0:
                hole_before = np.isnan(disparity[y, x - 1])
                seen[0, n] = seen[0, n - 1] if hole_before else disparity[y, x - 1]
        for n in range(begin[y + 1] - 1, begin[y] - 1, -1):
            x = columns[n]
            if x + 1 < width:
                hole_after = np.isnan(disparity[y, x + 1])
                seen[1, n] = seen[1, n + 1] if hole_after else disparity[y, x + 1]


@kernel
def lower_medians(seen: Any) -> Any:
    """Return the lower median of the valid values of each column; NaN where there is none.

    Parameters
    ----------
    seen : ndarray, float32 (n, holes)
    """
    found = np.full(seen.shape[1], np.nan, np.float32)
    met = np.empty(seen.shape[0], np.float32)
    for hole in range(seen.shape[1]):
        count = 0
        for k in range(seen.shape[0]):
            value = seen[k, hole]
            if np.isnan(value):
                continue
            at = count
            while at > 0 and met[at - 1] > value:
                met[at] = met[at - 1]
                at -= 1
            met[at] = value
            count += 1
        if count > 0:
            found[hole] = met[(count - 1) // 2] + np.float32(0)  # -0 becomes 0
    return found
