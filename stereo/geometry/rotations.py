"""Rotations that make both cameras of a pair look the same way, at right angles to the baseline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["level_rotations"]

Float64Array = npt.NDArray[np.float64]


def level_rotations(R: Float64Array, t: Float64Array) -> tuple[Float64Array, Float64Array]:
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


def _turn(direction: Float64Array) -> Float64Array:
    """Return the rotation about the viewing axis by 0, 90, 180 or 270 degrees onto +x."""
    c, s = np.sign(direction)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
