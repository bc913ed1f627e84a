"""stereo calibrate: what it writes, says and returns."""

from __future__ import annotations

from pathlib import Path

import cameras
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from cli_cameras import (
    Run,
    assert_mistake,
    assert_one_line,
    contents,
)

from stereo import geometry, io
from stereo.geometry import Calibration

BOARD = geometry.Chessboard(7, 5, square=0.08)


KNOWN = cameras.pinhole((320, 240), distortion_left=[], distortion_right=[])


def board_image(left_from_board: npt.NDArray[np.float64], side: str) -> npt.NDArray[np.uint8]:
    """Return what one of the cameras, which have no distortion, sees of the board."""
    picture, pixel_from_board = cameras.board_picture(BOARD)
    camera_from_left = np.eye(4) if side == "left" else KNOWN.right_from_left
    plane = (camera_from_left @ left_from_board)[:3, [0, 1, 3]]
    double = np.array([[4, 0, 1.5], [0, 4, 1.5], [0, 0, 1]])  # 4 x 4 samples a pixel
    mapped = double @ getattr(KNOWN, f"K_{side}") @ plane @ np.linalg.inv(pixel_from_board)
    large = cv2.warpPerspective(picture, mapped, (4 * 320, 4 * 240), borderValue=128.0)
    image: npt.NDArray[np.uint8] = cv2.resize(large, (320, 240), interpolation=cv2.INTER_AREA)
    return image


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with images of a board, of which the last pair shows none."""
    folder = tmp_path_factory.mktemp("boards")
    for side in ("left", "right"):
        (folder / side).mkdir()
        for k, pose in enumerate(cameras.poses(BOARD, 6, seed=3, near=1.6)):
            io.write_image(folder / side / f"{side}{k}.png", board_image(pose, side))
        io.write_image(folder / side / f"{side}9.png", np.full((240, 320), 128, np.uint8))
    return folder


def test_calibrate_writes_calibration_report_and_coverage(
    boards: Path, folder: Path, run: Run
) -> None:
    code, out, err = run(
        *("calibrate", boards / "left", boards / "right", "--board", "7x5", "--square", 0.08),
        *("-o", "cal.yml", "--report", "report.html", "--coverage", "cov.png"),
    )
    assert code == 0
    assert all(line.startswith("stereo: warning: ") for line in err.splitlines())
    assert "left9.png" in err
    found = io.read_calibration("cal.yml")
    assert isinstance(found, Calibration)
    assert found.baseline == pytest.approx(KNOWN.baseline, rel=0.02)
    assert found.reprojection_error < 0.5
    assert f"baseline {found.baseline:.5g} m" in out
    assert "left9.png" in out
    assert "left9.png" in Path("report.html").read_text("utf-8")
    assert io.read_image("cov.png").ndim == 3


def test_calibrate_pairs_by_number_and_uses_views_without_a_partner(
    boards: Path, folder: Path, run: Run
) -> None:
    for side, missing in (("left", 1), ("right", 4)):
        (folder / side).mkdir()
        for k in range(6):
            if k != missing:
                image = io.read_image(boards / side / f"{side}{k}.png")
                io.write_image(folder / side / f"{side}{k}.png", image)
    code, out, _ = run(
        *("calibrate", "left", "right", "--board", "7x5", "--square", 0.08, "-o", "cal.yml")
    )
    assert code == 0
    assert out.count(" used") == 4
    assert out.count("right only") == out.count("left only") == 1
    found = io.read_calibration("cal.yml")
    assert isinstance(found, Calibration)
    assert found.baseline == pytest.approx(KNOWN.baseline, rel=0.02)


@pytest.mark.parametrize(
    "pairs",
    [
        [("a1.png", None), ("a2.png", "b2.png"), (None, "b3.png"), ("a10.png", "b10.png")],
        [("left-1-07.png", "right-2-7.jpg")],
        [("a1.png", "b5.png"), ("a2.png", "b6.png")],  # no number in common: in order
        [("a.png", "c.png"), ("b.png", "d.png")],
        [("1a.png", "1c.png"), ("1b.png", "1d.png")],  # a number twice: in order
    ],
)
def test_boards_are_paired_by_number_or_else_in_order(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    from stereo.cli.calibrate import paired

    sides = [sorted(name for name in side if name) for side in zip(*pairs, strict=True)]
    assert list(zip(*paired(*sides), strict=True)) == pairs


def test_calibrate_without_boards_names_the_images(boards: Path, folder: Path, run: Run) -> None:
    before = contents(folder)
    code, out, err = run(
        *("calibrate", boards / "left" / "left9.png", boards / "right" / "right9.png"),
        *("--board", "7x5", "--square", 0.08, "-o", "cal.yml", "--report", "report.html"),
    )
    assert (code, out) == (1, "")
    assert_one_line(err)
    assert "left9.png" in err
    assert contents(folder) == before


def test_from_boards_to_points(data_root: Path, folder: Path, run: Run) -> None:
    source = data_root / "calibration" / "opencv_chessboard"
    images = [str(source / f"{side}[0-9]*.jpg") for side in ("left", "right")]
    code, out, err = run(
        *("calibrate", *images, "--board", "9x6", "--square", 0.025, "-o", "cal.yml")
    )
    assert (code, err) == (0, "")
    assert out.count(" used") == 13
    pair = [source / f"{side}01.jpg" for side in ("left", "right")]
    code, _, err = run("match", *pair, "--calib", "cal.yml", "--cloud", "c.ply", "--max-disp", 96)
    assert (code, err) == (0, "")  # also nothing to complain of in the rectified pair
    # The board, about 0.25 m wide, is held half a metre away.
    assert 0.2 < float(np.median(io.read_ply("c.ply").xyz[:, 2])) < 2


CALIBRATE = "calibrate left.png right.png --square 0.03 -o cal.yml"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (f"{CALIBRATE} --board 7", 2, ["--board", "9x6"]),
        (f"{CALIBRATE} --board 1x5", 2, ["--board", "columns = 1"]),
        (f"{CALIBRATE} --board 7x5 --dictionary DICT_4X4_50", 2, ["--dictionary", "--marker"]),
        (f"{CALIBRATE} --board 7x5 --legacy-pattern", 2, ["--legacy-pattern", "--marker"]),
        (f"{CALIBRATE} --board 7x5 --marker 0.02 --dictionary D", 2, ["--board", "'D'"]),
        (f"{CALIBRATE} --board 7x5 --report r.txt", 2, ["--report", ".html"]),
        (f"{CALIBRATE} --board 7x5 --coverage r.txt", 2, ["--coverage", ".png"]),
        (f"{CALIBRATE} --board 7x5 --model omni", 1, ["omni", "fisheye"]),
        (f"{CALIBRATE} --board 7x5", 1, ["left.png", "not found"]),
        ("calibrate left.png right.png --board 7x5 --square -1 -o c.yml", 2, ["square = -1"]),
        ("calibrate left.png right.png --board 7x5 -o c.yml", 2, ["--square"]),
        ("calibrate left.png right.png --board 7x5 --square 1 -o c.txt", 2, [".yml"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    assert_mistake(folder, run, arguments, code, said)
