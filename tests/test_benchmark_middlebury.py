"""The table of the Middlebury training set: the truth it takes, its weights and its failures."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import middlebury
import numpy as np
import pytest
import scoring
from conftest import usable_backend

import stereo
from stereo import datasets, io, metrics
from stereo.datasets import synthetic

NDISP = 16
SCENES = {"Piano": 1, "PianoL": 2}  # names of the board, and seeds
CALIBRATION = """cam0=[100 0 48; 0 100 32; 0 0 1]
cam1=[100 0 48; 0 100 32; 0 0 1]
doffs=0
baseline=100
width=96
height=64
ndisp=16
"""


@cache
def rendered(seed: int) -> synthetic.SyntheticPair:
    return synthetic.render(96, 64, max_disp=NDISP, seed=seed, noise=2.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give MiddEval3/trainingQ with two scenes, and the same as scenes that describe themselves."""
    usable_backend("cpu")
    for name, seed in SCENES.items():
        pair = rendered(seed)
        for scene in (tmp_path / "trainingQ" / name, tmp_path / "own/middeval3_Q" / name):
            scene.mkdir(parents=True)
            io.write_image(scene / "im0.png", pair.left)
            io.write_image(scene / "im1.png", pair.right)
            io.write_pfm(scene / "disp0GT.pfm", pair.disparity)
            mask = np.where(pair.occluded, 128, 255).astype(np.uint8)
            io.write_image(scene / "mask0nocc.png", mask)
            (scene / "calib.txt").write_text(CALIBRATION, encoding="utf-8")
            meta = {"left": "im0.png", "right": "im1.png", "disp_left": "disp0GT.pfm"}
            text = json.dumps(
                {**meta, "gt_divisor": 1, "disp_max": 3, "masks": {"mask0nocc.png": ""}}
            )
            (scene / "meta.json").write_text(text, encoding="utf-8")
    return tmp_path


def add_full_size(root: Path, isint: int = 0) -> None:
    """Add the ground truth of full size, which is that of quarter size enlarged."""
    for scene in (root / "trainingQ").iterdir():
        full = root / "trainingF" / scene.name
        full.mkdir(parents=True)
        large = np.ones((4, 4))
        truth = np.kron(4 * io.read_pfm(scene / "disp0GT.pfm"), large).astype(np.float32)
        io.write_pfm(full / "disp0GT.pfm", truth)
        for name in ("im0.png", "im1.png", "mask0nocc.png"):
            image = np.kron(io.read_image(scene / name), large).astype(np.uint8)
            io.write_image(full / name, image)
        text = CALIBRATION.replace("=96", "=384").replace("=64", "=256")
        (full / "calib.txt").write_text(f"{text}isint={isint}\n", encoding="utf-8")


def table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[dict[str, list[str]], str]:
    """Return the rows of the table without their times, and all that was printed."""
    options = ["--preset", "fast", "--mode", "MODE_HH"]
    monkeypatch.setattr(sys, "argv", ["middlebury.py", *map(str, arguments), *options])
    assert middlebury.main() == 0
    text = capsys.readouterr().out
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {name: cells[:-1] for name, *cells in lines[1:]}, text


def test_the_figures_are_those_of_the_board(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, text = table(monkeypatch, capsys, root)
    assert set(rows) == {"stereo fast", "OpenCV MODE_HH"}
    dense, sparse = {}, {}
    for scene in datasets.middeval3(root):
        found = stereo.sgm(scene.left, scene.right, NDISP, preset="fast")
        truth = scene.disparity
        assert truth is not None
        for scores, values in ((dense, scoring.filled(found)), (sparse, found)):
            scores[scene.name] = metrics.middlebury(
                4 * values, 4 * truth, nonocc=scene.nonocc, ndisp=4 * NDISP
            )
    weights = {"Piano": 1.0, "PianoL": 0.5}
    mean = {
        kind: metrics.MiddleburyScore.mean(scores, weights)
        for kind, scores in (("dense", dense), ("sparse", sparse))
    }
    expected = [mean["dense"].total_bad[t] for t in (0.5, 1.0, 2.0, 4.0)]
    expected += [mean["sparse"].bad[t] for t in (0.5, 1.0, 2.0, 4.0)]
    assert rows["stereo fast"] == [f"{value:.2f}" for value in [*expected, mean["sparse"].invalid]]
    assert "times 4" in text
    assert "The board's own table" in text


def test_scenes_that_describe_themselves_give_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table(monkeypatch, capsys, root / "own")[0] == table(monkeypatch, capsys, root)[0]


def test_ground_truth_of_full_size_is_taken_where_it_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, _ = table(monkeypatch, capsys, root)
    add_full_size(root, isint=1)
    after, text = table(monkeypatch, capsys, root)
    assert "times 4" not in text
    assert after.keys() == before.keys()
    assert after != before  # results are rounded, as its calib.txt asks


def test_a_scene_that_fails_leaves_no_mean_of_the_others(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = root / "trainingQ/Piano/im1.png"
    damaged.write_bytes(damaged.read_bytes()[:100])
    _, text = table(monkeypatch, capsys, root)
    row = next(line for line in text.splitlines() if line.startswith("| stereo fast |"))
    assert "not scored: 1 failed, Piano: " in row
    assert "im1.png" in row


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["own", "--split", "trainingH"], "no folder trainingH"), (["none"], "none")],
)
def test_a_folder_without_the_scenes(
    root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    first, *rest = arguments
    monkeypatch.setattr(sys, "argv", ["middlebury.py", str(root / first), *rest])
    with pytest.raises(SystemExit, match=message):
        middlebury.main()
