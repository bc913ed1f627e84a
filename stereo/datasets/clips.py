"""Clips: consecutive images of one camera or two, from files, videos, or rendered.

What :mod:`stereo.train` learns depth from. Rendered clips know the depth and the poses too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer
from stereo.datasets._arguments import checked_seed, number, size
from stereo.datasets._layouts import files_in, first_there, folder
from stereo.datasets._moving import path as round_path
from stereo.datasets._moving import seen_from
from stereo.datasets._render import Scene, depth_at_centres, picture
from stereo.datasets._room import room
from stereo.datasets._sensor import Sensor, sensor
from stereo.datasets._video import VideoFrames
from stereo.datasets.sample import read_colour
from stereo.geometry.arguments import checked_camera_matrix, finite_array, rigid_transform
from stereo.geometry.rectified import StereoGeometry
from stereo.io.files import PathLike
from stereo.io.kitti_raw import read_kitti_raw_calib
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["Clip", "ImageFiles", "image_folder", "kitti_raw", "render", "video"]

Image = npt.NDArray[Any]
Float64Array = npt.NDArray[np.float64]

_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm", ".ppm")
_FOLDER = "A clip is a folder of images whose names are in the order of time."
_RAW = "KITTI's raw data: https://www.cvlibs.net/datasets/kitti/raw_data.php."
_MOST_FRAMES = 100_000


@dataclass(frozen=True, eq=False)
class Clip:
    """Consecutive images, of one camera or of a rectified pair.

    Attributes
    ----------
    left : sequence of ndarray, uint8 or uint16, (H, W) or (H, W, 3)
        The images in the order of time, colour as RGB. They are asked for when they are needed.
    right : sequence of ndarray, optional
        As many of the right camera, at the same times.
    K : ndarray, float64 (3, 3), optional
        Camera matrix of the left images, px. By default that of `geometry`.
    geometry : StereoGeometry, optional
        The rectified pair, in px and metres.
    poses : ndarray, float64 (n, 4, 4), optional
        world_from_left of each image.
    depth : sequence of ndarray, float32 (H, W), optional
        True depth of the left images; NaN = unknown.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there is no image, the numbers of images differ, or a matrix is none.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((4, 6, 3), np.uint8)
    >>> len(Clip([frame, frame], K=np.array([[5.0, 0, 3], [0, 5, 2], [0, 0, 1]])))
    2
    """

    left: Sequence[Image]
    right: Sequence[Image] | None = None
    K: Float64Array | None = None
    geometry: StereoGeometry | None = None
    poses: Float64Array | None = None
    depth: Sequence[npt.NDArray[np.float32]] | None = None

    def __post_init__(self) -> None:
        """Check everything that needs no image."""
        for name in ("left", "right", "depth"):
            self._check_length(name, getattr(self, name))
        if self.geometry is not None and not isinstance(self.geometry, StereoGeometry):
            raise StereoTypeError(
                f"geometry must be a StereoGeometry, got {type(self.geometry).__name__}"
            )
        if self.K is not None:
            object.__setattr__(self, "K", checked_camera_matrix("K", self.K))
        elif self.geometry is not None:
            object.__setattr__(self, "K", self.geometry.K_left)
        if self.poses is not None:
            object.__setattr__(self, "poses", _checked_poses(self.poses, len(self.left)))

    def __len__(self) -> int:
        """Return the number of left images."""
        return len(self.left)

    def _check_length(self, name: str, images: Any) -> None:
        if images is None:
            return
        try:
            count = len(images)
        except TypeError:
            raise StereoTypeError(
                f"{name} must be a sequence of images, got {type(images).__name__}"
            ) from None
        if not count or count != len(self.left):
            raise StereoValueError(
                f"the clip has {len(self.left)} left images and {count} of {name}: expected as "
                "many, and at least one"
            )


class ImageFiles(Sequence[Image]):
    """Images that are read when they are asked for; alpha is left out.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The files.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | Sequence[Image]:
        """Read an image, or some."""
        if isinstance(index, slice):
            return ImageFiles(self.paths[index])
        return read_colour(self.paths[index])


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


