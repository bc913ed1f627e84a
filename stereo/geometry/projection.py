"""From points to pixels and back, for both camera models, through OpenCV."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import CameraModel
from stereo.io.images import opencv

__all__ = ["Projection", "camera_matrix", "largest_angle", "project", "undistorted"]

Float64Array = npt.NDArray[np.float64]

_NEWTON_STEPS = 100  # of the inversion of the distortion
_NEWTON_ACCURACY = 1e-12  # normalised image coordinates


class Projection(NamedTuple):
    """Pixels and their derivatives.

    Attributes
    ----------
    pixels : ndarray, float64 (n, 2)
    by_pose : ndarray, float64 (2n, 6)
        By rotation vector and translation of camera_from_board; rows x0, y0, x1, y1 …
    by_camera : ndarray, float64 (2n, 4 + k)
        By fx, fy, cx, cy and the k distortion coefficients.
    """

    pixels: Float64Array
    by_pose: Float64Array
    by_camera: Float64Array


def camera_matrix(camera: Float64Array) -> Float64Array:
    """Return K of the parameters fx, fy, cx, cy and what follows."""
    fx, fy, cx, cy = camera[:4]
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])


def project(
    points: Float64Array, pose: Float64Array, camera: Float64Array, model: CameraModel
) -> Projection:
    """Project points of a board.

    Parameters
    ----------
    points : ndarray, float64 (n, 3)
        In the board's frame, metres.
    pose : ndarray, float64 (6,)
        Rotation vector and translation of camera_from_board.
    camera : ndarray, float64 (4 + k,)
        fx, fy, cx, cy in px, and k distortion coefficients.
    model : {"pinhole", "fisheye"}

    Returns
    -------
    Projection
    """
    cv2 = opencv()
    K, coefficients = camera_matrix(camera), camera[4:]
    count = len(coefficients)
    shaped = np.ascontiguousarray(points).reshape(-1, 1, 3)
    if model == "fisheye":
        pixels, full = cv2.fisheye.projectPoints(shaped, pose[:3], pose[3:], K, coefficients)
        # OpenCV's columns: f (2), c (2), k (4), rotation (3), translation (3), skew.
        return Projection(pixels.reshape(-1, 2), full[:, 8:14], full[:, :8])
    padded = coefficients if count else np.zeros(4)
    pixels, full = cv2.projectPoints(shaped, pose[:3], pose[3:], K, padded)
    # OpenCV's columns: rotation (3), translation (3), f (2), c (2), coefficients.
    return Projection(pixels.reshape(-1, 2), full[:, :6], full[:, 6 : 10 + count])


def undistorted(
    pixels: npt.ArrayLike, K: Float64Array, coefficients: Float64Array, model: CameraModel
) -> Float64Array:
    """Return where a camera without distortion and with K = identity sees the pixels.

    Parameters
    ----------
    pixels : array_like, (n, 2)
    K : ndarray, float64 (3, 3)
    coefficients : ndarray, float64 (k,)
    model : {"pinhole", "fisheye"}

    Returns
    -------
    ndarray, float64 (n, 3)
        Viewing rays (X, Y, Z) of length 1, so that rays beyond 90 degrees have their place; NaN
        where the model has none for a pixel.
    """
    if model == "fisheye":
        return _fisheye_rays(np.asarray(pixels, np.float64), K, coefficients)
    cv2 = opencv()
    shaped = np.asarray(pixels, np.float64).reshape(-1, 1, 2)
    stop = (
        cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER,
        _NEWTON_STEPS,
        _NEWTON_ACCURACY,
    )
    padded = coefficients if len(coefficients) else np.zeros(4)
    plane = cv2.undistortPoints(shaped, K, padded, None, None, None, stop).reshape(-1, 2)
    rays = np.column_stack([plane, np.ones(len(plane))])
    back = cv2.projectPoints(rays.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), K, padded)[0]
    missed = np.abs(back.reshape(-1, 2) - shaped.reshape(-1, 2)).max(axis=1)
    # The iteration may leave the range of the model, or find the second picture outside it.
    angles = np.arctan(np.hypot(rays[:, 0], rays[:, 1]))
    rays[~((missed < 0.01) & (angles <= largest_angle(coefficients, model) + 1e-3))] = np.nan
    unit: Float64Array = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _fisheye_rays(pixels: Float64Array, K: Float64Array, k: Float64Array) -> Float64Array:
    """Invert theta_d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8)."""
    plane = (pixels - K[:2, 2]) / K[[0, 1], [0, 1]]
    distorted = np.linalg.norm(plane, axis=1)
    powers = np.arange(1, 10, 2)
    factors = np.concatenate([[1.0], k])
    # The table ends where the model stops growing: beyond, two angles share a radius.
    angles = np.linspace(0, np.pi, 4097)
    radii = (angles[:, None] ** powers) @ factors
    falls = np.flatnonzero(np.diff(radii) <= 0)
    last = int(falls[0]) if len(falls) else len(angles) - 1
    theta = np.interp(distorted, radii[: last + 1], angles[: last + 1], right=np.nan)
    for _ in range(5):
        value = (theta[:, None] ** powers) @ factors - distorted
        slope = (theta[:, None] ** (powers - 1) * powers) @ factors
        theta = theta - value / slope
    direction = plane / np.maximum(distorted, 1e-300)[:, None]
    return np.column_stack([np.sin(theta)[:, None] * direction, np.cos(theta)])


def largest_angle(coefficients: Float64Array, model: CameraModel) -> float:
    """Return up to which angle from the optical axis the radius in the image grows, rad.

    Beyond it a polynomial turns back, and a second, wrong picture would appear outside the
    right one. Without such a turn it is the largest angle that the model can have.
    """
    return _largest_angle(tuple(coefficients.tolist()), model)


@lru_cache(maxsize=16)  # guesses ask for that of one camera in every view
def _largest_angle(coefficients: tuple[float, ...], model: CameraModel) -> float:
    if model == "fisheye":
        angles = np.linspace(0, np.pi, 4097)
        radii = (angles[:, None] ** np.arange(1, 10, 2)) @ np.array([1.0, *coefficients])
    else:
        angles = np.linspace(0, np.pi / 2, 4096, endpoint=False)
        full = np.zeros(8)
        full[: min(8, len(coefficients))] = coefficients[:8]
        r = np.tan(angles)
        powers = r[:, None] ** np.array([2, 4, 6])
        radii = r * (1 + powers @ full[[0, 1, 4]]) / (1 + powers @ full[5:])
    falls = np.flatnonzero(~(np.diff(radii) > 0))
    return float(angles[falls[0]] if len(falls) else angles[-1])
