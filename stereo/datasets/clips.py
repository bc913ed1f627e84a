"""Clips: consecutive images of one camera or two, from files, videos, or rendered.

What :mod:`stereo.train` learns depth from. Rendered clips know the depth and the poses too.
"""

from __future__ import annotations

from pathlib import Path

import numpy.typing as npt

from stereo.datasets._clip import Clip, ImageFiles
from stereo.datasets._layouts import files_in, first_there, folder
from stereo.datasets._rendered_clip import render
from stereo.datasets._video import VideoFrames
from stereo.geometry.arguments import checked_camera_matrix
from stereo.geometry.rectified import StereoGeometry
from stereo.io.files import PathLike
from stereo.io.kitti_raw import read_kitti_raw_calib
from stereo.types import StereoFileError

__all__ = ["Clip", "ImageFiles", "image_folder", "kitti_raw", "render", "video"]

_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm", ".ppm")
_FOLDER = "A clip is a folder of images whose names are in the order of time."
_RAW = "KITTI's raw data: https://www.cvlibs.net/datasets/kitti/raw_data.php."


def image_folder(
    left: PathLike,
    right: PathLike | None = None,
    *,
    K: npt.ArrayLike | None = None,
    geometry: StereoGeometry | None = None,
) -> Clip:
    """Open folders of images, in the order of their names.

    Parameters
    ----------
    left, right : str or os.PathLike
        Folders of PNG, JPEG, TIFF, BMP, PGM or PPM files; `right` for a rectified pair.
    K : array_like (3, 3), optional
        Camera matrix of the left images, px.
    geometry : StereoGeometry, optional
        The rectified pair.

    Returns
    -------
    Clip
        Its images are read when they are asked for.

    Raises
    ------
    StereoFileError
        If a folder is missing or has no images, or they don't have as many.
    StereoTypeError, StereoValueError
        If a matrix is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from stereo.io import write_image
    >>> with tempfile.TemporaryDirectory() as place:
    ...     for k in range(3):
    ...         write_image(pathlib.Path(place) / f"{k}.png", np.full((2, 3, 3), k, np.uint8))
    ...     clip = image_folder(place)
    ...     len(clip), int(clip.left[2].max())
    (3, 2)
    """
    lefts = _images_in(left)
    rights = None if right is None else _images_in(right)
    if rights is not None and len(rights) != len(lefts):
        raise StereoFileError(
            f"{left} has {len(lefts)} images and {right} {len(rights)}: {_FOLDER}"
        )
    return Clip(
        ImageFiles(lefts),
        None if rights is None else ImageFiles(rights),
        K=None if K is None else checked_camera_matrix("K", K),
        geometry=geometry,
    )


def kitti_raw(drive: PathLike, *, cameras: tuple[int, int] = (2, 3)) -> Clip:
    """Open a drive of KITTI's raw data, synchronised and rectified.

    Parameters
    ----------
    drive : str or os.PathLike
        The folder of a drive, such as 2011_09_26/2011_09_26_drive_0001_sync, with the folders
        image_02/data and image_03/data. The file calib_cam_to_cam.txt is beside the drives.
    cameras : (int, int)
        Left and right camera: 0 and 1 are gray, 2 and 3 in colour.

    Returns
    -------
    Clip
        With both cameras and their geometry.

    Raises
    ------
    StereoFileError
        If a folder or the calibration is missing or damaged.
    StereoTypeError, StereoValueError
        If `cameras` are not two of 0 to 3.

    References
    ----------
    Geiger, Lenz, Stiller, Urtasun: Vision meets robotics: the KITTI dataset. IJRR 2013.

    Examples
    --------
    >>> kitti_raw("2011_09_26/2011_09_26_drive_0001_sync")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    stereo.types.StereoFileError: there is no folder 2011_09_26/2011_09_26_drive_0001_sync. ...
    """
    place = folder(drive, _RAW)
    name = "calib_cam_to_cam.txt"
    calibration = first_there(place.parent, [name, f"{place.name}/{name}"])
    raw = read_kitti_raw_calib(calibration, cameras=cameras)
    sides = [place / f"image_{camera:02d}" / "data" for camera in cameras]
    return image_folder(*sides, geometry=raw.geometry)


def video(path: PathLike, *, K: npt.ArrayLike | None = None) -> Clip:
    """Open a video file of one camera.

    Parameters
    ----------
    path : str or os.PathLike
        A file that OpenCV's FFmpeg can decode.
    K : array_like (3, 3), optional
        Camera matrix, px. The lens is taken to be free of distortion.

    Returns
    -------
    Clip
        Frames are decoded when they are asked for. Opening goes through the file once.

    Raises
    ------
    StereoFileError
        If the file is missing or no video.
    StereoTypeError, StereoValueError
        If `K` is no camera matrix.

    Examples
    --------
    >>> video("missing.mp4")
    Traceback (most recent call last):
        ...
    stereo.types.StereoFileError: there is no file missing.mp4
    """
    matrix = None if K is None else checked_camera_matrix("K", K)
    return Clip(VideoFrames(path), K=matrix)


def _images_in(place: PathLike) -> list[Path]:
    layout = f"image files ({', '.join(_IMAGES)})"
    parent = folder(place, _FOLDER)
    found = files_in(parent, "*", layout, _FOLDER)
    images = [path for path in found if path.suffix.lower() in _IMAGES]
    if not images:
        raise StereoFileError(f"{parent} has no {layout} in it. {_FOLDER}")
    return images
