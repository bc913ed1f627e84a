"""Costs that count differing bits: census and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import intrinsic

from .compile import kernel
from .cost_candidates import candidates


@intrinsic  # type: ignore[untyped-decorator]
def bit_count(typing_context: Any, word: Any) -> Any:
    """Return the number of bits of `word` that are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return word(word), generate


@kernel
def census(padded: Any, window: tuple[int, int], bits: Any, first: int, stop: int) -> None:
    """Describe each pixel of some rows by the pixels of its window that are darker.

    Parameters
    ----------
    padded : ndarray, float32 (H + h - 1, W + w - 1)
        The image with its border replicated.
    window : (int, int)
        Width w and height h, odd, at most 65 pixels.
    bits : ndarray, uint64 (H, W)
        The bits are appended to those that are there.
    first, stop : int
        Range of rows.
    """
    width = bits.shape[1]
    middle = (window[1] // 2, window[0] // 2)
    for y in range(first, stop):
        described = bits[y]
        center = padded[y + middle[0], middle[1] : middle[1] + width]
        for dy in range(window[1]):
            for dx in range(window[0]):
                if (dy, dx) == middle:
                    continue
                other = padded[y + dy, dx : dx + width]
                for x in range(width):
                    described[x] = (described[x] << np.uint64(1)) | np.uint64(other[x] < center[x])


@kernel
def center_symmetric(
    padded: Any, window: tuple[int, int], bits: Any, first: int, stop: int
) -> None:
    """Describe each pixel by which of two pixels opposite each other is darker; as `census`."""
    width = bits.shape[1]
    size = window[0] * window[1]
    for y in range(first, stop):
        described = bits[y]
        for q in range(size // 2):
            opposite = size - 1 - q
            dy, dx = q // window[0], q % window[0]
            one = padded[y + dy, dx : dx + width]
            dy, dx = opposite // window[0], opposite % window[0]
            other = padded[y + dy, dx : dx + width]
            for x in range(width):
                described[x] = (described[x] << np.uint64(1)) | np.uint64(one[x] < other[x])


@kernel
def hamming(left: Any, right: Any, min_disp: int, data: Any, first: int, stop: int) -> None:
    """Cost = number of differing bits.

    Parameters
    ----------
    left : ndarray, uint64 (H, W)
    right : ndarray, uint64 (H, W)
        Its columns in reverse order.
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
            mine, costs = left[y, x], data[y, x, begin:end]
            theirs = right[y, start + begin : start + end]
            for i in range(end - begin):
                costs[i] = bit_count(mine ^ theirs[i])


@kernel
def diagonal_census(padded: Any, step: int, slack: Any, bits: Any, first: int, stop: int) -> None:
    """Describe each pixel by the neighbours of a 5x5 grid with an even dx + dy.

    Parameters
    ----------
    padded : ndarray, float32 (H + 4 step, W + 4 step)
    step : int
        Distance of neighbours in the grid, px.
    slack : float32
        A neighbour counts where it is darker by more than this.
    bits : ndarray, uint64 (H, W)
        Twelve bits are appended to each.
    first, stop : int
        Range of rows.
    """
    width = bits.shape[1]
    for y in range(first, stop):
        described = bits[y]
        center = padded[y + 2 * step, 2 * step : 2 * step + width]
        for q in range(0, 25, 2):
            if q == 12:
                continue
            dx = step * (q % 5)
            other = padded[y + step * (q // 5), dx : dx + width]
            for x in range(width):
                darker = np.uint64(other[x] < center[x] - slack)
                described[x] = (described[x] << np.uint64(1)) | darker


@kernel
def gradient_census(
    left: Any,
    right: Any,
    left_tone: Any,
    right_tone: Any,
    min_disp: int,
    data: Any,
    first: int,
    stop: int,
) -> None:
    """Cost = bits of the image and of both derivatives, and a little intensity.

    Parameters
    ----------
    left, right : ndarray, uint64 (H, W)
        Census; here and below the right one in reverse order.
    left_tone, right_tone : ndarray, uint8 (H, W)
    min_disp, data, first, stop
        As for `hamming`.
    """
    _, width, disparities = data.shape
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            costs = data[y, x, begin:end]
            bits, tone = left[y, x], np.int32(left_tone[y, x])
            other_bits = right[y, start + begin : start + end]
            other_tone = right_tone[y, start + begin : start + end]
            for i in range(end - begin):
                costs[i] = bit_count(bits ^ other_bits[i])
            # A loop of its own, since it takes bytes where the first one takes words.
            for i in range(end - begin):
                costs[i] += min(abs(tone - np.int32(other_tone[i])), 8) >> 2


@kernel
def ad_census(
    bits: Any,
    other_bits: Any,
    colors: Any,
    other_colors: Any,
    of_bits: Any,
    of_difference: Any,
    min_disp: int,
    data: Any,
    first: int,
    stop: int,
) -> None:
    """Cost = what a table gives for the bits, and another one for the absolute difference.

    Parameters
    ----------
    bits, other_bits : ndarray, uint64 (H, W)
        Census of both images; here and below the right one in reverse order.
    colors, other_colors : ndarray, uint8 (C, H, W)
    of_bits, of_difference : ndarray, uint8
        Cost of a number of bits; cost of a sum of differences over the channels.
    min_disp, data, first, stop
        As for `hamming`.
    """
    _, width, disparities = data.shape
    for y in range(first, stop):
        for x in range(width):
            begin, end, start = candidates(x, width, min_disp, disparities)
            mine = bits[y, x]
            for i in range(begin, end):
                difference = 0
                for channel in range(len(colors)):
                    level = np.int64(colors[channel, y, x])
                    difference += abs(level - np.int64(other_colors[channel, y, start + i]))
                count = np.int64(bit_count(mine ^ other_bits[y, start + i]))
                data[y, x, i] = of_bits[count] + of_difference[difference]
