"""The commands `stereo train …`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import optional

from stereo import io
from stereo.datasets import clips

torch = optional("torch", "torch")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with left/ and right/ of a short clip, and their calibration."""
    clip = clips.render(64, 64, frames=3, max_disp=5)
    assert clip.right is not None
    assert clip.geometry is not None
    for side, pictures in (("left", clip.left), ("right", clip.right)):
        (tmp_path / side).mkdir()
        for k, image in enumerate(pictures):
            io.write_image(tmp_path / side / f"{k}.png", image)
    io.write_calibration(tmp_path / "pair.yml", clip.geometry)
    monkeypatch.chdir(tmp_path)
    return tmp_path


SHORT = ("--width", 4, "--size", "64x64", "--steps", 1, "--batch", 1, "--device", "cpu")
CAMERA = ("--intrinsics", "57.6,57.6,31.5,31.5")


def test_a_pair_of_folders(images: Path, run: Run) -> None:
    code, out, err = run(
        "train", "self-supervised", "left", "--right", "right", "--calibration", "pair.yml",
        "--sources", "previous,next,right", "-o", "out", *SHORT,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "weights.pt: step 1 of 1, loss" in out
    assert (images / "out/pictures/00000001.png").exists()
    code, out, err = run(
        "train", "self-supervised", "left", *CAMERA, "-o", "more", "--weights", "out/weights.pt",
        "-q", *SHORT,
    )  # fmt: skip
    assert (code, out, err) == (0, "", "")
    code, _, err = run("train", "self-supervised", "left", *CAMERA, "-o", "more", *SHORT)
    assert code == 1
    assert "of before" in err


FILM = ("a.mp4", "-o", "o", *SHORT, *CAMERA, "--kind", "video")
WRONG = [
    ("size", ("left", "-o", "out", *CAMERA, "--size", "64"), 2, "640x192"),
    ("no camera", ("left", "-o", "out", *SHORT), 2, "--calibration and --intrinsics"),
    ("numbers", ("left", "-o", "out", *SHORT, "--intrinsics", "1,2"), 2, "FX,FY,CX,CY"),
    ("kind", ("left", "-o", "out", *SHORT, *CAMERA, "--kind", "film"), 2, "kitti-raw"),
    ("right of a film", (*FILM, "--right", "right"), 2, "no --right"),
    ("camera of KITTI", ("left", "-o", "o", *SHORT, *CAMERA, "--kind", "kitti-raw"), 2, "its own"),
    ("no folder", ("middle", "-o", "out", *SHORT, *CAMERA), 1, "no folder middle"),
    ("a file", ("pair.yml", "-o", "out", *SHORT, *CAMERA), 1, "--kind video"),
    ("no weights", ("left", "-o", "out", *SHORT, *CAMERA, "--weights", "none.pt"), 1, "none.pt"),
    ("nothing to resume", ("left", "-o", "out", *SHORT, *CAMERA, "--resume"), 1, "no checkpoint"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_wrong_usage(
    images: Path, run: Run, arguments: tuple[object, ...], code: int, said: str
) -> None:
    found, out, err = run("train", "self-supervised", *arguments)
    assert (found, out) == (code, "")
    assert err.startswith("stereo: error: ")
    assert err.count("\n") == 1
    assert said in err


def test_pairs_of_a_data_set(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = tmp_path / "data" / "group" / "scene"
    scene.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for side in ("left", "right"):
        io.write_image(scene / f"{side}.png", rng.integers(0, 256, (32, 64, 3)).astype(np.uint8))
    io.write_pfm(scene / "truth.pfm", np.full((32, 64), 3.0, np.float32))
    (scene / "meta.json").write_text(
        '{"left": "left.png", "right": "right.png", "disp_left": "truth.pfm", "gt_divisor": 1, '
        '"disp_max": 3}'
    )
    monkeypatch.chdir(tmp_path)
    options = ("--size", "64x32", "--steps", 1, "--batch", 1, "--iterations", 1, "--device", "cpu")
    command = ("train", "stereo", "data", "--dataset", "described", *options)
    code, out, err = run(*command, "-o", "out", "--variant", "realtime")
    assert (code, err) == (0, "")
    assert "epe" in out
    assert run(*command, "-o", "more", "--variant", "none")[0] == 2
    assert run(*command, "-o", "more", "--split", "none")[0] == 1
