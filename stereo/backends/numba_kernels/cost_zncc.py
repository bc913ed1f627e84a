"""Zero-mean normalised cross-correlation with running sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compile import kernel
from .cost_candidates import candidates


@kernel
def add_products(left: Any, right: Any, sign: int, reach: int, min_disp: int, columns: Any) -> None:
    """Add one row's products of left and right pixels to the sums over columns.

    Parameters
    ----------
    left, right : ndarray, uint8 (W + 2 reach,)
        A row of the padded left image, and one of the right with its columns in reverse order.
    sign : {1, -1}
        -1 takes them away.
    reach, min_disp : int
    columns : ndarray, int32 (W + 2 reach, D)
    """
    length, disparities = columns.shape
    for x in range(length):
        # Those of the padding too: a window reaches there.
        begin, end, start = candidates(x, length, min_disp, disparities)
        sums, theirs = columns[x, begin:end], right[start + begin : start + end]
        mine = np.int32(left[x]) * np.int32(sign)
        for i in range(end - begin):
            sums[i] += mine * np.int32(theirs[i])


@kernel
def correlate(
    columns: Any,
    size: int,
    pixels: int,
    moments: Any,
    scale: int,
    min_disp: int,
    totals: Any,
    costs: Any,
) -> None:
    """Fill the costs of one row from the sums over its columns.

    Parameters
    ----------
    columns : ndarray, int32 (W + size - 1, D)
    size, pixels : int
        Side of the window, and its number of pixels.
    moments : tuple of ndarray
        Of the row, left and right: sums (int32) and inverse deviations (float32), (W,),
        those of the right image in reverse order.
    scale : int
        Cost of a correlation of 0.
    min_disp : int
    totals : ndarray, int32 (D,)
        Scratch.
    costs : ndarray, uint8 (W, D)
    """
    left_sums, right_sums, left_inverse, right_inverse = moments
    width, disparities = costs.shape
    totals[:] = 0
    for x in range(size - 1):
        for i in range(disparities):
            totals[i] += columns[x, i]
    middle, most = np.float32(scale) + np.float32(0.5), np.float32(2 * scale)
    for x in range(width):
        entering, leaving = columns[x + size - 1], columns[x]
        for i in range(disparities):
            totals[i] += entering[i]
        begin, end, start = candidates(x, width, min_disp, disparities)
        row, sums = costs[x, begin:end], totals[begin:end]
        mine, inverse = np.int32(left_sums[x]), left_inverse[x] * np.float32(scale)
        theirs, inverses = (
            right_sums[start + begin : start + end],
            right_inverse[start + begin : start + end],
        )
        for i in range(end - begin):
            covariance = np.int32(pixels) * sums[i] - mine * theirs[i]
            correlation = np.float32(covariance) * inverse * inverses[i]
            row[i] = np.uint8(min(max(middle - correlation, np.float32(0)), most))
        for i in range(disparities):
            totals[i] -= leaving[i]


@kernel
def zncc(
    left: Any,
    right: Any,
    left_sums: Any,
    right_sums: Any,
    left_inverse: Any,
    right_inverse: Any,
    scale: int,
    min_disp: int,
    data: Any,
    first: int,
    stop: int,
) -> None:
    """Cost = scale * (1 - correlation), rounded.

    Parameters
    ----------
    left, right : ndarray, uint8 (H + 2 reach, W + 2 reach)
        Images with their border replicated; here and below the right one in reverse order.
    left_sums, right_sums : ndarray, int32 (H, W)
        Sums over the window.
    left_inverse, right_inverse : ndarray, float32 (H, W)
        1 / sqrt(n * sum of squares - square of the sum), 0 for a flat window of n pixels.
    scale, min_disp : int
    data : ndarray, uint8 (H, W, D)
    first, stop : int
        Range of rows.
    """
    _, width, disparities = data.shape
    reach = (left.shape[1] - width) // 2
    size = 2 * reach + 1
    columns = np.zeros((width + 2 * reach, disparities), np.int32)
    totals = np.zeros(disparities, np.int32)
    for k in range(size - 1):
        add_products(left[first + k], right[first + k], 1, reach, min_disp, columns)
    for y in range(first, stop):
        below = y + size - 1
        add_products(left[below], right[below], 1, reach, min_disp, columns)
        moments = (left_sums[y], right_sums[y], left_inverse[y], right_inverse[y])
        correlate(columns, size, size * size, moments, scale, min_disp, totals, data[y])
        add_products(left[y], right[y], -1, reach, min_disp, columns)
