"""Calibration files of all formats: which one a file has, and the choice of the writer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from stereo.arguments import word
from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry
from stereo.io.eth3d import read_eth3d_cameras
from stereo.io.fields import image_size_of
from stereo.io.files import PathLike, path_name, read_text
from stereo.io.kalibr import read_kalibr_calib, write_kalibr_calib
from stereo.io.kitti_calib import read_kitti_calib, write_kitti_calib
from stereo.io.kitti_raw import read_kitti_raw_calib
from stereo.io.middlebury import read_middlebury_calib, write_middlebury_calib
from stereo.io.opencv_storage import Prefer, read_opencv_calib, write_opencv_calib
from stereo.io.ros import read_ros_calib
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["CalibrationFormat", "calibration_format", "read_calibration", "write_calibration"]

CalibrationFormat = Literal["middlebury", "kitti", "kitti_raw", "eth3d", "opencv", "ros", "kalibr"]

# What a text of each format has; the first one that fits is it.
_SIGNS: dict[CalibrationFormat, str] = {
    "opencv": r"\A\s*(%YAML:|<\?xml|\{)|:\s*!!opencv-matrix",
    "middlebury": r"^\s*cam0\s*=",
    "kitti_raw": r"^\s*(P_rect|K)_0[0-3]\s*:",
    "kitti": r"^\s*P[0-3]\s*:",
    "kalibr": r"^cam[0-9]+\s*:",
    "ros": r"^(camera_matrix|distortion_model|projection_matrix)\s*:",
    "eth3d": r"^[0-9]+ [A-Z_]+ [0-9]+ [0-9]+ [-+.0-9]",
}
_EXPLAINED = (
    "OpenCV (%YAML:, XML, JSON or opencv-matrix), Middlebury (cam0=), KITTI (P0:), "
    "KITTI raw (K_00:), Kalibr (cam0:), ROS (camera_matrix:), ETH3D (1 PINHOLE ...)"
)


class _Request(NamedTuple):
    path: PathLike
    second: PathLike | None
    image_size: tuple[int, int] | None
    prefer: Prefer


def calibration_format(path: PathLike) -> CalibrationFormat:
    """Say which format a calibration file has, from its content.

    Parameters
    ----------
    path : str or os.PathLike
        A file; or a folder with a cameras.txt, which is "eth3d".

    Returns
    -------
    str
        "middlebury" (ETH3D's two-view pairs too), "kitti" (P0 to P3), "kitti_raw"
        (calib_cam_to_cam.txt), "eth3d" (cameras.txt of COLMAP), "opencv", "ros" or "kalibr".

    Raises
    ------
    StereoFileError
        If the file is missing, is not text, or has none of these formats: the message says what
        was looked for.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "calib.txt"
    ...     _ = path.write_text("P0: 1 0 0 0 0 1 0 0 0 0 1 0")
    ...     calibration_format(path)
    'kitti'
    """
    name = path_name(path)
    if os.path.isfile(os.path.join(name, "cameras.txt")):
        return "eth3d"
    text = read_text(path)
    for kind, sign in _SIGNS.items():
        if re.search(sign, text, re.MULTILINE):
            return kind
    raise StereoFileError(
        f"{name} starts with {text[:40]!r} and has none of the formats of calibration files: "
        f"looked for {_EXPLAINED}"
    )


def read_calibration(
    path: PathLike,
    second: PathLike | None = None,
    *,
    format: CalibrationFormat | None = None,
    image_size: tuple[int, int] | None = None,
    prefer: Prefer = "raw",
) -> Calibration | StereoGeometry:
    """Read a calibration file of any format; see the reader of each format for what it holds.

    Parameters
    ----------
    path : str or os.PathLike
        The file: Middlebury or ETH3D calib.txt, KITTI, ETH3D cameras.txt, OpenCV, ROS, Kalibr.
    second : str or os.PathLike, optional
        The second file of formats that have two: for ROS the right camera's, for OpenCV the
        extrinsics.
    format : str, optional
        One of the formats of :func:`calibration_format`, which finds it if it is not given.
    image_size : (int, int), optional
        Width and height of the images, px. KITTI's files and some of OpenCV's don't hold it;
        it must be that of the file if that does.
    prefer : {"raw", "rectified"}
        What to return of a file that describes both the raw cameras and the rectified pair, as
        those of ROS and KITTI raw do, and some of OpenCV.

    Returns
    -------
    Calibration or StereoGeometry
        Raw cameras, or a rectified pair: what the file describes. Lengths in metres.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `format` or `prefer` is none of the above, or the format has no second file.
    StereoFileError
        If a file is missing, has another format, or can't be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> geometry = StereoGeometry.from_doffs(1500, 0.08, 199, 187, (450, 375), doffs=52)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "calib.txt"
    ...     write_calibration(path, geometry)
    ...     read_calibration(path) == geometry
    True
    """
    kind = calibration_format(path) if format is None else word("format", format, tuple(_SIGNS))
    word("prefer", prefer, ("raw", "rectified"))
    if kind == "ros" and second is None:
        raise StereoFileError(
            f"{path_name(path)} is the camera_info of one camera of ROS: the file of the right "
            "camera is needed too, read_calibration(left, right)"
        )
    if second is not None and kind not in ("ros", "opencv"):
        raise StereoValueError(
            f"second = {path_name(second)} was given, but {path_name(path)} has the format {kind}, "
            "which has one file"
        )
    found = _READERS[kind](_Request(path, second, image_size, prefer))
    image_size_of(path_name(path), found.image_size, image_size)
    return found


def write_calibration(
    path: PathLike,
    calibration: Calibration | StereoGeometry,
    *,
    format: CalibrationFormat | None = None,
) -> None:
    """Write a calibration file.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    calibration : Calibration or StereoGeometry
        Raw cameras, or a rectified pair.
    format : {"opencv", "middlebury", "kitti", "kalibr"}, optional
        By default the ending decides: ``.yml``, ``.yaml``, ``.xml`` and ``.json`` are OpenCV's,
        which holds everything; ``.txt`` is Middlebury's, for a rectified pair. The other
        formats need more than a calibration, or two files, and have writers of their own.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the name has another ending, or the format can't hold the calibration.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_calibration`.
    """
    name = path_name(path)
    ending = os.path.splitext(name)[1].lower()
    if not isinstance(calibration, Calibration | StereoGeometry):
        raise StereoTypeError(
            f"a {type(calibration).__name__} can't be written: expected a Calibration or "
            "StereoGeometry"
        )
    kind = _BY_ENDING.get(ending) if format is None else word("format", format, tuple(_WRITERS))
    if kind is None:
        raise StereoValueError(
            f"{name!r} does not say which format is meant; the name of a calibration must end in "
            f"{', '.join(_BY_ENDING)}"
        )
    wanted, write = _WRITERS[kind]
    if not isinstance(calibration, wanted):
        raise StereoValueError(
            f"{name!r} is to have the format {kind}, which holds no {type(calibration).__name__}: "
            "the format opencv does (.yml, .yaml, .xml, .json)"
        )
    write(path, calibration)


def _kitti_raw(request: _Request) -> Calibration | StereoGeometry:
    raw = read_kitti_raw_calib(request.path)
    return raw.geometry if request.prefer == "rectified" else raw.calibration


def _opencv(request: _Request) -> Calibration | StereoGeometry:
    return read_opencv_calib(
        request.path, request.second, image_size=request.image_size, prefer=request.prefer
    )


def _ros(request: _Request) -> Calibration | StereoGeometry:
    assert request.second is not None
    ros = read_ros_calib(request.path, request.second)
    return ros.geometry if request.prefer == "rectified" else ros.calibration


_READERS: dict[str, Callable[[_Request], Calibration | StereoGeometry]] = {
    "middlebury": lambda request: read_middlebury_calib(request.path).geometry,
    "kitti": lambda request: read_kitti_calib(request.path, image_size=request.image_size).geometry,
    "kitti_raw": _kitti_raw,
    "eth3d": lambda request: read_eth3d_cameras(request.path),
    "opencv": _opencv,
    "ros": _ros,
    "kalibr": lambda request: read_kalibr_calib(request.path),
}
_WRITERS: dict[str, tuple[tuple[type, ...], Callable[..., None]]] = {
    "opencv": ((Calibration, StereoGeometry), write_opencv_calib),
    "middlebury": ((StereoGeometry,), write_middlebury_calib),
    "kitti": ((StereoGeometry,), write_kitti_calib),
    "kalibr": ((Calibration,), write_kalibr_calib),
}
_BY_ENDING = {
    ".yml": "opencv",
    ".yaml": "opencv",
    ".xml": "opencv",
    ".json": "opencv",
    ".txt": "middlebury",
}
