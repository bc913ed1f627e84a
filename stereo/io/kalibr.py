"""Calibration files camchain.yaml of Kalibr (Furgale et al. 2013)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer
from stereo.geometry.arguments import inverse, transform
from stereo.geometry.calibration import Calibration, CameraModel
from stereo.io.fields import Fields, valid
from stereo.io.files import PathLike, write_bytes
from stereo.io.yaml_text import read_yaml, yaml_bytes
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["read_kalibr_calib", "write_kalibr_calib"]

Float64Array = npt.NDArray[np.float64]

_MODELS: dict[str, tuple[CameraModel, int]] = {
    "radtan": ("pinhole", 4),
    "equidistant": ("fisheye", 4),
    "none": ("pinhole", 0),
}


class _Camera(NamedTuple):
    K: Float64Array
    distortion: Float64Array
    model: CameraModel
    size: tuple[int, int]


def read_kalibr_calib(path: PathLike, *, cameras: tuple[int, int] = (0, 1)) -> Calibration:
    """Read a pair of neighbouring cameras from a camchain.yaml of Kalibr.

    Parameters
    ----------
    path : str or os.PathLike
        The file: for each camera ``camN`` the keys ``camera_model`` (pinhole), ``intrinsics``
        (fx, fy, cx, cy), ``distortion_model`` (radtan, equidistant or none),
        ``distortion_coeffs`` and ``resolution``, and ``T_cn_cnm1``, which takes points from
        the camera before it to this one (4x4, metres).
    cameras : (int, int)
        Left and right camera, such as (0, 1). All between them are in the chain.

    Returns
    -------
    Calibration
        "pinhole" for radtan and none, "fisheye" for equidistant.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `cameras` are not two different numbers.
    StereoFileError
        If the file is missing, a key is missing or comes twice, a value is not what it must
        be, a camera has another model, or the two differ in model or size.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
    >>> cameras = Calibration.from_rotation(
    ...     K, [-0.2, 0.1, 0, 0], K, [-0.2, 0.1, 0, 0], np.eye(3), [-0.1, 0, 0], (640, 480)
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "camchain.yaml"
    ...     write_kalibr_calib(path, cameras)
    ...     read_kalibr_calib(path).baseline
    0.1
    """
    first, second = _indices(cameras)
    fields = read_yaml(path)
    left, right = (_camera(fields.part(f"cam{index}")) for index in (first, second))
    if left.model != right.model:
        raise StereoFileError(
            f"cam{first} of {fields.name} is {left.model} and cam{second} is {right.model}: one "
            "model for both can be used; calibrate them with the same one"
        )
    if left.size != right.size:
        raise StereoFileError(
            f"cam{first} of {fields.name} has images of {left.size} and cam{second} of "
            f"{right.size} px: expected one size"
        )
    right_from_left: Float64Array = np.eye(4)
    for index in range(min(first, second) + 1, max(first, second) + 1):
        right_from_left = _step(fields.part(f"cam{index}")) @ right_from_left
    if first > second:
        right_from_left = inverse(right_from_left)
    with valid(fields.name):
        return Calibration(
            left.K,
            right.K,
            left.distortion,
            right.distortion,
            right_from_left,
            left.size,
            left.model,
        )


def write_kalibr_calib(path: PathLike, calibration: Calibration) -> None:
    """Write a camchain.yaml of Kalibr: the left camera is cam0, the right one is cam1.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    calibration : Calibration
        Fisheye, or pinhole with k1, k2, p1, p2 at most: the others must be 0. The
        reprojection error is not written.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is none, or has coefficients that Kalibr's models lack.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_kalibr_calib`.
    """
    if not isinstance(calibration, Calibration):
        raise StereoTypeError(
            f"a {type(calibration).__name__} can't be written as a file of Kalibr: expected a "
            "Calibration of raw cameras"
        )
    left = _section(calibration, calibration.K_left, calibration.distortion_left, [1])
    right = _section(calibration, calibration.K_right, calibration.distortion_right, [0])
    right = {"T_cn_cnm1": calibration.right_from_left.tolist(), **right}
    write_bytes(path, yaml_bytes({"cam0": left, "cam1": right}))


def _indices(cameras: Any) -> tuple[int, int]:
    try:
        left, right = cameras
    except (TypeError, ValueError):
        raise StereoTypeError(
            f"cameras must be two numbers such as (0, 1), got {cameras!r}"
        ) from None
    first, second = (integer("a camera", one, 0, 99) for one in (left, right))
    if first == second:
        raise StereoValueError(f"cameras = {cameras!r} must be two different ones")
    return first, second


def _camera(part: Fields) -> _Camera:
    model = part.text("camera_model")
    if model != "pinhole":
        raise StereoFileError(
            f"'camera_model' of {part.name} is {model!r}: 'pinhole' can be used; OpenCV has no "
            "omni, eucm or ds cameras"
        )
    name = part.text("distortion_model")
    if name not in _MODELS:
        raise StereoFileError(
            f"'distortion_model' of {part.name} is {name!r}: {', '.join(_MODELS)} can be used"
        )
    camera_model, count = _MODELS[name]
    has_coefficients = count > 0 or "distortion_coeffs" in part
    distortion = part.numbers("distortion_coeffs", count) if has_coefficients else np.zeros(0)
    fx, fy, cx, cy = part.numbers("intrinsics", 4)
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    width, height = part.numbers("resolution", 2)
    if width % 1 or height % 1:
        raise StereoFileError(f"'resolution' of {part.name} is {width:g} x {height:g}")
    return _Camera(K, distortion, camera_model, (int(width), int(height)))


def _step(part: Fields) -> Float64Array:
    """Return T_cn_cnm1, with an exact rotation."""
    with valid(part.name):
        offset = part.matrix("T_cn_cnm1", 4, 4)[:3, 3]
        return transform(part.rotation("T_cn_cnm1", 4, 4), offset)


def _section(
    calibration: Calibration, K: Float64Array, distortion: Float64Array, overlaps: list[int]
) -> dict[str, Any]:
    if np.any(distortion[4:] != 0):
        raise StereoValueError(
            f"the coefficients {distortion.tolist()} can't be written as a file of Kalibr: its "
            "radtan model has k1, k2, p1 and p2 only"
        )
    model = "equidistant" if calibration.model == "fisheye" else "radtan"
    coefficients = np.pad(distortion, (0, max(0, 4 - distortion.size)))[:4]
    return {
        "cam_overlaps": overlaps,
        "camera_model": "pinhole",
        "distortion_coeffs": coefficients.tolist(),
        "distortion_model": model,
        "intrinsics": [K[0, 0].item(), K[1, 1].item(), K[0, 2].item(), K[1, 2].item()],
        "resolution": list(calibration.image_size),
    }
