"""Depth maps, float TIFF, and disparity with its geometry."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stereo import io
from stereo.geometry import StereoGeometry
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

same_folder = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NAN = st.just(float("nan"))
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=7)
depths = hnp.arrays(np.float32, SHAPES, elements=NAN | st.floats(0.0009765625, 65.5, width=32))
anything = hnp.arrays(
    np.float32, SHAPES, elements=NAN | st.floats(width=32, allow_infinity=False, allow_nan=False)
)
GEOMETRY = StereoGeometry.from_doffs(100.0, 0.1, 1.5, 0.5, (3, 2), doffs=2.5)


@same_folder
@given(depth=depths)
def test_depth_png_round_trips_within_half_a_level(
    tmp_path: Path, depth: npt.NDArray[np.float32]
) -> None:
    path = tmp_path / "d.png"
    io.write_depth_png(path, depth)
    back = io.read_depth_png(path)
    assert back.dtype == np.float32
    assert np.array_equal(np.isnan(back), np.isnan(depth))
    valid = ~np.isnan(depth)
    assert (np.abs(back[valid].astype(float) - depth[valid]) <= 0.5005e-3).all()


@same_folder
@given(levels=hnp.arrays(np.uint16, SHAPES), scale=st.sampled_from([1000, 5000.0, 256, 0.5, 1e-3]))
def test_depth_png_levels_round_trip_exactly(
    tmp_path: Path, levels: npt.NDArray[np.uint16], scale: float
) -> None:
    path = tmp_path / "d.png"
    io.write_image(path, levels)
    io.write_depth_png(path, io.read_depth_png(path, depth_scale=scale), depth_scale=scale)
    assert np.array_equal(io.read_image(path), levels)


def test_depth_png_is_millimetres_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    io.write_depth_png(path, np.array([[1.5, np.nan, 65.535, 0.001]]))
    assert io.read_image(path).tolist() == [[1500, 0, 65535, 1]]
    assert io.read_depth_png(path, depth_scale=5000)[0, 0] == np.float32(0.3)


@pytest.mark.parametrize(
    ("value", "scale", "message"),
    [
        (65.6, 1000, r"row 1, column 2 is 65\.\d+ m; .* 0\.001 to 65\.535 m"),
        (0.0004, 1000, "row 1, column 2"),
        (14.0, 5000, r"13\.107 m"),
        (1e30, 1, "65535 m"),
        (0.0, 1000, "above 0"),
        (-2.0, 1000, "above 0"),
        (np.inf, 1000, "finite"),
        (1.0, 0, "depth_scale"),
        (1.0, -1000, "depth_scale"),
        (1.0, np.nan, "depth_scale"),
    ],
)
def test_depth_png_refuses_what_it_can_not_hold(
    tmp_path: Path, value: float, scale: float, message: str
) -> None:
    depth = np.full((3, 4), 10.0)
    depth[1, 2] = value
    with pytest.raises(StereoValueError, match=message):
        io.write_depth_png(tmp_path / "d.png", depth, depth_scale=scale)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("image", [np.ones((2, 2), np.uint8), np.ones((2, 2, 3), np.uint16)])
def test_depth_png_refuses_other_pictures(tmp_path: Path, image: npt.NDArray[Any]) -> None:
    io.write_image(tmp_path / "d.png", image)
    with pytest.raises(StereoFileError, match="uint16 and"):
        io.read_depth_png(tmp_path / "d.png")


@same_folder
@given(values=anything)
@pytest.mark.parametrize("ending", [".tif", ".TIFF"])
def test_tiff_round_trips_exactly(
    tmp_path: Path, ending: str, values: npt.NDArray[np.float32]
) -> None:
    path = tmp_path / f"d{ending}"
    io.write_disparity(path, values)
    back = io.read_disparity(path)
    assert back.dtype == np.float32
    assert np.array_equal(back, values, equal_nan=True)


def test_tiff_reads_float64_and_refuses_the_rest(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "d.tif"
    for values in (np.array([[0.5, np.inf, -np.inf]]), np.array([[0.5, np.nan, np.nan]])):
        path.write_bytes(cv2.imencode(".tif", values)[1].tobytes())
        assert np.array_equal(io.read_tiff(path), [[0.5, np.nan, np.nan]], equal_nan=True)
    io.write_image(path, np.ones((2, 2), np.uint16))
    with pytest.raises(StereoFileError, match="uint16 image of shape"):
        io.read_tiff(path)
    path.write_bytes(cv2.imencode(".tif", np.ones((2, 2, 3), np.float32))[1].tobytes())
    with pytest.raises(StereoFileError, match=r"shape \(2, 2, 3\)"):
        io.read_tiff(path)
    io.write_image(tmp_path / "d.png", np.ones((2, 2), np.uint16))
    with pytest.raises(StereoFileError, match="not a TIFF"):
        io.read_tiff(tmp_path / "d.png")


def test_a_tiff_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "d.tif"
    io.write_tiff(path, np.arange(1, 301, dtype=np.float32).reshape(20, 15))
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError):
            io.read_tiff(path)


@pytest.mark.parametrize("name", ["d.pfm", "d.npy", "d.tif", "d.tiff", "d.png", "D.PNG"])
def test_depth_is_written_by_the_ending(tmp_path: Path, name: str) -> None:
    depth = np.array([[1.5, np.nan], [0.25, 12.125]], np.float32)
    io.write_depth(tmp_path / name, depth)
    assert np.array_equal(io.read_depth(tmp_path / name), depth, equal_nan=True)
    assert io.depth_format(tmp_path / name) == Path(name).suffix.lower()


def test_depth_of_another_ending_or_kind(tmp_path: Path) -> None:
    for name in ("d.exr", "d", "d.npz"):
        for call in (io.depth_format, io.read_depth, lambda one: io.write_depth(one, [[1.0]])):
            with pytest.raises(StereoValueError, match=r"\.pfm, \.npy, \.tif"):
                call(tmp_path / name)
    for bad in (np.ones((2, 2), int), np.ones((1, 2, 2)), np.zeros((2, 2)), [[np.inf]]):
        for name in ("d.pfm", "d.png", "d.tif"):
            with pytest.raises(StereoError):
                io.write_depth(tmp_path / name, bad)
    assert list(tmp_path.iterdir()) == []
    io.write_disparity(tmp_path / "d.pfm", np.array([[-1.0]]))
    with pytest.raises(StereoFileError, match=r"no depth map.*above 0"):
        io.read_depth(tmp_path / "d.pfm")


@same_folder
@given(
    disparity=hnp.arrays(np.float32, (2, 3), elements=NAN | st.floats(-1048576, 1048576, width=32)),
    numbers=st.tuples(
        st.floats(1e-3, 1e6),
        st.floats(1e-6, 9),
        *[st.floats(-1e6, 1e6)] * 3,
        st.floats(0.1, 10),
    ),
)
def test_npz_round_trips_exactly(
    tmp_path: Path, disparity: npt.NDArray[np.float32], numbers: tuple[float, ...]
) -> None:
    f, baseline, cx_left, cy, cx_right, aspect = numbers
    geometry = StereoGeometry(f, baseline, cx_left, cy, cx_right, cy, (3, 2), aspect)
    io.write_npz(tmp_path / "d.npz", disparity, geometry)
    back, same = io.read_npz(tmp_path / "d.npz")
    assert np.array_equal(back, disparity, equal_nan=True)
    assert same == geometry
    alone = io.read_disparity(tmp_path / "d.npz")
    assert np.array_equal(alone, disparity, equal_nan=True)


def test_npz_of_bad_arguments(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    with pytest.raises(StereoValueError, match=r"4 x 2 px and the geometry .* 3 x 2"):
        io.write_npz(path, np.ones((2, 4)), GEOMETRY)
    with pytest.raises(StereoTypeError, match="geometry must be"):
        io.write_npz(path, np.ones((2, 3)), GEOMETRY.Q)  # type: ignore[arg-type]
    with pytest.raises(StereoValueError, match="write_npz"):
        io.write_disparity(path, np.ones((2, 3)))
    assert list(tmp_path.iterdir()) == []


def changed(path: Path, **arrays: Any) -> None:
    """Write a .npz with other arrays than a good one; None leaves one out."""
    numbers = ("focal_length", "baseline", "cx_left", "cy_left", "cx_right", "cy_right", "aspect")
    good: dict[str, Any] = {name: np.float64(getattr(GEOMETRY, name)) for name in numbers}
    good |= {"disparity": np.ones((2, 3), np.float32), "image_size": np.array([3, 2])}
    content = {name: value for name, value in {**good, **arrays}.items() if value is not None}
    np.savez_compressed(path, **content)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"disparity": None}, r"holds .*; needed, once each, are disparity\.npy"),
        ({"aspect": None}, r"holds .*; needed, once each, are disparity\.npy"),
        ({"disparity": np.ones((2, 3), int)}, "disparity.npy of .*dtype int64"),
        ({"disparity": np.ones((0, 3))}, r"shape \(0, 3\)"),
        ({"disparity": np.array([[{}]], object)}, "disparity.npy of"),
        ({"disparity": np.ones((3, 3))}, "3 x 3 px and the geometry"),
        ({"image_size": np.array([3.5, 2])}, "width in image_size"),
        ({"image_size": np.array(3)}, "image_size"),
        ({"image_size": np.array([3, 2, 1])}, "image_size"),
        ({"focal_length": np.array(-1.0)}, "focal_length"),
        ({"focal_length": np.array([1.0])}, "focal_length"),
        ({"cx_left": np.array(np.nan)}, "cx_left"),
        ({"cx_left": np.array("x")}, "cx_left.npy of .*dtype"),
        ({"cx_left": np.array([[1.0, 2.0]])}, "cx_left"),
        ({"cx_left": np.array(1j)}, "cx_left"),
    ],
)
def test_bad_npz(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    changed(tmp_path / "d.npz", **arrays)
    with pytest.raises(StereoFileError, match=message):
        io.read_npz(tmp_path / "d.npz")


def test_npz_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    io.write_npz(path, np.ones((2, 3)), GEOMETRY)
    content = path.read_bytes()
    for length in range(0, len(content), 41):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError, match=r"not a complete \.npz"):
            io.read_npz(path)
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            io.read_npz(path)
        except StereoFileError:
            continue
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.npy", b"")
    with pytest.raises(StereoFileError, match=r"holds other\.npy"):
        io.read_npz(path)


def test_npz_may_be_compressed_and_hold_more(tmp_path: Path) -> None:
    changed(tmp_path / "d.npz", note=np.array("by hand"))
    assert io.read_npz(tmp_path / "d.npz")[1] == GEOMETRY
    with np.load(tmp_path / "d.npz") as content:
        assert content["baseline"] == GEOMETRY.baseline


def test_depth_maps_of_cameras_are_read(data_root: Path) -> None:
    path = next(iter(sorted((data_root / "rgbd" / "tum_sample").rglob("*depth*.png"))), None)
    if path is None:
        pytest.skip(f"there is no depth map below {data_root / 'rgbd' / 'tum_sample'}")
    depth = io.read_depth_png(path, depth_scale=5000)
    assert 0.2 < np.nanmin(depth) < np.nanmedian(depth) < 5
