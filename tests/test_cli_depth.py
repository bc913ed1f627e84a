"""stereo depth: what it writes, says and returns."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from cli_cameras import (
    GEOMETRY,
    HEIGHT,
    WIDTH,
    Run,
    assert_mistake,
    assert_one_line,
    disparity,
)

import stereo
from stereo import geometry, io


@pytest.mark.parametrize(
    ("name", "error"), [("z.pfm", 0), ("z.npy", 0), ("z.tif", 0), ("z.png", 0.5e-3)]
)
@pytest.mark.parametrize("source", [("d.pfm", "--calib", "calib.txt"), ("d.npz",)])
def test_depth_in_every_format(
    folder: Path, run: Run, source: tuple[str, ...], name: str, error: float
) -> None:
    code, out, err = run("depth", *source, "-o", name, "--max-depth", 60)
    assert (code, err) == (0, "")
    metres = stereo.depth(disparity(), GEOMETRY)
    metres[metres > 60] = np.nan
    found = io.read_depth(name)
    assert np.array_equal(np.isnan(found), np.isnan(metres))
    assert np.nanmax(np.abs(found - metres)) <= error * 1.001
    assert out.startswith(f"{name}: 240x180, ")
    assert f"median {np.nanmedian(metres):.3f} m" in out


def test_depth_with_its_uncertainty(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("depth", "d.npz", "-o", "z.npy", "--uncertainty", "s.npy", "--sigma", 0.25, "-q"),
        *("--min-depth", 2),
    )
    assert (code, out, err) == (0, "", "")
    metres, spread = io.read_depth("z.npy"), io.read_depth("s.npy")
    assert np.nanmin(metres) >= 2
    expected = geometry.depth_uncertainty(disparity(), GEOMETRY, 0.25)
    np.testing.assert_array_equal(spread, np.where(np.isnan(metres), np.nan, expected))


def test_depth_scale_is_that_of_the_file(folder: Path, run: Run) -> None:
    assert run("depth", "d.npz", "-o", "z.png", "--depth-scale", 256, "-q") == (0, "", "")
    found = io.read_depth("z.png", depth_scale=256)
    np.testing.assert_allclose(found, stereo.depth(disparity(), GEOMETRY), atol=0.51 / 256)


def test_a_map_without_depth_is_said_to_be_so(folder: Path, run: Run) -> None:
    io.write_npz("d.npz", np.full((HEIGHT, WIDTH), np.nan), GEOMETRY)
    code, out, _ = run("depth", "d.npz", "-o", "z.npy")
    assert (code, out) == (0, "z.npy: 240x180, no depth is known\n")


def test_warnings_of_the_library_are_lines_on_stderr(folder: Path, run: Run) -> None:
    text = Path("calib.txt").read_text("utf-8")
    assert "baseline=120" in text
    Path("mm.txt").write_text(text.replace("baseline=120", "baseline=120000"), "utf-8")
    code, _, err = run("depth", "d.pfm", "--calib", "mm.txt", "-o", "z.npy")
    assert code == 0
    assert_one_line(err, "stereo: warning: ")
    assert "120 m, which looks like millimetres" in err
    assert math.isclose(
        float(np.nanmedian(io.read_depth("z.npy"))),
        1000 * float(np.nanmedian(stereo.depth(disparity(), GEOMETRY))),
        rel_tol=1e-5,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("depth d.pfm -o z.npy", 2, ["--calib", "d.pfm"]),
        ("depth d.npz --calib calib.txt -o z.npy", 2, ["d.npz", "of its own"]),
        ("depth d.xyz --calib calib.txt -o z.npy", 2, ["d.xyz", ".pfm"]),
        ("depth missing.pfm --calib calib.txt -o z.npy", 1, ["missing.pfm"]),
        ("depth d.pfm --calib missing.txt -o z.npy", 1, ["missing.txt"]),
        ("depth d.pfm --calib raw.yml -o z.npy", 1, ["raw.yml", "raw cameras", "rectify"]),
        ("depth d.pfm --calib small.txt -o z.npy", 1, ["240", "180", "120", "90"]),
        ("depth d.npz -o z.jpg", 2, ["z.jpg", ".pfm"]),
        ("depth d.npz -o nowhere/z.npy", 1, ["no folder", "nowhere"]),
        ("depth d.npz -o d.npz", 2, ["d.npz", ".npy"]),
        ("depth d.npz -o z.npy --depth-scale 5000", 2, ["--depth-scale", ".png"]),
        ("depth d.npz -o z.npy --sigma 0.2", 2, ["--uncertainty", "--sigma"]),
        ("depth d.npz -o z.npy --uncertainty z.npy --sigma 0.2", 1, ["two outputs"]),
        ("depth d.npz -o z.npy --min-depth 5 --max-depth 2", 1, ["d.npz", "min_depth = 5"]),
        ("depth d.npz -o z.png --depth-scale 60000", 1, ["z.png", "60000", "--max-depth"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    assert_mistake(folder, run, arguments, code, said)
