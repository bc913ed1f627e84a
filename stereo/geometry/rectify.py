"""Rectification of a calibrated pair."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, number, word
from stereo.geometry.arguments import image_size as checked_size
from stereo.geometry.calibration import Calibration
from stereo.geometry.field_of_view import chosen_window, largest_rectangle, outline
from stereo.geometry.projection import undistorted
from stereo.geometry.rectified import StereoGeometry
from stereo.geometry.remapping import Maps, checked_raw_pair, raw_places, remapped, valid_area
from stereo.geometry.rotations import bouguet_rotations, fusiello_rotations
from stereo.types import StereoTypeError, StereoValueError, StereoWarning

__all__ = ["Rectification", "rectify"]

Float64Array = npt.NDArray[np.float64]
Roi = tuple[int, int, int, int]

_LARGEST_MAP = 32767  # px a side, of cv2.remap
_FORWARD = 0.95  # of the baseline along the view: 72 degrees between baseline and image plane


@dataclass(frozen=True, eq=False)
class Rectification:
    """How raw images become a rectified pair.

    Attributes
    ----------
    calibration : StereoGeometry
        The rectified cameras: what :func:`stereo.depth` and :func:`stereo.points` need.
    source : Calibration
        The raw cameras, left and right as they are rectified.
    R_left, R_right : ndarray, float64 (3, 3)
        rectified_from_left and rectified_from_right: take points from a raw camera's frame to
        its rectified frame.
    maps_left, maps_right : tuple of two ndarray, float32 (H, W)
        Columns and rows of the raw image, for each rectified pixel; -1 where there is none.
    roi_left, roi_right : (int, int, int, int)
        x, y, width and height of a large rectangle that the raw image fills; all 0 if there is
        none.
    swapped : bool
        The second camera of the calibration stands to the left of the first one, and the two
        change places: `apply` takes the images in the order of the calibration, and the first
        image that it returns is the second camera's.
    turned : int
        Degrees, clockwise, by which the view of the left camera was turned in the image plane: 0,
        or 90, -90 or 180 for cameras that do not stand side by side.
    """

    calibration: StereoGeometry
    source: Calibration
    R_left: Float64Array
    R_right: Float64Array
    maps_left: Maps
    maps_right: Maps
    roi_left: Roi
    roi_right: Roi
    swapped: bool
    turned: int

    @property
    def image_size(self) -> tuple[int, int]:
        """Width and height of the rectified images, px."""
        return self.calibration.image_size

    @property
    def valid_left(self) -> npt.NDArray[np.bool_]:
        """Which pixels of the rectified left image the raw image fills, bool (H, W)."""
        return valid_area(self.maps_left, self.source.image_size)

    @property
    def valid_right(self) -> npt.NDArray[np.bool_]:
        """Which pixels of the rectified right image the raw image fills, bool (H, W)."""
        return valid_area(self.maps_right, self.source.image_size)

    def apply(
        self, left: npt.ArrayLike, right: npt.ArrayLike, *, interpolation: str = "linear"
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Rectify a pair of images.

        Parameters
        ----------
        left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
            Raw images of the size of the calibration, in its order of cameras; uint8, uint16,
            float32 or float64, which is rounded to float32. They may differ in dtype and colour.
        interpolation : {"linear", "nearest", "cubic", "lanczos"}
            Linear is what stereo matching works best with: it does not overshoot.

        Returns
        -------
        left, right : ndarray
            Of `image_size`, same dtype and channels; 0 where the raw image has nothing.

        Raises
        ------
        StereoTypeError
            For another dtype.
        StereoValueError
            If an image is not of the calibration's size: `calibration.resized` fits it.
        """
        images = checked_raw_pair(left, right, self.source.image_size)
        if self.swapped:
            images = (images[1], images[0])
        return (
            remapped(images[0], self.maps_left, interpolation),
            remapped(images[1], self.maps_right, interpolation),
        )

    def rectified_points(self, points: npt.ArrayLike, side: str) -> Float64Array:
        """Return where the rectified image shows points of a raw image.

        Parameters
        ----------
        points : array_like, (n, 2)
            x and y, px, in the raw image of one camera of `source`.
        side : {"left", "right"}

        Returns
        -------
        ndarray, float64 (n, 2)
            x and y, px; NaN for a point that the camera model or the rectified view can't have.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the points are no numbers, or have another shape.
        """
        name = word("side", side, ("left", "right"))
        try:
            pixels = np.asarray(points, np.float64)
        except (TypeError, ValueError) as error:
            raise StereoTypeError(f"points must be numbers: {error}") from None
        if pixels.ndim != 2 or pixels.shape[1] != 2:
            raise StereoValueError(f"points has shape {pixels.shape}: expected (n, 2)")
        K = getattr(self.source, f"K_{name}")
        coefficients = getattr(self.source, f"distortion_{name}")
        rays = undistorted(pixels, K, coefficients, self.source.model)
        turned = rays @ getattr(self, f"R_{name}").T
        ahead = np.where(turned[:, 2:] > 0, turned[:, 2:], np.nan)
        new_K = getattr(self.calibration, f"K_{name}")
        found: Float64Array = turned[:, :2] / ahead * np.diag(new_K)[:2] + new_K[:2, 2]
        return found


