"""Bundle adjustment of one or two cameras and the boards they saw.

All parameters are found together, so that a view of one camera alone, or a board of
which both cameras see different parts, counts for what it is worth. The derivatives are
OpenCV's, the optimiser is SciPy's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import CameraModel
from stereo.geometry.projection import project
from stereo.io.images import opencv
from stereo.types import StereoValueError

__all__ = ["Estimate", "Sighting", "View", "adjusted", "composed", "inverted"]

Float64Array = npt.NDArray[np.float64]

_ITERATIONS = 300
_ACCURACY = 3e-8  # px, RMS: gradient, where a step of 1 in a parameter moves residuals by 1 px
_SINGULAR = 1e-13  # eigenvalue of the scaled normal equations: two parameters do the same


class Sighting(NamedTuple):
    """What one camera saw of the board.

    Attributes
    ----------
    points : ndarray, float64 (n, 3)
        Corners in the board's frame, metres.
    pixels : ndarray, float64 (n, 2)
        Where the image shows them, px.
    """

    points: Float64Array
    pixels: Float64Array


View = tuple[Sighting | None, ...]
"""One position of the board: what each camera saw of it."""


@dataclass(frozen=True)
class Estimate:
    """Parameters of the cameras and of the board's positions.

    Attributes
    ----------
    cameras : ndarray, float64 (c, 4 + k)
        fx, fy, cx, cy in px and k distortion coefficients, for one or two cameras.
    second_from_first : ndarray, float64 (6,)
        Rotation vector and translation; zeros where there is one camera.
    poses : ndarray, float64 (v, 6)
        Rotation vector and translation of first_from_board, one a view.
    residuals : tuple of tuple of (ndarray, float64 (n, 2)) or None
        Projected minus seen, px, for each view and camera.
    covariance : ndarray, float64
        Of the cameras' parameters and then second_from_first, for a noise of 1 px standard
        deviation; NaN everywhere where the views leave something undetermined.
    freedom : int
        Residuals less parameters.
    """

    cameras: Float64Array
    second_from_first: Float64Array
    poses: Float64Array
    residuals: tuple[tuple[Float64Array | None, ...], ...] = ()
    covariance: Float64Array | None = None
    freedom: int = 0


def composed(second: Float64Array, first: Float64Array) -> Float64Array:
    """Return the pose that applies `first` and then `second`."""
    done = opencv().composeRT(first[:3], first[3:], second[:3], second[3:])
    return np.concatenate([done[0].ravel(), done[1].ravel()])


def inverted(pose: Float64Array) -> Float64Array:
    """Return the pose that undoes `pose`."""
    R = opencv().Rodrigues(pose[:3])[0]
    return np.concatenate([-pose[:3], -R.T @ pose[3:]])


def adjusted(views: Sequence[View], start: Estimate, model: CameraModel) -> Estimate:
    """Minimise the sum of squared residuals over all parameters.

    Parameters
    ----------
    views : sequence of View
        As many sightings a view as there are cameras.
    start : Estimate
        First guess.
    model : {"pinhole", "fisheye"}

    Returns
    -------
    Estimate
        With residuals, covariance and degrees of freedom.

    Raises
    ------
    StereoValueError
        If the optimisation goes nowhere.

    Notes
    -----
    A trust region around Gauss-Newton steps (Conn, Gould and Toint 2000, algorithm 7.3.4).
    """
    from scipy.optimize import minimize

    system = _System(views, start, model)
    first = system.packed(start)
    # Scaled so that a step of 1 in any parameter moves the residuals by 1 px altogether.
    diagonal = np.diag(system.at(first).normal)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    radius = max(1.0, float(np.sqrt(2 * system.at(first).cost)))
    options: Any = {
        "initial_trust_radius": radius,
        "max_trust_radius": 1e3 * radius,
        "gtol": _ACCURACY * np.sqrt(system.count),
        "maxiter": _ITERATIONS,
    }

    def cost(z: Float64Array) -> float:
        return system.at(first + scale * z).cost

    def gradient(z: Float64Array) -> Float64Array:
        return scale * system.at(first + scale * z).gradient

    def curvature(z: Float64Array) -> Float64Array:
        return scale[:, None] * system.at(first + scale * z).normal * scale

    found = minimize(
        cost,
        np.zeros(len(first)),
        jac=gradient,
        hess=curvature,
        method="trust-exact",
        options=options,
    )
    if not np.isfinite(found.fun):
        raise StereoValueError(
            "the calibration diverges: the corners found don't fit any camera of this model"
        )
    return system.unpacked(first + scale * found.x)


class _Normal(NamedTuple):
    cost: float
    gradient: Float64Array
    normal: Float64Array
    residuals: tuple[tuple[Float64Array | None, ...], ...]


class _System:
    """The normal equations; parameters are cameras, second_from_first, poses, in this order."""

    def __init__(self, views: Sequence[View], start: Estimate, model: CameraModel) -> None:
        self.views, self.model = views, model
        self.shape = start.cameras.shape
        self.count = sum(s.pixels.size for view in views for s in view if s is not None)
        self.shared = self.shape[0] * self.shape[1] + (6 if self.shape[0] == 2 else 0)
        self._last: tuple[bytes, _Normal] | None = None

    def packed(self, estimate: Estimate) -> Float64Array:
        parts = [estimate.cameras.ravel(), estimate.second_from_first, estimate.poses.ravel()]
        return np.concatenate(parts if self.shape[0] == 2 else [parts[0], parts[2]])

    def at(self, parameters: Float64Array) -> _Normal:
        """Return cost, gradient and matrix; the optimiser asks for each at the same place."""
        key = parameters.tobytes()
        if self._last is None or self._last[0] != key:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                self._last = (key, self._assembled(parameters))
        return self._last[1]

    def _split(self, parameters: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
        size = self.shape[0] * self.shape[1]
        cameras = parameters[:size].reshape(self.shape)
        relative = parameters[size : self.shared] if self.shape[0] == 2 else np.zeros(6)
        return cameras, relative, parameters[self.shared :].reshape(-1, 6)

    def _assembled(self, parameters: Float64Array) -> _Normal:
        cameras, relative, poses = self._split(parameters)
        gradient = np.zeros(len(parameters))
        normal = np.zeros((len(parameters), len(parameters)))
        cost, all_residuals = 0.0, []
        for v, view in enumerate(self.views):
            residuals: list[Float64Array | None] = []
            for c, sighting in enumerate(view):
                if sighting is None:
                    residuals.append(None)
                    continue
                places, jacobian, difference = self._block(sighting, c, v, cameras, relative, poses)
                cost += 0.5 * float(difference.ravel() @ difference.ravel())
                gradient[places] += jacobian.T @ difference.ravel()
                normal[np.ix_(places, places)] += jacobian.T @ jacobian
                residuals.append(difference)
            all_residuals.append(tuple(residuals))
        finite = np.isfinite(cost) and np.isfinite(gradient).all() and np.isfinite(normal).all()
        return _Normal(
            cost if finite else np.inf,
            np.nan_to_num(gradient, posinf=0, neginf=0),
            np.nan_to_num(normal, posinf=0, neginf=0),
            tuple(all_residuals),
        )

    def _block(
        self,
        sighting: Sighting,
        c: int,
        v: int,
        cameras: Float64Array,
        relative: Float64Array,
        poses: Float64Array,
    ) -> tuple[npt.NDArray[np.int64], Float64Array, Float64Array]:
        """Return which parameters move a sighting, how, and its residuals."""
        width = self.shape[1]
        of_camera = np.arange(c * width, (c + 1) * width)
        of_pose = np.arange(self.shared + 6 * v, self.shared + 6 * v + 6)
        if c == 0:
            seen = project(sighting.points, poses[v], cameras[0], self.model)
            places = np.concatenate([of_camera, of_pose])
            jacobian = np.hstack([seen.by_camera, seen.by_pose])
            return places, jacobian, seen.pixels - sighting.pixels
        pose, by_first, by_second = _composition(poses[v], relative)
        seen = project(sighting.points, pose, cameras[1], self.model)
        places = np.concatenate([of_camera, np.arange(2 * width, 2 * width + 6), of_pose])
        jacobian = np.hstack([seen.by_camera, seen.by_pose @ by_second, seen.by_pose @ by_first])
        return places, jacobian, seen.pixels - sighting.pixels

    def unpacked(self, parameters: Float64Array) -> Estimate:
        cameras, relative, poses = self._split(parameters)
        state = self.at(parameters)
        return Estimate(
            cameras.copy(),
            relative.copy(),
            poses.copy(),
            state.residuals,
            _covariance(state.normal, self.shared),
            self.count - len(parameters),
        )


def _composition(
    first: Float64Array, second: Float64Array
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return `second` after `first` as a pose, and its derivatives by both, (6, 6) each."""
    parts = opencv().composeRT(first[:3], first[3:], second[:3], second[3:])
    r, t, r_r1, r_t1, r_r2, r_t2, t_r1, t_t1, t_r2, t_t2 = parts
    pose = np.concatenate([r.ravel(), t.ravel()])
    return pose, np.block([[r_r1, r_t1], [t_r1, t_t1]]), np.block([[r_r2, r_t2], [t_r2, t_t2]])


def _covariance(normal: Float64Array, shared: int) -> Float64Array:
    """Return the inverse of the normal equations for the parameters that all views share."""
    diagonal = np.sqrt(np.diag(normal))
    if not (diagonal > 0).all():
        return np.full((shared, shared), np.nan)
    values, vectors = np.linalg.eigh(normal / diagonal / diagonal[:, None])
    if not values[0] > _SINGULAR:
        return np.full((shared, shared), np.nan)
    rows = vectors[:shared] / diagonal[:shared, None]
    covariance: Float64Array = (rows / values) @ rows.T
    return covariance
