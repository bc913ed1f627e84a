"""Tuning: what it finds, and what a study keeps."""

from __future__ import annotations

import math
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stereo
from stereo import datasets
from stereo.datasets import Dataset
from stereo.tuning import Progress, Tuning, tune
from stereo.tuning import matching as matching_module
from stereo.tuning.folder import opened
from stereo.tuning.scoring import score
from stereo.types import (
    StereoError,
    StereoFileError,
    StereoTypeError,
    StereoValueError,
    StereoWarning,
)

BAD = {"fill": True, "p1": 0, "p2": 0, "weighted_median": 0}
SEARCH = ("p1", "p2")


@pytest.fixture
def scenes(rooms: Path) -> Dataset:
    return datasets.described(rooms)


def quick(scenes: Dataset, study: Path, **options: Any) -> Tuning:
    chosen = {"base": BAD, "search": SEARCH, "trials": 4, "folds": 2, "jobs": 1, **options}
    return tune(scenes, study, **chosen)


def found(tuning: Tuning) -> dict[str, Any]:
    return {name: value for name, value in vars(tuning).items() if name != "matchings"}


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the objectives of all maps that are scored."""
    seen: list[str] = []

    def counted(*arguments: Any) -> float:
        seen.append(arguments[-1])
        return score(*arguments)

    monkeypatch.setattr(matching_module, "score", counted)
    return seen


@pytest.fixture(scope="module")
def whole(rooms: Path, tmp_path_factory: pytest.TempPathFactory, optuna: Any) -> Tuning:
    """Give a search that nothing interrupted."""
    return quick(datasets.described(rooms), tmp_path_factory.mktemp("whole"))


def test_a_bad_base_is_improved(whole: Tuning) -> None:
    assert whole.training.tuned < whole.training.base
    assert whole.cross_validated.tuned < whole.cross_validated.base
    assert whole.options == {**BAD, **whole.found}
    assert sorted(len(fold.scenes) for fold in whole.folds) == [2, 2]
    assert ("rooms/Den", "rooms/DenE") in [fold.scenes for fold in whole.folds]


def test_scores_can_be_made_again(whole: Tuning, scenes: Dataset) -> None:
    def mean(samples: list[Any], options: dict[str, Any]) -> float:
        return float(np.mean([scored(sample, options) for sample in samples]))

    def scored(sample: Any, options: dict[str, Any]) -> float:
        disparity = stereo.SGM(sample.max_disp, **options).compute(sample.left, sample.right)
        return score(disparity, sample.disparity, sample.nonocc, "bad-1")

    assert whole.training.tuned == pytest.approx(mean(list(scenes), dict(whole.options)))
    assert whole.training.base == pytest.approx(mean(list(scenes), BAD))
    assert whole.cross_validated.base == pytest.approx(whole.training.base)
    fold = whole.folds[0]
    held_out = [scenes.sample(name) for name in fold.scenes]
    assert fold.held_out.tuned == pytest.approx(mean(held_out, {**BAD, **fold.found}))


def test_nothing_is_matched_twice(
    whole: Tuning, scenes: Dataset, tmp_path: Path, matched: list[str]
) -> None:
    assert found(quick(scenes, tmp_path, jobs=3)) == found(whole)
    with closing(sqlite3.connect(tmp_path / "scores.sqlite")) as scores:
        rows = scores.execute("SELECT * FROM scores").fetchall()
    assert len(matched) == len(rows) == whole.matchings
    # The first proposals are at random, the same for both folds and for all scenes.
    assert whole.matchings == 4 * len(scenes)
    assert quick(scenes, tmp_path).matchings == 0


@pytest.mark.parametrize("after", [1, 4, 9])
def test_an_interrupted_search_goes_on_to_the_same_result(
    whole: Tuning, scenes: Dataset, tmp_path: Path, after: int, matched: list[str]
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(scenes, tmp_path, report=interrupt)
    counts: list[int] = []
    again = quick(scenes, tmp_path, report=lambda progress: counts.append(progress.done))
    assert found(again) == found(whole)
    assert counts == sorted(counts)
    assert counts[-1] == 12
    assert len(matched) == whole.matchings


def test_an_interrupted_matching_too(
    whole: Tuning, scenes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [6]

    def interrupted(*arguments: Any) -> float:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return score(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(matching_module, "score", interrupted)
        with pytest.raises(KeyboardInterrupt):
            quick(scenes, tmp_path)
    again = quick(scenes, tmp_path)
    assert found(again) == found(whole)
    assert again.matchings == whole.matchings - 6


def test_a_killed_process_leaves_a_study_that_goes_on(
    whole: Tuning, scenes: Dataset, tmp_path: Path, optuna: Any
) -> None:
    quick(scenes, tmp_path, trials=2)
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    journal = tmp_path / "trials.log"
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = JournalStorage(JournalFileBackend(str(journal)))
    optuna.load_study(study_name="all scenes", storage=storage).ask()  # never told
    optuna.logging.set_verbosity(before)
    (tmp_path / "trials.log.lock").symlink_to(journal)
    assert found(quick(scenes, tmp_path)) == found(whole)


def test_more_trials_make_a_study_grow(whole: Tuning, scenes: Dataset, tmp_path: Path) -> None:
    few = quick(scenes, tmp_path, trials=1)
    assert few.found == few.base
    assert few.training.tuned == few.training.base
    assert found(quick(scenes, tmp_path)) == found(whole)
    assert found(quick(scenes, tmp_path, trials=1)) == found(few)


@pytest.mark.usefixtures("optuna")
def test_a_long_search_learns(scenes: Dataset, tmp_path: Path) -> None:
    one = quick(scenes, tmp_path / "one", trials=14)
    other = quick(scenes, tmp_path / "other", trials=11)
    assert one.training.tuned <= other.training.tuned
    assert found(quick(scenes, tmp_path / "other", trials=14)) == found(one)


@pytest.mark.usefixtures("optuna")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "avg"}, "objective is 'bad-1' there and 'avg' here"),
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"folds": 3}, "folds is 2 there and 3 here"),
        ({"base": {**BAD, "paths": 8}}, "base differ in paths"),
        ({"search": ["p2"]}, "search differ in p1"),
        ({"max_disp": 12}, "scenes differ in rooms/Den, rooms/DenE"),
    ],
)
def test_another_study_in_the_folder_is_an_error(
    scenes: Dataset, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    quick(scenes, tmp_path, trials=1)
    with pytest.raises(StereoFileError, match=message):
        quick(scenes, tmp_path, trials=1, **change)


@pytest.mark.usefixtures("optuna")
def test_a_scene_that_can_t_be_read_is_left_out(rooms: Path, tmp_path: Path) -> None:
    root = shutil.copytree(rooms, tmp_path / "copy")
    (root / "rooms/Loft/right.png").write_bytes(b"no image")
    with pytest.warns(StereoWarning, match=r"rooms/Loft is left out: .*right\.png"):
        tuning = quick(datasets.described(root), tmp_path / "study", trials=1)
    assert [failure.name for failure in tuning.failures] == ["rooms/Loft"]
    assert {name for fold in tuning.folds for name in fold.scenes} == {
        "rooms/Den",
        "rooms/DenE",
        "rooms/Hall",
    }
    for path in root.rglob("truth.pfm"):
        path.unlink()
    with pytest.raises(StereoFileError, match="none of 4 scenes can be used"):
        quick(datasets.described(root), tmp_path / "other")


@pytest.mark.usefixtures("optuna")
def test_options_without_a_result_are_an_error(
    scenes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching_module, "score", lambda *_: math.inf)
    with pytest.raises(StereoError, match="any result on every scene"):
        quick(scenes, tmp_path)


@pytest.mark.usefixtures("optuna")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"objective": "bad-7"}, StereoValueError, "objective"),
        ({"objective": "avg", "base": {}}, StereoValueError, "fill=True"),
        ({"trials": 0}, StereoValueError, "trials"),
        ({"trials": 1.5}, StereoTypeError, "trials"),
        ({"folds": 1}, StereoValueError, "folds"),
        ({"folds": 4}, StereoValueError, "3 families"),
        ({"seed": -1}, StereoValueError, "seed"),
        ({"seed": "x"}, StereoTypeError, "seed"),
        ({"jobs": 0}, StereoValueError, "jobs"),
        ({"max_disp": 0}, StereoValueError, "max_disp"),
    ],
)
def test_bad_arguments(
    scenes: Dataset, tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        quick(scenes, tmp_path / "study", **options)
    assert not (tmp_path / "study").exists()


@pytest.mark.usefixtures("optuna")
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.txt", "mine", "notes.txt"),
        ("settings.json", "{", "no valid JSON"),
        ("settings.json", "[]", "holds a list"),
        ("scores.sqlite", "x" * 5000, "scores.sqlite"),
        ("trials.log", "{]\n{]\n", "trials.log"),
    ],
)
def test_damaged_studies(
    scenes: Dataset, tmp_path: Path, name: str, content: str, message: str
) -> None:
    if name != "notes.txt":
        quick(scenes, tmp_path, trials=1)
    (tmp_path / name).write_text(content)
    with pytest.raises(StereoFileError, match=message):
        quick(scenes, tmp_path, trials=1)
    assert (tmp_path / name).read_text() == content


def test_a_study_is_for_one_process_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path, {}), pytest.raises(StereoFileError, match="in use"):  # noqa: SIM117
        with opened(tmp_path, {}):
            pass
    with opened(tmp_path, {}) as folder:
        folder.keep("scene", {"p1": 1}, math.inf)
    with opened(tmp_path, {}) as folder:
        assert folder.score("scene", {"p1": 1}) == math.inf
        assert folder.score("scene", {"p1": 2}) is None


def test_a_study_can_t_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StereoFileError, match="can't be opened"), opened(tmp_path / "file", {}):
        pass


def test_a_missing_optuna_is_named_with_the_extra(
    scenes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StereoError, match=r"stereo-depth\[tune\]"):
        quick(scenes, tmp_path / "study")
    assert not (tmp_path / "study").exists()
