"""A rectified pair: all that depth and points need of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import number
from stereo.geometry.arguments import (
    finite_number,
    image_size,
    scaled_size,
    warn_of_millimetres,
    window,
)
from stereo.geometry.matrices import (
    Parameters,
    parameters_of_projections,
    parameters_of_q,
    q_matrix,
)
from stereo.types import StereoValueError

__all__ = ["StereoGeometry"]

_LARGEST_ROW_OFFSET = 0.5  # px: beyond it a pixel's partner is in another row


@dataclass(frozen=True)
class StereoGeometry:
    """The geometry of a rectified pair.

    Both cameras look the same way with one focal length, and a point is in the same row of
    both images. Z = focal_length * baseline / (d + doffs) with d = x_left - x_right. Pixel
    centres lie at whole numbers.

    Parameters
    ----------
    focal_length : float
        Horizontal focal length, px.
    baseline : float
        Distance of the cameras, metres; above 0: the left camera is on the left.
    cx_left, cy_left, cx_right, cy_right : float
        Principal points, px. The rows may differ by rounding, at most 0.5 px.
    image_size : (int, int)
        Width and height of the images, px.
    aspect : float
        Vertical by horizontal focal length; 1 unless the images were stretched.

    Raises
    ------
    StereoTypeError, StereoValueError
        If a number is missing, not finite or not above 0 where it has to be, or the principal
        points are in different rows.

    Warns
    -----
    StereoWarning
        If the baseline is 10 m or more: it looks like millimetres.

    Examples
    --------
    >>> geometry = StereoGeometry(700.0, 0.12, 319.5, 239.5, 331.5, 239.5, (640, 480))
    >>> geometry.doffs
    12.0
    >>> geometry.scaled(0.5).doffs
    6.0
    >>> StereoGeometry.from_q(geometry.Q, (640, 480)) == geometry
    True
    """

    focal_length: float
    baseline: float
    cx_left: float
    cy_left: float
    cx_right: float
    cy_right: float
    image_size: tuple[int, int]
    aspect: float = 1.0

    def __post_init__(self) -> None:
        """Check everything and keep it as plain numbers."""
        for name in ("focal_length", "baseline", "aspect"):
            value = number(name, getattr(self, name), positive=True)
            object.__setattr__(self, name, value)
        for name in ("cx_left", "cy_left", "cx_right", "cy_right"):
            object.__setattr__(self, name, finite_number(name, getattr(self, name)))
        object.__setattr__(self, "image_size", image_size(self.image_size))
        if abs(self.cy_left - self.cy_right) > _LARGEST_ROW_OFFSET:
            raise StereoValueError(
                f"cy_left = {self.cy_left:g} and cy_right = {self.cy_right:g} differ by more than "
                f"{_LARGEST_ROW_OFFSET} px: a rectified pair has its points in the same rows"
            )
        warn_of_millimetres(self.baseline, stacklevel=3)

    @classmethod
    def from_doffs(
        cls,
        focal_length: float,
        baseline: float,
        cx: float,
        cy: float,
        image_size: tuple[int, int],
        *,
        doffs: float = 0.0,
    ) -> StereoGeometry:
        """Build the geometry from the left principal point and doffs.

        Parameters
        ----------
        focal_length, baseline, image_size
            As in :class:`StereoGeometry`.
        cx, cy : float
            Principal point of the left image, px.
        doffs : float
            cx_right - cx_left, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            As in :class:`StereoGeometry`.

        Examples
        --------
        >>> StereoGeometry.from_doffs(700, 0.12, 319.5, 239.5, (640, 480), doffs=12).cx_right
        331.5
        """
        left, offset = finite_number("cx", cx), finite_number("doffs", doffs)
        return cls(focal_length, baseline, left, cy, left + offset, cy, image_size)

    @classmethod
    def from_q(cls, Q: Any, image_size: tuple[int, int]) -> StereoGeometry:
        """Build the geometry from the matrix Q of ``cv2.stereoRectify``.

        Parameters
        ----------
        Q : array_like, (4, 4)
            Takes (x, y, d, 1) to homogeneous points; any factor but 0. It must be in metres.
        image_size : (int, int)
            Width and height, px, which Q does not hold.

        Raises
        ------
        StereoTypeError, StereoValueError
            If Q has not the form of such a matrix, or is that of swapped cameras.

        Examples
        --------
        See :class:`StereoGeometry`.
        """
        return cls._from_parameters(parameters_of_q(Q), image_size)

    @classmethod
    def from_projections(
        cls, P_left: Any, P_right: Any, image_size: tuple[int, int]
    ) -> StereoGeometry:
        """Build the geometry from two rectified projection matrices.

        Parameters
        ----------
        P_left, P_right : array_like, (3, 4)
            [[f, 0, cx, f tx], [0, fy, cy, fy ty], [0, 0, 1, 0]], in px and metres, as in the
            files of KITTI and ROS. The vertical and forward parts of the fourth columns must be
            less than 0.02 of the baseline from camera to camera: the rest of KITTI's.
        image_size : (int, int)
            Width and height, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            If these are no projections of a rectified pair, or left and right are swapped.

        Examples
        --------
        >>> P_left = [[700, 0, 320, 0], [0, 700, 240, 0], [0, 0, 1, 0]]
        >>> P_right = [[700, 0, 320, -84], [0, 700, 240, 0], [0, 0, 1, 0]]
        >>> StereoGeometry.from_projections(P_left, P_right, (640, 480)).baseline
        0.12
        """
        return cls._from_parameters(parameters_of_projections(P_left, P_right), image_size)

    @classmethod
    def _from_parameters(
        cls, parameters: Parameters, image_size: tuple[int, int]
    ) -> StereoGeometry:
        f, baseline, cx_left, cy_left, cx_right, cy_right, aspect = parameters
        return cls(f, baseline, cx_left, cy_left, cx_right, cy_right, image_size, aspect)

    @property
    def doffs(self) -> float:
        """What a disparity lacks to be 0 at infinity: cx_right - cx_left, px."""
        return self.cx_right - self.cx_left

    @property
    def focal_length_y(self) -> float:
        """Vertical focal length, px."""
        return self.focal_length * self.aspect

    @property
    def K_left(self) -> npt.NDArray[np.float64]:
        """Camera matrix of the left image, (3, 3), px."""
        return self._camera_matrix(self.cx_left, self.cy_left)

    @property
    def K_right(self) -> npt.NDArray[np.float64]:
        """Camera matrix of the right image, (3, 3), px."""
        return self._camera_matrix(self.cx_right, self.cy_right)

    @property
    def Q(self) -> npt.NDArray[np.float64]:
        """Matrix that takes (x, y, d, 1) to homogeneous points (X, Y, Z, 1), (4, 4), metres.

        It is that of ``cv2.stereoRectify``, for ``cv2.reprojectImageTo3D``.
        """
        return q_matrix(
            Parameters(
                self.focal_length,
                self.baseline,
                self.cx_left,
                self.cy_left,
                self.cx_right,
                self.cy_right,
                self.aspect,
            )
        )

    def scaled(self, factor: float) -> StereoGeometry:
        """Return the geometry of images that were scaled by `factor`.

        Parameters
        ----------
        factor : float
            Above 0. Columns go from x to (x + 0.5) * factor - 0.5, rows alike, and the new size is
            the nearest whole one: what ``cv2.resize`` does with ``fx = fy = factor``. For images
            that were resized to a size, use :meth:`resized`.

        Raises
        ------
        StereoTypeError, StereoValueError
            If `factor` is no number above 0, or a side becomes 0.

        Examples
        --------
        See :class:`StereoGeometry`. The disparities of scaled images are scaled, too.
        """
        size, scale = scaled_size(self.image_size, factor)
        return self._scaled(scale, scale, size)

    def resized(self, width: int, height: int) -> StereoGeometry:
        """Return the geometry of images that were resized to width x height.

        Columns go from x to (x + 0.5) * s - 0.5 with s = width / old width, rows alike: the
        borders of the image stay its borders, as in ``cv2.resize`` with a size. Disparities are
        multiplied by the s of the columns.

        Parameters
        ----------
        width, height : int
            The new size, px. Other proportions change `aspect`.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the size is not two integers above 0.
        """
        size = image_size((width, height))
        return self._scaled(size[0] / self.image_size[0], size[1] / self.image_size[1], size)

    def cropped(self, x: int, y: int, width: int, height: int) -> StereoGeometry:
        """Return the geometry of the same window cut out of both images.

        Disparities stay what they are.

        Parameters
        ----------
        x, y : int
            Column and row of the window's first pixel.
        width, height : int
            Its size, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            If these are no integers, or the window is not inside the image.
        """
        left, top, wide, high = window(self.image_size, x, y, width, height)
        return replace(
            self,
            cx_left=self.cx_left - left,
            cx_right=self.cx_right - left,
            cy_left=self.cy_left - top,
            cy_right=self.cy_right - top,
            image_size=(wide, high),
        )

    def _scaled(self, scale_x: float, scale_y: float, size: tuple[int, int]) -> StereoGeometry:
        return replace(
            self,
            focal_length=self.focal_length * scale_x,
            cx_left=(self.cx_left + 0.5) * scale_x - 0.5,
            cx_right=(self.cx_right + 0.5) * scale_x - 0.5,
            cy_left=(self.cy_left + 0.5) * scale_y - 0.5,
            cy_right=(self.cy_right + 0.5) * scale_y - 0.5,
            image_size=size,
            aspect=self.aspect * (scale_y / scale_x),
        )

    def _camera_matrix(self, cx: float, cy: float) -> npt.NDArray[np.float64]:
        return np.array([[self.focal_length, 0, cx], [0, self.focal_length_y, cy], [0, 0, 1.0]])
