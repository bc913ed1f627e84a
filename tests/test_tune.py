"""Tuning: what is searched, what a study keeps, and what the command prints."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import missing
from hypothesis import given
from hypothesis import strategies as st

import stereo
from stereo import datasets, io, metrics
from stereo.datasets import Dataset, synthetic
from stereo.tuning import OBJECTIVES, SEARCHABLE, SEARCHED, Progress, Tuning, tune
from stereo.tuning import matching as matching_module
from stereo.tuning.families import family, folds
from stereo.tuning.folder import opened
from stereo.tuning.scoring import score
from stereo.tuning.space import search_space
from stereo.types import (
    StereoError,
    StereoFileError,
    StereoTypeError,
    StereoValueError,
    StereoWarning,
)

Run = Callable[..., tuple[int, str, str]]

BAD = {"fill": True, "p1": 0, "p2": 0, "weighted_median": 0}
SEARCH = ("p1", "p2")


@pytest.fixture(scope="session")
def optuna() -> Any:
    """Give Optuna; skip where it is not installed."""
    try:
        import optuna
    except ImportError as error:
        missing("optuna", str(error))
    return optuna


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of four scenes, two of them of one family."""
    root = tmp_path_factory.mktemp("rendered")
    for seed, name in enumerate(("Den", "DenE", "Hall", "Loft")):
        place = root / "rooms" / name
        place.mkdir(parents=True)
        pair = synthetic.render(72, 48, max_disp=14, seed=seed, noise=4.0)
        io.write_image(place / "left.png", pair.left)
        io.write_image(place / "right.png", pair.right)
        io.write_pfm(place / "truth.pfm", pair.disparity)
        io.write_image(place / "nonocc.png", np.where(pair.occluded, 128, 255).astype(np.uint8))
        meta = {
            "left": "left.png",
            "right": "right.png",
            "disp_left": "truth.pfm",
            "gt_divisor": 1,
            "disp_max": 14,
            "masks": {"nonocc.png": ""},
        }
        (place / "meta.json").write_text(json.dumps(meta))
    return root


@pytest.fixture
def scenes(rendered: Path) -> Dataset:
    return datasets.described(rendered)


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


# --- scenes and folds ---


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


# --- tuning ---


@pytest.fixture(scope="module")
def whole(rendered: Path, tmp_path_factory: pytest.TempPathFactory, optuna: Any) -> Tuning:
    """Give a search that nothing interrupted."""
    return quick(datasets.described(rendered), tmp_path_factory.mktemp("whole"))


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


def test_a_scene_that_can_t_be_read_is_left_out(
    rendered: Path, tmp_path: Path, optuna: Any
) -> None:
    root = shutil.copytree(rendered, tmp_path / "copy")
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


# --- the command ---


@pytest.mark.usefixtures("optuna")
def test_the_command_prints_options_that_can_be_used(
    rendered: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    search = ("--search", "p1,p2,lr_max_diff", "--trials", "4", "--folds", "2", "-o", "found.json")
    base = ("--p1", "0", "--p2", "0", "--lr-max-diff", "none", "--max-disp", "16")
    code, out, err = run("tune", rendered, *search, *base)
    assert (code, err) == (0, "")
    written = json.loads(Path("found.json").read_text())
    assert written["training"]["tuned"] < written["training"]["base"]
    assert f"{written['cross_validated']['tuned']:.3f}" in out
    call, command = out.splitlines()[-2:]
    assert eval(call, {"stereo": stereo, "max_disp": 16}).options == (
        stereo.SGM(16, **written["options"]).options
    )
    scene = rendered / "rooms/Den"
    places = {"LEFT": scene / "left.png", "RIGHT": scene / "right.png", "OUT": "d.npy"}
    words = [places.get(word, word) for word in command.split()]
    assert run(*words[1:], "--max-disp", "16")[0] == 0
    left, right = (io.read_image(places[side]) for side in ("LEFT", "RIGHT"))
    expected = stereo.sgm(left, right, 16, **written["options"])
    assert np.array_equal(io.read_disparity("d.npy"), expected, equal_nan=True)


@pytest.mark.usefixtures("optuna")
def test_the_command_says_when_nothing_was_better(rendered: Path, tmp_path: Path, run: Run) -> None:
    root = shutil.copytree(rendered, tmp_path / "copy")
    (root / "rooms/DenE/meta.json").write_text("{")
    study = ("--study", tmp_path / "study", "--trials", "1", "--search", "paths")
    code, out, err = run("tune", root, *study)
    assert code == 0
    assert "No other options were better" in out
    assert "left out: rooms/DenE" in out
    assert err.startswith("stereo: warning: rooms/DenE is left out")


@pytest.mark.usefixtures("optuna")
def test_the_bar_shows_the_best_score(
    rendered: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    study = ("--study", tmp_path / "study", "--trials", "1", "--folds", "2")
    _, _, err = run("tune", rendered, *study)
    assert "all scenes" in err
    assert "3/3" in err
    assert "best" in err
    assert run("tune", rendered, *study, "-q")[2] == ""


@pytest.mark.usefixtures("optuna")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--search", "p1,"], 2, "''"),
        (["--search", "p3"], 2, "p3"),
        (["--objective", "good"], 2, "objective"),
        (["--layout", "nowhere"], 2, "nowhere"),
        (["--layout", "middeval3"], 1, "trainingQ"),
        (["--layout", "middeval3", "--split", "a", "--split", "b"], 2, "one split"),
        (["--split", "elsewhere"], 2, "elsewhere"),
        (["--trials", "0"], 2, "trials"),
        (["--no-fill", "--search", "uniqueness"], 2, "rejects"),
        (["--lr-max-diff", "much"], 2, "lr-max-diff"),
        (["-o", "found.yaml"], 2, ".json"),
        (["-o", "no/folder/found.json"], 1, "no/folder"),
        (["--preset", "best"], 2, "best"),
        (["--folds", "9"], 2, "families"),
    ],
)
def test_wrong_usage(
    rendered: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found_code, out, err = run("tune", rendered, *arguments)
    assert (found_code, out) == (code, "")
    assert err.count("\n") == 1
    assert message in err
    assert not Path("stereo-tune").exists()