def render(
    width: int = 320,
    height: int = 192,
    *,
    frames: int = 48,
    max_disp: int = 32,
    travel: float = 0.25,
    poses: npt.ArrayLike | None = None,
    seed: int = 0,
    noise: float = 1.0,
) -> Clip:
    """Render the room of :func:`stereo.datasets.synthetic.render` from a pair that moves.

    Parameters
    ----------
    width, height : int
        Size of the images, px.
    frames : int
        Number of images of each camera. It is that of `poses` where these are given.
    max_disp : int
        Disparity of what is at depth 1 from the first position, px: it makes the baseline.
        Everything seen from there is beyond that depth.
    travel : float
        Radius of the way of the camera, 0 to 1, in units of depth: it goes forward and sideways
        in rounds of 24 images, looking about. 0 = at rest. What is seen first is at depths of about
        1.3 to 12.5.
    poses : array_like (n, 4, 4), optional
        world_from_left of each image, instead of that way. The identity is where
        `synthetic.render` stands.
    seed : int
        0 or more. Chooses texture and noise, and moves the objects a little.
    noise : float
        Standard deviation of the sensor's noise, as of `synthetic.render`.

    Returns
    -------
    Clip
        RGB images, uint8, with geometry, poses and true depth.

    Raises
    ------
    StereoValueError, StereoTypeError
        For an argument that is out of its range or of the wrong type, or a pose that looks past
        the room.

    Examples
    --------
    >>> clip = render(64, 48, frames=3)
    >>> len(clip), clip.left[0].shape, clip.poses.shape, str(clip.depth[0].dtype)
    (3, (48, 64, 3), (3, 4, 4), 'float32')
    """
    width, height = size(width, height)
    integer("max_disp", max_disp, 1, 1 << 14)
    checked_seed(seed)
    camera = sensor("uint8", True, noise, 1.0, 1.0)
    way = round_path(integer("frames", frames, 1, _MOST_FRAMES), number("travel", travel, 0.0, 1.0))
    if poses is not None:
        way = _checked_poses(poses, None)
    scene = room(width, height, 0, max_disp, seed)
    shots = [
        _shot(seen_from(scene, pose), camera, (seed << 20) + k, k) for k, pose in enumerate(way)
    ]
    lefts, rights, depths = ([*column] for column in zip(*shots, strict=True))
    rig = scene.rig
    geometry = StereoGeometry.from_doffs(
        rig.focal, rig.scale / rig.focal, (width - 1) / 2, (height - 1) / 2, (width, height)
    )
    return Clip(lefts, rights, geometry=geometry, poses=way, depth=depths)


def _shot(scene: Scene, camera: Sensor, seed: int, frame: int) -> tuple[Image, Image, Image]:
    depth = depth_at_centres(scene, "left")
    if not (np.isfinite(depth).all() and np.isfinite(depth_at_centres(scene, "right")).all()):
        raise StereoValueError(f"pose {frame} looks past the room: turn or move the camera less")
    return (
        camera.expose(picture(scene, "left"), "left", seed),
        camera.expose(picture(scene, "right"), "right", seed),
        depth.astype(np.float32).reshape(scene.rig.height, scene.rig.width),
    )


def _images_in(place: PathLike) -> list[Path]:
    layout = f"image files ({', '.join(_IMAGES)})"
    parent = folder(place, _FOLDER)
    found = files_in(parent, "*", layout, _FOLDER)
    images = [path for path in found if path.suffix.lower() in _IMAGES]
    if not images:
        raise StereoFileError(f"{parent} has no {layout} in it. {_FOLDER}")
    return images


def _checked_poses(poses: Any, count: int | None) -> Float64Array:
    array = finite_array("poses", poses)
    if array.ndim != 3 or array.shape[1:] != (4, 4) or not 1 <= len(array) <= _MOST_FRAMES:
        raise StereoValueError(f"poses are {array.shape}: expected (n, 4, 4), one an image")
    if count is not None and len(array) != count:
        raise StereoValueError(f"there are {len(array)} poses for {count} images: one an image")
    return np.stack([rigid_transform(f"poses[{k}]", pose) for k, pose in enumerate(array)])
