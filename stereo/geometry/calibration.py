"""Two raw cameras: their matrices, their distortion, and where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.geometry.arguments import (
    COEFFICIENTS,
    checked_camera_matrix,
    checked_coefficients,
    image_size,
    inverse,
    rigid_transform,
    scaled_size,
    transform,
    warn_of_millimetres,
    window,
)
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Calibration", "CameraModel"]

CameraModel = Literal["pinhole", "fisheye"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Two cameras as they are, before rectification.

    Lengths are metres. Pixel centres lie at whole numbers: the middle of the first pixel
    is (0, 0), as in OpenCV.

    Parameters
    ----------
    K_left, K_right : array_like, (3, 3)
        Camera matrices, px: focal lengths above 0, no skew, last row 0 0 1.
    distortion_left, distortion_right : array_like, (n,), (1, n) or (n, 1)
        Coefficients in the order of OpenCV. Pinhole: 0, 4, 5, 8, 12 or 14 of
        k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tau_x, tau_y. Fisheye: k1 to k4 of
        Kannala and Brandt 2006.
    right_from_left : array_like, (4, 4)
        Takes points from the left camera's frame to the right one's:
        X_right = R X_left + t, metres. For cameras side by side t is about (-baseline, 0, 0).
    image_size : (int, int)
        Width and height of the images of both cameras, px.
    model : {"pinhole", "fisheye"}
        What the distortion coefficients mean, for both cameras.
    reprojection_error : float
        Root mean square of the calibration's residuals over both views, px; NaN = not known.

    Raises
    ------
    StereoTypeError
        If something is not made of real numbers.
    StereoValueError
        If a shape is wrong, a number is not finite, K is no camera matrix, R is no rotation
        (R R^T = I and det R = 1 within 1e-6), or t is 0.

    Warns
    -----
    StereoWarning
        If the baseline is 10 m or more: it looks like millimetres.

    Notes
    -----
    The arrays are kept as read-only float64 copies.

    Examples
    --------
    >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
    >>> right_from_left = np.eye(4)
    >>> right_from_left[0, 3] = -0.12
    >>> calibration = Calibration(K, K, [], [], right_from_left, (640, 480))
    >>> calibration.baseline
    0.12
    >>> calibration.scaled(0.5).K_left.tolist()
    [[350.0, 0.0, 159.5], [0.0, 350.0, 119.5], [0.0, 0.0, 1.0]]
    """

    K_left: npt.NDArray[np.float64]
    K_right: npt.NDArray[np.float64]
    distortion_left: npt.NDArray[np.float64]
    distortion_right: npt.NDArray[np.float64]
    right_from_left: npt.NDArray[np.float64]
    image_size: tuple[int, int]
    model: CameraModel = "pinhole"
    reprojection_error: float = math.nan

    def __post_init__(self) -> None:
        """Check everything and keep it in its own form."""
        model = word("model", self.model, tuple(COEFFICIENTS))
        checked = {
            "K_left": checked_camera_matrix("K_left", self.K_left),
            "K_right": checked_camera_matrix("K_right", self.K_right),
            "distortion_left": checked_coefficients("distortion_left", self.distortion_left, model),
            "distortion_right": checked_coefficients(
                "distortion_right", self.distortion_right, model
            ),
            "right_from_left": rigid_transform("right_from_left", self.right_from_left),
            "image_size": image_size(self.image_size),
            "reprojection_error": _error(self.reprojection_error),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.baseline == 0:
            raise StereoValueError(
                "the translation of right_from_left is 0: two cameras at one place see no depth"
            )
        warn_of_millimetres(self.baseline, stacklevel=3)

    @classmethod
    def from_rotation(
        cls,
        K_left: Any,
        distortion_left: Any,
        K_right: Any,
        distortion_right: Any,
        R: Any,
        t: Any,
        image_size: tuple[int, int],
        *,
        model: CameraModel = "pinhole",
        reprojection_error: float = math.nan,
    ) -> Calibration:
        """Build a calibration from X_right = R X_left + t, in the order of OpenCV.

        Parameters
        ----------
        K_left, distortion_left, K_right, distortion_right, image_size, model, reprojection_error
            As in :class:`Calibration`.
        R : array_like, (3, 3)
            Rotation from the left camera's frame to the right one's.
        t : array_like, 3 numbers
            Translation, metres.

        Raises
        ------
        StereoTypeError, StereoValueError
            As in :class:`Calibration`.

        Examples
        --------
        >>> K = [[700, 0, 319.5], [0, 700, 239.5], [0, 0, 1]]
        >>> Calibration.from_rotation(K, [], K, [], np.eye(3), [-0.12, 0, 0], (640, 480)).baseline
        0.12
        """
        return Calibration(
            K_left,
            K_right,
            distortion_left,
            distortion_right,
            transform(R, t),
            image_size,
            model,
            reprojection_error,
        )

    @property
    def R(self) -> npt.NDArray[np.float64]:
        """Rotation from the left camera's frame to the right one's, (3, 3)."""
        return self.right_from_left[:3, :3]

    @property
    def t(self) -> npt.NDArray[np.float64]:
        """Translation from the left camera's frame to the right one's, (3,), metres."""
        return self.right_from_left[:3, 3]

    @property
    def baseline(self) -> float:
        """Distance of the cameras, metres."""
        return float(np.linalg.norm(self.t))

    def scaled(self, factor: float) -> Calibration:
        """Return the calibration of images that were scaled by `factor`.

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
        See :class:`Calibration`.
        """
        size, scale = scaled_size(self.image_size, factor)
        return self._scaled(scale, scale, size)

    def resized(self, width: int, height: int) -> Calibration:
        """Return the calibration of images that were resized to width x height.

        Columns go from x to (x + 0.5) * s - 0.5 with s = width / old width, rows alike: the
        borders of the image stay its borders, as in ``cv2.resize`` with a size. The coefficients
        of the distortion don't depend on it. `reprojection_error` is taken for equal along both
        axes.

        Parameters
        ----------
        width, height : int
            The new size, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the size is not two integers above 0.
        """
        size = image_size((width, height))
        return self._scaled(size[0] / self.image_size[0], size[1] / self.image_size[1], size)

    def cropped(self, x: int, y: int, width: int, height: int) -> Calibration:
        """Return the calibration of the same window cut out of both images.

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
        new_from_old = np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]])
        return self._with_pixels(new_from_old, (wide, high), self.reprojection_error)

    def swapped(self) -> Calibration:
        """Return the same cameras with their names exchanged: left is right."""
        return Calibration(
            self.K_right,
            self.K_left,
            self.distortion_right,
            self.distortion_left,
            inverse(self.right_from_left),
            self.image_size,
            self.model,
            self.reprojection_error,
        )

    def _scaled(self, scale_x: float, scale_y: float, size: tuple[int, int]) -> Calibration:
        # new_from_old maps the homogeneous pixel (x, y, 1).
        new_from_old = np.array(
            [[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]]
        )
        error = self.reprojection_error * math.hypot(scale_x, scale_y) / math.sqrt(2)
        return self._with_pixels(new_from_old, size, error)

    def _with_pixels(
        self, new_from_old: npt.NDArray[np.float64], size: tuple[int, int], error: float
    ) -> Calibration:
        return Calibration(
            new_from_old @ self.K_left,
            new_from_old @ self.K_right,
            self.distortion_left,
            self.distortion_right,
            self.right_from_left,
            size,
            self.model,
            error,
        )


def _error(value: Any) -> float:
    try:
        if isinstance(value, bool | str | bytes):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError):
        raise StereoTypeError(f"reprojection_error must be a number, got {value!r}") from None
    if found < 0 or math.isinf(found):
        raise StereoValueError(
            f"reprojection_error = {found} px must be at least 0 and finite, or NaN: not known"
        )
    return found
