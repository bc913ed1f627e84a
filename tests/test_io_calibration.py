"""Calibration files of all formats."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from calibration_texts import COLMAP, IMAGES, KALIBR, MIDDLEBURY, OPENCV
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stereo import io
from stereo.geometry import Calibration, StereoGeometry
from stereo.types import StereoFileError, StereoValueError

same_folder = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SIZES = st.tuples(st.integers(1, 9000), st.integers(1, 9000))
FOCAL = st.floats(1.0, 1e5)
CENTRE = st.floats(-1e4, 1e4)


def rotation(vector: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Return the rotation about a vector by its length (Rodrigues)."""
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = float(np.linalg.norm(vector))
    if angle == 0:
        return np.eye(3)
    return np.asarray(
        np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * cross @ cross
    )


@st.composite
def calibrations(
    draw: st.DrawFn, counts: tuple[int, ...] = (0, 4, 5, 8, 12, 14), fisheye: bool = True
) -> Calibration:
    model: Any = draw(st.sampled_from(["pinhole", "fisheye"])) if fisheye else "pinhole"
    count = 4 if model == "fisheye" else draw(st.sampled_from(counts))
    coefficients = st.lists(st.floats(-2, 2), min_size=count, max_size=count)
    cameras = []
    for _ in range(2):
        K = np.array([[draw(FOCAL), 0, draw(CENTRE)], [0, draw(FOCAL), draw(CENTRE)], [0, 0, 1]])
        cameras += [K, np.array(draw(coefficients))]
    turn = draw(st.tuples(*[st.floats(-1.5, 1.5)] * 3))
    t = (draw(st.floats(-5, -1e-3)), *draw(st.tuples(*[st.floats(-1, 1)] * 2)))
    return Calibration.from_rotation(
        cameras[0],
        cameras[1],
        cameras[2],
        cameras[3],
        rotation(turn),
        t,
        draw(SIZES),
        model=model,
    )


@st.composite
def geometries(draw: st.DrawFn, square: bool = False) -> StereoGeometry:
    aspect = 1.0 if square else draw(st.floats(0.5, 2))
    cy = draw(CENTRE)
    baseline = draw(st.floats(1e-3, 9))
    size = draw(SIZES)
    return StereoGeometry(draw(FOCAL), baseline, draw(CENTRE), cy, draw(CENTRE), cy, size, aspect)


def assert_same_cameras(one: Any, other: Calibration, tolerance: float = 0.0) -> None:
    """Compare two calibrations; missing coefficients count as 0."""
    assert isinstance(one, Calibration)
    assert (one.model, one.image_size) == (other.model, other.image_size)
    for side in ("left", "right"):
        K, expected = getattr(one, f"K_{side}"), getattr(other, f"K_{side}")
        assert np.allclose(K, expected, rtol=1e-12, atol=1e-9 if tolerance else 0)
        D, wanted = getattr(one, f"distortion_{side}"), getattr(other, f"distortion_{side}")
        assert np.array_equal(np.pad(D, (0, 14 - D.size)), np.pad(wanted, (0, 14 - wanted.size)))
    difference = np.abs(one.right_from_left - other.right_from_left).max()
    assert difference <= tolerance


def assert_same_geometry(one: Any, other: StereoGeometry) -> None:
    assert isinstance(one, StereoGeometry)
    assert one.image_size == other.image_size
    for name in ("focal_length", "cx_left", "cy_left", "cx_right", "cy_right"):
        assert getattr(one, name) == getattr(other, name)
    assert one.baseline == pytest.approx(other.baseline, rel=1e-12)
    assert one.aspect == pytest.approx(other.aspect, rel=1e-12)


# Round trips


