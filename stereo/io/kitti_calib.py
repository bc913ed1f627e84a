"""Calibration files of the KITTI benchmarks (Geiger et al. 2012, 2013)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.geometry.rectified import StereoGeometry
from stereo.io.fields import Fields, image_size_of, read_keyed_lines, valid
from stereo.io.files import PathLike, write_bytes
from stereo.types import StereoTypeError, StereoValueError

__all__ = [
    "KittiCalibration",
    "checked_cameras",
    "number_line",
    "read_kitti_calib",
    "write_kitti_calib",
]

Float64Array = npt.NDArray[np.float64]

_CAMERAS = 4
_CAM_FROM_VELO, _VELO_FROM_IMU, _RECT = "Tr_velo_to_cam", "Tr_imu_to_velo", "R0_rect"


@dataclass(frozen=True, eq=False)
class KittiCalibration:
    """A rectified pair of KITTI's four cameras, and the rest of the file.

    Attributes
    ----------
    geometry : StereoGeometry
        That of the two cameras that were asked for, in the left one's frame.
    projections : dict of int to ndarray, float64 (3, 4)
        P0 to P3: from the rectified frame of camera 0 (metres) to pixels.
    R_rect : ndarray, float64 (3, 3), or None
        From the frame of camera 0 to its rectified one.
    cam_from_velo, velo_from_imu : ndarray, float64 (4, 4), or None
        From the laser scanner to camera 0, and from the inertial unit to the scanner; metres.
    """

    geometry: StereoGeometry
    projections: Mapping[int, Float64Array] = field(default_factory=dict)
    R_rect: Float64Array | None = None
    cam_from_velo: Float64Array | None = None
    velo_from_imu: Float64Array | None = None


def read_kitti_calib(
    path: PathLike,
    *,
    image_size: tuple[int, int] | None = None,
    cameras: tuple[int, int] = (2, 3),
) -> KittiCalibration:
    """Read a calibration with P0 to P3: of the object, stereo 2012 and 2015 benchmarks.

    The keys are P0 to P3, of which the two of `cameras` must be there, and where the file has
    them R0_rect, Tr_velo_to_cam and Tr_imu_to_velo. Others are left out.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    image_size : (int, int)
        Width and height of the images, px: these files don't hold it, and it differs from
        drive to drive.
    cameras : (int, int)
        Left and right camera: 0 and 1 are gray, 2 and 3 (the default) in colour.

    Returns
    -------
    KittiCalibration
        Its `geometry` leaves out that the cameras of a pair are some millimetres off each
        other vertically and along the view, which is up to 0.02 of the baseline.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `cameras` are not two of 0 to 3.
    StereoFileError
        If the file is missing, a key is missing or comes twice, a value is not what it must
        be, or there is no image size.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> geometry = StereoGeometry.from_doffs(721.5, 0.54, 609.5, 172.5, (1242, 375))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "000000.txt"
    ...     write_kitti_calib(path, geometry)
    ...     round(read_kitti_calib(path, image_size=(1242, 375)).geometry.baseline, 9)
    0.54
    """
    left, right = checked_cameras(cameras)
    fields = read_keyed_lines(path, ":")
    projections = {
        camera: fields.matrix(f"P{camera}", 3, 4)
        for camera in range(_CAMERAS)
        if f"P{camera}" in fields or camera in (left, right)
    }
    size = image_size_of(fields.name, None, image_size)
    with valid(fields.name):
        geometry = StereoGeometry.from_projections(projections[left], projections[right], size)
    return KittiCalibration(
        geometry,
        projections,
        fields.rotation(_RECT) if _RECT in fields else None,
        _rigid(fields, _CAM_FROM_VELO),
        _rigid(fields, _VELO_FROM_IMU),
    )


def write_kitti_calib(path: PathLike, calibration: KittiCalibration | StereoGeometry) -> None:
    """Write a calibration with P0 to P3, as KITTI's object and stereo benchmarks have it.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    calibration : KittiCalibration or StereoGeometry
        The matrices of the file; or a geometry, which is written twice: as the gray pair P0,
        P1 and as the colour pair P2, P3. The file can't hold the size of the images.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is neither, or a projection is missing.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_kitti_calib`.
    """
    if isinstance(calibration, StereoGeometry):
        left = np.column_stack([calibration.K_left, np.zeros(3)])
        right = np.column_stack([calibration.K_right, np.zeros(3)])
        right[0, 3] = -calibration.focal_length * calibration.baseline
        calibration = KittiCalibration(calibration, {0: left, 1: right, 2: left, 3: right})
    if not isinstance(calibration, KittiCalibration):
        raise StereoTypeError(
            f"a {type(calibration).__name__} can't be written as a KITTI calibration: expected a "
            "StereoGeometry or KittiCalibration"
        )
    missing = [f"P{camera}" for camera in range(_CAMERAS) if camera not in calibration.projections]
    if missing:
        raise StereoValueError(f"the projections lack {', '.join(missing)}: KITTI files have four")
    lines = [number_line(f"P{camera}", calibration.projections[camera]) for camera in range(4)]
    if calibration.R_rect is not None:
        lines.append(number_line(_RECT, calibration.R_rect))
    for key, matrix in (
        (_CAM_FROM_VELO, calibration.cam_from_velo),
        (_VELO_FROM_IMU, calibration.velo_from_imu),
    ):
        if matrix is not None:
            lines.append(number_line(key, matrix[:3]))
    write_bytes(path, "".join(lines).encode("ascii"))


def checked_cameras(cameras: Any) -> tuple[int, int]:
    """Return the numbers of the left and the right camera: two of 0 to 3."""
    try:
        left, right = cameras
    except (TypeError, ValueError):
        raise StereoTypeError(
            f"cameras must be two numbers such as (2, 3), got {cameras!r}"
        ) from None
    if left == right or not all(one in range(_CAMERAS) for one in (left, right)):
        raise StereoValueError(f"cameras = {cameras!r} must be two of 0, 1, 2 and 3")
    return left, right


def number_line(key: str, values: npt.ArrayLike) -> str:
    """Return a line "KEY: VALUES", with digits that give back the same numbers."""
    return f"{key}: {' '.join(f'{value:.16e}' for value in np.ravel(values))}\n"


def _rigid(fields: Fields, key: str) -> Float64Array | None:
    """Return a 3x4 transform as 4x4, None if the file has none."""
    if key not in fields:
        return None
    transform = np.eye(4)
    transform[:3] = fields.matrix(key, 3, 4)
    transform[:3, :3] = fields.rotation(key, 3, 4)
    return transform
