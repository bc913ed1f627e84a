"""`stereo eval` end to end on small trees."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluated
import pytest
import trees
from evaluated import NAMES

from stereo.evaluation import Evaluation
from stereo.evaluation.jsonable import from_json

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give four scenes on disk, which must not be changed."""
    return evaluated.scenes(tmp_path_factory.mktemp("pairs"))


@pytest.fixture
def ev(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs `stereo eval` in this process, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def ev(*arguments: object) -> tuple[int, str, str]:
        return run("eval", *arguments, "--jobs", 0, "--preset", "fast")

    return ev


def test_a_folder_is_scored(ev: Run, made: Path, tmp_path: Path) -> None:
    code, out, err = ev("folder", made, "--opencv", "MODE_HH", "--json", tmp_path / "all.json")
    assert (code, err) == (0, "")
    assert "4 of 4 scenes, 0 failed, 0 from the cache" in out
    assert all(name in out for name in NAMES)
    assert "stereo fast, nonocc" in out
    assert "OpenCV MODE_HH, all" in out
    written = json.loads((tmp_path / "all.json").read_text())
    found = from_json(Evaluation, written["evaluation"])
    assert found.method == "stereo fast"
    assert found.overall()["nonocc"].bad[2.0] < 5
    assert [peer["method"] for peer in written["peers"]] == ["OpenCV MODE_HH"]
    code, out, _ = ev("folder", made)
    assert "4 from the cache" in out
    assert str(tmp_path / "cache" / "stereo" / "evaluation") in out


def test_failures_are_listed_and_counted(ev: Run, tmp_path: Path) -> None:
    root = evaluated.scenes(tmp_path / "pairs", 2)
    (root / "room/1/right.png").unlink()
    code, out, err = ev("folder", root, "-q")
    assert (code, out) == (4, "")
    assert err.startswith("stereo: failed: room/1: ")
    assert "right.png" in err
    (root / "room/0/left.png").unlink()
    code, out, err = ev("folder", root)
    assert code == 4
    assert "0 of 2 scenes, 2 failed" in out


@pytest.mark.parametrize("name", list(trees.TREES))
def test_every_layout_has_a_name(name: str, ev: Run, tmp_path: Path) -> None:
    tree = trees.TREES[name]
    tree.make(tmp_path / "data")
    options = dict(tree.options)
    split = options.pop("split", None)
    arguments = [] if split is None else ["--split", split]
    for key, value in options.items():
        arguments += ["--option", f"{key}={value}"]
    code, out, err = ev(name, tmp_path / "data", *arguments, "--no-confidence")
    assert (code, err) == (0, "")
    assert f"{len(tree.names)} of {len(tree.names)} scenes" in out


def test_parts_scenes_and_options_are_chosen(ev: Run, tmp_path: Path) -> None:
    trees.TREES["middeval3"].make(tmp_path / "mb")
    code, out, _ = ev("middlebury", tmp_path / "mb", "--split", "trainingH", "--scenes", "Teddy")
    assert code == 0
    assert "1 of 1 scenes" in out
    assert "Piano" not in out
    trees.TREES["kitti2012"].make(tmp_path / "kitti")
    code, out, _ = ev("kitti2012", tmp_path / "kitti", "--option", "color=true")
    assert code == 0
    assert "out-3" in out
    trees.TREES["described"].make(tmp_path / "own")
    code, out, _ = ev("folder", tmp_path / "own", "--split", "indoor, outdoor", "--max-disp", 8)
    assert "2 of 2 scenes" in out
    assert ev("folder", tmp_path / "own", "--split", "indoor")[1].count("chair") == 1


def test_test_sets_are_matched_and_submitted(ev: Run, tmp_path: Path) -> None:
    trees.TREES["kitti2015"].make(tmp_path / "data")
    out_folder = tmp_path / "out"
    arguments = ("kitti2015", tmp_path / "data", "--split", "testing", "--submission", out_folder)
    code, out, err = ev(*arguments, "--name", "mine")
    assert (code, err) == (0, "")
    assert "2 of 2 scenes" in out
    assert [path.name for path in out_folder.iterdir()] == ["mine.zip"]


def test_the_report_gets_everything(
    ev: Run, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[Any, ...]] = []

    def write_report(path: str, found: Any, dataset: Any, *, previous: Any, peers: Any) -> None:
        calls.append((path, found, dataset, previous, peers))

    module = types.ModuleType("stereo.evaluation.report")
    module.write_report = write_report
    monkeypatch.setitem(sys.modules, "stereo.evaluation.report", module)
    page = tmp_path / "report.html"
    ev("folder", made, "--opencv", "MODE_SGBM", "--report", page)
    ev("folder", made, "--report", page)
    ev("folder", made, "--paths", 8, "--report", page)
    (path, found, dataset, previous, peers), again, other = calls
    assert (path, found.method, len(dataset), previous) == (str(page), "stereo fast", 4, None)
    assert [peer.method for peer in peers] == ["OpenCV MODE_SGBM"]
    assert again[3] is None  # the same results are no other run, and peers are none either
    assert other[3].results == found.results


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere", "."], 2, "'nowhere' is none of middlebury, folder, booster"),
        (["folder", "missing"], 1, "there is no folder missing"),
        (["folder", "."], 1, "has no scene in it"),
        (["folder", "pairs", "--split", "garden"], 2, "no group 'garden'"),
        (["folder", "pairs", "--scenes", "room/9"], 2, "no sample 'room/9'"),
        (["folder", "pairs", "--option", "color"], 2, "NAME=VALUE"),
        (["folder", "pairs", "--option", "color=true"], 2, "no option of described"),
        (["kitti2012", "pairs", "--option", "color=1"], 2, "true or false"),
        (["middlebury2001", "pairs", "--split", "Q"], 2, "no option 'split'"),
        (["folder", "pairs", "--board", "kitti"], 2, "board = 'kitti'"),
        (["folder", "pairs", "--opencv", "HH"], 2, "no mode 'HH'"),
        (["folder", "pairs", "--max-disp", "0"], 2, "max_disp = 0"),
        (["folder", "pairs", "--paths", "3"], 2, "paths = 3"),
        (["folder", "pairs", "--threads", "0"], 2, "threads = 0"),
        (["folder", "pairs", "--report", "page.txt"], 2, "must end in .html"),
        (["folder", "pairs", "--json", "all.txt"], 2, "must end in .json"),
        (["folder", "pairs", "--json", "no/all.json"], 1, "no folder"),
        (["folder", "pairs", "--submission", "out"], 2, "no board that takes results"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str],
    code: int,
    message: str,
    ev: Run,
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs").symlink_to(made)
    found, out, err = ev(*arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
