"""stereo rectify and stereo check: what they write, say and return."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_cameras import (
    MATCHING,
    PAIR,
    Run,
    assert_mistake,
    assert_one_line,
    raw_cameras,
    raw_right,
)

from stereo import geometry, io
from stereo.geometry import StereoGeometry


def test_check_of_a_rectified_pair(folder: Path, run: Run) -> None:
    code, out, err = run("check", "left.png", "right.png", "--picture", "p.png")
    assert (code, err) == (0, "")
    found = geometry.check_rectification(PAIR.left, PAIR.right)
    assert f"{found.vertical_rms:.2f} px RMS" in out
    assert f"{found.matches} matches" in out
    expected = geometry.epipolar_picture(PAIR.left, PAIR.right)
    assert np.array_equal(io.read_image("p.png"), expected)
    assert run("check", "left.png", "right.png", "-q") == (0, "", "")


@pytest.mark.parametrize("pair", [("left.png", "raw.png"), ("right.png", "left.png")])
def test_check_returns_3_where_there_is_a_problem(
    folder: Path, run: Run, pair: tuple[str, str]
) -> None:
    code, out, err = run("check", *pair, "-q")
    assert (code, err) == (3, "")
    assert out.startswith(f"{pair[0]}: ")


def test_rectify_writes_pairs_and_their_calibration(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("rectify", "raw.yml", "left.png", "raw.png", "-o", "out", "--picture", "p.png"),
        *("--alpha", 0.5, "--size", "300x200", "--method", "fusiello"),
    )
    assert (code, err) == (0, "")
    assert out.startswith("out: 1 pair of 300x200, focal length ")
    expected = geometry.rectify(raw_cameras(), alpha=0.5, image_size=(300, 200), method="fusiello")
    left, right = expected.apply(PAIR.left, raw_right())
    assert np.array_equal(io.read_image("out/left/left.png"), left)
    assert np.array_equal(io.read_image("out/right/raw.png"), right)
    found = io.read_calibration("out/calibration.yml")
    assert isinstance(found, StereoGeometry)
    assert found.image_size == (300, 200)
    assert found.focal_length == pytest.approx(expected.calibration.focal_length)
    assert io.read_image("p.png").shape == (200, 608, 3)


def test_what_rectify_writes_can_be_matched(folder: Path, run: Run) -> None:
    assert run("rectify", "raw.yml", "left.png", "raw.png", "-o", "out", "-q") == (0, "", "")
    rectified = ("out/left/left.png", "out/right/raw.png", "--calib", "out/calibration.yml")
    assert run("match", *rectified, "--cloud", "a.ply", *MATCHING)[0] == 0
    raw = ("left.png", "raw.png", "--calib", "raw.yml")
    assert run("match", *raw, "--cloud", "b.ply", *MATCHING)[0] == 0
    one, other = io.read_ply("a.ply"), io.read_ply("b.ply")
    np.testing.assert_allclose(one.xyz, other.xyz, rtol=1e-5, atol=1e-6)


def test_swapped_cameras_keep_the_names_of_their_images(folder: Path, run: Run) -> None:
    io.write_calibration("swapped.yml", raw_cameras().swapped())
    code, _, err = run("rectify", "swapped.yml", "raw.png", "left.png", "-o", "out")
    assert code == 0
    assert_one_line(err, "stereo: warning: ")
    assert "swapped" in err
    left, right = geometry.rectify(raw_cameras()).apply(PAIR.left, raw_right())
    for path, expected in (("out/left/left.png", left), ("out/right/raw.png", right)):
        difference = io.read_image(path).astype(int) - expected
        assert np.abs(difference).mean() < 0.5


def test_rectify_without_a_calibration(folder: Path, run: Run) -> None:
    code, out, err = run("rectify", "-", "left.png", "raw.png", "-o", "out")
    assert (code, err) == (0, "")
    assert "no metric scale" in out
    assert run("rectify", "-", "left.png", "raw.png", "-o", "other", "--method", "magic")[0] == 1
    assert not Path("out/calibration.yml").exists()
    images = [io.read_image(path) for path in ("out/left/left.png", "out/right/raw.png")]
    assert geometry.check_rectification(*images).vertical_median < 0.5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("rectify calib.txt left.png right.png -o out", 1, ["calib.txt", "rectified already"]),
        ("rectify raw.yml small.png small.png -o out", 1, ["120", "240"]),
        ("rectify raw.yml left.png small.png -o out", 1, ["120", "240"]),
        ("rectify raw.yml left.png raw.png -o out --size 10", 2, ["--size", "640x480"]),
        ("rectify raw.yml left.png raw.png -o out --method magic", 1, ["magic", "fusiello"]),
        ("rectify raw.yml left.png raw.png -o out --alpha -1", 1, ["alpha = -1"]),
        ("rectify - left.png raw.png -o out --alpha 1", 2, ["--alpha", "calibration"]),
        ("rectify raw.yml left.png raw.png -o calib.txt", 1, ["calib.txt"]),
        ("check left.png", 2, ["RIGHT"]),
        ("check left.png small.png", 1, ["240 x 180", "120 x 90"]),
        ("check left.png right.png --picture p.txt", 2, ["--picture", "p.txt"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    assert_mistake(folder, run, arguments, code, said)