def rectify(
    calibration: Calibration,
    *,
    alpha: float = 0.0,
    image_size: tuple[int, int] | None = None,
    focal_length: float | None = None,
    method: Literal["bouguet", "fusiello"] = "bouguet",
    zero_doffs: bool = True,
) -> Rectification:
    """Make both cameras look the same way, so that a point is in the same row of both images.

    Parameters
    ----------
    calibration : Calibration
        The raw cameras, pinhole or fisheye.
    alpha : float
        In [0, 1]. 0: the largest view in which every pixel of both images is filled. 1: all
        that the raw images show, with black borders. Between: focal length and centre are
        interpolated linearly.
    image_size : (int, int), optional
        Width and height of the rectified images, px; by default that of the raw ones, turned
        where the cameras stand above each other.
    focal_length : float, optional
        Of the rectified cameras, px, instead of the one that `alpha` gives. A fisheye that sees
        170 degrees without a black border shows all of it small: a longer focal length shows
        the middle in the detail of the raw image.
    method : {"bouguet", "fusiello"}
        "bouguet" turns both cameras by half of what is between them; "fusiello" (Fusiello, Trucco
        and Verri 2000) keeps the optical axis of the left one as far as possible.
    zero_doffs : bool
        Give both images the same principal point, so that the disparity is 0 at infinity and
        never negative. False centres each on what it shows, which suits cameras that converge:
        the geometry then has `doffs`, and disparities may be negative.

    Returns
    -------
    Rectification

    Raises
    ------
    StereoTypeError, StereoValueError
        For a bad argument, cameras one in front of the other, views without a common part, or
        `alpha` = 1 where the cameras see too wide for a flat image.

    Warns
    -----
    StereoWarning
        If the second camera stands to the left of the first one: they change places. If a
        distortion model does not reach the border of the image.

    Notes
    -----
    Cameras that stand above each other are rectified to a pair side by side: the images are
    turned by 90 degrees, so that disparities are along x, like everywhere in this library.
    Pixels beyond the field in which the distortion model is one-to-one stay empty.

    Examples
    --------
    >>> from stereo.geometry import Calibration
    >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
    >>> right_from_left = np.eye(4)
    >>> right_from_left[0, 3] = -0.12
    >>> bent = [-0.2, 0.05, 0, 0]
    >>> cameras = Calibration(K, K, bent, bent, right_from_left, (640, 480))
    >>> rectification = rectify(cameras)
    >>> rectification.calibration.baseline
    0.12
    >>> left, right = rectification.apply(np.zeros((480, 640)), np.zeros((480, 640)))
    >>> left.shape
    (480, 640)
    """
    if not isinstance(calibration, Calibration):
        raise StereoTypeError(
            f"calibration must be a Calibration of two raw cameras, got "
            f"{type(calibration).__name__}"
        )
    kind = word("method", method, ("bouguet", "fusiello"))
    share, same_centre = number("alpha", alpha), flag("zero_doffs", zero_doffs)
    if focal_length is not None:
        focal_length = number("focal_length", focal_length, positive=True)
    if share > 1:
        raise StereoValueError(f"alpha = {alpha} is not in 0 … 1")
    source, swapped = _in_order(calibration)
    rotations = (bouguet_rotations if kind == "bouguet" else fusiello_rotations)(source.R, source.t)
    turned = _turn(rotations[0])
    size = _size(image_size, source.image_size, turned)
    outlines = (outline(source, "left", rotations[0]), outline(source, "right", rotations[1]))
    window = chosen_window(outlines, size, share, focal_length, same_centre)
    geometry = StereoGeometry(
        window.focal_length,
        source.baseline,
        window.cx_left,
        window.cy,
        window.cx_right,
        window.cy,
        size,
    )
    maps = [
        raw_places(source, side, rotation, window, size)
        for side, rotation in zip(("left", "right"), rotations, strict=True)
    ]
    rois = [largest_rectangle(valid_area(pair, source.image_size)) for pair in maps]
    for array in (*rotations, *maps[0], *maps[1]):
        array.flags.writeable = False
    return Rectification(
        geometry, source, *rotations, maps[0], maps[1], rois[0], rois[1], swapped, turned
    )


def _in_order(calibration: Calibration) -> tuple[Calibration, bool]:
    """Return the calibration with the left camera on the left, and whether that was a change."""
    x, y, z = -calibration.R.T @ calibration.t  # the right camera, seen from the left one
    if abs(z) > _FORWARD * calibration.baseline:
        raise StereoValueError(
            f"the right camera is at ({x:.4g}, {y:.4g}, {z:.4g}) m, seen from the left one: one "
            "stands in front of the other, where no rectification is possible"
        )
    if x >= 0 or abs(x) < abs(y):
        return calibration, False
    warnings.warn(
        f"the right camera stands {-x:.4g} m to the left of the left one: left and right are "
        "swapped, and are exchanged here; `apply` still takes the images in the calibration's "
        "order. Exchange the cameras before calibrating to get rid of this",
        StereoWarning,
        stacklevel=3,
    )
    return calibration.swapped(), True


def _turn(rotation: Float64Array) -> int:
    """Return by how many quarter turns the left view was turned, in degrees."""
    # Where the rectified image has what was to the right in the raw one.
    degrees = math.degrees(math.atan2(rotation[1, 0], rotation[0, 0]))
    return {0: 0, 1: 90, -1: -90, 2: 180, -2: 180}[round(degrees / 90)]


def _size(wanted: Any, raw: tuple[int, int], turned: int) -> tuple[int, int]:
    if wanted is None:
        size = (raw[1], raw[0]) if abs(turned) == 90 else raw
    else:
        size = checked_size(wanted)
    if max(size) > _LARGEST_MAP:
        raise StereoValueError(
            f"a rectified image of {size[0]} x {size[1]} px is too large: OpenCV remaps up to "
            f"{_LARGEST_MAP} px a side"
        )
    return size
