"""Calibration files calib_cam_to_cam.txt of KITTI's raw data (Geiger et al. 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stereo.geometry.arguments import inverse, transform
from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry
from stereo.io.fields import Fields, read_keyed_lines, valid
from stereo.io.files import PathLike, write_bytes
from stereo.io.kitti_calib import checked_cameras, number_line
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["KittiRawCalibration", "read_kitti_raw_calib", "write_kitti_raw_calib"]

Float64Array = npt.NDArray[np.float64]

_COEFFICIENTS = 5


@dataclass(frozen=True, eq=False)
class KittiRawCalibration:
    """A pair of KITTI's four cameras, before and after its rectification.

    Attributes
    ----------
    calibration : Calibration
        The raw cameras: the folders ``unsync``, or ``extract``, hold their images.
    geometry : StereoGeometry
        The rectified pair: the folders ``sync`` hold its images, of another size.
    R_left, R_right : ndarray, float64 (3, 3)
        The rectifying rotations of the two: R_rect of the files.
    """

    calibration: Calibration
    geometry: StereoGeometry
    R_left: Float64Array
    R_right: Float64Array


def read_kitti_raw_calib(
    path: PathLike, *, cameras: tuple[int, int] = (2, 3)
) -> KittiRawCalibration:
    """Read a calib_cam_to_cam.txt of KITTI's raw data, or of the stereo benchmark of 2015.

    Parameters
    ----------
    path : str or os.PathLike
        The file, with S, K, D, R, T, S_rect, R_rect and P_rect of both cameras.
    cameras : (int, int)
        Left and right camera: 0 and 1 are gray, 2 and 3 (the default) in colour.

    Returns
    -------
    KittiRawCalibration
        Rotations, which the file has with seven digits, are made exact.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `cameras` are not two of 0 to 3.
    StereoFileError
        If the file is missing, a key is missing or comes twice, a value is not what it must
        be, or the images of both cameras differ in size.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> geometry = StereoGeometry.from_doffs(700, 0.5, 600, 170, (1200, 370))
    >>> K = geometry.K_left
    >>> t = [-0.5, 0, 0]
    >>> cameras = Calibration.from_rotation(K, [], K, [], np.eye(3), t, (1200, 370))
    >>> raw = KittiRawCalibration(cameras, geometry, np.eye(3), np.eye(3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "calib_cam_to_cam.txt"
    ...     write_kitti_raw_calib(path, raw)
    ...     read_kitti_raw_calib(path, cameras=(0, 1)).calibration.t.tolist()
    [-0.5, 0.0, 0.0]
    """
    ends = [f"{camera:02d}" for camera in checked_cameras(cameras)]
    fields = read_keyed_lines(path, ":")
    size, rectified_size = _size(fields, "S", ends), _size(fields, "S_rect", ends)
    K_left, K_right = (fields.matrix(f"K_{end}", 3, 3) for end in ends)
    D_left, D_right = (fields.numbers(f"D_{end}", _COEFFICIENTS) for end in ends)
    P_left, P_right = (fields.matrix(f"P_rect_{end}", 3, 4) for end in ends)
    R_left, R_right = (fields.rotation(f"R_rect_{end}") for end in ends)
    left_from_0, right_from_0 = (
        transform(fields.rotation(f"R_{end}"), fields.numbers(f"T_{end}", 3)) for end in ends
    )
    with valid(fields.name):
        right_from_left = right_from_0 @ inverse(left_from_0)
        calibration = Calibration(K_left, K_right, D_left, D_right, right_from_left, size)
        geometry = StereoGeometry.from_projections(P_left, P_right, rectified_size)
    return KittiRawCalibration(calibration, geometry, R_left, R_right)


def write_kitti_raw_calib(path: PathLike, raw: KittiRawCalibration) -> None:
    """Write a calib_cam_to_cam.txt with two cameras: the left one is 0, the right one is 1.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    raw : KittiRawCalibration
        Pinhole cameras with at most 5 coefficients of distortion; missing ones become 0.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is none, or its cameras have another model or more coefficients.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_kitti_raw_calib`.
    """
    if not isinstance(raw, KittiRawCalibration):
        raise StereoTypeError(f"expected a KittiRawCalibration, got a {type(raw).__name__}")
    cameras, geometry = raw.calibration, raw.geometry
    counts = cameras.distortion_left.size, cameras.distortion_right.size
    if cameras.model != "pinhole" or max(counts) > _COEFFICIENTS:
        raise StereoValueError(
            f"{cameras.model} cameras with {counts[0]} and {counts[1]} coefficients can't be "
            f"written as a KITTI calibration: it holds pinhole cameras with {_COEFFICIENTS}"
        )
    sides = (
        (cameras.K_left, cameras.distortion_left, np.eye(4), raw.R_left, geometry.K_left, 0.0),
        (
            cameras.K_right,
            cameras.distortion_right,
            cameras.right_from_left,
            raw.R_right,
            geometry.K_right,
            -geometry.focal_length * geometry.baseline,
        ),
    )
    lines = []
    for camera, (K, distortion, from_left, R_rect, K_rect, shift) in enumerate(sides):
        values: dict[str, npt.ArrayLike] = {
            "S": cameras.image_size,
            "K": K,
            "D": np.pad(distortion, (0, _COEFFICIENTS - distortion.size)),
            "R": from_left[:3, :3],
            "T": from_left[:3, 3],
            "S_rect": geometry.image_size,
            "R_rect": R_rect,
            "P_rect": np.column_stack([K_rect, [shift, 0, 0]]),
        }
        lines += [number_line(f"{key}_{camera:02d}", value) for key, value in values.items()]
    write_bytes(path, "".join(lines).encode("ascii"))


def _size(fields: Fields, key: str, ends: list[str]) -> tuple[int, int]:
    """Return the size of the images of both cameras."""
    left, right = (fields.numbers(f"{key}_{end}", 2) for end in ends)
    if not np.array_equal(left, right) or (left % 1).any():
        raise StereoFileError(
            f"{key}_{ends[0]} and {key}_{ends[1]} of {fields.name} are {left.tolist()} and "
            f"{right.tolist()}: expected one size in whole numbers"
        )
    return int(left[0]), int(left[1])
