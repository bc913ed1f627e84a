"""Bundle adjustment of one or two cameras and the boards they saw.

All parameters are found together, so that a view of one camera alone, or a board of
which both cameras see different parts, counts for what it is worth: ``cv2.stereoCalibrate``
needs the same corners in both images. The derivatives are OpenCV's, the optimiser is SciPy's.
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

_EVALUATIONS = 100  # usual sets take 10, narrow valleys 60
_ACCURACY = 1e-10  # relative, of the sum of squares and of the parameters
_LEAST_SLOPE = 1e-15  # gradients are not what ends the search
_FEW = 300  # parameters up to which MINPACK is the faster one: it starts no threads
_PRIOR = 0.2  # px, that a distortion coefficient of 1 costs
_SINGULAR = 3e-7  # singular value of the scaled derivatives: two parameters do the same


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

    The steps are those of ``scipy.optimize.least_squares``: MINPACK's Levenberg-Marquardt method,
    or with many views a trust region by singular values. Both get through the narrow valleys of
    many coefficients, which the sparse solver of SciPy does not. The rows of each view are first
    turned into the few that say the same (QR decomposition), which makes them fast.
    """
    from scipy.optimize import least_squares

    system = _System(views, start, model)
    first = system.packed(start)
    if not np.isfinite(system.residuals(first)).all():
        raise StereoValueError(
            "the calibration diverges: the corners found don't fit any camera of this model"
        )
    found = least_squares(
        system.residuals,
        first,
        system.derivatives,
        method="lm" if len(first) <= _FEW else "trf",
        x_scale="jac",
        ftol=_ACCURACY,
        xtol=_ACCURACY,
        gtol=_LEAST_SLOPE,
        max_nfev=_EVALUATIONS,
    )
    last = system.linearised(found.x)
    count = sum(s.pixels.size for view in views for s in view if s is not None)
    return replace(
        system.unpacked(found.x),
        residuals=last.residuals,
        covariance=_covariance(last.rows[:, :-1], system.shared),
        freedom=count - len(first),
        converged=found.status > 0,
    )


class _Linear(NamedTuple):
    """The problem near one place.

    `rows` (m, n + 1) are the derivatives by all n parameters and then the residuals, turned so
    that few rows say the same: sums of squares and normal equations don't change.
    """

    at: Float64Array
    rows: Float64Array
    residuals: tuple[tuple[Float64Array | None, ...], ...]


class _System:
    """The residuals as a function of one vector: poses, cameras, second_from_first."""

    def __init__(self, views: Sequence[View], start: Estimate, model: CameraModel) -> None:
        self._views, self._start, self._model = views, start, model
        self.shared = start.cameras.size + (6 if len(start.cameras) == 2 else 0)
        self._last: _Linear | None = None

    def packed(self, estimate: Estimate) -> Float64Array:
        """Return all parameters as a vector."""
        relative = estimate.second_from_first if len(estimate.cameras) == 2 else np.empty(0)
        return np.concatenate([estimate.poses.ravel(), estimate.cameras.ravel(), relative])

    def unpacked(self, x: Float64Array) -> Estimate:
        """Return the parameters of a vector."""
        start = self._start
        poses, cameras, relative = np.split(x, np.cumsum([start.poses.size, start.cameras.size]))
        return Estimate(
            cameras.reshape(start.cameras.shape),
            relative if len(relative) else start.second_from_first,
            poses.reshape(-1, 6),
        )

    def residuals(self, x: Float64Array) -> Float64Array:
        """Return the residuals, turned."""
        return self.linearised(x).rows[:, -1]

    def derivatives(self, x: Float64Array) -> Float64Array:
        """Return the derivatives, turned alike."""
        return self.linearised(x).rows[:, :-1]

    def linearised(self, x: Float64Array) -> _Linear:
        """Return both; the optimiser asks for the derivatives where it had the residuals."""
        if self._last is None or not np.array_equal(self._last.at, x):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                self._last = self._linearised(x)
        return self._last

    def _linearised(self, x: Float64Array) -> _Linear:
        at, count = self.unpacked(x), len(self._views)
        residuals, rows = [], []
        for v, view in enumerate(self._views):
            seen = [None if s is None else self._rows(s, c, at, v) for c, s in enumerate(view)]
            residuals.append(tuple(None if one is None else one[0] for one in seen))
            # One sighting at a time: LAPACK starts threads for larger matrices, which cost more.
            few = _turned(np.vstack([_turned(one[1]) for one in seen if one is not None]))
            wide = np.zeros((len(few), len(x) + 1))
            wide[:, 6 * v : 6 * v + 6], wide[:, 6 * count :] = few[:, :6], few[:, 6:]
            rows.append(wide)
        # The weak prior: where the views tell two coefficients apart it changes nothing.
        places = np.arange(at.cameras.size).reshape(at.cameras.shape)[:, 4:].ravel()
        prior = np.zeros((len(places), len(x) + 1))
        prior[np.arange(len(places)), 6 * count + places] = _PRIOR
        prior[:, -1] = _PRIOR * at.cameras[:, 4:].ravel()
        return _Linear(x.copy(), np.vstack([*rows, prior]), tuple(residuals))

    def _rows(
        self, sighting: Sighting, c: int, at: Estimate, v: int
    ) -> tuple[Float64Array, Float64Array]:
        """Return residuals (k, 2), and rows: derivatives by pose and shared, residuals."""
        width = at.cameras.shape[1]
        rows = np.zeros((sighting.pixels.size, 6 + self.shared + 1))
        own = rows[:, 6 + c * width : 6 + (c + 1) * width]
        if c == 0:
            seen = project(sighting.points, at.poses[v], at.cameras[0], self._model)
            rows[:, :6] = seen.by_pose
        else:
            pose, by_first, by_second = composition(at.poses[v], at.second_from_first)
            seen = project(sighting.points, pose, at.cameras[1], self._model)
            rows[:, :6] = seen.by_pose @ by_first
            rows[:, -7:-1] = seen.by_pose @ by_second
        own[:] = seen.by_camera
        off = seen.pixels - sighting.pixels
        rows[:, -1] = off.ravel()
        return off, rows


def _turned(rows: Float64Array) -> Float64Array:
    """Return R of the QR decomposition; rows that are not finite as they are."""
    if not np.isfinite(rows).all():
        return rows
    few: Float64Array = np.asarray(np.linalg.qr(rows, mode="r"), np.float64)
    return few


def _covariance(derivatives: Float64Array, shared: int) -> Float64Array:
    """Return the covariance of the last `shared` parameters; NaN if they are not determined."""
    # What the other parameters can't explain of the last ones is the last block of R.
    rest = _turned(derivatives)[-shared:, -shared:]
    scale = np.sqrt((rest**2).sum(axis=0))
    if len(derivatives) < derivatives.shape[1] or not (scale > 0).all():
        return np.full((shared, shared), np.nan)
    _, values, vectors = np.linalg.svd(rest / scale)
    if not values[-1] > _SINGULAR:
        return np.full((shared, shared), np.nan)
    half = vectors.T / values / scale[:, None]
    inverse: Float64Array = half @ half.T
    return inverse
