"""Rectification of uncalibrated images that stays as close to a calibrated one as it can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["quasi_euclidean"]

Float64Array = npt.NDArray[np.float64]

_PRIOR = 0.1  # rad and log_3: how far angles and focal length go at the price of 1 px
_ROBUST = 0.5  # px, beyond which the loss grows linearly


def quasi_euclidean(
    left: Float64Array, right: Float64Array, size: tuple[int, int]
) -> tuple[Float64Array, Float64Array]:
    """Return the homographies of Fusiello and Irsara 2008.

    They are those of two cameras with one unknown focal length, the principal point in the
    middle and no distortion, that turn about their centres. Five angles and the focal length
    are what the matches determine; the rotation of both about the baseline is left as it is.

    Parameters
    ----------
    left, right : ndarray, float64 (n, 2)
        Matches, px.
    size : (int, int)
        Width and height of both images, px.

    Returns
    -------
    H_left, H_right : ndarray, float64 (3, 3)
        rectified_from_left and rectified_from_right.

    Notes
    -----
    The sum of Sampson distances is minimised with a robust loss, and a weak prior holds the
    angles where the matches leave them open: with parallel cameras the epipoles are at infinity,
    and the angles about y are.
    """
    from scipy.optimize import least_squares

    found = least_squares(
        _residuals(left, right, size),
        np.zeros(6),
        loss="soft_l1",
        f_scale=_ROBUST,
        bounds=([-np.pi / 2] * 5 + [-1.0], [np.pi / 2] * 5 + [1.0]),
        x_scale=np.array([0.1, 0.02, 0.02, 0.1, 0.02, 0.3]),
    )
    K, R_left, R_right = _cameras(found.x, size)
    inverse = np.linalg.inv(K)
    return K @ R_left @ inverse, K @ R_right @ inverse


def _cameras(
    parameters: Float64Array, size: tuple[int, int]
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return K, and the rotations of y and z left, x, y and z right; log_3 of the focal length."""
    from scipy.spatial.transform import Rotation

    y_left, z_left, x_right, y_right, z_right, logarithm = parameters
    focal = 3.0**logarithm * sum(size)
    K = np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])
    R_left = Rotation.from_euler("xyz", [0.0, y_left, z_left]).as_matrix()
    R_right = Rotation.from_euler("xyz", [x_right, y_right, z_right]).as_matrix()
    return K, R_left, R_right


def _residuals(
    left: Float64Array, right: Float64Array, size: tuple[int, int]
) -> Callable[[Float64Array], Float64Array]:
    first = np.column_stack([left, np.ones(len(left))])
    second = np.column_stack([right, np.ones(len(right))])
    same_row = np.array([[0, 0, 0], [0, 0, -1.0], [0, 1, 0]])  # F of a rectified pair

    def residuals(parameters: Float64Array) -> Float64Array:
        K, R_left, R_right = _cameras(parameters, size)
        inverse = np.linalg.inv(K)
        F = inverse.T @ R_right.T @ same_row @ R_left @ inverse
        in_right, in_left = first @ F.T, second @ F
        off = (second * in_right).sum(axis=1)
        steepness = (
            in_right[:, 0] ** 2 + in_right[:, 1] ** 2 + in_left[:, 0] ** 2 + in_left[:, 1] ** 2
        )
        sampson = off / np.sqrt(np.maximum(steepness, 1e-300))
        return np.concatenate([sampson, parameters / _PRIOR])

    return residuals
