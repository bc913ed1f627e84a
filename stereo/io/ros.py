"""Calibration files of ROS: the camera_info of both cameras, as YAML."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import Calibration, CameraModel
from stereo.geometry.rectified import StereoGeometry
from stereo.io.fields import Fields, valid
from stereo.io.files import PathLike, path_name, write_bytes
from stereo.io.yaml_text import read_yaml, yaml_bytes
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["RosCalibration", "read_ros_calib", "write_ros_calib"]

Float64Array = npt.NDArray[np.float64]

# Model and numbers of coefficients of each distortion_model.
_MODELS: dict[str, tuple[CameraModel, tuple[int, ...]]] = {
    "plumb_bob": ("pinhole", (4, 5)),
    "rational_polynomial": ("pinhole", (8,)),
    "equidistant": ("fisheye", (4,)),
}


@dataclass(frozen=True, eq=False)
class RosCalibration:
    """What the two files say.

    Attributes
    ----------
    calibration : Calibration
        The raw cameras: topics ``image_raw``.
    geometry : StereoGeometry
        The rectified pair: topics ``image_rect``, of the same size.
    R_left, R_right : ndarray, float64 (3, 3)
        The rectifying rotations of the two.
    """

    calibration: Calibration
    geometry: StereoGeometry
    R_left: Float64Array
    R_right: Float64Array


class Rectified(Protocol):
    """What is needed of a rectification to write its files."""

    @property
    def R_left(self) -> Float64Array:
        """Rectifying rotation of the left camera, (3, 3)."""

    @property
    def R_right(self) -> Float64Array:
        """Rectifying rotation of the right camera, (3, 3)."""

    @property
    def calibration(self) -> StereoGeometry:
        """The rectified pair."""


class _Camera(NamedTuple):
    K: Float64Array
    distortion: Float64Array
    model: CameraModel
    size: tuple[int, int]
    R: Float64Array
    P: Float64Array


def read_ros_calib(left_path: PathLike, right_path: PathLike) -> RosCalibration:
    """Read the camera_info files of both cameras, as ROS's calibrator writes them.

    Each has ``image_width``, ``image_height``, ``distortion_model`` (plumb_bob,
    rational_polynomial or equidistant), and with their ``data`` row by row ``camera_matrix``
    (K), ``distortion_coefficients`` (D), ``rectification_matrix`` (R) and
    ``projection_matrix`` (P, whose fourth column in the right file is (-fx B, 0, 0)). The place
    of the cameras is not in the files; it follows from both R and from P.

    Parameters
    ----------
    left_path, right_path : str or os.PathLike
        The two files.

    Returns
    -------
    RosCalibration
        Lengths in metres.

    Raises
    ------
    StereoFileError
        If a file is missing, a key is missing or comes twice, a value is not what it must be,
        or the cameras differ in model or size, or are swapped.

    Examples
    --------
    >>> import pathlib, tempfile, types
    >>> geometry = StereoGeometry.from_doffs(700, 0.12, 319.5, 239.5, (640, 480))
    >>> K, eye = geometry.K_left, np.eye(3)
    >>> cameras = Calibration.from_rotation(K, [], K, [], eye, [-0.12, 0, 0], (640, 480))
    >>> rectified = types.SimpleNamespace(R_left=eye, R_right=eye, calibration=geometry)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     left, right = (pathlib.Path(folder) / name for name in ("left.yaml", "right.yaml"))
    ...     write_ros_calib(left, right, cameras, rectified)
    ...     read_ros_calib(left, right).calibration.baseline
    0.12
    """
    fields = read_yaml(left_path), read_yaml(right_path)
    left, right = _camera(fields[0]), _camera(fields[1])
    names = f"{fields[0].name} and {fields[1].name}"
    if left.model != right.model or left.size != right.size:
        raise StereoFileError(
            f"{names} are a {left.model} camera of {left.size} px and a {right.model} one of "
            f"{right.size}: expected one model and one size"
        )
    with valid(names):
        geometry = StereoGeometry.from_projections(left.P, right.P, left.size)
        # Rectified frames differ by the baseline only: R_right X_right = R_left X_left - (B, 0, 0).
        calibration = Calibration.from_rotation(
            left.K,
            left.distortion,
            right.K,
            right.distortion,
            right.R.T @ left.R,
            right.R.T @ [-geometry.baseline, 0, 0],
            left.size,
            model=left.model,
        )
    return RosCalibration(calibration, geometry, left.R, right.R)


def write_ros_calib(
    left_path: PathLike,
    right_path: PathLike,
    calibration: Calibration,
    rectification: Rectified,
    *,
    camera_names: tuple[str, str] = ("left", "right"),
) -> None:
    """Write the camera_info files of both cameras.

    Parameters
    ----------
    left_path, right_path : str or os.PathLike
        The files; existing ones are replaced when the new ones are complete.
    calibration : Calibration
        The raw cameras. Fisheye, or pinhole with up to 8 coefficients; 5 or 8 are written.
    rectification : Rectification
        That of :func:`stereo.geometry.rectify`, of the same image size: ROS describes
        raw and rectified images with one size.
    camera_names : (str, str)
        What the files call the cameras.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an argument is of another type, the sizes differ, or there are more coefficients.
    StereoFileError
        If a file can't be written.

    Examples
    --------
    See :func:`read_ros_calib`.
    """
    if not isinstance(calibration, Calibration):
        raise StereoTypeError(f"calibration is a {type(calibration).__name__}, not a Calibration")
    geometry = rectification.calibration
    if geometry.image_size != calibration.image_size:
        raise StereoValueError(
            f"the rectified images are {geometry.image_size} px and the raw ones "
            f"{calibration.image_size}: ROS has one size for both; rectify to this size"
        )
    left_name, right_name = _checked_names(camera_names)
    if os.path.realpath(path_name(left_path)) == os.path.realpath(path_name(right_path)):
        raise StereoValueError(f"{path_name(left_path)} can't hold both cameras: name two files")
    shift = -geometry.focal_length * geometry.baseline
    left, right = (
        yaml_bytes(_content(name, calibration, K, distortion, R, np.column_stack([K_rect, column])))
        for name, K, distortion, R, K_rect, column in (
            (
                left_name,
                calibration.K_left,
                calibration.distortion_left,
                rectification.R_left,
                geometry.K_left,
                np.zeros(3),
            ),
            (
                right_name,
                calibration.K_right,
                calibration.distortion_right,
                rectification.R_right,
                geometry.K_right,
                np.array([shift, 0, 0]),
            ),
        )
    )
    write_bytes(left_path, left)
    write_bytes(right_path, right)


def _checked_names(names: Any) -> tuple[str, str]:
    if not (
        isinstance(names, tuple) and len(names) == 2 and all(isinstance(n, str) for n in names)
    ):
        raise StereoTypeError(f"camera_names must be two strings, got {names!r}")
    return names


def _camera(fields: Fields) -> _Camera:
    name = fields.text("distortion_model")
    if name not in _MODELS:
        raise StereoFileError(
            f"'distortion_model' of {fields.name} is {name!r}: {', '.join(_MODELS)} can be used"
        )
    model, counts = _MODELS[name]
    return _Camera(
        _data(fields, "camera_matrix").matrix("data", 3, 3),
        _data(fields, "distortion_coefficients").numbers("data", *counts),
        model,
        (fields.whole("image_width"), fields.whole("image_height")),
        _data(fields, "rectification_matrix").rotation("data"),
        _data(fields, "projection_matrix").matrix("data", 3, 4),
    )


def _data(fields: Fields, key: str) -> Fields:
    """Return a matrix of the file, whose rows, cols and data agree."""
    part = fields.part(key)
    rows, columns = part.whole("rows"), part.whole("cols")
    if len(part.numbers("data")) != rows * columns:
        raise StereoFileError(
            f"{part.name} has {len(part.numbers('data'))} numbers, but rows {rows} and cols "
            f"{columns}"
        )
    return part


def _content(
    name: str,
    calibration: Calibration,
    K: Float64Array,
    distortion: Float64Array,
    R: Float64Array,
    P: Float64Array,
) -> dict[str, Any]:
    if distortion.size > 8:
        raise StereoValueError(
            f"{distortion.size} coefficients of distortion can't be written as camera_info of "
            "ROS: 5 (plumb_bob) and 8 (rational_polynomial) can"
        )
    if calibration.model == "fisheye":
        model, count = "equidistant", 4
    else:
        model, count = ("rational_polynomial", 8) if distortion.size == 8 else ("plumb_bob", 5)
    D = np.pad(distortion, (0, count - distortion.size))
    width, height = calibration.image_size
    return {
        "image_width": width,
        "image_height": height,
        "camera_name": name,
        "camera_matrix": _matrix(K),
        "distortion_model": model,
        "distortion_coefficients": _matrix(D[None]),
        "rectification_matrix": _matrix(R),
        "projection_matrix": _matrix(P),
    }


def _matrix(values: Float64Array) -> dict[str, Any]:
    rows, columns = values.shape
    return {"rows": rows, "cols": columns, "data": np.ravel(values).tolist()}
