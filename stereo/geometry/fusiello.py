"""Rectifying rotations in closed form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.types import StereoValueError

__all__ = ["fusiello_rotations"]

Float64Array = npt.NDArray[np.float64]

_ALONG_THE_VIEW = 0.1  # rad: between baseline and optical axis, below which no frame is left


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
