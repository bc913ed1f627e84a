"""Rotations that make both cameras of a pair look the same way, at right angles to the baseline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["level_rotations", "quarter_turn"]

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
        is at positive x; where the cameras stand above each other, that takes a quarter turn.

    Notes
    -----
    The method is that of the Camera Calibration Toolbox of Bouguet, as ``cv2.stereoRectify``
    has it. OpenCV leaves the baseline along y where that is its larger part.
    """
    cv2 = opencv()
    K = np.eye(3)
    size = (640, 480)  # has no influence on the rotations
    column = np.ascontiguousarray(t, np.float64).reshape(3, 1)
    first, second = cv2.stereoRectify(K, np.zeros(4), K, np.zeros(4), size, R, column)[:2]
    turn = quarter_turn(t)
    return turn @ first, turn @ second


def quarter_turn(t: Float64Array) -> Float64Array:
    """Return the rotation about the viewing axis that lays a vertical baseline along +x.

    The identity where the baseline is horizontal already.
    """
    if abs(t[0]) >= abs(t[1]):
        return np.eye(3)
    # t[1] < 0: the right camera is below the left one (y points down), and +y becomes +x.
    s = 1.0 if t[1] < 0 else -1.0
    return np.array([[0, s, 0], [-s, 0, 0], [0, 0, 1.0]])
