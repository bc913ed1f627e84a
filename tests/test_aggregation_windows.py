"""Box, cross-based and guided aggregation, each against a loop over its windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_volumes import THREADS, volumes

from stereo import aggregation
from stereo.volume import CostVolume


def window(length: int, at: int, radius: int) -> slice:
    return slice(max(0, at - radius), min(length, at + radius + 1))


RADII = st.integers(0, 6) | st.sampled_from((30, 1 << 24))


@settings(max_examples=60)
@given(volume=volumes(12, 20), radius=RADII, threads=THREADS)
def test_box(volume: CostVolume, radius: int, threads: int | None) -> None:
    height, width, _ = volume.shape
    expected = np.empty_like(volume.data)
    for y in range(height):
        for x in range(width):
            part = volume.data[window(height, y, radius), window(width, x, radius)]
            total, count = part.sum(axis=(0, 1), dtype=np.int64), part[..., 0].size
            expected[y, x] = (2 * total + count) // (2 * count)
    averaged = aggregation.box(volume, radius, threads=threads)
    assert_same(averaged.data, expected)
    assert averaged.maximum == volume.maximum


def slow_cross(guide: Any, y: int, x: int, arm: int, tolerance: int) -> tuple[int, int, int, int]:
    """Arms of one pixel to the left, to the right, up and down."""
    found = []
    for dy, dx in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        length = 0
        while length < arm:
            v, u = y + (length + 1) * dy, x + (length + 1) * dx
            if not (0 <= v < guide.shape[0] and 0 <= u < guide.shape[1]):
                break
            if np.abs(guide[v, u].astype(int) - guide[y, x].astype(int)).max() > tolerance:
                break
            length += 1
        found.append(length)
    return found[0], found[1], found[2], found[3]


@settings(max_examples=60)
@given(
    volume=volumes(12, 20),
    channels=st.sampled_from((1, 3)),
    arm=st.sampled_from((0, 1, 2, 5, 127)),
    tolerance=st.sampled_from((0, 10, 20, 255)),
    seed=st.integers(0, 1 << 20),
    threads=THREADS,
)
def test_cross_based(
    volume: CostVolume, channels: int, arm: int, tolerance: int, seed: int, threads: int | None
) -> None:
    height, width, disparities = volume.shape
    levels = np.random.default_rng(seed).choice([0, 5, 12, 90], (height, width, channels))
    guide = levels.astype(np.uint8)
    arms = {
        (y, x): slow_cross(guide, y, x, arm, tolerance) for y in range(height) for x in range(width)
    }
    expected = np.empty_like(volume.data)
    for (y, x), (_, _, up, down) in arms.items():
        total, count = np.zeros(disparities, np.int64), 0
        for v in range(y - up, y + down + 1):
            left, right, _, _ = arms[v, x]
            part = volume.data[v, x - left : x + right + 1]
            total += part.sum(axis=0, dtype=np.int64)
            count += part.shape[0]
        expected[y, x] = (2 * total + count) // (2 * count)
    image = guide[..., 0] if channels == 1 else guide
    averaged = aggregation.cross_based(volume, image, arm, tolerance, threads=threads)
    assert_same(averaged.data, expected)


def mean(planes: Any, radius: int) -> Any:
    height, width = planes.shape[:2]
    result = np.empty(planes.shape, np.float64)
    for y in range(height):
        for x in range(width):
            part = planes[window(height, y, radius), window(width, x, radius)]
            result[y, x] = part.mean(axis=(0, 1))
    return result


@settings(max_examples=60)
@given(
    volume=volumes(10, 20),
    radius=RADII,
    eps=st.sampled_from((0.5, 6.5, 1e6)),
    seed=st.integers(0, 1 << 20),
    threads=THREADS,
)
def test_guided_filter(
    volume: CostVolume, radius: int, eps: float, seed: int, threads: int | None
) -> None:
    rng = np.random.default_rng(seed)
    guide = rng.choice([0, 3, 90, 255], volume.shape[:2]).astype(np.uint8)
    gray, cost = guide[..., None].astype(np.float64), volume.data.astype(np.float64)
    slope = mean(gray * cost, radius) - mean(gray, radius) * mean(cost, radius)
    slope /= mean(gray * gray, radius) - mean(gray, radius) ** 2 + eps
    intercept = mean(cost, radius) - slope * mean(gray, radius)
    exact = mean(slope, radius) * gray + mean(intercept, radius)
    filtered = aggregation.guided_filter(volume, guide, radius, eps, threads=threads)
    assert filtered.data.dtype == volume.data.dtype
    away = np.abs(filtered.data - np.clip(exact, 0, volume.maximum))
    assert away.max() <= 0.5 + 1e-3
    assert int(filtered.data.max()) <= volume.maximum
    alone = aggregation.guided_filter(volume, guide, radius, eps, threads=1)
    assert_same(filtered.data, alone.data)
