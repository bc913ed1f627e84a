"""Methods on data sets: every layout, what is wrong with a scene, processes that end, arguments."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluated
import numpy as np
import pytest
import trees
from evaluated import HEIGHT, NAMES, SHIFT, WIDTH, close

from stereo import datasets, io, metrics
from stereo.datasets import Dataset
from stereo.evaluation import (
    Estimate,
    Evaluation,
    Finished,
    FunctionMethod,
    OpenCVMethod,
    SemiGlobal,
    evaluate,
    read_maps,
)
from stereo.types import StereoError, StereoTypeError, StereoValueError, StereoWarning

CLOSE = FunctionMethod("close", close)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give four scenes on disk, which must not be changed."""
    return evaluated.scenes(tmp_path_factory.mktemp("pairs"))


@pytest.fixture
def pairs(made: Path) -> Dataset:
    """Give the data set of them."""
    return datasets.described(made)


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """Give a copy of them, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give a folder that is not there yet."""
    return tmp_path / "cache"


def without_times(evaluation: Evaluation) -> list[Any]:
    """Return what must be the same whenever and however it was found."""
    return [
        [result.name, result.max_disp, result.scores, result.density, result.sparsification]
        + [values.tobytes() for values in read_maps(result.maps).values()]
        for result in evaluation.results
    ] + [list(evaluation.failures)]


# Every layout


@pytest.mark.parametrize("name", list(trees.TREES))
def test_every_layout_is_evaluated(name: str, tmp_path: Path) -> None:
    tree = trees.TREES[name]
    tree.make(tmp_path / "data")
    dataset = datasets.load(name, tmp_path / "data", **tree.options)
    method = SemiGlobal({"preset": "fast"}, confidence=True)
    found = evaluate(dataset, method, cache=tmp_path / "cache", jobs=0)
    assert found.failures == ()
    assert [result.name for result in found.results] == tree.names
    own = name if name.startswith("kitti") or name == "eth3d" else "middlebury"
    assert (found.dataset, found.board) == (name, own)
    result = found.results[0]
    assert list(result.scores) == (["nonocc", "all"] if tree.mask else ["all"])
    assert list(found.overall()) == list(result.scores)
    assert (result.width, result.height) == (trees.WIDTH, trees.HEIGHT)
    # Where nothing says how far to search: the largest disparity, 6 px, and 2 px.
    assert result.max_disp == (tree.max_disp or 16)
    maps = read_maps(result.maps)
    assert list(maps) == ["disparity", "confidence"]
    assert maps["disparity"].shape == (trees.HEIGHT, trees.WIDTH)
    assert result.density == 100 * np.mean(~np.isnan(maps["disparity"]))


@pytest.mark.parametrize(
    ("name", "split"), [("kitti2012", "testing"), ("eth3d", "test"), ("middeval3", "testF")]
)
def test_scenes_without_truth_are_matched_only(name: str, split: str, tmp_path: Path) -> None:
    trees.TREES[name].make(tmp_path / "data")
    dataset = datasets.load(name, tmp_path / "data", split=split)
    found = evaluate(dataset, CLOSE, cache=tmp_path / "cache", jobs=0)
    assert found.failures == ()
    assert [result.scores for result in found.results] == [{}, {}]
    assert found.overall() == {}
    assert read_maps(found.results[0].maps)["disparity"].shape == (trees.HEIGHT, trees.WIDTH)


def test_scenes_without_truth_are_left_out_of_the_set(tmp_path: Path) -> None:
    trees.TREES["middlebury2005"].make(tmp_path / "data")
    dataset = datasets.load("middlebury2005", tmp_path / "data", split="half")
    found = evaluate(dataset, CLOSE, cache=tmp_path / "cache", jobs=0)
    assert [bool(result.scores) for result in found.results] == [True, True, False]
    assert found.overall()["all"].pixels == 2 * found.results[0].scores["all"].pixels


def test_nothing_says_how_far_to_search(tmp_path: Path, cache: Path) -> None:
    trees.TREES["booster"].make(tmp_path / "data")
    dataset = datasets.booster(tmp_path / "data", split="test")
    found = evaluate(dataset, CLOSE, cache=cache, jobs=0)
    assert "give max_disp" in found.failures[0].reason
    given = evaluate(dataset, CLOSE, cache=cache, jobs=0, max_disp=24)
    assert [result.max_disp for result in given.results] == [24, 24]


# Scores


