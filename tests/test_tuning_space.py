"""Tuning: which scenes belong together, what is searched, and what a score is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stereo
from stereo import metrics
from stereo.tuning import OBJECTIVES, SEARCHABLE, SEARCHED
from stereo.tuning.families import family, folds
from stereo.tuning.scoring import score
from stereo.tuning.space import search_space
from stereo.types import (
    StereoTypeError,
    StereoValueError,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("middeval3_Q/Motorcycle", "middeval3_Q/MotorcycleE"),
        ("Piano", "PianoL"),
        ("Art", "middlebury2005_third/Art"),
        ("teddy", "middeval3_Q/TeddyH"),
        ("Baby1", "Baby2"),
        ("terrains_1s", "terrains_2l"),
        ("Piano-perfect", "Piano-imperfect"),
        ("alley_1/frame_0001", "alley_1/frame_0033"),
        (
            "kitti_raw/2011_09_26_drive_0048_0000000000",
            "kitti_raw/2011_09_26_drive_0048_0000000001",
        ),
    ],
)
def test_variants_of_a_scene_are_one_family(one: str, other: str) -> None:
    assert family(one) == family(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("000000_10", "000007_10"),
        ("Piano", "Pipes"),
        ("alley_1/frame_0001", "alley_2/frame_0001"),
        ("2011_09_26_drive_0048_0000000000", "2011_09_26_drive_0049_0000000000"),
    ],
)
def test_other_scenes_are_not(one: str, other: str) -> None:
    assert family(one) != family(other)


@given(
    st.lists(st.from_regex(r"[a-c]{1,2}[0-9]{0,2}", fullmatch=True), unique=True), st.integers(2, 4)
)
def test_folds_part_the_scenes_and_no_family(names: list[str], count: int) -> None:
    families = {family(name) for name in names}
    if len(families) < count:
        with pytest.raises(StereoValueError, match="families"):
            folds(names, count)
        return
    parts = folds(names, count)
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert all(parts)
    for one in parts:
        for other in parts:
            assert one is other or not {*map(family, one)} & {*map(family, other)}


# --- what is searched ---


@given(st.data())
def test_p1_is_never_larger_than_p2(data: st.DataObject) -> None:
    names = data.draw(st.sampled_from([("p1",), ("p2",), ("p1", "p2"), ("p1", "p2", "paths")]))
    base = data.draw(st.sampled_from([{}, {"p1": 0}, {"p1": 7}, {"cost": "census"}]))
    space = search_space(base, names)
    places = [data.draw(st.integers(0, len(axis.levels) - 1)) for axis in space.axes]
    options = stereo.SGM(8, **space.options(space.values(places))).options.params()
    assert 0 <= options.p1 <= options.p2


@pytest.mark.parametrize("base", [{}, {"preset": "fast"}, {"cost": "census", "edge_scale": 6.5}])
def test_a_search_starts_at_its_base(base: dict[str, Any]) -> None:
    space = search_space({"fill": True, **base}, SEARCHABLE)
    assert all(len(axis.levels) > 1 for axis in space.axes)
    start = stereo.SGM(8, **space.options(space.values(space.start))).options
    assert start.params() == stereo.SGM(8, **base).options.params()
    assert start.recipe.median == stereo.SGM(8, **base).options.recipe.median


def test_by_default_what_is_given_stays() -> None:
    names = [axis.name for axis in search_space({"fill": True, "p1": 20}).axes]
    assert names == [name for name in SEARCHED if name != "p1"]
    assert [axis.name for axis in search_space({}).axes] == ["p1", "p2", "edge_scale"]


@pytest.mark.parametrize(
    ("base", "search", "error", "message"),
    [
        ({}, ["p3"], StereoValueError, "choose from p1, p2"),
        ({}, [], StereoTypeError, "names of options"),
        ({}, "p1", StereoTypeError, "names of options"),
        ({}, ["p1", "p1"], StereoValueError, "named twice"),
        ({}, ["uniqueness"], StereoValueError, "fill=True"),
        ({"fill": True, "speckle_size": 0}, ["speckle_range"], StereoValueError, "changes nothing"),
        ({"p1": 0, "p2": 0}, ["p1"], StereoValueError, "p1 changes nothing with p2 = 0"),
        ({"p1": 0, "p2": 0}, ["edge_scale"], StereoValueError, "edge_scale changes nothing"),
        ({"p1": 900, "p2": 900}, ["p2"], StereoValueError, "p2 can't be searched"),
        ({"p1": 1, "p2": 2, "edge_scale": 3}, None, StereoValueError, "nothing is left"),
        ({"p2": 9000, "paths": 4}, ["paths"], StereoValueError, "8 paths"),
        ({"p1": -1}, ["p2"], StereoValueError, "p1"),
        ({"max_disp": 64}, ["p1"], StereoTypeError, "max_disp"),
        ({"colour": 1}, ["p1"], StereoTypeError, "colour"),
        ({"cost": np.zeros((2, 2, 2))}, ["p1"], StereoTypeError, "cost is a ndarray"),
        ({"cost": "no_such"}, ["p1"], StereoValueError, "no_such"),
    ],
)
def test_searches_that_can_t_be(
    base: dict[str, Any], search: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        search_space(base, search)


# --- scores ---


def test_scores_are_those_of_middlebury() -> None:
    generator = np.random.default_rng(0)
    truth = generator.uniform(8, 20, (30, 40)).astype(np.float32)
    disparity = truth + generator.normal(0, 1.5, truth.shape).astype(np.float32)
    disparity[generator.random(truth.shape) < 0.1] = np.nan
    evaluated = generator.random(truth.shape) < 0.8
    board = metrics.middlebury(disparity, truth, nonocc=evaluated)
    for name in ("bad-0.5", "bad-1", "bad-2", "bad-4"):
        threshold = OBJECTIVES[name]
        assert threshold is not None
        assert score(disparity, truth, evaluated, name) == board.total_bad[threshold]
    assert score(disparity, truth, evaluated, "avg") == pytest.approx(board.avg_error)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_map_without_a_result_scores_infinity(objective: str) -> None:
    truth = np.full((2, 3), 4, np.float32)
    empty = np.full((2, 3), np.nan, np.float32)
    assert math.isinf(score(empty, truth, truth > 0, objective))
