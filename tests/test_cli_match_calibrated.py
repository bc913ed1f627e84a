"""stereo match with a calibration, and its look at the pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from cli_cameras import (
    GEOMETRY,
    HEIGHT,
    MATCHER,
    MATCHING,
    PAIR,
    SIZE,
    WIDTH,
    Run,
    assert_mistake,
    assert_one_line,
    disparity,
    raw_cameras,
    raw_right,
)

import stereo
from stereo import geometry, io
from stereo.geometry import Calibration, StereoGeometry
from stereo.types import StereoError


def test_from_raw_images_to_points_in_one_call(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("match", "left.png", "raw.png", "--calib", "raw.yml", "--cloud", "c.ply"),
        *("--depth", "z.npy", "-o", "d2.npz", "-o", "d2.pfm", *MATCHING),
    )
    assert (code, err) == (0, "")
    assert out.startswith("left.png: 240x180, ")
    rectification = geometry.rectify(raw_cameras())
    left, right = rectification.apply(PAIR.left, raw_right())
    expected = MATCHER.compute(left, right)
    known, of_file = io.read_npz("d2.npz")
    assert np.array_equal(known, expected, equal_nan=True)
    assert np.array_equal(io.read_pfm("d2.pfm"), expected, equal_nan=True)
    assert of_file.baseline == pytest.approx(0.12)
    rectified = rectification.calibration
    np.testing.assert_allclose(io.read_depth("z.npy"), stereo.depth(expected, rectified), rtol=1e-6)
    cloud = stereo.points(expected, rectified, left)
    found = io.read_ply("c.ply")
    np.testing.assert_allclose(found.xyz, cloud.xyz, rtol=1e-5, atol=1e-6)
    assert np.array_equal(found.colors, cloud.colors)
    # The same scene as the rectified pair shows, within the accuracy of the disparities.
    truth = GEOMETRY.focal_length * GEOMETRY.baseline / np.median(PAIR.disparity)
    assert np.median(found.xyz[:, 2]) == pytest.approx(truth, rel=0.1)


def test_a_rectified_calibration_is_used_as_it_is(folder: Path, run: Run) -> None:
    code, _, err = run(
        *("match", "left.png", "right.png", "--calib", "calib.txt", "--depth", "z.npy"),
        *("--cloud", "c.ply", "--min-depth", 1, "--max-depth", 4, *MATCHING, "-q"),
    )
    assert (code, err) == (0, "")
    cloud = stereo.points(disparity(), GEOMETRY, PAIR.left, min_depth=1, max_depth=4)
    assert np.array_equal(io.read_ply("c.ply").xyz, cloud.xyz)
    metres = io.read_depth("z.npy")
    assert np.count_nonzero(~np.isnan(metres)) == len(cloud.xyz)


def test_empty_parts_of_rectified_images_have_no_disparity(folder: Path, run: Run) -> None:
    code, _, err = run(
        *("match", "left.png", "raw.png", "--calib", "raw.yml", "--alpha", 1, "-o", "d.npz"),
        *("--confidence", "c.npy", "--right-disparity", "r.npy", "--lr-max-diff", "none"),
        *("--uniqueness", 0, *MATCHING),
    )
    assert (code, err) == (0, "")
    rectification = geometry.rectify(raw_cameras(), alpha=1)
    assert not rectification.valid_left.all()
    assert np.isnan(io.read_npz("d.npz")[0][~rectification.valid_left]).all()
    assert np.isnan(io.read_npy("r.npy")[~rectification.valid_right]).all()
    assert (io.read_npy("c.npy")[~rectification.valid_left] == 0).all()


def test_a_sequence_of_raw_pairs(folder: Path, run: Run) -> None:
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        for k in range(2):
            io.write_image(folder / side / f"{k}.png", image)
    code, out, err = run(
        *("match", "l", "r", "--calib", "raw.yml", "--cloud", "{stem}.ply", *MATCHING)
    )
    assert (code, err) == (0, "")
    assert out.count("\n") == 2
    assert Path("0.ply").read_bytes() == Path("1.ply").read_bytes()


def test_match_says_nothing_of_a_rectified_pair(folder: Path, run: Run) -> None:
    code, _, err = run("match", "left.png", "right.png", "-o", "d.npy", "--max-disp", 32)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_match_warns_of_an_unrectified_pair(folder: Path, run: Run, quiet: tuple[str, ...]) -> None:
    arguments = ("match", "left.png", "raw.png", "-o", "d2.npy", "--max-disp", 32, *quiet)
    code, _, err = run(*arguments)
    assert code == 0
    assert Path("d2.npy").exists()
    assert err.startswith("stereo: warning: left.png and raw.png: ")
    assert "px" in err
    assert run(*arguments, "--no-check")[::2] == (0, "")


def test_match_warns_of_a_swapped_pair(folder: Path, run: Run) -> None:
    code, _, err = run("match", "right.png", "left.png", "-o", "d2.npy", "--max-disp", 32)
    assert code == 0
    assert err.startswith("stereo: warning: right.png and left.png: ")
    assert "swapped" in err


def test_match_looks_at_what_it_matches_and_once(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    real = geometry.check_rectification
    monkeypatch.setattr(
        geometry,
        "check_rectification",
        lambda *pair, **options: looked.append(pair) or real(*pair, **options),
    )
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        for k in range(2):
            io.write_image(folder / side / f"{k}.png", image)
    code, _, err = run("match", "l", "r", "--calib", "raw.yml", "-o", "{stem}.npy")
    assert (code, err) == (0, "")
    ((left, _),) = looked
    assert np.array_equal(left, geometry.rectify(raw_cameras()).apply(PAIR.left, raw_right())[0])


def test_match_looks_on_until_there_are_features(folder: Path, run: Run) -> None:
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        io.write_image(folder / side / "0.png", np.full_like(image, 99))
        io.write_image(folder / side / "1.png", image)
    code, _, err = run("match", "l", "r", "-o", "{stem}.npy", "--max-disp", 32)
    assert code == 0
    assert all(line.startswith("stereo: warning: l/1.png and ") for line in err.splitlines())
    assert err != ""


def test_check_of_images_without_features(folder: Path, run: Run) -> None:
    io.write_image("flat.png", np.full((HEIGHT, WIDTH), 99, np.uint8))
    code, out, err = run("check", "flat.png", "flat.png")
    assert (code, err) == (3, "")
    assert out.count("\n") == 1
    assert "0 features" in out


@pytest.mark.parametrize("kind", [StereoError, cv2.error])
def test_a_check_that_fails_is_a_warning(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise kind("no features today")

    monkeypatch.setattr(geometry, "check_rectification", fail)
    code, out, err = run("match", "left.png", "right.png", "-o", "d2.npy", "--max-disp", 32)
    assert (code, out[:8]) == (0, "left.png")
    assert_one_line(err, "stereo: warning: ")
    assert "can't be checked: no features today" in err
    assert Path("d2.npy").exists()


def test_a_warning_is_printed_once(folder: Path, run: Run) -> None:
    cal = raw_cameras()
    camera = cal.K_left, []
    with pytest.warns(stereo.StereoWarning):
        far = Calibration.from_rotation(*camera, *camera, cal.R, 1000 * cal.t, SIZE)
    io.write_calibration("mm.yml", far)
    code, _, err = run(
        *("match", "left.png", "raw.png", "--calib", "mm.yml", "--cloud", "c.ply", *MATCHING)
    )
    assert code == 0
    assert_one_line(err, "stereo: warning: ")  # though both calibrations have that baseline


@pytest.mark.parametrize("scene", ["Motorcycle", "Teddy"])
def test_a_real_pair_to_metres(data_root: Path, folder: Path, run: Run, scene: str) -> None:
    source = data_root / "middeval3_Q" / scene
    calib = source / "calib.txt"
    code, _, err = run(
        *("match", source / "im0.png", source / "im1.png", "--calib", calib),
        *("--max-disp", 80, "--depth", "z.npy", "--cloud", "c.ply", "-q"),
    )
    assert (code, err) == (0, "")
    known = io.read_calibration(calib)
    assert isinstance(known, StereoGeometry)
    truth = stereo.depth(io.read_pfm(source / "disp0GT.pfm"), known)
    metres = io.read_depth("z.npy")
    error = np.abs(metres / truth - 1)
    both = error[~np.isnan(error)]
    assert np.median(both) < 0.01
    assert np.mean(both < 0.03) > 0.9
    assert len(io.read_ply("c.ply").xyz) == np.count_nonzero(~np.isnan(metres))


def test_kitti_is_matched_raw_or_rectified(data_root: Path, folder: Path, run: Run) -> None:
    source = data_root / "kitti_raw" / "2011_09_26_drive_0048_0000000000"
    pair = (source / "image_02.png", source / "image_03.png")
    calib = ("--calib", source / "calib_cam_to_cam.txt", "--max-disp", 128, "--cloud", "c.ply")
    assert run("match", *pair, *calib, "--rectified", "--max-depth", 30, "-q") == (0, "", "")
    assert len(io.read_ply("c.ply").xyz) > 100_000
    code, _, err = run("match", *pair, *calib)  # these images are not those of the raw cameras
    assert code == 1
    assert_one_line(err)
    assert "1392 x 512" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("match left.png raw.png --calib raw.yml", 2, ["--output", "--cloud"]),
        ("match left.png raw.png --cloud c.ply", 2, ["--cloud", "--calib"]),
        ("match left.png raw.png --depth z.npy", 2, ["--depth", "--calib"]),
        ("match left.png raw.png -o d2.npz", 2, ["--output", "--calib"]),
        ("match left.png right.png --calib raw.yml --cloud c.npy", 2, ["--cloud", ".ply"]),
        ("match left.png right.png --calib raw.yml --depth z.jpg", 2, ["--depth", ".pfm"]),
        ("match left.png right.png -o d2.npy --max-depth 5", 2, ["--max-depth", "--cloud"]),
        ("match left.png right.png -o d2.npy --alpha 1", 2, ["--alpha", "--calib"]),
        ("match left.png right.png -o d2.npy --rectified", 2, ["--rectified", "--calib"]),
        ("match left.png right.png -o d2.npy --calib calib.txt --alpha 1", 2, ["--alpha"]),
        ("match left.png raw.png -o d2.npy --calib raw.yml --rectified", 1, ["raw.yml"]),
        ("match left.png raw.png -o d2.npy --calib raw.yml --alpha 2", 1, ["alpha = 2"]),
        ("match small.png small.png --calib calib.txt --cloud c.ply", 1, ["120", "240"]),
        ("match left.png right.png --calib calib.txt --depth calib.txt", 2, ["calib.txt"]),
        ("match left.png right.png --calib calib.npy --depth calib.npy", 1, ["calib.npy"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    assert_mistake(folder, run, arguments, code, said)