def test_scores_are_those_of_the_board(pairs: Dataset, cache: Path) -> None:
    found = evaluate(pairs, CLOSE, cache=cache, jobs=0)
    for number, result in enumerate(found.results):
        disparity = np.full((HEIGHT, WIDTH), SHIFT + number / 4, np.float32)
        disparity[:, 0] = np.nan
        truth, nonocc = pairs[number].disparity, pairs[number].nonocc
        assert truth is not None
        expected = metrics.middlebury(disparity, truth, nonocc=nonocc, ndisp=16)
        assert result.scores["nonocc"] == expected
        assert result.scores["all"] == metrics.middlebury(disparity, truth, ndisp=16)
        assert result.density == pytest.approx(100 * (WIDTH - 1) / WIDTH)
        assert result.sparsification is None
    by_name = {result.name: result.scores["all"] for result in found.results}
    assert found.overall()["all"] == metrics.over_set(by_name)


def test_another_board_can_be_asked_for(pairs: Dataset, cache: Path) -> None:
    found = evaluate(pairs, CLOSE, board="kitti2015", cache=cache, jobs=0)
    truth = pairs[0].disparity
    assert truth is not None
    disparity = read_maps(found.results[0].maps)["disparity"]
    assert found.results[0].scores["all"] == metrics.kitti2015(disparity, truth)


def test_ranges_of_the_data_set_clip_whatever_was_searched(tmp_path: Path, cache: Path) -> None:
    trees.TREES["middeval3"].make(tmp_path / "data")
    dataset = datasets.middeval3(tmp_path / "data")

    def far(left: Any, right: Any, max_disp: int) -> Any:
        return np.full(left.shape[:2], 30.4, np.float32)

    found = evaluate(dataset, FunctionMethod("far", far), cache=cache, jobs=0, max_disp=64)
    truth = dataset[0].disparity
    assert truth is not None
    clipped = np.full(truth.shape, 20, np.float32)
    expected = metrics.middlebury(clipped, truth)
    assert found.results[0].scores["all"] == expected


def test_confidence_is_measured_where_pixels_are_scored(pairs: Dataset, cache: Path) -> None:
    method = SemiGlobal({"preset": "fast"}, confidence=True)
    found = evaluate(pairs, method, cache=cache, jobs=0).results[0]
    maps, truth, nonocc = read_maps(found.maps), pairs[0].disparity, pairs[0].nonocc
    assert truth is not None
    error = np.where(nonocc, np.abs(maps["disparity"] - truth), np.nan)
    expected = metrics.sparsification(error, maps["confidence"], threshold=2.0)
    assert found.sparsification == expected


def test_opencv_searches_whole_steps_and_takes_eight_bits() -> None:
    rng = np.random.default_rng(0)
    right = rng.integers(0, 256, (48, 96), np.uint8)
    left = np.roll(right, 4, axis=1)
    method = OpenCVMethod("MODE_HH")
    found = method(left, right, 10)
    assert found.disparity[24, 40] == 4
    assert np.array_equal(found.disparity, method(left, right, 16).disparity, equal_nan=True)
    assert method(left, right, 128).disparity.shape == left.shape  # wider than the image
    assert method.options["opencv"]
    with pytest.raises(StereoTypeError, match="uint8"):
        method(left.astype(np.uint16), right.astype(np.uint16), 16)


# What is wrong with a scene


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def of_another_size(path: Path) -> None:
    io.write_image(path, np.full((HEIGHT, WIDTH + 1), 255, np.uint8))


def too_long(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"0000")


def all_hidden(path: Path) -> None:
    io.write_image(path, np.zeros((HEIGHT, WIDTH), np.uint8))


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a truncated image": ("left.png", truncated),
    "a missing image": ("right.png", Path.unlink),
    "a PFM with the wrong count": ("truth.pfm", too_long),
    "a mask of another size": ("nonocc.png", of_another_size),
    "a right image of another size": ("right.png", of_another_size),
    "a mask that counts nothing": ("nonocc.png", all_hidden),
    "an unknown truth": (
        "truth.pfm",
        lambda path: io.write_pfm(path, np.full((HEIGHT, WIDTH), np.nan, np.float32)),
    ),
    "a damaged description": ("meta.json", truncated),
    "an empty file": ("left.png", lambda path: path.write_bytes(b"")),
}


@pytest.mark.parametrize("what", list(DAMAGE))
def test_a_damaged_scene_is_named_and_the_others_go_on(what: str, root: Path, cache: Path) -> None:
    name, damage = DAMAGE[what]
    path = root / "room" / "1" / name
    before = path.read_bytes()
    damage(path)
    found = evaluate(datasets.described(root), CLOSE, cache=cache, jobs=0)
    assert [result.name for result in found.results] == ["room/0", "room/2", "room/3"]
    (failure,) = found.failures
    assert failure.name == "room/1"
    reason = failure.reason.replace("truth.pfm", name) if "mask" in what else failure.reason
    assert str(path) in reason
    assert "\n" not in failure.reason
    path.write_bytes(before)
    again = evaluate(datasets.described(root), CLOSE, cache=cache, jobs=0)
    assert [result.name for result in again.results] == NAMES  # a failure is not kept


