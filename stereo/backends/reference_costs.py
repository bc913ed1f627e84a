"""Gray, census and matching cost in plain NumPy: stages 1 to 3 of the oracle of the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, MatchingParams, Pair, Tone

Bits = npt.NDArray[np.bool_]
Volume = npt.NDArray[np.int64]  # (H, W, D)


def gray(image: npt.NDArray[Any]) -> GrayImage:
    """Stage 1: (H, W), (H, W, 3) or (H, W, 4), any strides -> contiguous (H, W)."""
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    c0, c1, c2 = image[..., 0], image[..., 1], image[..., 2]
    if image.dtype == np.float32:
        quarter, half = np.float32(0.25), np.float32(0.5)
        mean: Float32 = np.ascontiguousarray((quarter * c0 + quarter * c2) + half * c1)
        return mean
    total = c0.astype(np.int64) + 2 * c1.astype(np.int64) + c2
    return np.ascontiguousarray(total.astype(np.uint16 if image.dtype == np.uint8 else np.float32))


def census(image: GrayImage, window: tuple[int, int]) -> Bits:
    """Stage 2: (H, W) -> (H, W, w*h - 1), one bit for each other pixel of the window."""
    height, width = image.shape
    reach_x, reach_y = window[0] // 2, window[1] // 2
    pixels: npt.NDArray[Any] = image
    padded = np.pad(pixels, ((reach_y, reach_y), (reach_x, reach_x)), mode="edge")
    bits = [
        padded[y : y + height, x : x + width] < pixels
        for y in range(window[1])
        for x in range(window[0])
        if (x, y) != (reach_x, reach_y)
    ]
    return np.stack(bits, axis=-1)


def smoothed(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Stage 2: the rows y - 2 ... y + 2 with the weights 1, 4, 6, 4, 1, the border replicated."""
    a, b, c, d, e = (
        np.pad(image, ((2, 2), (0, 0)), mode="edge")[k : k + len(image)] for k in range(5)
    )
    with np.errstate(over="ignore", invalid="ignore"):  # of floats near the end of their range
        total: npt.NDArray[Any] = ((a + e) + 4 * (b + d)) + 6 * c
    return total


def gradients(image: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Stage 2: Sobel gradients along x and y, the border replicated."""
    a = np.pad(image, 1, mode="edge")
    nw, n, ne = a[:-2, :-2], a[:-2, 1:-1], a[:-2, 2:]
    w, e = a[1:-1, :-2], a[1:-1, 2:]
    sw, s, se = a[2:, :-2], a[2:, 1:-1], a[2:, 2:]
    with np.errstate(over="ignore", invalid="ignore"):
        return (ne - nw) + 2 * (e - w) + (se - sw), (sw - nw) + 2 * (s - n) + (se - ne)


def diagonal_census(image: npt.NDArray[Any], step: int, slack: int) -> Bits:
    """Stage 2: (H, W) -> (H, W, 12), the neighbours of a 5x5 grid with dx + dy even."""
    height, width = image.shape
    padded = np.pad(image, 2 * step, mode="edge")
    with np.errstate(over="ignore", invalid="ignore"):
        center = image - image.dtype.type(slack)
    bits = [
        padded[step * y : step * y + height, step * x : step * x + width] < center
        for y in range(5)
        for x in range(5)
        if (x + y) % 2 == 0 and (x, y) != (2, 2)
    ]
    return np.stack(bits, axis=-1)


def gradient_census(image: GrayImage, gray_level: int) -> Bits:
    """Stage 2: (H, W) -> (H, W, 36), diagonal census of the smoothed image and both gradients."""
    wide: npt.NDArray[Any] = image if image.dtype == np.float32 else image.astype(np.int32)
    images = (smoothed(wide), 2, 0), *((each, 1, gray_level) for each in gradients(wide))
    return np.concatenate([diagonal_census(*each) for each in images], axis=-1)


def even_contrast(tone: Tone, threads: int) -> Tone:
    """Stage 2: the deviation from the mean of a 9x9 window, less where that varies more."""
    side, spread = 9, np.float32(16)
    count, steady = side * side, np.float32(side * side) * spread
    padded = np.pad(tone.astype(np.int64), side // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    total, squares = windows.sum(axis=(2, 3)), (windows**2).sum(axis=(2, 3))
    above = (count * tone.astype(np.int64) - total).astype(np.float32)
    deviation = np.sqrt((count * squares - total**2).astype(np.float32))
    even = above * spread / np.maximum(deviation, steady) + np.float32(128.5)
    bounded: Tone = np.clip(even, 0, 255).astype(np.uint8)
    return bounded


def nearest_columns(width: int, d: int) -> npt.NDArray[np.intp]:
    """Return x', the nearest column to each x whose counterpart x' - d is in the image."""
    return np.clip(np.arange(width), max(d, 0), width - 1 + min(d, 0))


def cost_volume(left: Bits, right: Bits, min_disp: int, disparities: int) -> Volume:
    """Stage 3: bits of both views -> C (H, W, D), the number of differing bits."""
    height, width, bits = left.shape
    cost = np.full((height, width, disparities), bits, np.int64)
    for i in range(disparities):
        d = min_disp + i
        if abs(d) < width:
            at = nearest_columns(width, d)
            cost[..., i] = np.count_nonzero(left[:, at] != right[:, at - d], axis=-1)
    return cost


def tone_cost(left: Tone, right: Tone, min_disp: int, disparities: int) -> Volume:
    """Stage 3: a quarter of the difference of the tones, which counts up to 8."""
    height, width = left.shape
    cost = np.full((height, width, disparities), 2, np.int64)
    for i in range(disparities):
        d = min_disp + i
        if abs(d) < width:
            at = nearest_columns(width, d)
            difference = np.abs(left[:, at].astype(np.int64) - right[:, at - d])
            cost[..., i] = np.minimum(difference, 8) // 4
    return cost


def matching_cost(pair: Pair, params: MatchingParams) -> Volume:
    """Stages 2 and 3: C (H, W, D)."""
    search = params.min_disp, params.disparities
    if params.cost == "census":
        left, right = census(pair.left, params.window), census(pair.right, params.window)
        return cost_volume(left, right, *search)
    if params.cost == "gradient_census":
        assert pair.left_tone is not None
        assert pair.right_tone is not None
        left, right = (gradient_census(image, pair.gray_level) for image in (pair.left, pair.right))
        bits = cost_volume(left, right, *search)
        return bits + tone_cost(pair.left_tone, pair.right_tone, *search)
    assert pair.volume is not None
    return pair.volume.astype(np.int64)
