"""The scores, ratios and scene readers of the benchmarks, on arrays made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import opencv_modes
import pytest
import scenes
import scoring
import timing

from stereo import io

NAN = float("nan")


def disparity(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32)


def everywhere(like: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    return np.ones(like.shape, np.bool_)


@pytest.mark.parametrize(
    ("holes", "expected"),
    [
        ([[5, NAN, NAN, 3]], [[5, 3, 3, 3]]),
        ([[3, NAN, NAN, 5]], [[3, 3, 3, 5]]),
        ([[NAN, 4, NAN]], [[4, 4, 4]]),
        ([[NAN, -2, NAN, -7, NAN]], [[-2, -2, -7, -7, -7]]),
        ([[1, NAN], [NAN, NAN], [9, 8]], [[1, 1], [1, 1], [9, 8]]),
        ([[NAN, NAN], [6, 7]], [[6, 7], [6, 7]]),
        ([[2, 1], [4, 3]], [[2, 1], [4, 3]]),
    ],
)
def test_a_hole_takes_the_smaller_neighbour_of_its_row(
    holes: list[list[float]], expected: list[list[float]]
) -> None:
    before = disparity(holes)
    assert scoring.filled(before).tolist() == expected
    assert np.array_equal(before, disparity(holes), equal_nan=True)  # the input is left alone


def test_an_empty_map_stays_empty() -> None:
    assert np.isnan(scoring.filled(disparity([[NAN, NAN]]))).all()


def test_dense_counts_filled_holes_and_sparse_does_not() -> None:
    truth = disparity([[10, 10, 10, 10]])
    found = disparity([[10, NAN, 11.5, 16]])
    score = scoring.score(found, truth, everywhere(truth))
    # Errors 0, 0 (the hole becomes 10), 1.5, 6; bad from more than 0.5, 1, 2 and 3 px on.
    assert score.dense == (50, 50, 25, 25)
    assert score.sparse == pytest.approx((200 / 3, 200 / 3, 100 / 3, 100 / 3))
    assert score.density == 75
    assert score.dense_error == pytest.approx(7.5 / 4)
    assert score.sparse_error == pytest.approx(7.5 / 3)


def test_an_error_of_just_the_threshold_is_not_bad() -> None:
    truth = disparity([[10, 10, 10, 10]])
    score = scoring.score(truth + disparity([[0.5, -1, 2, 3]]), truth, everywhere(truth))
    assert score.dense == (75, 50, 25, 0)


def test_only_evaluated_pixels_count_but_others_fill() -> None:
    truth = disparity([[NAN, 4, 9]])
    evaluated = np.array([[False, True, False]])
    score = scoring.score(disparity([[3.75, NAN, 9]]), truth, evaluated)
    assert score.density == 0
    assert score.dense == (0, 0, 0, 0)
    assert score.dense_error == 0.25


def test_a_map_without_any_result_is_all_bad() -> None:
    truth = disparity([[1, 2]])
    score = scoring.score(disparity([[NAN, NAN]]), truth, everywhere(truth))
    assert score.dense == (100, 100, 100, 100)
    assert score.density == 0
    assert np.isnan(score.dense_error)


def test_the_mean_weighs_scenes_not_pixels() -> None:
    good = disparity([[1, 1, 1, 1]])
    wrong = disparity([[9]])
    scores = [
        scoring.score(good, good, everywhere(good)),
        scoring.score(wrong, disparity([[1]]), everywhere(wrong)),
    ]
    mean = scoring.mean_score(scores)
    assert mean.dense == (50, 50, 50, 50)
    assert mean.dense_error == 4


def test_ratios_are_taken_round_by_round() -> None:
    # The medians of the times are equal, but in every round one takes twice as long.
    ratio = timing.ratio([2.0, 20.0, 200.0], [1.0, 10.0, 100.0])
    assert (ratio.lower, ratio.median, ratio.upper) == (2, 2, 2)
    assert timing.ratio([3.0], [2.0]).median == 1.5


def test_all_contestants_take_turns() -> None:
    calls: list[str] = []
    seconds = timing.interleaved(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3
    )
    assert sorted(calls) == ["a"] * 4 + ["b"] * 4  # the first round is not counted
    assert [calls[k : k + 2] for k in (2, 4)] == [["a", "b"], ["b", "a"]]
    assert {name: len(times) for name, times in seconds.items()} == {"a": 3, "b": 3}


def test_a_scene_is_read_as_its_description_says(tmp_path: Path) -> None:
    folder = tmp_path / "group" / "scene"
    folder.mkdir(parents=True)
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    io.write_image(folder / "l.png", image)
    io.write_image(folder / "r.png", image)
    io.write_image(folder / "d.png", np.array([[0, 8, 10, 255]] * 3, np.uint8))
    io.write_image(folder / "nocc_derived.png", np.array([[255, 255, 128, 255]] * 3, np.uint8))
    meta = {
        "left": "l.png",
        "right": "r.png",
        "disp_left": "d.png",
        "gt_divisor": 4,
        "disp_max": 63.75,
        "masks": {"nocc_derived.png": "255 = not occluded"},
    }
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    (tmp_path / "group" / "other").mkdir()
    (tmp_path / "group" / "other" / "meta.json").write_text("{}", encoding="utf-8")

    assert scenes.scene_folders(tmp_path) == [folder]
    scene = scenes.load(folder)
    assert scene.truth[0, 1:].tolist() == [2.0, 2.5, 63.75]
    assert np.isnan(scene.truth[0, 0])
    assert scene.evaluated[0].tolist() == [False, True, False, True]
    assert scene.masked
    assert scene.max_disp == 80
    with pytest.raises(SystemExit, match="group"):
        scenes.scene_folders(tmp_path, ["nowhere"])


def test_the_padded_peer_has_a_result_at_the_left_border() -> None:
    rng = np.random.default_rng(0)
    right = rng.integers(0, 256, (48, 96), np.uint8)
    left = np.roll(right, 4, axis=1)
    peer = opencv_modes.same_stages("MODE_HH", 16)
    padded, plain = peer.disparity(left, right), peer.disparity(left, right, padded=False)
    assert padded.shape == plain.shape == left.shape
    assert np.isnan(plain[:, :16]).all()
    assert padded[24, 10] == plain[24, 60] == 4
