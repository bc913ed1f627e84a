"""Penalties of semi-global matching that fall where the image has an edge.

What counts as an edge depends on what lies around it: texture has strong differences between
neighbours without a jump of the disparity. So the guide is not the image itself but its deviation
from the mean of a 9x9 window, times 16 / the standard deviation there, where that is above 16:
the differences of a rough region count less, those of a smooth one as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["LEVELS", "tables"]

LEVELS = 256
"""Differences between neighbours of an 8-bit guide: 0 … 255."""

_P1_FLOOR = 0.1  # of p1: however strong the edge, a slope costs something


def tables(
    p1: int, p2: int, edge_scale: float | None
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return both penalties for each difference g between neighbours of the guide.

    Disparities jump where the image has edges, so a penalty p becomes p / (1 + g / edge_scale),
    rounded to an integer: the law of Hirschmüller (2008) with an offset that bounds it. p1 keeps at
    least a tenth, and p2 stays above p1.

    Parameters
    ----------
    p1, p2 : int
        Penalties where the guide is flat, 0 <= p1 <= p2.
    edge_scale : float or None
        Difference of the 8-bit guide that halves the penalties; None = they are constant.

    Returns
    -------
    p1, p2 : ndarray, uint16 (256,)
        For g = 0 … 255; p1[g] <= p2[g] <= p2.

    Examples
    --------
    >>> low, high = tables(32, 127, 10)
    >>> low[[0, 10, 255]].tolist(), high[[0, 10, 255]].tolist()
    ([32, 16, 3], [127, 64, 5])
    """
    if edge_scale is None:
        return np.full(LEVELS, p1, np.uint16), np.full(LEVELS, p2, np.uint16)
    with np.errstate(over="ignore"):  # of a tiny scale: the penalties fall to their least
        fall = 1 + np.arange(LEVELS) / edge_scale
    low = np.maximum(np.rint(p1 / fall), round(p1 * _P1_FLOOR))
    high = np.minimum(np.maximum(np.rint(p2 / fall), low + 1), p2)
    return np.minimum(low, high).astype(np.uint16), high.astype(np.uint16)
