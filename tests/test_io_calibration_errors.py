"""Calibration files that are wrong, and what a format can't hold."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from calibration_texts import COLMAP, IMAGES, KALIBR, OPENCV

from stereo import io
from stereo.geometry import Calibration, StereoGeometry
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError


def middlebury(**changes: str | None) -> str:
    values: dict[str, str | None] = {
        "cam0": "[700 0 320; 0 700 240; 0 0 1]",
        "cam1": "[700 0 330; 0 700 240; 0 0 1]",
        "doffs": "10",
        "baseline": "120",
        "width": "640",
        "height": "480",
    }
    values |= changes
    return "".join(f"{key}={value}\n" for key, value in values.items() if value is not None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (middlebury(cam1=None), "no 'cam1'; its keys are: cam0, doffs"),
        (middlebury(baseline=None), "no 'baseline'"),
        (middlebury() + "width=5\n", "'width' twice, the second time in line 7"),
        (middlebury() + "nonsense\n", "line 7 .*'nonsense'"),
        (middlebury(cam0="[700 0 320; 0 700 240]"), "'cam0' .*3 rows of 3"),
        (middlebury(cam0="[700 0 320; 0 700 240 0; 0 1]"), "3 rows of 3"),
        (middlebury(cam0="700 0 320 0 700 240 0 0 1"), "'cam0'"),
        (middlebury(cam0="[700 0 320; 0 x 240; 0 0 1]"), "finite numbers"),
        (middlebury(cam0="[700 0 320; 0 nan 240; 0 0 1]"), "finite numbers"),
        (middlebury(cam0="[700 0 320; 0 701 240; 0 0 1]"), r"expected \[f 0 cx; 0 f cy; 0 0 1\]"),
        (middlebury(cam0="[701 0 320; 0 701 240; 0 0 1]"), "701.0 and 700.0"),
        (
            middlebury(
                cam0="[-700 0 320; 0 -700 240; 0 0 1]", cam1="[-700 0 330; 0 -700 240; 0 0 1]"
            ),
            "focal_length",
        ),
        (middlebury(doffs="9.9"), "'doffs' .*9.9.* 10 px"),
        (middlebury(doffs="1e999"), "'doffs' .*finite"),
        (middlebury(baseline="0"), "baseline"),
        (middlebury(baseline="-120"), "baseline"),
        (middlebury(baseline="120 mm"), "'baseline' .*120 mm"),
        (middlebury(baseline="12_0"), "'baseline' .*12_0"),
        (middlebury(width="640.5"), "'width' .*a whole number"),
        (middlebury(width="0"), "width"),
        (middlebury(width=""), "1 number, not 0"),
        (middlebury(width="640 480"), "1 number, not 2"),
        (middlebury(ndisp="many"), "'ndisp'"),
        (middlebury(cam1="[700 0 330; 0 700 245; 0 0 1]"), "cy_right"),
    ],
)
def test_bad_middlebury_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "calib.txt"
    path.write_text(text)
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_middlebury_calib(path)
    assert str(path) in str(error.value)


P_LEFT = "700 0 320 0 0 700 240 0 0 0 1 0"
P_RIGHT = "700 0 320 -84 0 700 240 0 0 0 1 0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"P2: {P_LEFT}\n", "no 'P3'"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT[:-2]}\n", "'P3' .*12 numbers, not 11"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT} 0\n", "12 numbers, not 13"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT}\nP3: {P_RIGHT}\n", "'P3' twice"),
        (f"P2: {P_LEFT}\nP3: {P_LEFT}\n", "above 0"),
        (f"P2: {P_RIGHT}\nP3: {P_LEFT}\n", "swapped"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT}\nR0_rect: 1 0 0 0 1 0 0 0 -1\n", "R0_rect .*no rotation"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT}\nR0_rect: 1 0 0 0 1 0 0 0 1e200\n", "no rotation"),
        (f"P2: {P_LEFT}\nP3: {P_RIGHT}\nTr_velo_to_cam: 1 0 0\n", "12 numbers, not 3"),
        (f"P2 {P_LEFT}\n", "line 1 .*KEY: VALUE"),
    ],
)
def test_bad_kitti_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "000000.txt"
    path.write_text(text)
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_kitti_calib(path, image_size=(640, 480))
    assert str(path) in str(error.value)


def test_kitti_needs_a_size_and_two_cameras(tmp_path: Path) -> None:
    path = tmp_path / "000000.txt"
    path.write_text(f"P2: {P_LEFT}\nP3: {P_RIGHT}\n")
    with pytest.raises(StereoFileError, match=r"pass image_size=\(width, height\)"):
        io.read_calibration(path)
    bad: list[tuple[type[StereoError], Any]] = [
        (StereoTypeError, 3),
        (StereoTypeError, (1, 2, 3)),
        (StereoValueError, (2, 2)),
        (StereoValueError, (0, 4)),
        (StereoValueError, ("a", "b")),
    ]
    for kind, cameras in bad:
        with pytest.raises(kind, match="cameras"):
            io.read_kitti_calib(path, image_size=(640, 480), cameras=cameras)
    with pytest.raises(StereoTypeError, match="image_size"):
        io.read_kitti_calib(path, image_size=640)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("camera_model: pinhole", "camera_model: omni", "'omni'"),
        ("distortion_model: radtan", "distortion_model: fov", "'fov'"),
        ("distortion_model: radtan", "distortion_model: equidistant", "one model"),
        ("resolution: [752, 480]", "resolution: [751, 480]", "expected one size"),
        ("resolution: [752, 480]", "resolution: [751.5, 480]", "'resolution'"),
        ("resolution: [752, 480]", "size: [752, 480]", "no 'resolution'"),
        ("intrinsics: [460.0, 459.0,", "intrinsics: [460.0,", "4 numbers, not 3"),
        ("intrinsics: [460.0,", "intrinsics: [true,", "finite numbers"),
        ("intrinsics: [460.0,", "intrinsics: [.nan,", "finite numbers"),
        ("intrinsics: [460.0,", "intrinsics: [0,", "focal length"),
        ("intrinsics: [460.0,", "intrinsics: [{a: 1},", "finite numbers"),
        ("  - [0.0, 0.0, 0.0, 1.0]\n", "", "4 rows of 4"),
        ("[0.9999, 0.0, 0.01414, -0.11]", "[0.9, 0.0, 0.01414, -0.11]", "no rotation"),
        ("cam1:", "cam3:", "no 'cam1'; its keys are: cam0, cam3"),
        ("cam2:", "cam1:", "'cam1' twice"),
        ("  rostopic: /cam0", "  camera_model: /cam0", "'camera_model' twice"),
        ("cam0:\n", "cam0: 3\ncam9:\n", "'cam0' .*keys with values"),
        ("cam0:\n", "cam0: [\n", "no valid YAML"),
        ("intrinsics: [460.0,", "intrinsics: &a [*a,", "finite numbers"),
    ],
)
def test_bad_kalibr_files(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "camchain.yaml"
    assert old in KALIBR
    path.write_text(KALIBR.replace(old, new, 1))
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_kalibr_calib(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["", "- 1\n- 2\n", "5", "a: !!python/object:os.system {}\n", "\t"])
def test_yaml_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    for call in (io.read_kalibr_calib, lambda one: io.read_ros_calib(one, one)):
        with pytest.raises(StereoFileError, match=r"c\.yaml"):
            call(path)


@pytest.fixture
def ros_files(tmp_path: Path) -> tuple[Path, Path]:
    geometry = StereoGeometry.from_doffs(700, 0.12, 319.5, 239.5, (640, 480))
    K, eye = geometry.K_left, np.eye(3)
    cameras = Calibration.from_rotation(K, [], K, [], eye, [-0.12, 0, 0], (640, 480))
    rectified = types.SimpleNamespace(R_left=eye, R_right=eye, calibration=geometry)
    left, right = tmp_path / "left.yaml", tmp_path / "right.yaml"
    io.write_ros_calib(left, right, cameras, rectified)
    return left, right


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("image_width: 640", "image_width: 641", "one size"),
        ("image_width: 640", "", "no 'image_width'"),
        ("plumb_bob", "thin_prism", "'thin_prism'"),
        ("plumb_bob", "equidistant", "4 numbers, not 5"),
        ("rows: 3", "rows: 2", "9 numbers, but rows 2 and cols 3"),
        ("-84.0", "84.0", "swapped"),
        ("-84.0", "0.0", "above 0"),
        ("camera_matrix:", "K:", "no 'camera_matrix'"),
        ("camera_name: right", "image_width: 640", "'image_width' twice"),
    ],
)
def test_bad_ros_files(ros_files: tuple[Path, Path], old: str, new: str, message: str) -> None:
    left, right = ros_files
    text = right.read_text()
    assert old in text
    right.write_text(text.replace(old, new, 1))
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_ros_calib(left, right)
    assert str(right) in str(error.value)


def test_ros_files_swapped_or_alone(ros_files: tuple[Path, Path]) -> None:
    left, right = ros_files
    with pytest.raises(StereoFileError, match="swapped"):
        io.read_calibration(right, left)
    with pytest.raises(StereoFileError, match="one camera of ROS"):
        io.read_calibration(left)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("image_width: 640\nimage_height: 480\n", "", "image_size="),
        ("image_width: 640\n", "", "no 'image_width'"),
        ("image_width: 640", "image_width: 640.5", "whole number"),
        ("image_width: 640", "image_width: abc", "finite numbers"),
        ("D1: [ 0.,", "D1: [ 0., 0., 0.,", "coefficients"),
        ("D1: [ 0.,", "D1: [ a,", "'D1' .*no number"),
        ("D1: [ 0.,", "D1: [ " + 70 * "0., ", "'D1' .* 73 values"),
        ("rows: 3", "rows: 4", "9 numbers, but rows 4"),
        ("D1: [ 0.,", "D1: [ .Nan,", "finite numbers"),
        ("D1: [ 0.,", "D1: [ 1e999,", "finite numbers"),
        (
            "data: [ 700., 0., 320., 0.,",
            "data: [ 700., 0., 320.,",
            "'M1' of .* 8 numbers, but rows 3",
        ),
        ("data: [ 700., 0., 320., 0.,", "data: [ 700., 1., 320., 3.,", "camera matrix"),
        ("R: !!opencv", "S: !!opencv", "no 'R'"),
        ("data: [ 1., 0.", "data: [ 1., 1.", "R of .*no rotation"),
        ("T: [ -0.12,", "T: [", "3 numbers, not 2"),
        ("T: [ -0.12,", "T: [ 0.,", "translation"),
        ("M2:", "M1:", "'M1' twice"),
        ("image_width: 640", "K1: 3\nimage_width: 640", "both M1 and K1"),
        ("image_width: 640", "model: omni\nimage_width: 640", "'omni'"),
        ("image_width: 640", "image_width: [", "storage"),
    ],
)
def test_bad_opencv_files(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "stereo.yml"
    assert old in OPENCV
    path.write_text(OPENCV.replace(old, new, 1))
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_opencv_calib(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["", " \n", "%YAML:1.0\n", "%YAML:1.0\n---\n- 1\n", "{", "<?xml"])
def test_opencv_files_without_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(StereoFileError, match=r"a\.yml"):
        io.read_opencv_calib(tmp_path / "a.yml")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("cameras.txt", "4 PINHOLE", "4 FOV", "'FOV'"),
        ("cameras.txt", "4 PINHOLE 752", "4 PINHOLE x", "'width'"),
        ("cameras.txt", " 376.5 240.5", "", "4 numbers, not 2"),
        ("cameras.txt", "4 PINHOLE 752 480 460.5 460.25 376.5 240.5", "4 PINHOLE", "CAMERA_ID"),
        ("cameras.txt", "7 THIN", "4 THIN", "camera 4 twice"),
        ("cameras.txt", "4 PINHOLE", "5 PINHOLE", "no camera 4"),
        ("images.txt", "1 1 0 0 0 1", "1 2 0 0 0 1", "length 2"),
        ("images.txt", "1 1 0 0 0 1", "1 1 0 0 x 1", "finite numbers"),
        ("images.txt", "4 images/a 1.png", "4", "IMAGE_ID"),
        ("images.txt", "images/b.png", "images/a 1.png", "twice"),
    ],
)
def test_bad_eth3d_files(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    texts = {"cameras.txt": "\n".join(COLMAP.splitlines()[:-1]), "images.txt": IMAGES}
    assert old in texts[name]
    texts[name] = texts[name].replace(old, new, 1)
    for one, text in texts.items():
        (tmp_path / one).write_text(text)
    with pytest.raises(StereoFileError, match=message) as error:
        io.read_eth3d_cameras(tmp_path, "images/a 1.png", "images/b.png")
    assert str(tmp_path) in str(error.value)


CAMERAS = Calibration.from_rotation(
    [[700, 0, 320], [0, 700, 240], [0, 0, 1]],
    [0.1, 0.2, 0, 0, 0.3],
    [[700, 0, 320], [0, 700, 240], [0, 0, 1]],
    np.zeros(14),
    np.eye(3),
    [-0.1, 0, 0],
    (640, 480),
)
PAIR = StereoGeometry.from_doffs(700, 0.1, 320, 240, (640, 480))
STRETCHED = PAIR.resized(640, 240)


@pytest.mark.parametrize(
    ("kind", "message", "write"),
    [
        (StereoValueError, r"\.yml, \.yaml", lambda path: io.write_calibration(path, PAIR)),
        (
            StereoTypeError,
            "ndarray can't be written",
            lambda path: io.write_calibration(path, PAIR.Q),
        ),
        (
            StereoValueError,
            "format middlebury, which holds no Calibration",
            lambda path: io.write_calibration(path, CAMERAS, format="middlebury"),
        ),
        (
            StereoValueError,
            "format kalibr, which holds no StereoGeometry",
            lambda path: io.write_calibration(path, PAIR, format="kalibr"),
        ),
        (
            StereoValueError,
            "format = 'ros'",
            lambda path: io.write_calibration(path, PAIR, format="ros"),
        ),
        (StereoValueError, "radtan", lambda path: io.write_kalibr_calib(path, CAMERAS)),
        (StereoTypeError, "Calibration", lambda path: io.write_kalibr_calib(path, PAIR)),
        (StereoValueError, "aspect", lambda path: io.write_middlebury_calib(path, STRETCHED)),
        (StereoTypeError, "Calibration", lambda path: io.write_middlebury_calib(path, CAMERAS)),
        (StereoTypeError, "Calibration", lambda path: io.write_kitti_calib(path, CAMERAS)),
        (
            StereoValueError,
            "lack P0, P1, P2, P3",
            lambda path: io.write_kitti_calib(path, io.KittiCalibration(PAIR)),
        ),
        (
            StereoValueError,
            "5 and 14 coefficients",
            lambda path: io.write_kitti_raw_calib(
                path, io.KittiRawCalibration(CAMERAS, PAIR, np.eye(3), np.eye(3))
            ),
        ),
        (StereoTypeError, "expected", lambda path: io.write_kitti_raw_calib(path, CAMERAS)),
        (StereoValueError, "must end in", lambda path: io.write_opencv_calib(path, CAMERAS)),
        (StereoTypeError, "can't be written", lambda path: io.write_opencv_calib(path, 3)),
        (
            StereoValueError,
            "14 coefficients",
            lambda path: io.write_eth3d_cameras(path.parent, CAMERAS),
        ),
        (
            StereoValueError,
            "white space",
            lambda path: io.write_eth3d_cameras(path.parent, CAMERAS, "a b", "c"),
        ),
        (StereoTypeError, "not a Cal", lambda path: io.write_eth3d_cameras(path.parent, PAIR)),
        (
            StereoTypeError,
            "not a Cal",
            lambda path: io.write_ros_calib(path, path, PAIR, types.SimpleNamespace()),
        ),
        (
            StereoValueError,
            "14 coefficients",
            lambda path: io.write_ros_calib(
                path,
                path.with_name("right"),
                CAMERAS,
                types.SimpleNamespace(R_left=np.eye(3), R_right=np.eye(3), calibration=PAIR),
            ),
        ),
        (
            StereoValueError,
            "two files",
            lambda path: io.write_ros_calib(
                path,
                path.parent / "." / path.name,
                CAMERAS,
                types.SimpleNamespace(R_left=np.eye(3), R_right=np.eye(3), calibration=PAIR),
            ),
        ),
        (
            StereoTypeError,
            "two strings",
            lambda path: io.write_ros_calib(
                path,
                path.with_name("right"),
                CAMERAS,
                types.SimpleNamespace(R_left=np.eye(3), R_right=np.eye(3), calibration=PAIR),
                camera_names="lr",
            ),
        ),
        (
            StereoValueError,
            "one size for both",
            lambda path: io.write_ros_calib(
                path,
                path.with_name("right"),
                CAMERAS,
                types.SimpleNamespace(R_left=np.eye(3), R_right=np.eye(3), calibration=STRETCHED),
            ),
        ),
    ],
)
def test_what_a_format_can_not_hold_leaves_the_file_as_it_was(
    tmp_path: Path, kind: type[StereoError], message: str, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "calibration.dat"
    path.write_bytes(b"precious")
    with pytest.raises(kind, match=message):
        write(path)
    assert path.read_bytes() == b"precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["calibration.dat"]
