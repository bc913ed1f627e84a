"""Rendered stereo pairs whose disparity is known exactly.

Both views are ray cast from one scene of planes, spheres and cylinders, in
double precision. The disparity is evaluated at the pixel centres, the images
are averages of nine samples a pixel, and what hides what is decided by casting
a second ray from the other camera. All randomness comes from `seed` through
NumPy's PCG64, so a seed means the same scene on every machine (up to the last
bit of the processor's arithmetic).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.datasets._arguments import (
    MAX_DISPARITY,
    checked_seed,
    disparity_range,
    number,
    size,
)
from stereo.datasets._render import Rig, Scene, disparity_and_occlusion, picture
from stereo.datasets._room import room, slanted_wall, wall
from stereo.datasets._sensor import Sensor, sensor
from stereo.types import StereoValueError

__all__ = ["SyntheticPair", "render", "shifted", "slanted"]

_ROOM = 8  # px that the search range of a plain wall has to spare on both sides


@dataclass(frozen=True, eq=False)
class SyntheticPair:
    """A rectified pair with the truth about it.

    Attributes
    ----------
    left, right : ndarray, uint8, uint16 or float32, (H, W) or (H, W, 3)
        The images, colour in RGB order. Full scale is 255 (uint8 and float32)
        or 65535 (uint16).
    disparity : ndarray, float32 (H, W)
        x_left - x_right in pixels at the pixel centres of the left image.
        Known everywhere, also where the pixel is occluded.
    right_disparity : ndarray, float32 (H, W)
        The same x_left - x_right at the pixel centres of the right image.
    occluded : ndarray, bool (H, W)
        Left pixels whose point the right image does not show: something nearer
        hides it there, or it lies left of the centre of the first column or
        right of the centre of the last one.
    right_occluded : ndarray, bool (H, W)
        Right pixels whose point the left image does not show.
    min_disp, max_disp : int
        Both views keep min_disp <= disparity < max_disp.
    seed : int
        The seed that the pair was made from.
    """

    left: npt.NDArray[Any]
    right: npt.NDArray[Any]
    disparity: npt.NDArray[np.float32]
    right_disparity: npt.NDArray[np.float32]
    occluded: npt.NDArray[np.bool_]
    right_occluded: npt.NDArray[np.bool_]
    min_disp: int
    max_disp: int
    seed: int


def render(
    width: int = 640,
    height: int = 480,
    *,
    max_disp: int = 64,
    min_disp: int = 0,
    seed: int = 0,
    dtype: npt.DTypeLike = "uint8",
    color: bool = False,
    noise: float = 1.0,
    gain: float = 1.0,
    gamma: float = 1.0,
) -> SyntheticPair:
    """Render a furnished room that holds what stereo matching finds hard.

    Slanted walls and floor, a sphere, a column, a crate, poles 2 to 4 px wide,
    a slanted wire, a whiteboard without texture and a checkerboard that repeats
    every 11 to 15 px. The disparities span most of [min_disp, max_disp). The left
    image depends neither on `min_disp` nor on `max_disp`; they place the right
    camera.

    Parameters
    ----------
    width, height : int
        Size of both images in pixels, from 1 x 1.
    max_disp, min_disp : int
        The disparity range in pixels, min_disp inclusive and max_disp
        exclusive, within -16384 to 16384. A negative `min_disp` gives negative
        disparities.
    seed : int
        0 or more. Chooses texture and noise, and moves the objects a little.
    dtype : "uint8", "uint16" or "float32"
        Type of the images. float32 images span 0 to 255 and are not rounded.
    color : bool
        RGB images instead of gray ones (luma after BT.601).
    noise : float
        Standard deviation of the sensor noise at mid-gray, in gray levels of
        255. Half of its variance is read noise, the same everywhere; the other
        half is shot noise, proportional to the signal. 0 = none.
    gain, gamma : float
        Exposure of the right camera against the left one: it sees
        gain * light**gamma, light in [0, 1]. Values over full scale saturate.

    Returns
    -------
    SyntheticPair
        Images, disparities and occlusions of both views.

    Raises
    ------
    StereoValueError, StereoTypeError
        For an argument that is out of its range or of the wrong type.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.render(64, 48, max_disp=16)
    >>> pair.left.shape, str(pair.left.dtype), str(pair.disparity.dtype)
    ((48, 64), 'uint8', 'float32')
    >>> bool((pair.disparity < pair.max_disp).all())
    True
    """
    width, height = size(width, height)
    low, high = disparity_range(min_disp, max_disp)
    seed = checked_seed(seed)
    camera = sensor(dtype, color, noise, gain, gamma)
    return _shoot(room(width, height, low, high, seed), camera, low, high, seed)


def shifted(
    width: int,
    height: int,
    disparity: float,
    *,
    seed: int = 0,
    dtype: npt.DTypeLike = "uint8",
    color: bool = False,
    noise: float = 0.0,
    gain: float = 1.0,
    gamma: float = 1.0,
) -> SyntheticPair:
    """Render a textured wall that faces the cameras: one disparity everywhere.

    Parameters
    ----------
    width, height : int
        Size of both images in pixels, from 1 x 1.
    disparity : float
        x_left - x_right of every pixel: whole or fractional, of either sign,
        within -16384 to 16384. With a whole one and no noise the right image is
        an exact shifted copy of the left one.
    seed, dtype, color, noise, gain, gamma
        As in :func:`render`, but without noise unless asked for.

    Returns
    -------
    SyntheticPair
        Its range spans the disparity and 8 px on both sides of it.

    Raises
    ------
    StereoValueError, StereoTypeError
        For an argument that is out of its range or of the wrong type.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(32, 8, 5)
    >>> bool((pair.left[:, 5:] == pair.right[:, :-5]).all())
    True
    """
    width, height = size(width, height)
    shift = number("disparity", disparity, -MAX_DISPARITY, MAX_DISPARITY)
    seed = checked_seed(seed)
    camera = sensor(dtype, color, noise, gain, gamma)
    # Cameras without a baseline whose principal points differ by the disparity.
    rig = Rig(width, height, 1.0, shift, 0.0)
    low, high = math.floor(shift) - _ROOM, math.floor(shift) + _ROOM + 1
    return _shoot(wall(rig, seed), camera, low, high, seed)


def slanted(
    width: int,
    height: int,
    disparity: float,
    slope_x: float,
    slope_y: float = 0.0,
    *,
    seed: int = 0,
    dtype: npt.DTypeLike = "uint8",
    color: bool = False,
    noise: float = 0.0,
    gain: float = 1.0,
    gamma: float = 1.0,
) -> SyntheticPair:
    """Render one textured plane whose disparity is linear in the image.

    The left disparity is disparity + slope_x * (x - (width - 1) / 2)
    + slope_y * (y - (height - 1) / 2).

    Parameters
    ----------
    width, height : int
        Size of both images in pixels, from 1 x 1.
    disparity : float
        Disparity in the middle of the left image, in pixels.
    slope_x, slope_y : float
        Change of the disparity a column and a row; `slope_x` is less than 1,
        because from there on the right camera sees the back of the plane.
    seed, dtype, color, noise, gain, gamma
        As in :func:`render`, but without noise unless asked for.

    Returns
    -------
    SyntheticPair
        Its range spans the disparities of both views and 8 px on both sides.

    Raises
    ------
    StereoValueError, StereoTypeError
        For an argument that is out of its range or of the wrong type, or
        disparities beyond -16384 to 16384.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.slanted(9, 3, 4.0, slope_x=0.25)
    >>> pair.disparity[0].tolist()
    [3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 4.75, 5.0]
    """
    width, height = size(width, height)
    middle = number("disparity", disparity, -MAX_DISPARITY, MAX_DISPARITY)
    a = number("slope_x", slope_x, -MAX_DISPARITY, math.nextafter(1.0, 0.0))
    b = number("slope_y", slope_y, -MAX_DISPARITY, MAX_DISPARITY)
    seed = checked_seed(seed)
    camera = sensor(dtype, color, noise, gain, gamma)
    reach_x, reach_y = abs(a) * (width - 1) / 2, abs(b) * (height - 1) / 2
    # With x_left = x_right + d, the right view has the same numerator over 1 - a.
    corners = (middle - reach_x - reach_y, middle + reach_x + reach_y)
    extremes = [corner / stretch for corner in corners for stretch in (1.0, 1 - a)]
    low, high = math.floor(min(extremes)) - _ROOM, math.floor(max(extremes)) + _ROOM + 1
    if low < -MAX_DISPARITY or high > MAX_DISPARITY:
        raise StereoValueError(
            f"the plane spans disparities from {low} to {high} in {width} x {height} pixels; "
            f"they must stay within -{MAX_DISPARITY} and {MAX_DISPARITY}"
        )
    rig = Rig(width, height, 1.0, float(low), 1.0)
    scene = slanted_wall(rig, seed, (a, b, middle - low))
    return _shoot(scene, camera, low, high, seed)


def _shoot(scene: Scene, camera: Sensor, low: int, high: int, seed: int) -> SyntheticPair:
    disparity, occluded = disparity_and_occlusion(scene, "left")
    right_disparity, right_occluded = disparity_and_occlusion(scene, "right")
    return SyntheticPair(
        left=camera.expose(picture(scene, "left"), "left", seed),
        right=camera.expose(picture(scene, "right"), "right", seed),
        disparity=disparity,
        right_disparity=right_disparity,
        occluded=occluded,
        right_occluded=right_occluded,
        min_disp=low,
        max_disp=high,
        seed=seed,
    )
