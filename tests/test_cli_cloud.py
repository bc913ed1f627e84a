"""stereo cloud: what it writes, says and returns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_cameras import (
    GEOMETRY,
    HEIGHT,
    PAIR,
    WIDTH,
    Run,
    assert_mistake,
    disparity,
)

import stereo
from stereo import geometry, io


def test_cloud_with_colours_limits_and_a_preview(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("cloud", "d.pfm", "--calib", "calib.txt", "--colors", "left.png", "-o", "c.ply"),
        *("--min-depth", 1, "--max-depth", 5, "--preview", "p.png"),
        *("--confidence", "c.npy", "--min-confidence", 0.2),
    )
    assert (code, err) == (0, "")
    expected = stereo.points(
        disparity(),
        GEOMETRY,
        PAIR.left,
        min_depth=1,
        max_depth=5,
        confidence=io.read_npy("c.npy"),
        min_confidence=0.2,
    )
    assert 0 < len(expected.xyz) < WIDTH * HEIGHT
    found = io.read_ply("c.ply")
    assert np.array_equal(found.xyz, expected.xyz)
    assert np.array_equal(found.colors, expected.colors)
    assert found.normals is None
    assert out == f"c.ply: {len(expected.xyz)} points\n"
    assert io.read_image("p.png").shape == (600, 1200, 3)


def test_cloud_without_colours_as_text(folder: Path, run: Run) -> None:
    assert run("cloud", "d.npz", "-o", "c.ply", "--ascii", "-q") == (0, "", "")
    assert Path("c.ply").read_bytes().startswith(b"ply\nformat ascii")
    found = io.read_ply("c.ply")
    assert np.array_equal(found.xyz, stereo.points(disparity(), GEOMETRY).xyz)
    assert found.colors is None


def test_cloud_with_normals(folder: Path, run: Run) -> None:
    assert run("cloud", "d.npz", "-o", "c.ply", "--normals", "-q", "--max-depth", 6)[0] == 0
    found = io.read_ply("c.ply")
    assert found.normals is not None
    organised = geometry.organised_points(disparity(), GEOMETRY, max_depth=6)
    expected = geometry.normals(organised)[~np.isnan(organised[:, :, 2])]
    np.testing.assert_array_equal(found.normals, expected)
    assert np.isfinite(expected).all(axis=1).mean() > 0.9


def test_cloud_of_voxels(folder: Path, run: Run) -> None:
    arguments = ("cloud", "d.npz", "-o", "c.ply", "--colors", "left.png", "--voxel", 0.1)
    assert run(*arguments, "--max-depth", 10)[0] == 0
    cloud = stereo.points(disparity(), GEOMETRY, PAIR.left, max_depth=10)
    expected = geometry.voxel_thinned(cloud, 0.1)
    assert np.array_equal(io.read_ply("c.ply").xyz, expected.xyz)


def test_colours_of_16_bits_become_8(folder: Path, run: Run) -> None:
    io.write_image("deep.png", PAIR.left.astype(np.uint16) * 257)
    assert run("cloud", "d.npz", "-o", "c.ply", "--colors", "deep.png")[0] == 0
    expected = stereo.points(disparity(), GEOMETRY, PAIR.left).colors
    assert np.array_equal(io.read_ply("c.ply").colors, expected)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("cloud d.npz -o c.xyz", 2, ["c.xyz", ".ply"]),
        ("cloud d.npz -o c.ply --preview p.txt", 2, ["--preview", "p.txt"]),
        ("cloud d.npz -o c.ply --voxel 0.1 --normals", 2, ["--voxel"]),
        ("cloud d.npz -o c.ply --voxel 0", 1, ["size = 0"]),
        ("cloud d.npz -o c.ply --colors small.png", 1, ["120 x 90", "240 x 180"]),
        ("cloud d.npz -o c.ply --min-confidence 0.5", 1, ["confidence"]),
        ("cloud d.npz -o c.ply --max-depth 0.001 --preview p.png", 1, ["no points"]),
        ("cloud d.npz -o d.npz", 2, [".ply"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    assert_mistake(folder, run, arguments, code, said)