def test_an_empty_folder_of_a_scene_is_named(tmp_path: Path, cache: Path) -> None:
    trees.TREES["middeval3"].make(tmp_path)
    empty = tmp_path / "trainingQ" / "Recycle"
    empty.mkdir()
    found = evaluate(datasets.middeval3(tmp_path), CLOSE, cache=cache, jobs=0)
    assert [result.name for result in found.results] == ["Piano", "Teddy"]
    assert found.failures[0].name == "Recycle"
    assert str(empty / "im0.png") in found.failures[0].reason


def raising(error: Exception) -> FunctionMethod:
    def function(left: Any, right: Any, max_disp: int) -> Any:
        if evaluated.number_of(left) == 1:
            raise error
        return close(left, right, max_disp)

    return FunctionMethod("raising", function)


def giving(change: Callable[[Any], Any]) -> FunctionMethod:
    def function(left: Any, right: Any, max_disp: int) -> Any:
        found = close(left, right, max_disp)
        return change(found) if evaluated.number_of(left) == 1 else found

    return FunctionMethod("giving", function)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (raising(RuntimeError("out of\nluck")), "RuntimeError: out of luck"),
        (raising(StereoValueError("no such thing")), "no such thing"),
        (raising(MemoryError("1 TB")), "not enough memory. 1 TB"),
        (giving(lambda found: found[1:]), r"shape \(31, 48\)"),
        (giving(lambda found: np.zeros(found.shape, np.int32)), "floating"),
        (giving(lambda found: found * np.inf), "infinite|finite"),
        (giving(lambda found: None), "disparity"),
    ],
)
def test_a_failing_method_fails_its_scene(
    method: FunctionMethod, reason: str, pairs: Dataset, cache: Path
) -> None:
    found = evaluate(pairs, method, cache=cache, jobs=0)
    assert [result.name for result in found.results] == ["room/0", "room/2", "room/3"]
    (failure,) = found.failures
    assert str(pairs[1].left_path) in failure.reason
    assert re.search(reason, failure.reason)


class Confident:
    """A method with a confidence of one's choice."""

    name = "confident"
    threads = 1

    def __init__(self, confidence: Any, seconds: float = 0.5) -> None:
        self.options: dict[str, Any] = {}
        self.confidence, self.seconds = confidence, seconds

    def __call__(self, left: Any, right: Any, max_disp: int) -> Estimate:
        """Match a pair."""
        return Estimate(close(left, right, max_disp), self.confidence, self.seconds)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (Confident(np.ones((2, 2), np.float32)), "confidence of shape (2, 2)"),
        (
            Confident(np.full((HEIGHT, WIDTH), np.nan, np.float32)),
            f"no finite confidence at {HEIGHT * (WIDTH - 1)} pixels",
        ),
        (Confident(None, math.nan), "seconds = nan"),
        (Confident(None, -1.0), "seconds = -1.0"),
    ],
)
def test_nothing_of_a_method_is_taken_on_trust(
    method: Confident, message: str, pairs: Dataset, cache: Path
) -> None:
    found = evaluate(pairs, method, cache=cache, jobs=0)
    assert not found.results
    assert message in found.failures[0].reason


# Processes


def test_any_number_of_jobs_gives_the_same(pairs: Dataset, tmp_path: Path) -> None:
    method = SemiGlobal({"preset": "fast"}, confidence=True)
    here, one, two = (
        evaluate(pairs, method, cache=tmp_path / f"cache{jobs}", jobs=jobs) for jobs in (0, 1, 2)
    )
    assert len(here.results) == len(NAMES)
    assert without_times(here) == without_times(one) == without_times(two)
    assert (here.jobs, one.jobs, two.jobs) == (1, 1, 2)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("function", "how"),
    [
        (evaluated.killed_at_one, "was killed by SIGKILL"),
        (evaluated.exiting_at_one, "ended with the code 7"),
    ],
)
def test_a_process_that_ends_is_a_failure(
    function: Any, how: str, pairs: Dataset, cache: Path
) -> None:
    found = evaluate(pairs, FunctionMethod("deadly", function), cache=cache, jobs=1)
    assert [result.name for result in found.results] == ["room/0", "room/2", "room/3"]
    assert how in found.failures[0].reason
    assert str(pairs[1].left_path) in found.failures[0].reason


def test_an_error_of_the_caller_ends_the_processes(pairs: Dataset, cache: Path) -> None:
    def stop(finished: Finished) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(pairs, CLOSE, cache=cache, jobs=2, on_progress=stop)
    assert multiprocessing.active_children() == []