@same_folder
@given(calibration=calibrations(), error=st.none() | st.floats(0, 9))
@pytest.mark.parametrize("ending", [".yml", ".yaml", ".xml", ".json"])
def test_opencv_round_trips_exactly(
    tmp_path: Path, ending: str, calibration: Calibration, error: float | None
) -> None:
    path = tmp_path / f"stereo{ending}"
    if error is not None:
        object.__setattr__(calibration, "reprojection_error", error)
    io.write_calibration(path, calibration)
    back = io.read_calibration(path)
    assert_same_cameras(back, calibration)
    assert isinstance(back, Calibration)
    assert np.array_equal(back.reprojection_error, calibration.reprojection_error, equal_nan=True)


@same_folder
@given(geometry=geometries())
@pytest.mark.parametrize("ending", [".yml", ".xml", ".json"])
def test_opencv_round_trips_rectified_pairs(
    tmp_path: Path, ending: str, geometry: StereoGeometry
) -> None:
    io.write_calibration(tmp_path / f"pair{ending}", geometry)
    assert_same_geometry(io.read_calibration(tmp_path / f"pair{ending}"), geometry)


@same_folder
@given(geometry=geometries(square=True), ndisp=st.none() | st.integers(1, 4000))
def test_middlebury_round_trips_exactly(
    tmp_path: Path, geometry: StereoGeometry, ndisp: int | None
) -> None:
    path = tmp_path / "calib.txt"
    calibration = io.MiddleburyCalibration(geometry, ndisp=ndisp, dyavg=None if ndisp else 0.25)
    io.write_middlebury_calib(path, calibration)
    assert io.read_middlebury_calib(path) == calibration
    assert io.read_calibration(path) == geometry


@same_folder
@given(geometry=geometries())
def test_kitti_round_trips(tmp_path: Path, geometry: StereoGeometry) -> None:
    path = tmp_path / "000000.txt"
    io.write_calibration(path, geometry, format="kitti")
    size = geometry.image_size
    for cameras in ((0, 1), (2, 3), (2, 1)):
        found = io.read_kitti_calib(path, image_size=size, cameras=cameras)
        assert_same_geometry(found.geometry, geometry)
    assert_same_geometry(io.read_calibration(path, image_size=size), geometry)


@same_folder
@given(calibration=calibrations((0, 4, 5), fisheye=False), geometry=geometries())
def test_kitti_raw_round_trips(
    tmp_path: Path, calibration: Calibration, geometry: StereoGeometry
) -> None:
    path = tmp_path / "calib_cam_to_cam.txt"
    R_left, R_right = rotation((0.1, 0.2, 0.3)), rotation((-0.3, 0.2, 0.1))
    raw = io.KittiRawCalibration(calibration, geometry, R_left, R_right)
    io.write_kitti_raw_calib(path, raw)
    assert io.calibration_format(path) == "kitti_raw"
    back = io.read_kitti_raw_calib(path, cameras=(0, 1))
    assert_same_cameras(back.calibration, calibration)
    assert_same_geometry(back.geometry, geometry)
    assert np.array_equal(back.R_left, R_left)
    assert np.array_equal(back.R_right, R_right)


@same_folder
@given(calibration=calibrations((0, 4)))
def test_kalibr_round_trips_exactly(tmp_path: Path, calibration: Calibration) -> None:
    path = tmp_path / "camchain.yaml"
    io.write_calibration(path, calibration, format="kalibr")
    assert io.calibration_format(path) == "kalibr"
    assert_same_cameras(io.read_calibration(path), calibration)


@same_folder
@given(calibration=calibrations((0, 4, 5, 8)))
def test_eth3d_round_trips(tmp_path: Path, calibration: Calibration) -> None:
    io.write_eth3d_cameras(tmp_path, calibration, "a.png", "b.png")
    for path in (tmp_path, tmp_path / "cameras.txt"):
        assert io.calibration_format(path) == "eth3d"
        assert_same_cameras(io.read_calibration(path), calibration, 1e-12)
    swapped = io.read_eth3d_cameras(tmp_path, "b.png", "a.png")
    assert_same_cameras(swapped, calibration.swapped(), 1e-12)


