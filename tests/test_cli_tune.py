"""`stereo tune`: what it prints and writes, and wrong usage."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import stereo
from stereo import io

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.usefixtures("optuna")
def test_the_command_prints_options_that_can_be_used(
    rooms: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    search = ("--search", "p1,p2,lr_max_diff", "--trials", "4", "--folds", "2", "-o", "found.json")
    base = ("--p1", "0", "--p2", "0", "--lr-max-diff", "none", "--max-disp", "16")
    code, out, err = run("tune", rooms, *search, *base)
    assert (code, err) == (0, "")
    written = json.loads(Path("found.json").read_text())
    assert written["training"]["tuned"] < written["training"]["base"]
    assert f"{written['cross_validated']['tuned']:.3f}" in out
    call, command = out.splitlines()[-2:]
    assert eval(call, {"stereo": stereo, "max_disp": 16}).options == (
        stereo.SGM(16, **written["options"]).options
    )
    scene = rooms / "rooms/Den"
    places = {"LEFT": scene / "left.png", "RIGHT": scene / "right.png", "OUT": "d.npy"}
    words = [places.get(word, word) for word in command.split()]
    assert run(*words[1:], "--max-disp", "16")[0] == 0
    left, right = (io.read_image(places[side]) for side in ("LEFT", "RIGHT"))
    expected = stereo.sgm(left, right, 16, **written["options"])
    assert np.array_equal(io.read_disparity("d.npy"), expected, equal_nan=True)


@pytest.mark.usefixtures("optuna")
def test_the_command_says_when_nothing_was_better(rooms: Path, tmp_path: Path, run: Run) -> None:
    root = shutil.copytree(rooms, tmp_path / "copy")
    (root / "rooms/DenE/meta.json").write_text("{")
    study = ("--study", tmp_path / "study", "--trials", "1", "--search", "paths")
    code, out, err = run("tune", root, *study)
    assert code == 0
    assert "No other options were better" in out
    assert "left out: rooms/DenE" in out
    assert err.startswith("stereo: warning: rooms/DenE is left out")


@pytest.mark.usefixtures("optuna")
def test_the_bar_shows_the_best_score(
    rooms: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    study = ("--study", tmp_path / "study", "--trials", "1", "--folds", "2")
    _, _, err = run("tune", rooms, *study)
    assert "all scenes" in err
    assert "3/3" in err
    assert "best" in err
    assert run("tune", rooms, *study, "-q")[2] == ""


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
    rooms: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found_code, out, err = run("tune", rooms, *arguments)
    assert (found_code, out) == (code, "")
    assert err.count("\n") == 1
    assert message in err
    assert not Path("stereo-tune").exists()
