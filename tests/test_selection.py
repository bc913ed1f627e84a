"""Selection and refinement of volumes, against the reference and against the fused pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from hypothesis import given
from hypothesis import strategies as st
from stage_volumes import THREADS, volumes
from strategies import Scene, cases

import stereo
from stereo import aggregation, confidence, refinement, selection
from stereo.backends import reference as oracle
from stereo.contract import MatchingParams
from stereo.costs.tone import tones
from stereo.types import StereoError
from stereo.volume import CostVolume

FLAT = CostVolume(np.zeros((2, 5, 3), np.uint8))
MAP = np.zeros((2, 5), np.float32)
NAN = float("nan")


def pixels(min_disp: int, winner: Any, best: Any) -> npt.NDArray[np.float32]:
    disparity = (min_disp + winner).astype(np.float32)
    disparity[best == oracle.NO_CANDIDATE] = np.nan
    return disparity


def left_view(volume: CostVolume) -> Any:
    return oracle.left_view(volume.data.astype(np.int64), volume.min_disp)


@given(volume=volumes(), threads=THREADS)
def test_winners_of_the_left_view(volume: CostVolume, threads: int | None) -> None:
    expected = pixels(volume.min_disp, *oracle.winners(left_view(volume)))
    assert_same(selection.winner_take_all(volume, threads=threads), expected)


@given(volume=volumes(), threads=THREADS)
def test_winners_of_the_right_view(volume: CostVolume, threads: int | None) -> None:
    view = oracle.right_view(volume.data.astype(np.int64), volume.min_disp)
    expected = pixels(volume.min_disp, *oracle.winners(view))
    assert_same(selection.right_view(volume, threads=threads), expected)


@given(volume=volumes(), threads=THREADS)
def test_best_and_second_best_cost(volume: CostVolume, threads: int | None) -> None:
    view = left_view(volume)
    winner, best = oracle.winners(view)
    disparity = pixels(volume.min_disp, winner, best)
    second = oracle.second_best(view, winner)
    missing = best == oracle.NO_CANDIDATE
    expected = np.where(second == oracle.NO_CANDIDATE, np.inf, second)
    expected = np.where(missing, np.nan, expected).astype(np.float32)
    assert_same(selection.second_best(volume, disparity, threads=threads), expected)
    expected = np.where(missing, np.nan, best).astype(np.float32)
    assert_same(selection.lowest(volume, disparity, threads=threads), expected)


@given(volume=volumes(), threads=THREADS, seed=st.integers(0, 1 << 20))
def test_costs_at_any_candidate(volume: CostVolume, threads: int | None, seed: int) -> None:
    view = left_view(volume)
    is_candidate = view < oracle.NO_CANDIDATE
    any_one = np.random.default_rng(seed).random(view.shape)
    chosen = np.where(is_candidate, any_one, 2).argmin(axis=-1)
    missing = ~is_candidate.any(axis=-1) | (any_one[..., 0] < 0.1)
    disparity = (volume.min_disp + chosen).astype(np.float32)
    disparity[missing] = np.nan
    second = oracle.second_best(view, chosen)
    expected = np.where(second == oracle.NO_CANDIDATE, np.inf, second).astype(np.float32)
    expected[missing] = np.nan
    assert_same(selection.second_best(volume, disparity, threads=threads), expected)
    for law in ("parabola", "equiangular"):
        expected = oracle.interpolate(view, chosen, volume.min_disp, law)
        padded = np.pad(view, ((0, 0), (0, 0), (1, 1)), constant_values=oracle.NO_CANDIDATE)
        around = np.stack([padded[..., :-2], padded[..., 1:-1], padded[..., 2:]])
        lower = np.take_along_axis(around.min(axis=0) < around[1], chosen[..., None], -1)[..., 0]
        expected[lower] = (volume.min_disp + chosen).astype(np.float32)[lower]
        expected[missing] = np.nan
        assert_same(getattr(refinement, law)(volume, disparity, threads=threads), expected)


def slow_pooled(volume: CostVolume, found: Any, y: int, x: int, radius: int) -> float:
    """Return the offset of one pixel, in the words of the docstring."""
    height, width, disparities = volume.shape
    d = int(found[y, x])
    i = d - volume.min_disp
    if not (0 < i < disparities - 1 and x - d - 1 >= 0 and x - d + 1 < width):
        return 0.0
    a = c = 0
    for v in range(max(0, y - radius), min(height, y + radius + 1)):
        for u in range(max(0, x - radius), min(width, x + radius + 1)):
            if abs(found[v, u] - d) <= 1:  # false for NaN
                before, here, after = map(int, volume.data[v, u, i - 1 : i + 2])
                a, c = a + before - here, c + after - here
    if max(a, c) <= 0:
        return 0.0
    return float(np.clip(np.float32(a - c) / np.float32(2 * max(a, c)), -0.5, 0.5))


@given(
    volume=volumes(9, 20),
    radius=st.sampled_from((0, 1, 2, 5)),
    threads=THREADS,
    seed=st.integers(0, 1 << 20),
)
def test_pooled(volume: CostVolume, radius: int, threads: int | None, seed: int) -> None:
    found = selection.winner_take_all(volume)
    found[np.random.default_rng(seed).random(found.shape) < 0.1] = np.nan
    expected = found.copy()
    for y, x in np.argwhere(~np.isnan(found)):
        expected[y, x] += np.float32(slow_pooled(volume, found, y, x, radius))
    assert_same(refinement.pooled(volume, found, radius, threads=threads), expected)


def test_pooled_over_one_pixel_is_equiangular() -> None:
    data = np.random.default_rng(0).integers(0, 999, (9, 30, 12)).astype(np.uint16)
    volume = CostVolume(data, maximum=999)
    found = selection.winner_take_all(volume)
    assert_same(refinement.pooled(volume, found, 0), refinement.equiangular(volume, found))


@pytest.mark.parametrize("radius", [-1, 6, 1.0, None])
def test_bad_radius(radius: Any) -> None:
    with pytest.raises(StereoError, match="radius"):
        refinement.pooled(FLAT, MAP, radius)


@given(case=cases(), threads=THREADS)
def test_staged_is_fused(case: tuple[Scene, MatchingParams], threads: int | None) -> None:
    scene, params = case
    params = replace(params, uniqueness=0, lr_max_diff=-1, threads=1)
    pair = scene.pair(params)
    tone = pair.guide
    pair = replace(pair, guide=oracle.even_contrast(tone, 1))
    expected = oracle.semiglobal(pair, params, None, True)
    cost = oracle.matching_cost(pair, params)
    dtype = np.uint8 if params.maximum <= 255 else np.uint16
    volume = CostVolume(cost.astype(dtype), params.min_disp, params.maximum)
    guided: dict[str, Any] = {}
    if params.edge_scale is not None:
        guided = {"guide": tone, "edge_scale": params.edge_scale}
    if pair.prior is not None:
        guided["prior"] = pair.prior.astype(np.float32)
    total = aggregation.sgm(volume, params.p1, params.p2, params.paths, threads=threads, **guided)
    disparity = selection.winner_take_all(total, threads)
    refine: dict[str, Callable[..., Any]] = {
        "none": lambda total, disparity, threads: disparity,
        "parabola": refinement.parabola,
        "equiangular": refinement.equiangular,
    }
    assert_same(refine[params.subpixel](total, disparity, threads), expected.disparity)
    assert_same(confidence.peak_ratio(total, disparity, threads), expected.confidence)
    if params.subpixel == "none":
        assert_same(selection.right_view(total, threads), expected.right_disparity)


@pytest.mark.parametrize("paths", [4, 5, 8])
def test_staged_is_stereo_sgm(paths: int) -> None:
    left, right = Scene(31, 57, "uint8", 256, "shifted", seed=3).views()
    matcher = stereo.SGM(
        20,
        min_disp=-6,
        cost="census",
        paths=paths,
        median=0,
        speckle_size=0,
        lr_max_diff=None,
    )
    views = (oracle.census(left, (7, 7)), oracle.census(right, (7, 7)))
    cost = oracle.cost_volume(*views, -6, 26).astype(np.uint8)
    known = stereo.costs.resolve("census")
    volume = CostVolume(cost, -6, 48, "bits", known.p1, known.p2)
    total = aggregation.sgm(volume, paths=paths)
    disparity = refinement.equiangular(total, selection.winner_take_all(total))
    assert_same(disparity, matcher.compute(left, right))


@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_staged_is_the_default(paths: int, dtype: type) -> None:
    left, right = Scene(31, 57, np.dtype(dtype).name, 256, "shifted", seed=3).views()
    matcher = stereo.SGM(
        20, min_disp=-6, paths=paths, median=0, weighted_median=0, speckle_size=0, lr_max_diff=None
    )
    volume = stereo.costs.compute("gradient_census", left, right, 20, -6)
    guide, _ = tones(left, right)
    total = aggregation.sgm(volume, paths=paths, guide=guide)
    disparity = refinement.equiangular(total, selection.winner_take_all(total))
    assert_same(disparity, matcher.compute(left, right))


def test_ties_and_borders_by_hand() -> None:
    data = np.array([[[0, 5, 9], [4, 4, 0], [3, 2, 2], [7, 7, 7]]], np.uint8)
    volume = CostVolume(data)
    found = selection.winner_take_all(volume)
    assert found.tolist() == [[0, 0, 1, 0]]
    assert selection.right_view(volume).tolist() == [[0, 1, 0, 0]]
    assert selection.lowest(volume, found).tolist() == [[0, 4, 2, 7]]
    assert selection.second_best(volume, found).tolist() == [[np.inf, np.inf, np.inf, 7]]


def test_a_costly_winner_is_still_one() -> None:
    volume = CostVolume(np.full((1, 3, 40), 65535, np.uint16), maximum=65535)
    assert selection.winner_take_all(volume).tolist() == [[0, 0, 0]]
    assert selection.right_view(volume).tolist() == [[0, 0, 0]]


def test_no_candidate_is_nan() -> None:
    volume = CostVolume(np.zeros((1, 3, 2), np.uint8), min_disp=3)
    found = selection.winner_take_all(volume)
    assert np.isnan(found).all()
    assert np.isnan(selection.right_view(volume)).all()
    for function in (selection.lowest, selection.second_best, refinement.parabola):
        assert np.isnan(function(volume, found)).all()


NEEDS_MAP = (
    selection.lowest,
    selection.second_best,
    refinement.parabola,
    refinement.equiangular,
    refinement.pooled,
    confidence.peak_ratio,
)


@pytest.mark.parametrize("function", NEEDS_MAP)
@pytest.mark.parametrize(
    ("disparity", "said"),
    [
        (MAP.astype(np.int32), "float32"),
        (MAP.tolist(), "float32"),
        (None, "float32"),
        (MAP[:, :3], r"\(2, 3\)"),
        (MAP[None], r"\(1, 2, 5\)"),
        (MAP + np.float32(0.5), "whole disparities"),
        (MAP + 3, "not a candidate of 0 … 2 px"),
        (MAP - 1, "not a candidate"),
        (MAP + 1, "row 0, column 0"),
        (MAP + np.float32(np.inf), "infinite"),
        (MAP + np.float32(3e38), "not a candidate"),
    ],
)
def test_bad_maps_are_refused(function: Callable[..., Any], disparity: Any, said: str) -> None:
    with pytest.raises(StereoError, match=said):
        function(FLAT, disparity)


@pytest.mark.parametrize("function", [*NEEDS_MAP, selection.winner_take_all, selection.right_view])
def test_other_bad_arguments_are_refused(function: Callable[..., Any]) -> None:
    maps = (MAP,) if function in NEEDS_MAP else ()
    for volume in (FLAT.data, None, "volume"):
        with pytest.raises(StereoError, match="CostVolume is needed"):
            function(volume, *maps)
    for threads in (0, -1, 1.5, "2", True, 5000):
        with pytest.raises(StereoError, match="threads"):
            function(FLAT, *maps, threads=threads)
    with pytest.raises(StereoError, match="maximum"):
        function(CostVolume(np.full((2, 5, 3), 9, np.uint8), maximum=8), *maps)


@pytest.mark.parametrize("function", NEEDS_MAP)
def test_inputs_are_left_alone(function: Callable[..., Any]) -> None:
    data = np.arange(30, dtype=np.uint8).reshape(2, 5, 3)
    before = data.copy()
    disparity = np.zeros((2, 10), np.float32)[:, ::2]
    function(CostVolume(data), disparity)
    assert np.array_equal(data, before)
    assert not disparity.any()
