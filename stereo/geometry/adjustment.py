"""Bundle adjustment of one or two cameras and the boards they saw.

All parameters are found together, so that a view of one camera alone, or a board of
which both cameras see different parts, counts for what it is worth: ``cv2.stereoCalibrate``
needs the same corners in both images. The derivatives are OpenCV's. The poses of the board
are eliminated from the normal equations, which SciPy's optimisers can't: of 150 views they
are 900 of 924 parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import CameraModel
from stereo.geometry.poses import composition
from stereo.geometry.projection import project
from stereo.types import StereoValueError

__all__ = ["Estimate", "Sighting", "View", "adjusted"]

Float64Array = npt.NDArray[np.float64]

_ITERATIONS = 500
_ACCURACY = 1e-6  # of the variance: what a full step could still gain; 0.001 standard deviations
_IDLE, _IDLE_STEPS = 1e-4, 5  # of the variance: so little gained so often ends a narrow valley
_LEAST_VARIANCE = 1e-10  # px^2
_PRIOR = 0.2  # px, that a distortion coefficient of 1 costs
_DAMPING = 1e-3  # at first, of the diagonal of the normal equations
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
    converged : bool
        Whether more steps would change nothing.
    """

    cameras: Float64Array
    second_from_first: Float64Array
    poses: Float64Array
    residuals: tuple[tuple[Float64Array | None, ...], ...] = ()
    covariance: Float64Array | None = None
    freedom: int = 0
    converged: bool = False


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
    A weak prior on the distortion, 0.2 px for a coefficient of 1, chooses among what the views
    can't tell apart: with few views, or in the rational model, where coefficients of 10 and -10
    may cancel each other in the middle of the image and not in its corners.

    Levenberg-Marquardt steps, damped as Nielsen 1999 has it, with the poses eliminated by the
    Schur complement (Triggs et al. 2000, section 6.1).
    """
    count = sum(s.pixels.size for view in views for s in view if s is not None)
    shared = start.cameras.size + (6 if len(start.cameras) == 2 else 0)
    freedom = count - shared - start.poses.size
    state, damping, growth = _linearised(views, start, model), _DAMPING, 2.0
    if not np.isfinite(state.cost):
        raise StereoValueError(
            "the calibration diverges: the corners found don't fit any camera of this model"
        )
    converged, idle = False, 0
    for _ in range(_ITERATIONS):
        variance = max(2 * state.cost / max(freedom, 1), _LEAST_VARIANCE)
        full = state.step(0.0)
        converged = idle >= _IDLE_STEPS or (full is not None and full.gain <= _ACCURACY * variance)
        if converged:
            break
        step = state.step(damping)
        moved = None if step is None else _linearised(views, state.moved(step), model)
        gained = -1.0 if moved is None else state.cost - moved.cost
        if moved is None or step is None or not gained > 0:
            damping, growth = damping * growth, growth * 2
            if damping > 1e12:  # no step is short enough: rounding is all that is left
                break
            continue
        idle = idle + 1 if gained <= _IDLE * variance else 0
        damping *= max(1 / 3, 1 - (2 * gained / step.gain - 1) ** 3)
        state, growth = moved, 2.0
    return replace(
        state.at,
        residuals=state.residuals,
        covariance=state.covariance(),
        freedom=freedom,
        converged=converged,
    )


class _Step(NamedTuple):
    shared: Float64Array
    poses: Float64Array
    gain: float


@dataclass(frozen=True)
class _Linear:
    """The normal equations at one place.

    `shared` (s, s) is the block of cameras and second_from_first, `own` (v, 6, 6) those of the
    poses, `mixed` (v, s, 6) what joins them; the gradients are alike.
    """

    at: Estimate
    cost: float
    residuals: tuple[tuple[Float64Array | None, ...], ...]
    shared: Float64Array
    mixed: Float64Array
    own: Float64Array
    gradient: Float64Array
    gradients: Float64Array

    def step(self, damping: float) -> _Step | None:
        """Return the damped step and what it gains in the linear model; None if singular."""
        from scipy.linalg import cho_factor, cho_solve

        try:
            reduced, solved, solved_gradients = self._reduced(damping)
            right = self.gradient - np.einsum("vij,vj->i", self.mixed, solved_gradients)
            scale = 1 / np.sqrt(np.diag(reduced))
            factor = cho_factor(reduced * scale * scale[:, None])
            shared = -scale * cho_solve(factor, scale * right)
        except np.linalg.LinAlgError:
            return None
        poses = -solved_gradients - np.einsum("vij,i->vj", solved, shared)
        slope = float(shared @ self.gradient + (poses * self.gradients).sum())
        # (H + D) step = -gradient, so that the model falls by -(slope - step D step) / 2.
        diagonal = shared @ (np.diag(self.shared) * shared)
        diagonals = (poses**2 * np.diagonal(self.own, axis1=1, axis2=2)).sum()
        return _Step(shared, poses, -0.5 * slope + 0.5 * damping * float(diagonal + diagonals))

    def _reduced(self, damping: float) -> tuple[Float64Array, Float64Array, Float64Array]:
        """Return the Schur complement, and own^-1 mixed^T and own^-1 gradients, (v, s, 6)."""
        own = self.own * (1 + damping * np.eye(6))
        mixed = np.swapaxes(self.mixed, 1, 2)
        solved: Float64Array = np.swapaxes(np.linalg.solve(own, mixed), 1, 2)
        gradients = np.linalg.solve(own, self.gradients[..., None])[..., 0].astype(np.float64)
        shared = self.shared * (1 + damping * np.eye(len(self.shared)))
        reduced: Float64Array = shared - np.einsum("vik,vjk->ij", self.mixed, solved)
        if not (np.diag(reduced) > 0).all():
            raise np.linalg.LinAlgError
        return reduced, solved, gradients

    def moved(self, step: _Step) -> Estimate:
        """Return the parameters after a step."""
        size = self.at.cameras.size
        relative = self.at.second_from_first
        return Estimate(
            self.at.cameras + step.shared[:size].reshape(self.at.cameras.shape),
            relative + step.shared[size:] if len(step.shared) > size else relative,
            self.at.poses + step.poses,
        )

    def covariance(self) -> Float64Array:
        """Return the inverse of the normal equations for the shared parameters; NaN if singular."""
        unknown = np.full_like(self.shared, np.nan)
        try:
            reduced, _, _ = self._reduced(0.0)
        except np.linalg.LinAlgError:
            return unknown
        scale = 1 / np.sqrt(np.diag(reduced))
        values, vectors = np.linalg.eigh(reduced * scale * scale[:, None])
        if not values[0] > _SINGULAR:
            return unknown
        rows = vectors * scale[:, None]
        inverse: Float64Array = (rows / values) @ rows.T
        return inverse


def _linearised(views: Sequence[View], at: Estimate, model: CameraModel) -> _Linear:
    """Return residuals and normal equations; the cost is inf where something is not finite."""
    count, width = at.cameras.shape
    size = count * width + (6 if count == 2 else 0)
    shared, gradient = np.zeros((size, size)), np.zeros(size)
    mixed, own = np.zeros((len(views), size, 6)), np.zeros((len(views), 6, 6))
    gradients, cost = np.zeros((len(views), 6)), 0.0
    residuals: list[tuple[Float64Array | None, ...]] = []
    for v, view in enumerate(views):
        found: list[Float64Array | None] = []
        for c, sighting in enumerate(view):
            if sighting is None:
                found.append(None)
                continue
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                off, by_shared, by_pose = _derivatives(sighting, c, at, v, model)
            flat = off.ravel()
            places = np.arange(c * width, c * width + by_shared.shape[1])
            if c == 1:
                places[width:] = np.arange(2 * width, size)
            cost += 0.5 * float(flat @ flat)
            shared[np.ix_(places, places)] += by_shared.T @ by_shared
            gradient[places] += by_shared.T @ flat
            mixed[v, places] += by_shared.T @ by_pose
            own[v] += by_pose.T @ by_pose
            gradients[v] += by_pose.T @ flat
            found.append(off)
        residuals.append(tuple(found))
    # The weak prior: where the views tell two coefficients apart it changes nothing.
    coefficients = (np.arange(count)[:, None] * width + np.arange(4, width)).ravel()
    cost += 0.5 * float(((_PRIOR * at.cameras[:, 4:]) ** 2).sum())
    gradient[coefficients] += _PRIOR**2 * at.cameras[:, 4:].ravel()
    shared[coefficients, coefficients] += _PRIOR**2
    parts = (shared, mixed, own, gradient, gradients)
    finite = np.isfinite(cost) and all(np.isfinite(part).all() for part in parts)
    return _Linear(at, cost if finite else np.inf, tuple(residuals), *parts)


def _derivatives(
    sighting: Sighting, c: int, at: Estimate, v: int, model: CameraModel
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return the residuals of camera c in view v, and how shared parameters and pose move them."""
    if c == 0:
        seen = project(sighting.points, at.poses[v], at.cameras[0], model)
        return seen.pixels - sighting.pixels, seen.by_camera, seen.by_pose
    pose, by_first, by_second = composition(at.poses[v], at.second_from_first)
    seen = project(sighting.points, pose, at.cameras[1], model)
    by_shared = np.hstack([seen.by_camera, seen.by_pose @ by_second])
    return seen.pixels - sighting.pixels, by_shared, seen.by_pose @ by_first
