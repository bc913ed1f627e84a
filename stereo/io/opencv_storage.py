"""Calibrations as OpenCV's storage files: YAML, XML or JSON."""

from __future__ import annotations

import os
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry
from stereo.io.fields import Fields, image_size_of, valid
from stereo.io.files import PathLike, path_name, write_bytes
from stereo.io.images import opencv
from stereo.io.opencv_contents import storage_contents
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["Prefer", "read_opencv_calib", "write_opencv_calib"]

Prefer = Literal["raw", "rectified"]
Float64Array = npt.NDArray[np.float64]

# What each value of raw cameras may be called. The first name is the one that is written.
_NAMES = {
    "K_left": ("M1", "cameraMatrix1", "K1", "K_left"),
    "K_right": ("M2", "cameraMatrix2", "K2", "K_right"),
    "distortion_left": ("D1", "distCoeffs1", "distortion_left"),
    "distortion_right": ("D2", "distCoeffs2", "distortion_right"),
    "R": ("R",),
    "t": ("T",),
}
_SIZES = ("image_size", "imageSize")
_ENDINGS = (".yml", ".yaml", ".xml", ".json")


def read_opencv_calib(
    path: PathLike,
    extrinsics: PathLike | None = None,
    *,
    image_size: tuple[int, int] | None = None,
    prefer: Prefer = "raw",
) -> Calibration | StereoGeometry:
    """Read a stereo calibration from files that cv2.FileStorage wrote.

    The names that are understood, of which a file has to use one:

    ==================  =======================================
    camera matrices     M1 M2, cameraMatrix1 cameraMatrix2, K1 K2, K_left K_right
    distortion          D1 D2, distCoeffs1 distCoeffs2, distortion_left distortion_right
    right_from_left     R and T
    rectified pair      P1 and P2, or else Q
    image size          image_width and image_height, image_size or imageSize
    model               model: "pinhole" (also where it is missing) or "fisheye"
    error               reprojection_error
    ==================  =======================================

    Parameters
    ----------
    path : str or os.PathLike
        The file; YAML, XML or JSON, whatever its name.
    extrinsics : str or os.PathLike, optional
        A second file with what the first one lacks, as OpenCV's sample writes
        ``intrinsics.yml`` and ``extrinsics.yml``.
    image_size : (int, int), optional
        Width and height of the images, px, for files that don't hold it.
    prefer : {"raw", "rectified"}
        What to return if the files describe both.

    Returns
    -------
    Calibration or StereoGeometry
        The raw cameras, or the rectified pair. Lengths are taken for metres: they have the
        unit that the squares of the board had.

    Raises
    ------
    StereoFileError
        If a file is missing or damaged, a value is missing, comes twice or is not what it must
        be, or there is no image size.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
    >>> cameras = Calibration.from_rotation(K, [], K, [], np.eye(3), [-0.12, 0, 0], (640, 480))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "stereo.yml"
    ...     write_opencv_calib(path, cameras)
    ...     read_opencv_calib(path).baseline
    0.12
    """
    word("prefer", prefer, ("raw", "rectified"))
    values = storage_contents(path)
    name = path_name(path)
    if extrinsics is not None:
        second = storage_contents(extrinsics)
        twice = sorted(set(values) & set(second))
        name = f"{name} with {path_name(extrinsics)}"
        if twice:
            raise StereoFileError(f"{name}: both files have {', '.join(twice)}")
        values |= second
    fields = Fields(name, values)
    is_raw = any(key in fields for key in _NAMES["K_left"])
    is_rectified = "P1" in fields or "Q" in fields
    if is_rectified and (prefer == "rectified" or not is_raw):
        return _rectified(fields, image_size)
    return _raw(fields, image_size)


