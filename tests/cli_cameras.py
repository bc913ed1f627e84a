"""A rectified pair and a raw one, and their calibrations, for tests of the commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import stereo
from stereo import io
from stereo.datasets import synthetic
from stereo.geometry import Calibration, StereoGeometry

Run = Callable[..., tuple[int, str, str]]

SIZE = WIDTH, HEIGHT = 240, 180
PAIR = synthetic.render(WIDTH, HEIGHT, color=True, max_disp=32, seed=4)
GEOMETRY = StereoGeometry.from_doffs(260, 0.12, 119.5, 89.5, SIZE)
MATCHING = ("--max-disp", "32", "--no-check")
MATCHER = stereo.SGM(32)


def raw_cameras() -> Calibration:
    """Return cameras whose right one is turned a little; the left one is as rectified."""
    R = cv2.Rodrigues(np.array([0.012, 0.02, -0.015]))[0]
    K = GEOMETRY.K_left
    return Calibration.from_rotation(K, [], K, [], R, R @ [-0.12, 0, 0], SIZE)


def raw_right() -> npt.NDArray[np.uint8]:
    """Return what the turned right camera sees."""
    K = GEOMETRY.K_left
    turned = K @ raw_cameras().R @ np.linalg.inv(K)
    image: npt.NDArray[np.uint8] = cv2.warpPerspective(PAIR.right, turned, SIZE)
    return image


@lru_cache(maxsize=1)
def _match() -> stereo.Match:
    return MATCHER.match(PAIR.left, PAIR.right)


def disparity() -> npt.NDArray[np.float32]:
    return _match().disparity


def write_files(folder: Path) -> None:
    """Write the pairs, their calibrations and what belongs to the rectified one."""
    io.write_image(folder / "left.png", PAIR.left)
    io.write_image(folder / "right.png", PAIR.right)
    io.write_image(folder / "small.png", PAIR.left[::2, ::2])
    io.write_image(folder / "raw.png", raw_right())
    io.write_calibration(folder / "calib.txt", GEOMETRY)
    io.write_calibration(folder / "small.txt", GEOMETRY.scaled(0.5))
    io.write_calibration(folder / "raw.yml", raw_cameras())
    (folder / "calib.npy").write_bytes((folder / "calib.txt").read_bytes())
    io.write_npz(folder / "d.npz", disparity(), GEOMETRY)
    io.write_disparity(folder / "d.pfm", disparity())
    io.write_npy(folder / "c.npy", _match().confidence)


def assert_one_line(err: str, start: str = "stereo: error: ") -> None:
    assert err.startswith(start)
    assert err.count("\n") == 1
    assert err.endswith("\n")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def assert_mistake(folder: Path, run: Run, arguments: str, code: int, said: list[str]) -> None:
    """Check that a command fails with one line that says all of `said`, and writes nothing."""
    before = contents(folder)
    got, out, err = run(*arguments.split())
    assert got == code, err
    assert out == ""
    assert_one_line(err)
    for part in said:
        assert part in err
    assert contents(folder) == before
