"""Point clouds in PLY files."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stereo import io
from stereo.geometry import PointCloud
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

ENCODINGS: list[Any] = ["binary_little_endian", "binary_big_endian", "ascii"]
HEADER = (
    b"ply\nformat %s 1.0\nelement vertex %d\n"
    b"property float x\nproperty float y\nproperty float z\nend_header\n"
)

same_folder = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def clouds(draw: st.DrawFn) -> io.PlyCloud:
    count = draw(st.integers(0, 7))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width: Any = 8 * np.dtype(dtype).itemsize
    finite = st.floats(allow_nan=False, allow_infinity=False, width=width)
    xyz = draw(hnp.arrays(dtype, (count, 3), elements=finite))
    colors = draw(st.none() | hnp.arrays(np.uint8, (count, 3)))
    unit = st.floats(-1, 1, width=width).filter(lambda value: value != 0)
    normals = draw(st.none() | hnp.arrays(dtype, (count, 3), elements=unit))
    if normals is not None and count and draw(st.booleans()):
        normals[0] = np.nan
    return io.PlyCloud(xyz, colors, normals)


def assert_same(one: io.PlyCloud, other: io.PlyCloud) -> None:
    for a, b in zip(one, other, strict=True):
        if a is None:
            assert b is None
        else:
            assert b is not None
            assert a.dtype == b.dtype
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


@same_folder
@given(cloud=clouds())
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_clouds_round_trip_exactly(tmp_path: Path, encoding: Any, cloud: io.PlyCloud) -> None:
    io.write_ply(tmp_path / "c.ply", cloud, encoding=encoding)
    assert_same(io.read_ply(tmp_path / "c.ply"), cloud)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_clouds_of_many_pieces_round_trip(tmp_path: Path, encoding: Any) -> None:
    rng = np.random.default_rng(0)
    count = 70_001 if encoding != "ascii" else 9_001
    xyz = rng.normal(size=(count, 3)).astype(np.float32)
    xyz[::5] = np.nan
    colors = rng.integers(0, 256, (count, 3), np.uint8)
    io.write_ply(tmp_path / "c.ply", xyz, colors, encoding=encoding)
    known = ~np.isnan(xyz[:, 0])
    assert_same(io.read_ply(tmp_path / "c.ply"), io.PlyCloud(xyz[known], colors[known]))


def test_an_organised_map_loses_what_is_not_known(tmp_path: Path) -> None:
    xyz = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    xyz[1, 2, 2] = np.nan
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3)
    normals = np.zeros((2, 3, 3), np.float32)
    normals[..., 2] = -1
    normals[0, 0] = np.nan
    io.write_ply(tmp_path / "c.ply", xyz, gray, normals)
    back = io.read_ply(tmp_path / "c.ply")
    assert np.array_equal(back.xyz, xyz.reshape(-1, 3)[:5])
    assert back.colors is not None
    assert back.normals is not None
    assert back.colors.tolist() == [[level] * 3 for level in range(5)]
    assert np.isnan(back.normals[0]).all()
    assert back.normals[1:].tolist() == [[0, 0, -1]] * 4


def test_a_point_cloud_brings_its_colours(tmp_path: Path) -> None:
    xyz = np.ones((2, 3), np.float32)
    colors = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    io.write_ply(tmp_path / "a.ply", PointCloud(xyz, colors))
    io.write_ply(tmp_path / "b.ply", PointCloud(xyz), colors)
    assert (tmp_path / "a.ply").read_bytes() == (tmp_path / "b.ply").read_bytes()


def test_the_bytes_are_the_convention(tmp_path: Path) -> None:
    io.write_ply(tmp_path / "c.ply", np.array([[1, 2, 3]], np.float32))
    content = (tmp_path / "c.ply").read_bytes()
    assert content == HEADER % (b"binary_little_endian", 1) + struct.pack("<3f", 1, 2, 3)
    rgb = np.array([[9, 8, 7]], np.uint8)
    io.write_ply(tmp_path / "c.ply", np.array([[0.1, 2, 3]]), rgb, encoding="ascii")
    lines = (tmp_path / "c.ply").read_text().splitlines()
    assert lines[3] == "property double x"
    assert lines[-5:-1] == [f"property uchar {one}" for one in ("red", "green", "blue")] + [
        "end_header"
    ]
    assert lines[-1] == "0.10000000000000001 2 3 9 8 7"


def test_files_of_other_programs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "c.ply"
    header = (
        "ply\r\nformat binary_big_endian 1.0\r\ncomment by a scanner\r\nobj_info x\r\n"
        "element vertex 2\r\nproperty uchar blue\r\nproperty float64 z\r\nproperty uchar red\r\n"
        "property double x\r\nproperty uint8 green\r\nproperty uchar alpha\r\n"
        "property float64 y\r\nproperty int quality\r\n"
        "element face 1\r\nproperty list uchar int vertex_indices\r\nend_header\r\n"
    )
    rows = [(30, 3.0, 10, 1.0, 20, 255, 2.0, -5), (31, 3.5, 11, 1.5, 21, 0, 2.5, 7)]
    body = b"".join(struct.pack(">BdBdBBdi", *row) for row in rows)
    path.write_bytes(header.encode() + body + struct.pack(">B3i", 3, 0, 1, 1))
    cloud = io.read_ply(path)
    assert cloud.xyz.dtype == np.float64
    assert cloud.xyz.tolist() == [[1, 2, 3], [1.5, 2.5, 3.5]]
    assert cloud.colors is not None
    assert cloud.colors.tolist() == [[10, 20, 30], [11, 21, 31]]
    assert cloud.normals is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with"),
        (b"solid\n", "starts with"),
        (b"ply\n", "ends within"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\n", "ends within"),
        (b"ply\nformat ascii 2.0\nend_header\n", "format 'ascii' '2.0'"),
        (b"ply\nformat binary 1.0\nend_header\n", "format 'binary'"),
        (b"ply\nelement vertex 1\nproperty float x\nend_header\n", "no line 'format'"),
        (b"ply\nformat ascii 1.0\nend_header\n", "first element is 'vertex'"),
        (b"ply\nformat ascii 1.0\nelement face 1\nend_header\n", "'face'"),
        (b"ply\nformat ascii 1.0\nelement vertex -1\nend_header\n", "element vertex -1"),
        (b"ply\nformat ascii 1.0\nformat ascii 1.0\nend_header\n", "format ascii"),
        (b"ply\nformat ascii 1.0\nproperty float x\nend_header\n", "property float x"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty half x\nend_header\n", "half"),
        (
            b"ply\nformat ascii 1.0\nelement vertex 1\nproperty list uchar int i\nend_header\n",
            "list",
        ),
        (b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n", "x, y, z"),
        (HEADER.replace(b"float y", b"float x") % (b"ascii", 0), "twice"),
        (HEADER.replace(b"float y", b"double y") % (b"ascii", 0), "all three"),
        (HEADER.replace(b"float", b"int") % (b"ascii", 0), "float32 or float64"),
        (HEADER.replace(b"end_", b"property ushort red\nend_") % (b"ascii", 0), "red, green, blue"),
        (
            HEADER.replace(
                b"end_", b"property ushort red\nproperty ushort green\nproperty ushort blue\nend_"
            )
            % (b"ascii", 0),
            "uint8",
        ),
        (HEADER % (b"binary_little_endian", 2) + bytes(23), "23 bytes"),
        (HEADER % (b"binary_little_endian", 2) + bytes(25), "25 bytes"),
        (HEADER % (b"binary_little_endian", 10**18) + bytes(12), "are 12000000000000000000"),
        (HEADER % (b"ascii", 10**18) + b"1 2 3\n", "1 lines"),
        (HEADER % (b"ascii", 1) + b"1 2\n", "1 vertices of 2 numbers"),
        (HEADER % (b"ascii", 2) + b"1 2 3\n1 2\n", "can't be read"),
        (HEADER % (b"ascii", 1) + b"1 2 x\n", "can't be read"),
        (HEADER % (b"ascii", 1) + b"1 2 3\n1 2 3\n", "2 lines"),
        (HEADER % (b"ascii", 2) + b"1 2 3\n\n1 2 3\n", "3 lines"),
        (HEADER % (b"ascii", 1) + b"1 2 1e99\n", "not finite"),
        (HEADER % (b"ascii", 1) + b"1 2 nan\n", "vertex 0 .*not finite"),
        (b"ply\n" + b"comment\n" * 5000, "lines"),
        (b"ply\ncomment " + b"x" * 5000 + b"\n", "too long"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.ply"
    path.write_bytes(content)
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_ply(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("value", ["256", "-1", "1.5", "nan"])
def test_colours_in_text_are_bytes(tmp_path: Path, value: str) -> None:
    path = tmp_path / "c.ply"
    io.write_ply(path, np.ones((1, 3)), np.array([[1, 2, 77]], np.uint8), encoding="ascii")
    path.write_text(path.read_text().replace("77", value))
    with pytest.raises(StereoFileError, match="0 to 255"):
        io.read_ply(path)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_cut_off_file_is_an_error_wherever_it_is_cut(tmp_path: Path, encoding: Any) -> None:
    path = tmp_path / "c.ply"
    rgb = np.full((3, 3), 200, np.uint8)
    io.write_ply(path, np.full((3, 3), 0.5, np.float32), rgb, encoding=encoding)
    content = path.read_bytes()
    # Text that loses only digits of its last number can't be told from a whole file.
    end = len(content) - (4 if encoding == "ascii" else 0)
    for length in range(end):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError):
            io.read_ply(path)


BAD_POINTS: list[tuple[type[StereoError], str, dict[str, Any]]] = [
    (StereoTypeError, "points of dtype int64", {"points": np.ones((2, 3), int)}),
    (StereoValueError, r"shape \(2, 2\)", {"points": np.ones((2, 2))}),
    (StereoValueError, r"shape \(3,\)", {"points": np.ones(3)}),
    (StereoValueError, "infinite", {"points": np.full((2, 3), np.inf)}),
    (StereoTypeError, "colors / 257", {"colors": np.ones((2, 3), np.uint16)}),
    (StereoTypeError, r"colors \* 255", {"colors": np.ones((2, 3), np.float32)}),
    (StereoTypeError, "colors are int64", {"colors": np.ones((2, 3), int)}),
    (StereoValueError, "colors have shape", {"colors": np.ones((3, 3), np.uint8)}),
    (StereoValueError, "colors have shape", {"colors": np.ones((2, 4), np.uint8)}),
    (StereoValueError, "normals have shape", {"normals": np.ones((3, 3))}),
    (StereoTypeError, "normals of dtype", {"normals": np.ones((2, 3), int)}),
    (StereoValueError, "normals have an infinite", {"normals": np.full((2, 3), -np.inf)}),
    (StereoValueError, "encoding", {"encoding": "binary"}),
    (
        StereoValueError,
        "given twice",
        {
            "points": PointCloud(np.ones((2, 3), np.float32), np.ones((2, 3), np.uint8)),
            "colors": np.ones((2, 3), np.uint8),
        },
    ),
]


@pytest.mark.parametrize(("kind", "message", "arguments"), BAD_POINTS)
def test_bad_points_leave_the_file_as_it_was(
    tmp_path: Path, kind: type[StereoError], message: str, arguments: dict[str, Any]
) -> None:
    path = tmp_path / "c.ply"
    path.write_bytes(b"precious")
    with pytest.raises(kind, match=message):
        io.write_ply(path, **{"points": np.ones((2, 3)), **arguments})
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.ply"]


def test_a_failure_half_way_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.ply"
    path.write_bytes(b"precious")

    def fail(*_: Any) -> npt.NDArray[Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stereo.io.ply._zero_where_unknown", fail)
    with pytest.raises(StereoFileError, match="No space left"):
        io.write_ply(path, np.ones((2, 3)), normals=np.ones((2, 3)))
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.ply"]


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(StereoFileError, match="no file"):
        io.read_ply(tmp_path / "missing.ply")
    with pytest.raises(StereoFileError, match="is a folder"):
        io.read_ply(tmp_path)
    os.mkfifo(tmp_path / "pipe.ply")
    with pytest.raises(StereoFileError, match="not a regular file"):
        io.read_ply(tmp_path / "pipe.ply")
    with pytest.raises(StereoFileError, match="no folder"):
        io.write_ply(tmp_path / "missing" / "c.ply", np.ones((1, 3)))
