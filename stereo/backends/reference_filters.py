"""Filters in plain NumPy: stages 11 to 14 of the oracle of the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32

Bits = npt.NDArray[np.bool_]
Steps = tuple[tuple[int, int], ...]


def _windows(image: npt.NDArray[Any], radius: int, beyond: Any) -> npt.NDArray[Any]:
    """Windows (H, W, (2 radius + 1)^2) of an image that is `beyond` outside."""
    side, (height, width) = 2 * radius + 1, image.shape
    padded = np.pad(image, radius, constant_values=beyond)
    return np.stack(
        [padded[y : y + height, x : x + width] for y in range(side) for x in range(side)], axis=-1
    )


def speckles(disparity: Float32, size: int, max_diff: float) -> Bits:
    """Stage 11: True on the regions of fewer than `size` pixels."""
    height, width = disparity.shape
    with np.errstate(over="ignore"):  # beyond float32 there is no limit
        limit = np.float32(max_diff)
    seen = np.isnan(disparity)
    small = np.zeros(disparity.shape, np.bool_)
    for seed in np.argwhere(~seen):
        if seen[tuple(seed)]:
            continue
        seen[tuple(seed)] = True
        region = [(int(seed[0]), int(seed[1]))]
        for y, x in region:  # grows while it is walked
            for v, u in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
                inside = 0 <= v < height and 0 <= u < width
                if inside and not seen[v, u] and abs(disparity[v, u] - disparity[y, x]) <= limit:
                    seen[v, u] = True
                    region.append((v, u))
        if len(region) < size:
            small[tuple(np.transpose(region))] = True
    return small


def median(disparity: Float32, size: int, threads: int) -> Float32:
    """Stage 12: each valid pixel takes the median of the valid pixels of its window."""
    window = _windows(disparity, size // 2, np.nan)
    window.sort(axis=-1)  # NaN last
    middle = np.maximum(np.count_nonzero(~np.isnan(window), axis=-1) - 1, 0) // 2
    result = np.take_along_axis(window, middle[..., None], axis=-1)[..., 0]
    return np.where(np.isnan(disparity), np.float32(np.nan), result)


def _edges(disparity: Float32) -> Bits:
    """Find where the 5x5 window spans more than 1 px or has an invalid pixel."""
    height, width = disparity.shape
    padded = np.pad(disparity, 2, mode="edge")  # repeats values of the window: no new extremes
    window = np.stack(
        [padded[y : y + height, x : x + width] for y in range(5) for x in range(5)], axis=-1
    )
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf; spans beyond float32
        span = window.max(axis=-1) - window.min(axis=-1)
    edges: Bits = (span > 1) | np.isnan(window).any(axis=-1)
    return edges


def weighted_median(
    disparity: Float32,
    guide: npt.NDArray[np.uint8],
    color_weights: npt.NDArray[np.uint8],
    color_shift: int,
    space_weights: npt.NDArray[np.uint8],
    where: Bits | None,
    edges_only: bool,
    threads: int,
) -> Float32:
    """Weighted median; `stereo.filters.weighted_median` defines it."""
    radius = space_weights.shape[0] // 2
    values = _windows(disparity + np.float32(0), radius, np.float32(np.nan))  # -0 becomes 0
    difference = np.abs(_windows(guide.astype(np.int64), radius, 0) - guide[..., None])
    table = np.zeros(256, np.int64)
    table[: color_weights.size] = color_weights
    weights = table[difference >> color_shift] * space_weights.astype(np.int64).ravel()
    weights[np.isnan(values)] = 0
    order = values.argsort(axis=-1)  # NaN last
    sums = np.take_along_axis(weights, order, axis=-1).cumsum(axis=-1)
    middle = (2 * sums >= sums[..., -1:]).argmax(axis=-1)
    found = np.take_along_axis(values, order, axis=-1)
    result = np.take_along_axis(found, middle[..., None], axis=-1)[..., 0]
    changes = ~np.isnan(disparity)
    if edges_only:
        changes &= _edges(disparity)
    if where is not None:
        changes &= where
    changed: Float32 = np.where(changes, result, disparity)
    return changed


DIRECTIONS: Steps = tuple(
    (sign_x * x, sign_y * y)
    for x, y in ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2))
    for sign_x in ((-1, 1) if x else (1,))
    for sign_y in ((-1, 1) if y else (1,))
)
"""Steps (dx, dy) of the 16 directions along which a hole looks."""


def _first_met(disparity: Float32, y: int, x: int, step: tuple[int, int]) -> float:
    """First valid value from (y, x) along `step`; NaN if there is none."""
    height, width = disparity.shape
    dx, dy = step
    while True:
        y, x = y + dy, x + dx
        if not (0 <= y < height and 0 <= x < width):
            return float("nan")
        if not np.isnan(disparity[y, x]):
            return float(disparity[y, x])


def fill_directions(disparity: Float32, threads: int) -> Float32:
    """Fill each NaN with the lower median of what 16 directions meet first."""
    filled: Float32 = disparity.copy()
    for y, x in np.argwhere(np.isnan(disparity)).tolist():
        met = [_first_met(disparity, y, x, step) for step in DIRECTIONS]
        valid = sorted(value for value in met if value == value)
        if valid:
            filled[y, x] = valid[(len(valid) - 1) // 2] + 0.0  # -0 becomes 0
    return filled


def fill_row(disparity: Float32) -> Float32:
    """Fill each NaN with the smaller of its neighbours in the row."""
    filled: Float32 = disparity.copy()
    for y, x in np.argwhere(np.isnan(disparity)).tolist():
        met = [_first_met(disparity, y, x, step) for step in ((-1, 0), (1, 0))]
        valid = [value for value in met if value == value]
        if valid:
            filled[y, x] = min(valid) + 0.0
    return filled
