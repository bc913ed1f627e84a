"""Checks and rejections against plain loops, and what all filters refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disparity_maps, guide_for

import stereo
from stereo import Flag, StereoError, filters
from stereo.backends import reference
from stereo.contract import Backend
from stereo.filters.guided import weight_tables

Map = npt.NDArray[np.float32]
NAN = float("nan")


def left_right_by_loop(
    left: Map, right: Map, low: int, high: int, tolerance: float
) -> tuple[Map, npt.NDArray[np.uint8]]:
    width = left.shape[1]
    checked, flags = left.copy(), np.zeros(left.shape, np.uint8)

    def agrees(y: int, x: int, d: float) -> bool:
        column = x - round(d)
        return 0 <= column < width and bool(abs(d - float(right[y, column])) <= tolerance)

    for y, x in np.argwhere(~np.isnan(left)).tolist():
        if agrees(y, x, float(left[y, x])):
            continue
        checked[y, x] = np.nan
        inside = [k for k in range(low, high) if 0 <= x - k < width]
        if any(agrees(y, x, k) for k in inside):
            flags[y, x] = Flag.MISMATCH
        else:
            flags[y, x] = Flag.OCCLUSION if len(inside) == high - low else Flag.BORDER
    return checked, flags


@settings(max_examples=150)
@given(
    left=disparity_maps(),
    seed=st.integers(0, 1 << 20),
    low=st.integers(-9, 4),
    count=st.integers(1, 12),
    tolerance=st.sampled_from((0.0, 0.5, 1.0, 1.25, 3.0, 0.1)),
)
def test_left_right(left: Map, seed: int, low: int, count: int, tolerance: float) -> None:
    rng = np.random.default_rng(seed)
    right = (rng.integers(4 * low, 4 * (low + count), left.shape) / 4).astype(np.float32)
    right[rng.random(left.shape) < 0.2] = np.nan
    checked, flags = left_right_by_loop(left, right, low, low + count, tolerance)
    assert_same(filters.left_right_check(left, right, tolerance), checked)
    actual = filters.left_right_flags(left, right, low + count, min_disp=low, max_diff=tolerance)
    assert_same(actual, flags)


@given(
    height=st.integers(1, 6),
    width=st.integers(1, 20),
    low=st.integers(-8, 8),
    count=st.integers(1, 16),
    tolerance=st.integers(0, 2),
    seed=st.integers(0, 1 << 20),
)
def test_left_right_is_the_stage_of_the_pipeline(
    height: int, width: int, low: int, count: int, tolerance: int, seed: int
) -> None:
    cost = np.random.default_rng(seed).integers(0, 9, (height, width, count))
    left = reference.left_view(cost, low)
    right = reference.right_view(cost, low)
    winner, best = reference.winners(left)
    right_winner, right_best = reference.winners(right)
    agrees = reference.agreement(left, right_winner, low, tolerance)
    expected = reference.left_right_flags(left, winner, agrees)
    none = best == reference.NO_CANDIDATE
    expected[none] = 0
    maps = [(low + found).astype(np.float32) for found in (winner, right_winner)]
    maps[0][none] = np.nan
    maps[1][right_best == reference.NO_CANDIDATE] = np.nan
    assert_same(
        filters.left_right_flags(*maps, low + count, min_disp=low, max_diff=tolerance), expected
    )


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_uniqueness(dtype: type) -> None:
    rng = np.random.default_rng(4)
    disparity = rng.random((9, 30)).astype(np.float32)
    s1 = rng.integers(0, 1000, disparity.shape).astype(dtype)
    s2 = np.floor(s1 * rng.choice([1.0, 1.1, 1.2, 1.5], disparity.shape)).astype(dtype)
    alone = rng.random(disparity.shape) < 0.2
    s2[alone] = np.nan if dtype == np.float32 else np.iinfo(dtype).max
    for percent in (0, 1, 10, 50, 99):
        result = filters.uniqueness(disparity, s1, s2, percent)
        for at in np.ndindex(disparity.shape):
            rejected = (
                percent > 0 and not alone[at] and int(s2[at]) * (100 - percent) <= int(s1[at]) * 100
            )
            assert np.isnan(result[at]) if rejected else result[at] == disparity[at]


@given(disparity=disparity_maps(), size=st.integers(0, 20), window=st.sampled_from((3, 5)))
def test_speckle_and_median(disparity: Map, size: int, window: int) -> None:
    before = disparity.copy()
    small = reference.speckles(disparity, size, 0.5)
    wanted = np.where(small, np.float32(np.nan), disparity)
    assert_same(filters.speckle(disparity, size, 0.5), wanted)
    assert_same(filters.median(disparity, window), reference.median(disparity, window, 1))
    assert_same(disparity, before)


@settings(max_examples=30)
@given(disparity=disparity_maps(), seed=st.integers(0, 99), radius=st.integers(1, 4))
def test_bilateral(disparity: Map, seed: int, radius: int) -> None:
    guide = guide_for(disparity, seed, 9)
    color, shift, space = weight_tables(radius, 20.0, 3.0)
    table = np.zeros(256)
    table[:16] = color
    result = filters.bilateral(disparity, guide, radius=radius, sigma_color=20.0, sigma_space=3.0)
    assert_same(np.isnan(result), np.isnan(disparity))
    height, width = disparity.shape
    for y, x in np.argwhere(~np.isnan(disparity)).tolist():
        total = sums = 0.0
        for v in range(max(0, y - radius), min(height, y + radius + 1)):
            for u in range(max(0, x - radius), min(width, x + radius + 1)):
                if not np.isnan(disparity[v, u]):
                    shade = abs(int(guide[y, x]) - int(guide[v, u])) >> shift
                    weight = table[shade] * float(space[v - y + radius, u - x + radius])
                    total += weight
                    sums += weight * float(disparity[v, u])
        assert result[y, x] == pytest.approx(sums / total, rel=1e-6, abs=1e-6)


def test_concurrent_calls(fast_backend: Backend) -> None:
    rng = np.random.default_rng(2)
    maps = [rng.integers(0, 9, (50, 90)).astype(np.float32) for _ in range(8)]
    for disparity in maps:
        disparity[rng.random(disparity.shape) < 0.1] = np.nan
    guide = rng.integers(0, 256, (50, 90), np.uint8)
    color, shift, space = weight_tables(3, 10, 7)
    tasks: list[Callable[[Map], Map]] = [
        lambda d: fast_backend.weighted_median(d, guide, color, shift, space, None, True, 2),
        lambda d: fast_backend.fill_directions(d, 2),
    ]
    for task in tasks:
        expected = [task(disparity) for disparity in maps]
        with ThreadPoolExecutor(4) as pool:
            for one, other in zip(pool.map(task, maps), expected, strict=True):
                assert_same(one, other)


GOOD = np.ones((4, 5), np.float32)
GUIDE = np.zeros((4, 5), np.uint8)
INFINITE = np.where(np.arange(20).reshape(4, 5) == 7, np.inf, 1).astype(np.float32)
MASKED = np.ma.masked_array(GOOD, GOOD > 0)
ONE_MAP: list[tuple[str, Callable[..., Any]]] = [
    ("weighted_median", lambda d: filters.weighted_median(d, GUIDE)),
    ("bilateral", lambda d: filters.bilateral(d, GUIDE)),
    ("fill", filters.fill),
    ("check", lambda d: filters.left_right_check(d, GOOD)),
    ("right", lambda d: filters.left_right_check(GOOD, d)),
    ("flags", lambda d: filters.left_right_flags(d, GOOD, 4)),
    ("uniqueness", lambda d: filters.uniqueness(d, GUIDE, GUIDE, 5)),
    ("speckle", filters.speckle),
    ("median", filters.median),
]


@pytest.mark.parametrize("call", [call for _, call in ONE_MAP], ids=[name for name, _ in ONE_MAP])
@pytest.mark.parametrize(
    ("disparity", "said"),
    [
        (INFINITE, "row 1, column 2"),
        (GOOD.astype(np.float64) * 1e300, "infinite"),
        (GOOD.astype(np.int32), "int32"),
        (GOOD[0], "(5,)"),
        (np.ones((0, 5), np.float32), "(0, 5)"),
        (MASKED, "masked"),
        (None, "object"),
        ([[1.0], [1.0, 2.0]], "array"),
    ],
)
def test_bad_maps(call: Callable[..., Any], disparity: Any, said: str) -> None:
    with pytest.raises(StereoError, match=said.replace("(", r"\(").replace(")", r"\)")):
        call(disparity)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: filters.weighted_median(GOOD, GUIDE[:3]), "guide has shape"),
    (lambda: filters.weighted_median(GOOD, GUIDE.astype(np.uint16)), "uint16"),
    (lambda: filters.weighted_median(GOOD, GUIDE[..., None]), "guide has shape"),
    (lambda: filters.weighted_median(GOOD, GUIDE, radius=0), "radius = 0"),
    (lambda: filters.weighted_median(GOOD, GUIDE, radius=33), "1 … 32"),
    (lambda: filters.weighted_median(GOOD, GUIDE, radius=cast(Any, 2.5)), "integer"),
    (lambda: filters.weighted_median(GOOD, GUIDE, radius=True), "integer"),
    (lambda: filters.weighted_median(GOOD, GUIDE, sigma_color=0), "above 0"),
    (lambda: filters.weighted_median(GOOD, GUIDE, sigma_space=NAN), "finite"),
    (lambda: filters.weighted_median(GOOD, GUIDE, sigma_space=cast(Any, "7")), "number"),
    (lambda: filters.weighted_median(GOOD, GUIDE, edges_only=cast(Any, 1)), "True or False"),
    (lambda: filters.weighted_median(GOOD, GUIDE, where=GUIDE), "bool"),
    (lambda: filters.weighted_median(GOOD, GUIDE, where=GUIDE[1:] > 0), "where has shape"),
    (lambda: filters.weighted_median(GOOD, GUIDE, threads=0), "threads = 0"),
    (lambda: filters.weighted_median(GOOD, GUIDE, backend="cuda9"), "unknown backend"),
    (lambda: filters.fill(GOOD, method=cast(Any, "rows")), "method = 'rows'"),
    (lambda: filters.fill(GOOD, method=cast(Any, 3)), "string"),
    (lambda: filters.fill(GOOD, method="interpolate"), "needs flags"),
    (lambda: filters.fill(GOOD, GUIDE, method="row"), "not by 'row'"),
    (lambda: filters.fill(GOOD, GUIDE.astype(int)), "uint8"),
    (lambda: filters.fill(GOOD, GUIDE[:, 1:]), "flags has shape"),
    (lambda: filters.fill(GOOD, np.ma.masked_array(GUIDE)), "flags is a masked array"),
    (lambda: filters.fill(GOOD, [[1], [1, 2]]), "flags can't be made an array"),
    (lambda: filters.fill(GOOD, smooth=True), "needs a guide"),
    (lambda: filters.fill(GOOD, guide=GUIDE, smooth=False), "leave one"),
    (lambda: filters.left_right_check(GOOD, GOOD[1:]), "right_disparity has shape"),
    (lambda: filters.left_right_check(GOOD, GOOD, -1), "at least 0"),
    (lambda: filters.left_right_flags(GOOD, GOOD, 0), "do not bound"),
    (lambda: filters.left_right_flags(GOOD, GOOD, 1 << 15), "do not bound"),
    (lambda: filters.uniqueness(GOOD, GUIDE, GUIDE, 100), "percent = 100"),
    (lambda: filters.uniqueness(GOOD, GUIDE[1:], GUIDE, 10), "s1 has shape"),
    (lambda: filters.uniqueness(GOOD, GUIDE, GUIDE > 0, 10), "s2 is bool"),
    (lambda: filters.uniqueness(GOOD, GUIDE, np.ma.masked_array(GUIDE), 10), "s2 is a masked"),
    (lambda: filters.uniqueness(GOOD, [[1], [1, 2]], GUIDE, 10), "s1 can't be made an array"),
    (
        lambda: filters.uniqueness(GOOD, GUIDE, GUIDE + (np.uint64(1) << 63), 10),
        "s2 goes from 9223",
    ),
    (lambda: filters.uniqueness(GOOD, GUIDE.astype(int) - 1, GUIDE, 10), "s1 goes from -1"),
    (lambda: filters.speckle(GOOD, size=-1), "size = -1"),
    (lambda: filters.speckle(GOOD, max_diff=math.inf), "finite"),
    (lambda: filters.median(GOOD, 4), "size = 4"),
]


@pytest.mark.parametrize(("call", "said"), BAD)
def test_bad_arguments(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        call()


def test_float64_and_strides_are_accepted() -> None:
    rng = np.random.default_rng(0)
    disparity = rng.integers(0, 9, (9, 14)).astype(np.float64)
    disparity[2:4, 3:6] = np.nan
    guide = rng.integers(0, 256, (9, 14, 3), np.uint8)
    plain = filters.weighted_median(disparity.astype(np.float32), guide)
    assert_same(filters.weighted_median(np.asfortranarray(disparity), guide), plain)
    flipped = filters.weighted_median(disparity[:, ::-1], guide[:, ::-1])
    assert_same(flipped[:, ::-1], plain)
    assert stereo.filters is filters