def write_opencv_calib(path: PathLike, calibration: Calibration | StereoGeometry) -> None:
    """Write a calibration to a file that cv2.FileStorage reads.

    Raw cameras are written as image_width, image_height, model, M1, D1, M2, D2, R, T and, where
    it is known, reprojection_error; a rectified pair as image_width, image_height, P1, P2 and
    Q. All are float64 in full precision, lengths in metres.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its ending ``.yml``, ``.yaml``, ``.xml`` or ``.json`` says which form it has.
        An existing one is replaced when the new one is complete.
    calibration : Calibration or StereoGeometry
        Raw cameras, or a rectified pair.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is neither, or the ending is another.
    StereoFileError
        If the file can't be written.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    See :func:`read_opencv_calib`.
    """
    if not isinstance(calibration, Calibration | StereoGeometry):
        raise StereoTypeError(
            f"a {type(calibration).__name__} can't be written: expected a Calibration or "
            "StereoGeometry"
        )
    name = path_name(path)
    ending = os.path.splitext(name)[1].lower()
    if ending not in _ENDINGS:
        raise StereoValueError(f"{name!r} must end in one of {', '.join(_ENDINGS)}")
    cv2 = opencv()
    width, height = calibration.image_size
    content: dict[str, Any] = {"image_width": width, "image_height": height}
    if isinstance(calibration, Calibration):
        content |= _raw_content(calibration)
    else:
        content |= _rectified_content(calibration)
    storage = cv2.FileStorage(ending, cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
    for key, value in content.items():
        storage.write(key, value)
    text: str = storage.releaseAndGetString()
    write_bytes(path, text.encode("utf-8"))


def _raw_content(calibration: Calibration) -> dict[str, Any]:
    content: dict[str, Any] = {
        "model": calibration.model,
        "M1": calibration.K_left,
        "D1": calibration.distortion_left[None],
        "M2": calibration.K_right,
        "D2": calibration.distortion_right[None],
        "R": calibration.R,
        "T": calibration.t[:, None],
    }
    if not np.isnan(calibration.reprojection_error):
        content["reprojection_error"] = calibration.reprojection_error
    return content


def _rectified_content(geometry: StereoGeometry) -> dict[str, Any]:
    shift = [-geometry.focal_length * geometry.baseline, 0, 0]
    return {
        "P1": np.column_stack([geometry.K_left, np.zeros(3)]),
        "P2": np.column_stack([geometry.K_right, shift]),
        "Q": geometry.Q,
    }


def _raw(fields: Fields, image_size: tuple[int, int] | None) -> Calibration:
    K_left, K_right = (fields.matrix(_key(fields, side), 3, 3) for side in ("K_left", "K_right"))
    D_left, D_right = (
        fields.numbers(_key(fields, side)) for side in ("distortion_left", "distortion_right")
    )
    R, t = fields.rotation(_key(fields, "R")), fields.numbers(_key(fields, "t"), 3)
    model: Any = fields.text("model") if "model" in fields else "pinhole"
    error = "reprojection_error"
    known_error = {error: fields.number(error)} if error in fields else {}
    size = _size(fields, image_size)
    with valid(fields.name):
        return Calibration.from_rotation(
            K_left, D_left, K_right, D_right, R, t, size, model=model, **known_error
        )


def _rectified(fields: Fields, image_size: tuple[int, int] | None) -> StereoGeometry:
    size = _size(fields, image_size)
    if "P1" in fields:
        P_left, P_right = fields.matrix("P1", 3, 4), fields.matrix("P2", 3, 4)
        with valid(fields.name):
            return StereoGeometry.from_projections(P_left, P_right, size)
    Q = fields.matrix("Q", 4, 4)
    with valid(fields.name):
        return StereoGeometry.from_q(Q, size)


def _key(fields: Fields, what: str) -> str:
    """Return the one name that the file has for a value."""
    present = [name for name in _NAMES[what] if name in fields]
    if len(present) > 1:
        raise StereoFileError(f"{fields.name} has both {' and '.join(present)}: expected one")
    if not present:
        both = (
            ": R and T may be in a second file, extrinsics.yml of OpenCV's sample"
            if what in ("R", "t")
            else ": two cameras are needed, and their names are " + " or ".join(_NAMES[what])
        )
        raise StereoFileError(f"{fields.name} has no {_NAMES[what][0]!r}{both}")
    return present[0]


def _size(fields: Fields, given: tuple[int, int] | None) -> tuple[int, int]:
    found = None
    if "image_width" in fields or "image_height" in fields:
        found = fields.whole("image_width"), fields.whole("image_height")
    for key in _SIZES:
        if key in fields:
            width, height = fields.numbers(key, 2)
            if width % 1 or height % 1:
                raise StereoFileError(f"{key!r} of {fields.name} is {width:g} x {height:g} px")
            found = int(width), int(height)
    return image_size_of(fields.name, found, given)