@same_folder
@given(calibration=calibrations((0, 4, 5, 8)), focal=FOCAL, centre=CENTRE)
def test_ros_round_trips(
    tmp_path: Path, calibration: Calibration, focal: float, centre: float
) -> None:
    # Rectified axes: x along the baseline, the others square to it.
    x = calibration.R.T @ -calibration.t / calibration.baseline
    y = np.cross([0, 0, 1], x)
    y /= np.linalg.norm(y)
    R_left = np.stack([x, y, np.cross(x, y)])
    geometry = StereoGeometry.from_doffs(
        focal, calibration.baseline, centre, centre, calibration.image_size, doffs=3.0
    )
    rectification = types.SimpleNamespace(
        R_left=R_left, R_right=R_left @ calibration.R.T, calibration=geometry
    )
    left, right = tmp_path / "left.yaml", tmp_path / "right.yaml"
    io.write_ros_calib(left, right, calibration, rectification)
    assert io.calibration_format(left) == "ros"
    assert_same_cameras(io.read_calibration(left, right), calibration, 1e-9)
    assert_same_geometry(io.read_calibration(left, right, prefer="rectified"), geometry)


# Files as others write them


def test_middlebury_files_of_the_benchmark(data_root: Path) -> None:
    path = data_root / "middeval3_Q" / "Teddy" / "calib.txt"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    found = io.read_middlebury_calib(path)
    geometry = StereoGeometry(1500, 0.08, 199, 187, 251, 187, (450, 375))
    expected = io.MiddleburyCalibration(geometry, 64, 0, 12, 55, 0.0, 0.0)
    assert found == expected
    folders = [one for one in (data_root / "middeval3_Q").iterdir() if one.is_dir()]
    assert len(folders) > 3
    for folder in folders:
        height, width = io.read_image(folder / "im0.png").shape[:2]
        geometry = io.read_middlebury_calib(folder / "calib.txt").geometry
        assert geometry.image_size == (width, height)
        assert 0.05 < geometry.baseline < 0.5


def test_eth3d_two_view_files_have_the_middlebury_form(data_root: Path) -> None:
    path = data_root / "eth3d" / "terrace" / "calib.txt"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    found = io.read_middlebury_calib(path)
    assert found.geometry.baseline == 0.0599432
    assert (found.ndisp, found.vmin) == (713, None)
    assert io.calibration_format(path) == "middlebury"


def test_kitti_files_of_the_object_benchmark(data_root: Path) -> None:
    path = data_root / "kitti_aer1515" / "000001" / "calib.txt"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    found = io.read_kitti_calib(path, image_size=(1242, 375))
    assert found.geometry.focal_length == 721.5377
    assert found.geometry.baseline == pytest.approx(0.5327, abs=1e-4)
    assert found.cam_from_velo is not None
    assert found.velo_from_imu is not None
    assert found.R_rect is not None
    assert found.cam_from_velo[0, 1] == pytest.approx(-1, abs=1e-4)  # left of the car is -x
    gray = io.read_kitti_calib(path, image_size=(1242, 375), cameras=(0, 1)).geometry
    assert gray.baseline == pytest.approx(0.53715, abs=1e-4)


def test_kitti_raw_files_agree_with_their_rectification(data_root: Path) -> None:
    folder = data_root / "kitti_raw" / "2011_09_26_drive_0048_0000000000"
    path = folder / "calib_cam_to_cam.txt"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    raw = io.read_kitti_raw_calib(path)
    cameras = raw.calibration
    # After both rectifying rotations the cameras look the same way, a baseline apart.
    assert np.allclose(raw.R_right @ cameras.R @ raw.R_left.T, np.eye(3), atol=1e-6)
    assert np.allclose(raw.R_right @ cameras.t, [-raw.geometry.baseline, 0, 0], atol=5e-3)
    assert io.read_calibration(path, prefer="rectified") == raw.geometry
    assert_same_cameras(io.read_calibration(path), cameras)


