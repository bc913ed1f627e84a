"""Rotations that make both cameras of a pair look the same way, at right angles to the baseline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv
from stereo.types import StereoValueError

__all__ = ["bouguet_rotations", "fusiello_rotations"]

Float64Array = npt.NDArray[np.float64]

_ALONG_THE_VIEW = 0.1  # rad: between baseline and optical axis, below which no frame is left


def bouguet_rotations(R: Float64Array, t: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return Bouguet's rotations: both cameras turn by about the same angle.

    Parameters
    ----------
    R, t : ndarray, float64 (3, 3) and (3,)
        X_right = R X_left + t.

    Returns
    -------
    R_left, R_right : ndarray, float64 (3, 3)
        rectified_from_left and rectified_from_right. In the rectified frame the right camera
        is at positive x: where the cameras stand above each other, that takes a quarter turn.

    Notes
    -----
    The method is that of the Camera Calibration Toolbox of Bouguet, as ``cv2.stereoRectify``
    has it. OpenCV leaves the baseline along y where that is its larger part.
    """
    cv2 = opencv()
    K = np.eye(3)
    size = (640, 480)  # has no influence on the rotations
    column = np.ascontiguousarray(t, np.float64).reshape(3, 1)
    first = cv2.stereoRectify(K, np.zeros(4), K, np.zeros(4), size, R, column)[0]
    # Where OpenCV's rectified frame has the right camera: along x or y, either way.
    x, y = (first @ -(R.T @ t))[:2]
    turn = _turn(np.array([x, 0]) if abs(x) >= abs(y) else np.array([0, y]))
    # OpenCV takes small angles for 0, which is 0.01 px of a 4000 px focal length: the baseline
    # and R say exactly what x and the other rotation are.
    along = -(R.T @ t) / np.linalg.norm(t)
    down = (turn @ first)[1]
    down = down - (down @ along) * along
    down /= np.linalg.norm(down)
    left = np.stack([along, down, np.cross(along, down)])
    return left, left @ R.T


def fusiello_rotations(R: Float64Array, t: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the rotations of Fusiello, Trucco and Verri 2000.

    The new x axis is the baseline, the new y axis is at right angles to it and to the optical
    axis of the left camera: the left camera turns as little as it can, and the right one does
    the rest. (Bouguet's rotations share the turn between both.)

    Parameters
    ----------
    R, t : ndarray, float64 (3, 3) and (3,)
        X_right = R X_left + t.

    Returns
    -------
    R_left, R_right : ndarray, float64 (3, 3)
        rectified_from_left and rectified_from_right.

    Raises
    ------
    StereoValueError
        If one camera stands in front of the other.

    Examples
    --------
    >>> R_left, R_right = fusiello_rotations(np.eye(3), np.array([-0.1, 0.0, 0.0]))
    >>> np.allclose(R_left, np.eye(3)), np.allclose(R_right, np.eye(3))
    (True, True)
    """
    right_in_left = -R.T @ t
    x = right_in_left / np.linalg.norm(right_in_left)
    y = np.cross([0.0, 0.0, 1.0], x)
    if np.linalg.norm(y) < np.sin(_ALONG_THE_VIEW):
        raise StereoValueError(
            f"the right camera is at {right_in_left.tolist()} m, seen from the left one: in front "
            "of it or behind it, where no rectification is possible"
        )
    y /= np.linalg.norm(y)
    R_left = np.stack([x, y, np.cross(x, y)])
    return R_left, R_left @ R.T


def _turn(direction: Float64Array) -> Float64Array:
    """Return the rotation about the viewing axis by 0, 90, 180 or 270 degrees onto +x."""
    c, s = np.sign(direction)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
