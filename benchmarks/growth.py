"""How the time grows with the size of the image and the search range."""

from __future__ import annotations

import statistics
from functools import partial

import scenes
import tables
from contestants import Own, eight_paths
from timing import interleaved, ratio

__all__ = ["print_growth"]

_BASE = (640, 480, 128)
_SIZES = ((640, 480), (1280, 960), (2560, 1920))
_DISPARITIES = (16, 32, 64, 128, 256)


def print_growth(simd: str, rounds: int, *, quick: bool = False) -> None:
    """Print the time per pixel and disparity of 8 paths in one thread.

    The last column but one is that time over the one at 640x480 with D = 128, which
    takes turns with every other size; 1 everywhere would be perfectly linear growth.
    """
    width, height, disparities = _BASE
    print(f"\n**Growth**: 8 paths, {simd}, one thread; relative to {width}x{height}, ", end="")
    print(f"D = {disparities} in the same rounds\n")
    tables.header("size", "D", "ms", "ns / pixel·disparity", "relative", "workspace / W·H·D")
    base = eight_paths(simd, disparities)
    for size in _SIZES[::2] if quick else _SIZES:
        for count in _DISPARITIES[2:] if quick else _DISPARITIES:
            _print_cell(base, eight_paths(simd, count), size, count, rounds)


def _print_cell(base: Own, own: Own, size: tuple[int, int], disparities: int, rounds: int) -> None:
    left, right, _ = scenes.pair_of_size(*size)
    base_left, base_right, _ = scenes.pair_of_size(*_BASE[:2])
    seconds = interleaved(
        {
            "base": partial(base.run, base_left, base_right),
            "own": partial(own.run, left, right),
        },
        rounds,
    )
    volume = size[0] * size[1] * disparities
    base_volume = _BASE[0] * _BASE[1] * _BASE[2]
    cost = [spent / volume for spent in seconds["own"]]
    base_cost = [spent / base_volume for spent in seconds["base"]]
    tables.row(
        f"{size[0]}x{size[1]}",
        disparities,
        tables.milliseconds(seconds["own"]),
        f"{1e9 * statistics.median(cost):.3f}",
        ratio(cost, base_cost),
        f"{own.matcher.workspace_bytes / volume:.2f}",
    )
