"""A clip of the furnished room, with everything known about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer
from stereo.datasets._arguments import checked_seed, number, size
from stereo.datasets._clip import MOST_FRAMES, Clip, checked_poses
from stereo.datasets._moving import path, seen_from
from stereo.datasets._render import Scene, depth_at_centres, picture
from stereo.datasets._room import room
from stereo.datasets._sensor import Sensor, sensor
from stereo.geometry.rectified import StereoGeometry
from stereo.types import StereoValueError

__all__ = ["render"]

Image = npt.NDArray[Any]


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
    >>> from stereo.datasets import clips
    >>> clip = clips.render(64, 48, frames=3)
    >>> len(clip), clip.left[0].shape, clip.poses.shape, str(clip.depth[0].dtype)
    (3, (48, 64, 3), (3, 4, 4), 'float32')
    """
    width, height = size(width, height)
    integer("max_disp", max_disp, 1, 1 << 14)
    checked_seed(seed)
    camera = sensor("uint8", True, noise, 1.0, 1.0)
    way = path(integer("frames", frames, 1, MOST_FRAMES), number("travel", travel, 0.0, 1.0))
    if poses is not None:
        way = checked_poses(poses, None)
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
