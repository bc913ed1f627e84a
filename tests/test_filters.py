"""The filters: each against a plain loop, all backends alike, and clear errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disparity_maps

import stereo
from stereo import Flag, StereoError, filters
from stereo.backends import reference
from stereo.contract import Backend
from stereo.filters.guided import weight_tables

Map = npt.NDArray[np.float32]
NAN = float("nan")
CIRCLE = (
    *((1, 0), (2, 1), (1, 1), (1, 2), (0, 1), (-1, 2), (-1, 1), (-2, 1)),
    *((-1, 0), (-2, -1), (-1, -1), (-1, -2), (0, -1), (1, -2), (1, -1), (2, -1)),
)


def assert_same(actual: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    """Fail unless dtype, shape and bits are equal; one NaN is as good as another."""
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    same = actual == expected
    if expected.dtype.kind == "f":
        same = (same & (np.signbit(actual) == np.signbit(expected))) | (
            np.isnan(actual) & np.isnan(expected)
        )
    if not same.all():
        at = tuple(int(k) for k in np.argwhere(~same)[0])
        pytest.fail(f"{at} is {actual[at]!r}, expected {expected[at]!r} ({(~same).sum()} differ)")


@st.composite
def wide_maps(draw: st.DrawFn) -> Map:
    """Draw maps wider than every vector, mostly smooth, with holes and steps."""
    shape = draw(st.integers(1, 9)), draw(st.integers(40, 200))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    disparity = rng.integers(0, 8, shape) / 16 + 10.0 * (rng.random(shape) < 0.05)
    disparity[rng.random(shape) < draw(st.sampled_from((0, 0.02, 0.5)))] = np.nan
    disparity -= draw(st.sampled_from((0, 5)))
    return disparity.astype(np.float32)


def guide_for(disparity: Map, seed: int, levels: int) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return (rng.integers(0, levels, disparity.shape) * (255 // (levels - 1))).astype(np.uint8)


def frozen(*arrays: npt.NDArray[Any]) -> None:
    for array in arrays:
        array.flags.writeable = False


# ---- weighted median


def weighted_median_by_loop(
    disparity: Map,
    guide: npt.NDArray[np.uint8],
    radius: int,
    weight: Callable[[int, int, int], int],
    edges_only: bool,
) -> Map:
    """Take ``weight(difference, dx, dy)`` and write the definition down."""
    height, width = disparity.shape
    result = disparity.copy()

    def window(y: int, x: int, reach: int) -> list[tuple[int, int]]:
        rows = range(max(0, y - reach), min(height, y + reach + 1))
        return [(v, u) for v in rows for u in range(max(0, x - reach), min(width, x + reach + 1))]

    for y, x in np.argwhere(~np.isnan(disparity)).tolist():
        near = [float(disparity[q]) for q in window(y, x, 2)]
        if edges_only and not (any(map(math.isnan, near)) or max(near) - min(near) > 1):
            continue
        elements = sorted(
            (
                float(disparity[v, u]),
                weight(abs(int(guide[y, x]) - int(guide[v, u])), u - x, v - y),
            )
            for v, u in window(y, x, radius)
            if not np.isnan(disparity[v, u])
        )
        total, sum_so_far = sum(w for _, w in elements), 0
        for value, w in elements:
            sum_so_far += w
            if 2 * sum_so_far >= total:
                result[y, x] = value
                break
    return result


@settings(max_examples=60)
@given(
    disparity=disparity_maps(),
    seed=st.integers(0, 99),
    radius=st.integers(1, 3),
    edges_only=st.booleans(),
)
@pytest.mark.parametrize(("sigma_color", "sigma_space"), [(10.0, 7.0), (2.0, 0.5), (300.0, 1e9)])
def test_weighted_median_by_definition(
    sigma_color: float,
    sigma_space: float,
    disparity: Map,
    seed: int,
    radius: int,
    edges_only: bool,
) -> None:
    guide = guide_for(disparity, seed, levels=9)
    steps = [size for size in (1, 2, 4, 8, 16) if 16 * size > sigma_color * math.log(510)]
    step = steps[0] if steps else 16

    def weight(difference: int, dx: int, dy: int) -> int:
        if difference // step >= 16:
            return 0
        middle = difference // step * step + (step - 1) / 2
        color = round(255 * math.exp(-middle / sigma_color))
        return color * round(255 * math.exp(-math.hypot(dx, dy) / sigma_space))

    expected = weighted_median_by_loop(disparity, guide, radius, weight, edges_only)
    actual = filters.weighted_median(
        disparity,
        guide,
        radius=radius,
        sigma_color=sigma_color,
        sigma_space=sigma_space,
        edges_only=edges_only,
        backend="reference",
    )
    assert_same(actual, expected)


@settings(max_examples=120)
@given(
    disparity=disparity_maps() | wide_maps(),
    seed=st.integers(0, 1 << 20),
    levels=st.sampled_from((2, 9, 256)),
    radius=st.sampled_from((1, 2, 3, 5)),
    sigmas=st.sampled_from(((10.0, 7.0), (1.0, 2.0), (25.0, 7.0), (1000.0, 0.1))),
    edges_only=st.booleans(),
    chosen=st.sampled_from((None, 0.1, 0.9)),
    threads=st.sampled_from((1, 2, 3, 7)),
)
def test_weighted_median_parity(
    fast_backend: Backend,
    disparity: Map,
    seed: int,
    levels: int,
    radius: int,
    sigmas: tuple[float, float],
    edges_only: bool,
    chosen: float | None,
    threads: int,
) -> None:
    guide = guide_for(disparity, seed, levels)
    where = None
    if chosen is not None:
        where = np.random.default_rng(seed).random(disparity.shape) < chosen
        frozen(where)
    color, shift, space = weight_tables(radius, *sigmas)
    frozen(disparity, guide, color, space)
    arguments = disparity, guide, color, shift, space, where, edges_only
    expected = reference.weighted_median(*arguments, 1)
    assert_same(fast_backend.weighted_median(*arguments, threads), expected)


def test_weighted_median_on_a_large_window_and_extreme_values(fast_backend: Backend) -> None:
    rng = np.random.default_rng(5)
    disparity = rng.choice(
        np.array([-0.0, 0.0, 1e-45, -1e-45, 3e38, -3e38, 1, 1 + 2**-23, np.nan], np.float32),
        (12, 70),
    )
    guide = rng.integers(0, 256, disparity.shape, np.uint8)
    for radius in (32, 3):
        color, shift, space = weight_tables(radius, 1e6, 1e6)  # all weights at their largest
        arguments = disparity, guide, color, shift, space, None, radius == 3
        expected = reference.weighted_median(*arguments, 1)
        assert_same(fast_backend.weighted_median(*arguments, 2), expected)


def test_weighted_median_follows_the_guide() -> None:
    guide = np.zeros((20, 20), np.uint8)
    guide[:, 10:] = 200
    truth = np.where(guide > 0, 9, 5).astype(np.float32)
    moved = np.roll(truth, 1, axis=1)
    moved[:, 0] = 5
    moved[4, 4] = np.nan
    smooth = filters.weighted_median(moved, guide, edges_only=True)
    assert np.isnan(smooth[4, 4])
    smooth[4, 4] = 5
    assert_same(smooth, truth)
    assert_same(
        filters.weighted_median(moved, np.stack([guide] * 3, -1)),
        filters.weighted_median(moved, guide),
    )


def test_edges_only_keeps_what_is_smooth(backend: Backend) -> None:
    rng = np.random.default_rng(1)
    disparity = rng.random((30, 90)).astype(np.float32)  # spans less than 1 px
    disparity[9, 40] = np.nan
    disparity[20, 70] = 3
    guide = rng.integers(0, 256, disparity.shape, np.uint8)
    color, shift, space = weight_tables(2, 10, 7)
    result = backend.weighted_median(disparity, guide, color, shift, space, None, True, 2)
    changed = np.argwhere((result != disparity) & ~np.isnan(disparity))
    near = [
        min(abs(y - 9) + 0 if abs(x - 40) <= 2 else 99, abs(y - 20) if abs(x - 70) <= 2 else 99)
        for y, x in changed
    ]
    assert len(changed) > 10
    assert max(near) <= 2


# ---- fills


def met_along(disparity: Map, y: int, x: int, dx: int, dy: int) -> float:
    height, width = disparity.shape
    y, x = y + dy, x + dx
    while 0 <= y < height and 0 <= x < width:
        if not np.isnan(disparity[y, x]):
            return float(disparity[y, x])
        y, x = y + dy, x + dx
    return NAN


def row_by_loop(disparity: Map) -> Map:
    filled = disparity.copy()
    for y, x in np.argwhere(np.isnan(disparity)).tolist():
        met = [met_along(disparity, y, x, dx, 0) for dx in (-1, 1)]
        filled[y, x] = min((v for v in met if v == v), default=NAN)
    dense = [y for y, row in enumerate(filled) if not np.isnan(row).any()]
    for y, row in enumerate(filled):
        if np.isnan(row).any() and dense:
            row[:] = filled[min(dense, key=lambda source: (abs(source - y), source))]
    return filled


def directions_by_loop(disparity: Map) -> Map:
    filled, rows = disparity.copy(), row_by_loop(disparity)
    for y, x in np.argwhere(np.isnan(disparity)).tolist():
        met = sorted(v for step in CIRCLE if (v := met_along(disparity, y, x, *step)) == v)
        filled[y, x] = met[(len(met) - 1) // 2] if met else rows[y, x]
    return filled


def interpolated_by_loop(disparity: Map, flags: npt.NDArray[np.uint8]) -> Map:
    filled, rows = directions_by_loop(disparity), row_by_loop(disparity)
    hidden = Flag.OCCLUSION | Flag.BORDER | Flag.OUT_OF_RANGE
    for y, x in np.argwhere(np.isnan(disparity)).tolist():
        if Flag(int(flags[y, x])) & hidden:
            met = [met_along(disparity, y, x, dx, 0) for dx in (-1, 1)]
            filled[y, x] = next((v for v in met if v == v), rows[y, x])
    return filled


def without_sign_of_zero(disparity: Map) -> Map:
    return disparity + np.float32(0)


@settings(max_examples=80)
@given(disparity=disparity_maps() | wide_maps(), threads=st.sampled_from((1, 2, 3, 7)))
def test_fill_parity(fast_backend: Backend, disparity: Map, threads: int) -> None:
    frozen(disparity)
    assert_same(
        fast_backend.fill_directions(disparity, threads), reference.fill_directions(disparity, 1)
    )
    assert_same(fast_backend.fill_row(disparity), reference.fill_row(disparity))


def test_fill_parity_where_nearly_all_is_missing(fast_backend: Backend) -> None:
    rng = np.random.default_rng(3)
    for shape in ((1, 1), (1, 90), (90, 1), (33, 41)):
        for share in (0.0, 0.001, 0.02, 0.9):
            disparity = rng.choice(np.array([-0.0, 0.0, 1, -7.5], np.float32), shape)
            disparity[rng.random(shape) >= share] = np.nan
            expected = reference.fill_directions(disparity, 1)
            assert_same(fast_backend.fill_directions(disparity, 3), expected)
            assert_same(fast_backend.fill_row(disparity), reference.fill_row(disparity))


@settings(max_examples=80)
@given(disparity=disparity_maps(), seed=st.integers(0, 1 << 20))
def test_fill_by_definition(disparity: Map, seed: int) -> None:
    causes = np.array([0, *Flag, Flag.NOT_UNIQUE | Flag.OCCLUSION], np.uint8)
    flags = np.random.default_rng(seed).choice(causes, disparity.shape)
    before = disparity.copy()
    expected = {
        "row": row_by_loop(disparity),
        "directions": directions_by_loop(disparity),
        "interpolate": interpolated_by_loop(disparity, flags),
    }
    for method, wanted in expected.items():
        given_flags = flags if method == "interpolate" else None
        actual = filters.fill(disparity, given_flags, method=cast(Any, method))
        assert_same(actual, wanted)
        assert np.isnan(actual).any() == np.isnan(before).all()
    assert_same(filters.fill(disparity), expected["directions"])
    assert_same(filters.fill(disparity, flags), expected["interpolate"])
    assert_same(disparity, before)


def test_smooth_changes_only_what_was_filled() -> None:
    rng = np.random.default_rng(2)
    disparity = (10 * rng.random((40, 50))).astype(np.float32)
    guide = rng.integers(0, 256, disparity.shape, np.uint8)
    hole = rng.random(disparity.shape) < 0.2
    disparity[hole] = np.nan
    plain = filters.fill(disparity)
    smooth = filters.fill(disparity, guide=guide)
    assert_same(smooth[~hole], plain[~hole])
    assert_same(smooth[hole], filters.weighted_median(plain, guide)[hole])
    assert (smooth != plain).any()


# ---- left-right check


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


# ---- the rest


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


@pytest.mark.parametrize(("sigma", "step"), [(0.01, 1), (2.5, 1), (2.6, 2), (10, 4), (1e9, 16)])
def test_weight_tables(sigma: float, step: int) -> None:
    color, shift, space = weight_tables(2, sigma, 1.0)
    assert 1 << shift == step
    assert color[0] > 0
    assert space[2, 2] == 255
    assert (np.diff(color.astype(int)) <= 0).all()
    beyond = 255 * math.exp(-16 * step / sigma)
    assert beyond < 0.5 or 16 * step == 256  # nothing of weight is cut off


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


# ---- bad input

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
    (lambda: filters.fill(GOOD, smooth=True), "needs a guide"),
    (lambda: filters.fill(GOOD, guide=GUIDE, smooth=False), "leave one"),
    (lambda: filters.left_right_check(GOOD, GOOD[1:]), "right_disparity has shape"),
    (lambda: filters.left_right_check(GOOD, GOOD, -1), "at least 0"),
    (lambda: filters.left_right_flags(GOOD, GOOD, 0), "do not bound"),
    (lambda: filters.left_right_flags(GOOD, GOOD, 1 << 15), "do not bound"),
    (lambda: filters.uniqueness(GOOD, GUIDE, GUIDE, 100), "percent = 100"),
    (lambda: filters.uniqueness(GOOD, GUIDE[1:], GUIDE, 10), "s1 has shape"),
    (lambda: filters.uniqueness(GOOD, GUIDE, GUIDE > 0, 10), "s2 is bool"),
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
