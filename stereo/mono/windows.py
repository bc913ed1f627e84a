"""Sums over square windows, whatever their size, in one pass over the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["window_sums"]

Float64 = npt.NDArray[np.float64]


def window_sums(values: Float64, radius: int) -> Float64:
    """Return the sum over the (2 radius + 1)² window of each pixel, cut at the border.

    Running sums along rows and columns (Crow 1984): the time does not depend on the radius.
    """
    sums: Float64 = _along_rows(_along_rows(values, radius).T, radius).T
    return sums


def _along_rows(values: Float64, radius: int) -> Float64:
    width = values.shape[1]
    sums = np.zeros((values.shape[0], width + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    columns = np.arange(width)
    after = np.minimum(columns + radius + 1, width)
    result: Float64 = sums[:, after] - sums[:, np.maximum(columns - radius, 0)]
    return result
