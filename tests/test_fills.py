"""Fills: against plain loops, and all backends alike."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disparity_maps, wide_maps

from stereo import Flag, filters
from stereo.backends import reference
from stereo.contract import Backend

Map = npt.NDArray[np.float32]
NAN = float("nan")
CIRCLE = (
    *((1, 0), (2, 1), (1, 1), (1, 2), (0, 1), (-1, 2), (-1, 1), (-2, 1)),
    *((-1, 0), (-2, -1), (-1, -1), (-1, -2), (0, -1), (1, -2), (1, -1), (2, -1)),
)


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
    disparity.flags.writeable = False
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
    assert_same(filters.fill(disparity), expected["row"])
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
