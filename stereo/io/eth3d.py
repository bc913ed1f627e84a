"""Cameras of ETH3D's multi-view data (Schöps et al. 2017): cameras.txt and images.txt of COLMAP."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.arguments import inverse, transform
from stereo.geometry.calibration import Calibration, CameraModel
from stereo.io.fields import Fields, valid
from stereo.io.files import PathLike, path_name, read_text, write_bytes
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["read_eth3d_cameras", "write_eth3d_cameras"]

Float64Array = npt.NDArray[np.float64]

# The parameters of each model. Distortion comes in the order of OpenCV, below.
_MODELS: dict[str, tuple[str, ...]] = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
    "FULL_OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
    "OPENCV_FISHEYE": ("fx", "fy", "cx", "cy", "k1", "k2", "k3", "k4"),
    "THIN_PRISM_FISHEYE": (
        *("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "sx1", "sy1"),
    ),
}
_FISHEYE = ("OPENCV_FISHEYE", "THIN_PRISM_FISHEYE")
_CENTRE = 0.5  # COLMAP's coordinates of the middle of the first pixel
_UNIT_TOLERANCE = 1e-3  # of a quaternion's length


class _Camera(NamedTuple):
    K: Float64Array
    distortion: Float64Array
    model: CameraModel
    size: tuple[int, int]


class _Image(NamedTuple):
    camera: str
    camera_from_world: Float64Array


def read_eth3d_cameras(
    path: PathLike, left: str | None = None, right: str | None = None
) -> Calibration:
    """Read two cameras from the files cameras.txt and images.txt of ETH3D, in COLMAP's format.

    The two-view pairs of ETH3D are rectified, and come with a calib.txt of the Middlebury form:
    see :func:`read_middlebury_calib`.

    Supported are the models PINHOLE and THIN_PRISM_FISHEYE of ETH3D and also SIMPLE_PINHOLE,
    OPENCV, FULL_OPENCV and OPENCV_FISHEYE of COLMAP. OpenCV's fisheye model has neither the
    tangential nor the thin prism terms of THIN_PRISM_FISHEYE: where p1, p2, sx1 and sy1 are 0
    it is exact, and otherwise the camera is refused.

    Parameters
    ----------
    path : str or os.PathLike
        A folder with both files, or the cameras.txt beside an images.txt.
    left, right : str, optional
        Names of the images, as in images.txt. They may be left out if it has two images only:
        then left is the first one.

    Returns
    -------
    Calibration
        Principal points are moved by half a pixel, for the middle of COLMAP's first pixel is
        (0.5, 0.5). Lengths are metres in ETH3D; in what COLMAP makes itself they have no unit.

    Raises
    ------
    StereoFileError
        If a file is missing, an image or camera is missing or comes twice, a value is not what
        it must be, a camera has another model, or the two differ in model or size.

    Examples
    --------
    >>> import tempfile
    >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
    >>> cameras = Calibration.from_rotation(K, [], K, [], np.eye(3), [-0.12, 0, 0], (640, 480))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_eth3d_cameras(folder, cameras, "left.png", "right.png")
    ...     read_eth3d_cameras(folder, "left.png", "right.png").baseline
    0.12
    """
    cameras_path, images_path = _paths(path)
    cameras, images = _cameras(cameras_path), _images(images_path)
    chosen = _pair(images, images_path, left, right)
    for image in chosen:
        if image.camera not in cameras:
            raise StereoFileError(
                f"{cameras_path} has no camera {image.camera}, which {images_path} names"
            )
    first, second = (cameras[image.camera] for image in chosen)
    if first.model != second.model or first.size != second.size:
        raise StereoFileError(
            f"{cameras_path} has a {first.model} camera of {first.size} px on the left and a "
            f"{second.model} one of {second.size} on the right: expected one model and one size"
        )
    right_from_left = chosen[1].camera_from_world @ inverse(chosen[0].camera_from_world)
    with valid(cameras_path):
        return Calibration(
            first.K,
            second.K,
            first.distortion,
            second.distortion,
            right_from_left,
            first.size,
            first.model,
        )


def write_eth3d_cameras(
    folder: PathLike, calibration: Calibration, left: str = "left.png", right: str = "right.png"
) -> None:
    """Write the files cameras.txt and images.txt of ETH3D and COLMAP.

    The world is the left camera's frame. The models are PINHOLE where there is no distortion,
    THIN_PRISM_FISHEYE for fisheye, OPENCV for k1, k2, p1 and p2, and else FULL_OPENCV.

    Parameters
    ----------
    folder : str or os.PathLike
        A folder that is there; files of these names are replaced.
    calibration : Calibration
        Fisheye, or pinhole with at most 8 coefficients.
    left, right : str
        Names of the images, without white space.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an argument is of another type, there are more coefficients, or a name is none.
    StereoFileError
        If a file can't be written.

    Examples
    --------
    See :func:`read_eth3d_cameras`.
    """
    from scipy.spatial.transform import Rotation

    if not isinstance(calibration, Calibration):
        raise StereoTypeError(f"calibration is a {type(calibration).__name__}, not a Calibration")
    for name in (left, right):
        if not isinstance(name, str) or name.split() != [name] or left == right:
            raise StereoValueError(
                f"{left!r} and {right!r} must be two names of images without white space"
            )
    sides = (
        (calibration.K_left, calibration.distortion_left),
        (calibration.K_right, calibration.distortion_right),
    )
    cameras = ["# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"]
    for index, (K, distortion) in enumerate(sides, start=1):
        cameras.append(f"{index} {_camera_line(calibration, K, distortion)}")
    images = ["# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME", "# POINTS2D[]"]
    x, y, z, w = Rotation.from_matrix(calibration.R).as_quat()
    pose = _line([w, x, y, z, *calibration.t])
    images += [f"1 1 0 0 0 0 0 0 1 {left}", "", f"2 {pose} 2 {right}", ""]
    cameras_path, images_path = _paths(folder)
    write_bytes(cameras_path, ("\n".join(cameras) + "\n").encode("utf-8"))
    write_bytes(images_path, ("\n".join(images) + "\n").encode("utf-8"))


def _paths(path: PathLike) -> tuple[str, str]:
    name = path_name(path)
    if os.path.isdir(name):
        return os.path.join(name, "cameras.txt"), os.path.join(name, "images.txt")
    return name, os.path.join(os.path.dirname(name), "images.txt")


def _cameras(path: str) -> dict[str, _Camera]:
    cameras: dict[str, _Camera] = {}
    for index, line in _data_lines(path):
        words = line.split()
        if len(words) < 4:
            raise StereoFileError(
                f"line {index} of {path} is {line!r}: expected CAMERA_ID MODEL WIDTH HEIGHT PARAMS"
            )
        if words[0] in cameras:
            raise StereoFileError(f"{path} has the camera {words[0]} twice")
        cameras[words[0]] = _camera(f"line {index} of {path}", words)
    return cameras


def _camera(name: str, words: list[str]) -> _Camera:
    model = words[1]
    if model not in _MODELS:
        raise StereoFileError(
            f"{name} has a camera of the model {model!r}: {', '.join(_MODELS)} can be used"
        )
    fields = Fields(name, {"width": words[2], "height": words[3], model: words[4:]})
    parameters = dict(
        zip(_MODELS[model], fields.numbers(model, len(_MODELS[model])).tolist(), strict=True)
    )
    lost = [key for key in ("p1", "p2", "sx1", "sy1") if parameters.get(key)]
    if model == "THIN_PRISM_FISHEYE" and lost:
        raise StereoFileError(
            f"{name} has a THIN_PRISM_FISHEYE camera with {', '.join(lost)} other than 0: OpenCV's "
            "fisheye model has no such terms; undistort the images, or use the undistorted ones"
        )
    fx = parameters.get("fx", parameters.get("f", 0.0))
    fy = parameters.get("fy", fx)
    K = np.array(
        [[fx, 0, parameters["cx"] - _CENTRE], [0, fy, parameters["cy"] - _CENTRE], [0, 0, 1]]
    )
    order = ("k1", "k2", "k3", "k4") if model in _FISHEYE else _MODELS[model][4:]
    distortion = np.array([parameters[key] for key in order])
    size = fields.whole("width"), fields.whole("height")
    return _Camera(K, distortion, "fisheye" if model in _FISHEYE else "pinhole", size)


def _images(path: str) -> dict[str, _Image]:
    """Return the images by name. Each has two lines; the second one, with points, is skipped."""
    from scipy.spatial.transform import Rotation

    images: dict[str, _Image] = {}
    skip = False
    for index, line in _data_lines(path, keep_empty=True):
        if skip:
            skip = False
            continue
        words = line.split(maxsplit=9)
        if not words:
            continue
        if len(words) != 10:
            raise StereoFileError(
                f"line {index} of {path} is {line[:60]!r}: expected IMAGE_ID QW QX QY QZ TX TY TZ "
                "CAMERA_ID NAME"
            )
        name = f"line {index} of {path}"
        fields = Fields(name, {"quaternion": words[1:5], "translation": words[5:8]})
        w, x, y, z = fields.numbers("quaternion", 4)
        length = float(np.sqrt(w * w + x * x + y * y + z * z))
        if abs(length - 1) > _UNIT_TOLERANCE:
            raise StereoFileError(f"the quaternion in {name} has length {length:g}: it must be 1")
        if words[9] in images:
            raise StereoFileError(f"{path} has the image {words[9]!r} twice")
        R = Rotation.from_quat([x, y, z, w]).as_matrix()
        pose = transform(R, fields.numbers("translation", 3))
        images[words[9]] = _Image(words[8], pose)
        skip = True
    return images


def _data_lines(path: str, *, keep_empty: bool = False) -> list[tuple[int, str]]:
    """Return the lines that are no comments, with their numbers."""
    lines = enumerate(read_text(path).splitlines(), start=1)
    return [
        (index, line.strip())
        for index, line in lines
        if not line.startswith("#") and (keep_empty or line.strip())
    ]


def _pair(
    images: dict[str, _Image], path: str, left: str | None, right: str | None
) -> tuple[_Image, _Image]:
    """Return the left and the right image."""
    if left is None and right is None and len(images) == 2:
        left, right = images
    if left not in images or right not in images or left == right:
        shown = ", ".join(list(images)[:4]) + (", ..." if len(images) > 4 else "")
        raise StereoFileError(
            f"{path} has {len(images)} images ({shown}): two of them must be named as left and "
            f"right, got {left!r} and {right!r}"
        )
    return images[left], images[right]


def _camera_line(calibration: Calibration, K: Float64Array, distortion: Float64Array) -> str:
    width, height = calibration.image_size
    if distortion.size > 8:
        raise StereoValueError(
            f"{distortion.size} coefficients of distortion can't be written as cameras.txt: its "
            "pinhole models have 8 at most"
        )
    values = dict(zip(("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"), distortion, strict=False))
    if calibration.model == "fisheye":
        model = "THIN_PRISM_FISHEYE"
        values = dict(zip(("k1", "k2", "k3", "k4"), distortion, strict=True))
    elif distortion.size <= 4:
        model = "OPENCV" if distortion.size else "PINHOLE"
    else:
        model = "FULL_OPENCV"
    values |= {"fx": K[0, 0], "fy": K[1, 1], "cx": K[0, 2] + _CENTRE, "cy": K[1, 2] + _CENTRE}
    parameters = [values.get(key, 0.0) for key in _MODELS[model]]
    return f"{model} {width} {height} {_line(parameters)}"


def _line(values: list[Any]) -> str:
    return " ".join(repr(float(value)) for value in values)