def test_a_method_that_cant_be_sent_says_so(pairs: Dataset, cache: Path) -> None:
    method = FunctionMethod("local", lambda left, right, max_disp: close(left, right, max_disp))
    with pytest.raises(StereoTypeError, match="jobs = 0"):
        evaluate(pairs, method, cache=cache, jobs=1)
    assert len(evaluate(pairs, method, cache=cache, jobs=0).results) == len(NAMES)


def started(root: Path, cache: Path, gate: Path) -> subprocess.Popen[bytes]:
    """Start a run that finishes scenes 0 and 1, and wait until it waits in 2 and 3."""
    environment = {**os.environ, "GATE": str(gate)}
    script = [sys.executable, evaluated.__file__, str(root), str(cache)]
    run = subprocess.Popen(
        script, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not gate.exists() or len(gate.read_text().split()) < len(NAMES):
        assert run.poll() is None, "the run ended before it was killed"
        assert time.monotonic() < deadline, "the run doesn't get as far"
        time.sleep(0.02)
    return run


def test_a_killed_run_is_resumed(
    made: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, gate = made, tmp_path / "calls"
    run = started(root, cache, gate)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait(60) == -signal.SIGKILL
    assert len(list((cache / "scenes").glob("*.json"))) == 2
    gate.with_suffix(".open").touch()
    monkeypatch.setenv("GATE", str(gate))
    resumed = evaluated.run_gated(root, cache, 2)
    calls = gate.read_text().split()
    assert sorted(calls) == ["0", "1", "2", "2", "3", "3"]  # 0 and 1 were not repeated
    whole = evaluated.run_gated(root, tmp_path / "other", 2)
    assert without_times(resumed) == without_times(whole)
    assert len(whole.results) == len(NAMES)


def test_ctrl_c_ends_a_run(made: Path, tmp_path: Path, cache: Path) -> None:
    run = started(made, cache, tmp_path / "calls")
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    assert run.wait(60) == -signal.SIGINT
    assert len(list((cache / "scenes").glob("*.json"))) == 2


# Arguments


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": -1}, "jobs = -1"),
        ({"jobs": 1.5}, "jobs must be an integer"),
        ({"board": "kitti"}, "board = 'kitti'"),
        ({"board": 3}, "board must be a string"),
        ({"max_disp": 0}, "max_disp = 0"),
        ({"max_disp": "64"}, "max_disp must be an integer"),
        ({"cache": 7}, "not a path"),
    ],
)
def test_bad_arguments(
    options: dict[str, Any], message: str, pairs: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(StereoError, match=message):
        evaluate(pairs, CLOSE, **{"cache": tmp_path / "cache", "jobs": 0, **options})


def test_a_cache_that_is_a_file_is_an_error(pairs: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StereoError, match="can't be made"):
        evaluate(pairs, CLOSE, cache=tmp_path / "file", jobs=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SemiGlobal({"max_disp": 64}), "max_disp is no option"),
        (lambda: SemiGlobal({"threads": 2}), "threads is no option"),
        (lambda: SemiGlobal({"paths": 7}), "paths = 7"),
        (lambda: SemiGlobal({"cost": np.zeros((2, 2, 2))}), "JSON"),
        (lambda: SemiGlobal(threads=0), "threads = 0"),
        (lambda: SemiGlobal(confidence=1), "confidence"),
        (lambda: OpenCVMethod("HH"), "MODE_HH"),
        (lambda: OpenCVMethod("MODE_HH", threads=0), "threads = 0"),
    ],
)
def test_bad_options_of_methods(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(StereoError, match=message):
        make()


def test_more_jobs_than_cores_is_a_warning(
    pairs: Dataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stereo.evaluation.runner.available_cores", lambda: 2)
    method = FunctionMethod("close", close, threads=3)
    with pytest.warns(StereoWarning, match="1 jobs of 3 threads"):
        evaluate(pairs, method, cache=cache, jobs=0)


def test_progress_counts_every_scene(pairs: Dataset, cache: Path) -> None:
    seen: list[Finished] = []
    evaluate(pairs, CLOSE, cache=cache, jobs=0, on_progress=seen.append)
    assert [finished.done for finished in seen] == [1, 2, 3, 4]
    assert {finished.total for finished in seen} == {4}
    assert [finished.outcome.name for finished in seen] == NAMES


def test_the_options_say_what_was_run(pairs: Dataset, cache: Path) -> None:
    method = SemiGlobal({"paths": 8}, name="mine")
    found = evaluate(pairs, method, cache=cache, jobs=0, max_disp=8)
    assert found.method == "mine"
    assert found.options["paths"] == 8
    assert found.options["max_disp"] == 8
    assert found.options["backend"] in ("cpu", "numba")
    assert set(found.machine) >= {"cpu", "cores", "system", "stereo", "numpy"}
    json.dumps(dict(found.options))
