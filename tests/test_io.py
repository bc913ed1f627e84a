"""Disparity maps in files: PFM, KITTI, NumPy, and the choice between them."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stereo import io
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

Reader = Callable[[Path], npt.NDArray[np.float32]]
Writer = Callable[[Path, Any], None]
FORMATS: list[tuple[str, Reader, Writer]] = [
    (".pfm", io.read_pfm, io.write_pfm),
    (".npy", io.read_npy, io.write_npy),
    (".png", io.read_kitti, io.write_kitti),
]
DATA = Path(
    os.environ.get("STEREO_DATA", Path(__file__).resolve().parents[1] / "../shared/data")
).resolve()

anything = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(width=32, allow_infinity=False, allow_nan=True),
)
in_pixels = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.one_of(st.just(float("nan")), st.floats(0, 255.99609375, width=32)),
)
same_folder = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@same_folder
@given(disparity=anything)
@pytest.mark.parametrize(("ending", "read", "write"), FORMATS[:2])
def test_float_formats_round_trip_exactly(
    tmp_path: Path, ending: str, read: Reader, write: Writer, disparity: npt.NDArray[np.float32]
) -> None:
    path = tmp_path / f"d{ending}"
    write(path, disparity)
    back = read(path)
    assert back.dtype == np.float32
    assert back.flags.c_contiguous
    assert np.array_equal(back, disparity, equal_nan=True)


@same_folder
@given(disparity=in_pixels)
def test_kitti_round_trips_within_half_a_level(
    tmp_path: Path, disparity: npt.NDArray[np.float32]
) -> None:
    path = tmp_path / "d.png"
    io.write_kitti(path, disparity)
    back = io.read_kitti(path)
    assert (np.isnan(back) == np.isnan(disparity)).all()
    valid = ~np.isnan(disparity)
    error = np.abs(back[valid].astype(float) - disparity[valid])
    assert (error <= np.where(disparity[valid] < 1 / 512, 1 / 256, 1 / 512)).all()


@pytest.mark.parametrize(("ending", "read", "write"), FORMATS)
def test_strides_and_dtypes_do_not_matter(
    tmp_path: Path, ending: str, read: Reader, write: Writer
) -> None:
    disparity = np.arange(1, 25, dtype=np.float32).reshape(4, 6)
    for k, view in enumerate(
        (np.asfortranarray(disparity), disparity.astype(">f8"), disparity[::-1][::-1])
    ):
        view.flags.writeable = False
        write(tmp_path / f"{k}{ending}", view)
        assert np.array_equal(read(tmp_path / f"{k}{ending}"), disparity)


def test_pfm_bytes_are_the_convention(tmp_path: Path) -> None:
    path = tmp_path / "d.pfm"
    io.write_pfm(path, np.array([[1.0, np.nan], [3.0, 4.0], [5.0, 6.0]]))
    bottom_up = (5.0, 6.0, 3.0, 4.0, 1.0, float("inf"))
    assert path.read_bytes() == b"Pf\n2 3\n-1.0\n" + struct.pack("<6f", *bottom_up)


@pytest.mark.parametrize(
    ("scale", "order"), [(b"1.0", ">"), (b"-1.0", "<"), (b"0.0039", ">"), (b"-2e-3", "<")]
)
@pytest.mark.parametrize("header", [b"Pf\n2 2\n%s\n", b"Pf 2 2 %s\n", b"Pf\r\n2 2\r\n%s\r\n"])
def test_pfm_reads_both_byte_orders(
    tmp_path: Path, header: bytes, scale: bytes, order: str
) -> None:
    path = tmp_path / "d.pfm"
    path.write_bytes(header % scale + struct.pack(order + "4f", 3, float("inf"), 1, float("nan")))
    expected = np.array([[1, np.nan], [3, np.nan]], np.float32)
    assert np.array_equal(io.read_pfm(path), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with"),
        (b"PF\n1 1\n-1.0\n" + bytes(12), "colour"),
        (b"P5\n1 1\n255\n\0", "starts with"),
        (b"Pf\n1\n-1.0\n" + bytes(4), "starts with"),
        (b"Pf\n-1 1\n-1.0\n" + bytes(4), "starts with"),
        (b"Pf\n1 1\n0\n" + bytes(4), "scale"),
        (b"Pf\n1 1\n1e999\n" + bytes(4), "scale"),
        (b"Pf\n1 1\n--1\n" + bytes(4), "scale"),
        (b"Pf\n0 1\n-1\n", "0 x 1"),
        (b"Pf\n999999999 999999999\n-1\n" + bytes(4), "are needed"),
        (b"Pf\n1 1\n-1\n" + bytes(5), "5 bytes"),
    ],
)
def test_bad_pfm(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.pfm"
    path.write_bytes(content)
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_pfm(path)
    assert str(path) in str(error.value)


def test_kitti_levels(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    io.write_kitti(path, np.array([[0.0, 1e-6, 1.0, 100.25, 65535 / 256, np.nan, 2.0019, 2.0020]]))
    assert io.read_image(path).tolist() == [[1, 1, 256, 25664, 65535, 0, 512, 513]]


@pytest.mark.parametrize("value", [-0.01, -5.0, 256.0, 255.998, 1e30])
def test_kitti_refuses_what_it_can_not_hold(tmp_path: Path, value: float) -> None:
    disparity = np.full((3, 4), 10.0)
    disparity[1, 2] = value
    with pytest.raises(StereoValueError, match=r"row 1, column 2 .* 255\.996"):
        io.write_kitti(tmp_path / "d.png", disparity)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("image", [np.ones((2, 2), np.uint8), np.ones((2, 2, 3), np.uint16)])
def test_kitti_refuses_other_pictures(tmp_path: Path, image: npt.NDArray[Any]) -> None:
    io.write_image(tmp_path / "d.png", image)
    with pytest.raises(StereoFileError, match="uint16 and"):
        io.read_kitti(tmp_path / "d.png")


def test_npy_refuses_pickles_and_other_arrays(tmp_path: Path) -> None:
    path = tmp_path / "d.npy"
    for array in (np.ones((2, 2), int), np.ones(3), np.ones((0, 4)), np.ones((1, 2, 3))):
        np.save(path, array)
        with pytest.raises(StereoFileError, match="a disparity map is"):
            io.read_npy(path)
    np.save(path, np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(StereoFileError):
        io.read_npy(path)


def test_npy_reads_what_numpy_writes(tmp_path: Path) -> None:
    path = tmp_path / "d.npy"
    array = np.array([[1.5, np.inf, np.nan], [-2.0, -np.inf, 0.0]])
    expected = np.where(np.isfinite(array), array, np.nan)
    for variant in (array, np.asfortranarray(array), array.astype(">f4")):
        np.save(path, variant)
        assert np.array_equal(io.read_npy(path), expected, equal_nan=True)


@pytest.mark.parametrize(("ending", "read", "write"), FORMATS)
def test_a_cut_off_file_is_an_error_wherever_it_is_cut(
    tmp_path: Path, ending: str, read: Reader, write: Writer
) -> None:
    path = tmp_path / f"d{ending}"
    write(path, np.arange(1, 7, dtype=np.float32).reshape(2, 3))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError):
            read(path)
    if ending != ".png":  # cameras append to pictures, nobody to the others
        path.write_bytes(content + b"\0")
        with pytest.raises(StereoFileError):
            read(path)


@pytest.mark.parametrize("name", ["d.pfm", "d.npy", "d.png", "d.color.png", "D.PFM"])
def test_a_failed_write_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"precious")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StereoFileError, match="No space left"):
        io.write_disparity(path, np.ones((4, 4)), min_disp=0, max_disp=9)
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["d.pfm", "d.npy", "d.png", "d.color.png"])
def test_writing_replaces_and_leaves_no_other_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    io.write_disparity(str(path), np.full((3, 5), 2.0), min_disp=0, max_disp=9)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    if name == "d.color.png":
        from stereo.viz import colorize

        assert (io.read_image(path) == colorize(np.full((3, 5), 2.0), 0, 9)).all()
    else:
        assert (io.read_disparity(path) == 2.0).all()


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    io.write_pfm(tmp_path / "d.pfm", np.ones((1, 1)))
    assert (tmp_path / "d.pfm").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.pfm"
    target.write_bytes(b"old")
    (tmp_path / "link.pfm").symlink_to(target)
    io.write_pfm(tmp_path / "link.pfm", np.ones((1, 1)))
    assert (tmp_path / "link.pfm").is_symlink()
    assert io.read_pfm(target).tolist() == [[1.0]]


def test_paths_that_can_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disparity = np.ones((2, 2))
    with pytest.raises(StereoFileError, match=r"no folder .*missing"):
        io.write_pfm(tmp_path / "missing" / "d.pfm", disparity)
    with pytest.raises(StereoFileError, match="it is a folder"):
        io.write_pfm(tmp_path, disparity)
    os.mkfifo(tmp_path / "pipe.pfm")
    with pytest.raises(StereoFileError, match="not a regular file"):
        io.write_pfm(tmp_path / "pipe.pfm", disparity)
    with pytest.raises(StereoFileError, match="can't be written"):
        io.write_pfm(tmp_path / "nul\0.pfm", disparity)
    with pytest.raises(StereoTypeError, match="is not a path"):
        io.write_pfm(3, disparity)  # type: ignore[arg-type]

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(StereoFileError, match="Permission denied"):
        io.write_pfm(tmp_path / "d.pfm", disparity)


def test_the_ending_decides() -> None:
    formats = {"a.pfm": "pfm", "A.NPY": "npy", "x/a.png": "kitti", "a.b.Color.PNG": "color"}
    formats |= {"a.tif": "tiff", "a.TIFF": "tiff", "a.npz": "npz"}
    assert {name: io.disparity_format(name) for name in formats} == formats
    for name in ("a.bmp", "a", "png", "a.pfm.gz", ""):
        with pytest.raises(StereoValueError, match=r"\.pfm, \.npy"):
            io.disparity_format(name)
        with pytest.raises(StereoValueError, match=r"\.pfm, \.npy"):
            io.write_disparity(name, np.ones((2, 2)))
        with pytest.raises(StereoValueError, match=r"\.pfm, \.npy"):
            io.read_disparity(name)


def test_colours_need_a_range_and_can_not_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "d.color.png"
    with pytest.raises(StereoValueError, match="max_disp=None"):
        io.write_disparity(path, np.ones((2, 2)), min_disp=0)
    assert not path.exists()
    io.write_disparity(path, np.ones((2, 2)), min_disp=0, max_disp=4)
    with pytest.raises(StereoFileError, match="coloured picture"):
        io.read_disparity(path)


@pytest.mark.parametrize("name", ["d.pfm", "d.npy", "d.png", "d.color.png"])
def test_bad_maps_are_refused(tmp_path: Path, name: str) -> None:
    bad: list[Any] = [np.ones((2, 2), int), np.ones(4), np.ones((2, 2, 1)), np.ones((0, 2))]
    bad += [np.array([[np.inf]]), np.array([[1e300]]), np.array([["x"]]), None]
    for disparity in bad:
        with pytest.raises(StereoError):
            io.write_disparity(tmp_path / name, disparity, min_disp=0, max_disp=9)
    assert list(tmp_path.iterdir()) == []


def test_benchmark_files_are_read() -> None:
    middlebury = DATA / "middeval3_Q" / "Teddy" / "disp0GT.pfm"
    kitti = DATA / "kitti2012" / "000000_10" / "disp.png"
    if not (middlebury.is_file() and kitti.is_file()):
        pytest.skip(f"there is no benchmark data in {DATA}")
    teddy = io.read_disparity(middlebury)
    image = io.read_image(middlebury.with_name("im0.png"))
    assert teddy.shape == image.shape[:2]
    assert 5 < np.nanmin(teddy) < np.nanmax(teddy) < 64
    assert np.nanmean(teddy[-20:]) > np.nanmean(teddy[:20])  # the floor is near, and below
    street = io.read_disparity(kitti)
    assert 0.1 < np.mean(np.isfinite(street)) < 0.9
    assert 0 < np.nanmin(street) < np.nanmax(street) < 256
    assert np.nanmean(street[-60:]) > np.nanmean(street[:200])
