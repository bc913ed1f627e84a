"""Confidences of volumes and maps."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import confidence as benchmark
import numpy as np
import numpy.typing as npt
import pytest
import scenes
from comparison import assert_same
from hypothesis import given
from hypothesis import strategies as st
from stage_volumes import THREADS, volumes

from stereo import aggregation, confidence, metrics, selection
from stereo.backends import reference as oracle
from stereo.datasets import synthetic
from stereo.types import StereoError
from stereo.volume import CostVolume

NAN = float("nan")


def array(values: list[Any]) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


@given(volume=volumes(), threads=THREADS)
def test_peak_ratio(volume: CostVolume, threads: int | None) -> None:
    view = oracle.left_view(volume.data.astype(np.int64), volume.min_disp)
    winner, best = oracle.winners(view)
    expected = oracle.confidence(best, oracle.second_best(view, winner))
    expected[best == oracle.NO_CANDIDATE] = 0
    found = selection.winner_take_all(volume)
    assert_same(confidence.peak_ratio(volume, found, threads=threads), expected)


def test_peak_ratio_of_a_choice_that_is_not_the_best() -> None:
    volume = CostVolume(np.array([[[9, 5, 2, 4]] * 4], np.uint8))
    assert confidence.peak_ratio(volume, array([[0, 0, 0, 0]]))[0, 3] == 0


@st.composite
def map_pairs(draw: st.DrawFn) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 12)))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    maps = (rng.integers(-16, 30, (2, *shape)) / 4).astype(np.float32)
    maps[rng.random(maps.shape) < draw(st.sampled_from((0, 0.2, 1)))] = np.nan
    return maps[0], maps[1]


@given(maps=map_pairs(), threads=THREADS)
def test_left_right(maps: tuple[Any, Any], threads: int | None) -> None:
    left, right = maps
    expected = np.zeros(left.shape, np.float32)
    for (y, x), d in np.ndenumerate(left):
        if np.isnan(d):
            continue
        column = int(np.floor(x - d + 0.5))
        if 0 <= column < left.shape[1] and not np.isnan(right[y, column]):
            expected[y, x] = np.float32(1) / (1 + abs(d - right[y, column]))
    assert_same(confidence.left_right(left, right, threads=threads), expected)


@given(
    shape=st.tuples(st.integers(1, 16), st.integers(1, 9), st.integers(1, 9)),
    seed=st.integers(0, 1 << 20),
    threads=THREADS,
)
def test_path_agreement(shape: tuple[int, int, int], seed: int, threads: int | None) -> None:
    rng = np.random.default_rng(seed)
    winners = rng.integers(0, 5, shape).astype(np.float32)
    winners[rng.random(shape) < 0.1] = np.nan
    found = (rng.integers(0, 10, shape[1:]) / 2).astype(np.float32)
    found[rng.random(shape[1:]) < 0.1] = np.nan
    votes = np.zeros(found.shape)
    for path in winners:
        for at in itertools.product(*map(range, found.shape)):
            votes[at] += abs(float(path[at]) - float(found[at])) <= 1
    expected = votes.astype(np.float32) / np.float32(shape[0])
    assert_same(confidence.path_agreement(winners, found, threads=threads), expected)


@given(volume=volumes(12, 20).filter(lambda volume: volume.maximum <= 2000), threads=THREADS)
def test_combined_is_a_likelihood(volume: CostVolume, threads: int | None) -> None:
    total, winners = aggregation.sgm_with_path_winners(volume)
    left, right = selection.winner_take_all(total), selection.right_view(total)
    found = confidence.combined(volume, total, left, right, winners, threads=threads)
    assert found.dtype == np.float32
    assert found.shape == left.shape
    assert ((found > 0) & (found < 1) | np.isnan(left)).all()
    assert not found[np.isnan(left)].any()
    alone = confidence.combined(volume, total, left, right, winners, threads=1)
    assert_same(found, alone)


def test_each_ranks_the_errors_of_a_scene() -> None:
    pair = synthetic.render(160, 120, max_disp=24, seed=5, noise=1.0)
    views = [oracle.census(image, (5, 5)) for image in (pair.left, pair.right)]
    data = oracle.cost_volume(views[0], views[1], 0, 24).astype(np.uint8)
    volume = CostVolume(data, maximum=24, unit="bits", p1=8, p2=36)
    total, winners = aggregation.sgm_with_path_winners(volume)
    left, right = selection.winner_take_all(total), selection.right_view(total)
    error = np.abs(left - pair.disparity)
    found = {
        "peak ratio": confidence.peak_ratio(total, left),
        "left-right": confidence.left_right(left, right),
        "path agreement": confidence.path_agreement(winners, left),
        "combined": confidence.combined(volume, total, left, right, winners),
    }
    curves = {
        name: metrics.sparsification(error, map_, threshold=1) for name, map_ in found.items()
    }
    chance = curves["combined"].overall
    assert 1 < chance < 50  # else nothing is tested
    scores = {name: curve.auc for name, curve in curves.items()}
    assert all(score < 0.8 * chance for score in scores.values()), scores
    assert all(curve.ause >= 0 for curve in curves.values())
    assert scores["combined"] < min(scores["peak ratio"], scores["left-right"]), scores
    assert scores["combined"] < scores["path agreement"], scores


@pytest.mark.parametrize(
    ("cost", "paths", "edge_scale"),
    [("gradient_census", 4, 5.0), ("census", 8, 0.0)],
)
def test_the_combination_ranks_best_on_real_pairs(
    data_root: Path, cost: str, paths: int, edge_scale: float
) -> None:
    """On scenes to which it was not fitted, as the default matches and with plain census."""
    folders = [data_root / "middeval3_Q" / name for name in ("ArtL", "Motorcycle", "Teddy")]
    rows = [benchmark.scores(scenes.load(each), cost, paths, edge_scale, 1.0) for each in folders]
    mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    rivals = ("peak ratio", "left-right", "path agreement")
    assert mean["combined"] < 0.97 * min(mean[name] for name in rivals), mean


def test_the_largest_disparities_do_not_agree() -> None:
    far = np.full((2, 3), 3e38, np.float32)
    far[:, 0] = 0
    assert confidence.left_right(far, -far).tolist() == [[1, 0, 0], [1, 0, 0]]


MAP = np.zeros((2, 5), np.float32)
WINNERS = np.zeros((4, 2, 5), np.float32)


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (confidence.left_right, (MAP, MAP[:, :4]), r"\(2, 4\)"),
        (confidence.left_right, (MAP[0], MAP[0]), r"\(5,\): \(H, W\) is needed"),
        (confidence.left_right, (MAP.astype(int), MAP), "float32"),
        (confidence.left_right, (MAP, MAP - np.float32(np.inf)), "infinite"),
        (confidence.left_right, (MAP, None), "float32"),
        (confidence.left_right, (MAP, MAP, 0), "threads"),
        (confidence.path_agreement, (WINNERS[0], MAP), "winners"),
        (confidence.path_agreement, (WINNERS[:0], MAP), "no path"),
        (confidence.path_agreement, (WINNERS, MAP[:, :3]), r"\(2, 3\)"),
        (confidence.path_agreement, (WINNERS.astype(int), MAP), "winners"),
        (confidence.path_agreement, (WINNERS.tolist(), MAP), "got list"),
        (confidence.path_agreement, (WINNERS, MAP, -1), "threads"),
    ],
)
def test_bad_arguments(function: Any, arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        function(*arguments)


def test_bad_arguments_of_combined() -> None:
    volume = CostVolume(np.zeros((2, 5, 3), np.uint8), maximum=9)
    other = CostVolume(np.zeros((2, 5, 4), np.uint8), maximum=9)
    good = (volume, volume, MAP, MAP, WINNERS)
    assert confidence.combined(*good).shape == (2, 5)
    for at, value, said in (
        (0, volume.data, "CostVolume"),
        (0, other, "volumes have shapes"),
        (0, CostVolume(volume.data, 1, maximum=9), "begin at 1 and 0 px"),
        (0, CostVolume(volume.data, maximum=10), "were they exchanged"),
        (1, None, "CostVolume"),
        (2, MAP + 3, "not a candidate"),
        (3, MAP[:1], "right disparity"),
        (4, WINNERS[:, :1], "shape"),
    ):
        bad: list[Any] = list(good)
        bad[at] = value
        with pytest.raises(StereoError, match=said):
            confidence.combined(*bad)