def test_opencv_files_of_the_samples(data_root: Path, tmp_path: Path) -> None:
    intrinsics = data_root / "calibration" / "opencv_chessboard" / "intrinsics.yml"
    if not intrinsics.is_file():
        pytest.skip(f"there is no {intrinsics}")
    matrix = "!!opencv-matrix\n   rows: {}\n   cols: {}\n   dt: d\n   data: [ {} ]\n"
    extrinsics = tmp_path / "extrinsics.yml"
    extrinsics.write_text(
        "%YAML:1.0\n---\nR: "
        + matrix.format(3, 3, "1., 0., 0., 0., 1., 0., 0., 0., 1.")
        + "T: "
        + matrix.format(3, 1, "-0.08, 0., 0.")
        + "P1: "
        + matrix.format(3, 4, "500., 0., 320., 0., 0., 500., 240., 0., 0., 0., 1., 0.")
        + "P2: "
        + matrix.format(3, 4, "500., 0., 320., -40., 0., 500., 240., 0., 0., 0., 1., 0.")
    )
    with pytest.raises(StereoFileError, match="image_size="):
        io.read_calibration(intrinsics, extrinsics)
    found = io.read_calibration(intrinsics, extrinsics, image_size=(640, 480))
    assert isinstance(found, Calibration)
    assert found.K_left[0, 0] == 534.80326845051309
    assert found.distortion_right.tolist()[:2] == [-0.16916358306948096, -0.11214173641213163]
    pair = io.read_calibration(intrinsics, extrinsics, image_size=(640, 480), prefer="rectified")
    assert isinstance(pair, StereoGeometry)
    assert pair.baseline == pytest.approx(0.08)
    with pytest.raises(StereoFileError, match=r"no 'R'.*second file"):
        io.read_calibration(intrinsics)
    with pytest.raises(StereoFileError, match="both files have D1, D2, M1, M2"):
        io.read_calibration(intrinsics, intrinsics)
    with pytest.raises(StereoFileError, match=r"no 'M1'.*two cameras"):
        io.read_calibration(intrinsics.with_name("left_intrinsics.yml"))


def test_kalibr_chains(tmp_path: Path) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text(KALIBR)
    found = io.read_kalibr_calib(path)
    assert found.t.tolist() == [-0.11, 0, 0]
    assert found.distortion_left[2] == 1e-5  # which YAML 1.1 takes for text
    assert found.R[0, 2] == pytest.approx(0.01414, abs=1e-5)
    chain = io.read_kalibr_calib(path, cameras=(0, 2))
    assert chain.t[0] == pytest.approx(-0.21)
    back = io.read_kalibr_calib(path, cameras=(2, 0))
    assert np.allclose(back.right_from_left @ chain.right_from_left, np.eye(4))
    assert io.read_kalibr_calib(path, cameras=(1, 2)).t[0] == -0.1


