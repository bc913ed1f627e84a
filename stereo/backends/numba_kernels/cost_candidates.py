"""Which disparities of a pixel have a counterpart, and what the others cost."""

from __future__ import annotations

from typing import Any

from .compile import kernel


@kernel
def candidates(x: int, width: int, min_disp: int, disparities: int) -> tuple[int, int, int]:
    """Return the range of the candidates of column x, and where their counterparts lie.

    Returns
    -------
    first, stop : int
        The i whose right column x - min_disp - i lies in the image.
    start : int
        Where the right columns are in reverse order, the counterpart of i is start + i.
    """
    last = x - min_disp  # the right column of i = 0
    first = min(max(0, last - (width - 1)), disparities)
    stop = max(first, min(disparities, last + 1))
    return first, stop, width - 1 - last


@kernel
def copy_outside(data: Any, min_disp: int, maximum: int, first: int, stop: int) -> None:
    """Give what has no counterpart the cost of the nearest column that has.

    Parameters
    ----------
    data : ndarray (H, W, D)
        Its rows first … stop - 1 are changed.
    min_disp, maximum : int
        The maximum stands where a disparity has no counterpart in any column.
    first, stop : int
        Range of rows.
    """
    width, disparities = data.shape[1:]
    for y in range(first, stop):
        row = data[y]
        for x in range(width):
            begin, end, _ = candidates(x, width, min_disp, disparities)
            for i in range(begin):  # right of the image
                column = width - 1 + min_disp + i
                row[x, i] = row[column, i] if column >= 0 else maximum
            for i in range(end, disparities):  # left of it
                column = min_disp + i
                row[x, i] = row[column, i] if column < width else maximum