def test_eth3d_cameras_as_colmap_writes_them(tmp_path: Path) -> None:
    (tmp_path / "cameras.txt").write_text("\n".join(COLMAP.splitlines()[:-1]))
    (tmp_path / "images.txt").write_text(IMAGES)
    found = io.read_eth3d_cameras(tmp_path, "images/a 1.png", "images/b.png")
    assert found.K_left.tolist() == [[460.5, 0, 376.0], [0, 460.25, 240.0], [0, 0, 1]]
    assert found.t.tolist() == [-0.5, 0, 0]
    assert found.distortion_left.size == 0
    fisheye = io.read_eth3d_cameras(tmp_path, "c.png", "d.png")
    assert fisheye.model == "fisheye"
    assert fisheye.distortion_left.tolist() == [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(StereoFileError, match=r"4 images .*must be named"):
        io.read_calibration(tmp_path)
    with pytest.raises(StereoFileError, match="one model"):
        io.read_eth3d_cameras(tmp_path, "images/b.png", "c.png")
    with pytest.raises(StereoFileError, match=r"'e\.png'"):
        io.read_eth3d_cameras(tmp_path, "c.png", "e.png")
    (tmp_path / "cameras.txt").write_text(COLMAP)
    with pytest.raises(StereoFileError, match="p1, sy1 other than 0"):
        io.read_eth3d_cameras(tmp_path, "c.png", "d.png")


def test_an_equidistant_fisheye_is_opencvs(tmp_path: Path) -> None:
    """The THIN_PRISM_FISHEYE model without prisms projects as cv2.fisheye does."""
    cv2 = pytest.importorskip("cv2")
    point = np.array([0.4, -0.3, 1.0])
    k = [0.02, -0.01, 0.005, 0.001]
    radius = np.hypot(*point[:2])
    theta = np.arctan2(radius, point[2])
    u, v = point[:2] / radius * theta
    radial = sum(one * theta ** (2 * power) for power, one in enumerate(k, start=1))
    expected = [400 * u * (1 + radial) + 320, 400 * v * (1 + radial) + 240]
    K = np.array([[400.0, 0, 320], [0, 400, 240], [0, 0, 1]])
    pixels, _ = cv2.fisheye.projectPoints(
        point[None, None], np.zeros(3), np.zeros(3), K, np.array(k)
    )
    assert np.allclose(pixels.ravel(), expected)


def test_opencv_lists_and_other_names_are_read(tmp_path: Path) -> None:
    path = tmp_path / "stereo.yml"
    path.write_text(OPENCV)
    expected = io.read_calibration(path)
    assert isinstance(expected, Calibration)
    assert expected.t.tolist() == [-0.12, 0, 0]
    text = OPENCV.replace("M1", "cameraMatrix1").replace("M2", "cameraMatrix2")
    text = text.replace("D1", "distCoeffs1").replace("D2", "distCoeffs2")
    size = "image_width: 640\nimage_height: 480\n"
    path.write_text(text.replace(size, "imageSize: [ 640, 480 ]\n"))
    assert_same_cameras(io.read_calibration(path), expected)


def test_q_alone_is_a_rectified_pair(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    geometry = StereoGeometry.from_doffs(700, 0.125, 319.5, 239.5, (640, 480), doffs=12)
    storage = cv2.FileStorage(str(tmp_path / "q.yml"), cv2.FILE_STORAGE_WRITE)
    storage.write("Q", geometry.Q)
    storage.release()
    assert io.read_calibration(tmp_path / "q.yml", image_size=(640, 480)) == geometry


# The choice of the format


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\n", "none of the formats.*Middlebury"),
        (b"", "none of the formats"),
        (b"\xff\xfe\x00", "not a text file"),
        (b"cam0=\0", "NUL"),
    ],
)
def test_files_of_no_format(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "c.txt").write_bytes(content)
    with pytest.raises(StereoFileError, match=message):
        io.read_calibration(tmp_path / "c.txt")


def test_a_yaml_version_is_not_opencvs_alone(tmp_path: Path) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text("%YAML 1.1\n---\n" + KALIBR)
    assert io.calibration_format(path) == "kalibr"
    assert isinstance(io.read_calibration(path), Calibration)
    path.write_text(OPENCV.replace("%YAML:1.0", "%YAML 1.2"))
    assert io.calibration_format(path) == "opencv"


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(StereoFileError, match="no file"):
        io.read_calibration(tmp_path / "calib.txt")
    with pytest.raises(StereoFileError, match="is a folder"):
        io.read_calibration(tmp_path)


def test_the_size_of_the_file_is_the_size(tmp_path: Path) -> None:
    path = tmp_path / "calib.txt"
    path.write_text(MIDDLEBURY)
    assert io.read_calibration(path, image_size=(640, 480)).image_size == (640, 480)
    with pytest.raises(StereoFileError, match="640 x 480 px, not of 320 x 240 px"):
        io.read_calibration(path, image_size=(320, 240))
    with pytest.raises(StereoValueError, match="one file"):
        io.read_calibration(path, path)
    with pytest.raises(StereoValueError, match="format"):
        io.read_calibration(path, format="pfm")  # type: ignore[arg-type]
    with pytest.raises(StereoValueError, match="prefer"):
        io.read_calibration(path, prefer="both")  # type: ignore[arg-type]
    with pytest.raises(StereoFileError, match="line 1"):
        io.read_calibration(path, format="kitti")
