"""From a relative prediction to metres: the scale and shift that measurements ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, integer, number, word
from stereo.geometry import StereoGeometry
from stereo.geometry.arguments import finite_number
from stereo.mono.lines import Line, Method, fitted, inliers
from stereo.mono.measurements import Measurements, measurements
from stereo.mono.prediction import MonoDepth, checked_prediction, reciprocal
from stereo.types import StereoValueError

__all__ = ["MetricAlignment", "Space", "to_metric"]

Space = Literal["depth", "inverse_depth"]
Float32 = npt.NDArray[np.float32]

_TOLERANCE = 0.1


@dataclass(frozen=True, eq=False)
class MetricAlignment:
    """A prediction in metres, and how it came to be.

    Attributes
    ----------
    depth : ndarray, float32 (H, W)
        Depth in metres; NaN where the line gives nothing above 0.
    scale, shift : float
        measured = scale * predicted + shift, in `space`: 1 / m for inverse depth, else m.
    space : {"depth", "inverse_depth"}
        Where the line was fitted.
    method : {"ransac", "least_squares", "median", "given"}
        How; "given" is a scale that the caller knew.
    residuals : ndarray, float32
        Aligned minus measured depth, metres: (H, W) for maps, NaN where nothing was measured or
        there is no aligned depth; (N,) for points; (0,) for a given scale.
    inlier_share : float
        Share of the measurements that the line meets to `tolerance` of their value; NaN for a
        given scale.
    measured : int
        Number of measurements.
    """

    depth: Float32 = field(repr=False)
    scale: float
    shift: float
    space: Space
    method: str
    residuals: Float32 = field(repr=False)
    inlier_share: float
    measured: int

    @property
    def median_residual(self) -> float:
        """Median of the absolute residuals, metres; NaN where there are none."""
        known = self.residuals[~np.isnan(self.residuals)]
        return float(np.median(np.abs(known))) if known.size else float("nan")


def to_metric(
    prediction: MonoDepth,
    *,
    disparity: npt.ArrayLike | None = None,
    calibration: StereoGeometry | None = None,
    depth: npt.ArrayLike | None = None,
    points: npt.ArrayLike | None = None,
    scale: float | None = None,
    shift: float | None = None,
    confidence: npt.ArrayLike | None = None,
    method: Method | None = None,
    space: Space | None = None,
    fit_shift: bool | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
) -> MetricAlignment:
    """Align a prediction to measurements and return it in metres.

    Relative networks are trained so that a scale and a shift are left free (Ranftl et al. 2022),
    which two measurements would fix; many, fitted robustly, are better. Exactly one source of
    measurements is given: `disparity` with `calibration`, `depth`, `points`, or `scale`.

    Parameters
    ----------
    prediction : MonoDepth
        Relative or metric, of the left image.
    disparity : array_like, floating point, (H, W), optional
        x_left - x_right, px; NaN = no match.
    calibration : StereoGeometry, optional
        That of `disparity`; required with it, and only then.
    depth : array_like, floating point, (H, W), optional
        Metres; NaN = not measured, as of a lidar that was projected into the image.
    points : array_like, (N, 3), optional
        Column and row in px (pixel centres lie at whole numbers) and depth in metres. The
        prediction is interpolated linearly.
    scale, shift : float, optional
        A line that is known: scale * predicted + shift. The shift is 0 by default.
    confidence : array_like, (H, W) or (N,), optional
        Weights of the measurements, at least 0, NaN = 0; for all but `scale`.
    method : {"ransac", "least_squares", "median"}, optional
        RANSAC by default; see :func:`stereo.mono.lines.fitted`. "median" uses no weights but 0.
    space : {"depth", "inverse_depth"}, optional
        Where the line is fitted: by default where the network was trained, inverse depth if
        `prediction.is_inverse`. In the other one its values, which must be above 0 then, are
        replaced by their reciprocals.
    fit_shift : bool, optional
        False: the line goes through the origin, for networks that know the shift. True by default.
    tolerance : float, optional
        What agrees with the line: an error of at most this share of the measured value, 0.1 by
        default. RANSAC fits by it, and `inlier_share` counts by it.
    seed : int, optional
        Of RANSAC's random choices, 0 by default: the result is the same each time.

    Returns
    -------
    MetricAlignment

    Raises
    ------
    StereoTypeError, StereoValueError
        If an argument can't be used or would not be; there are too few measurements; no scale
        above 0 fits, which means that the prediction falls where the measurements rise.

    References
    ----------
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022. Fischler, Bolles: Random sample consensus. Communications of the ACM 24(6), 1981.

    Examples
    --------
    >>> true = np.linspace(2, 8, 12, dtype=np.float32).reshape(3, 4)
    >>> relative = MonoDepth((1 / true - 0.1) / 0.3, is_metric=False, is_inverse=True)
    >>> aligned = to_metric(relative, points=[[0, 0, 2.0], [3, 2, 8.0], [0, 1, true[1, 0]]])
    >>> round(aligned.scale, 3), round(aligned.shift, 3), aligned.inlier_share
    (0.3, 0.1, 1.0)
    >>> float(np.abs(aligned.depth - true).max()) < 1e-5
    True
    """
    known = checked_prediction(prediction)
    where = _space(space, known)
    values = _in_space(known, where)
    fitting = {"method": method, "fit_shift": fit_shift, "tolerance": tolerance, "seed": seed}
    if scale is not None:
        sources = {"disparity": disparity, "calibration": calibration, "depth": depth}
        _refuse_beside_scale({**sources, "points": points, "confidence": confidence, **fitting})
        line = Line(
            number("scale", scale, positive=True),
            0.0 if shift is None else finite_number("shift", shift),
        )
        nothing = np.empty(0, np.float32)
        aligned = _depth(values, line, where)
        return MetricAlignment(aligned, *line, where, "given", nothing, float("nan"), 0)
    if shift is not None:
        raise StereoValueError("shift belongs to a scale that is known: give both, or neither")
    fit = _fit(**fitting)
    found = measurements(known.values.shape, disparity, calibration, depth, points, confidence)
    return _aligned(values, found, where, fit)


class _Fit(NamedTuple):
    """How a line is fitted, checked."""

    method: Method
    fit_shift: bool
    tolerance: float
    seed: int


def _fit(method: Any, fit_shift: Any, tolerance: Any, seed: Any) -> _Fit:
    way: Method = "ransac" if method is None else method
    word("method", way, get_args(Method))
    if seed is not None and way != "ransac":
        raise StereoValueError(f"seed is for the method 'ransac', and has no use for {way!r}")
    return _Fit(
        way,
        True if fit_shift is None else flag("fit_shift", fit_shift),
        _TOLERANCE if tolerance is None else number("tolerance", tolerance, positive=True),
        0 if seed is None else integer("seed", seed, 0, (1 << 63) - 1),
    )


def _aligned(values: Float32, found: Measurements, space: Space, fit: _Fit) -> MetricAlignment:
    predicted = found.sample(values)
    measured = found.depth if space == "depth" else 1 / found.depth
    allowed = fit.tolerance * np.abs(measured)
    line = fitted(
        predicted,
        measured,
        found.weights,
        fit.method,
        fit_shift=fit.fit_shift,
        allowed=allowed,
        seed=fit.seed,
    )
    if line.scale <= 0:
        raise StereoValueError(
            f"the best scale is {line.scale:.3g}, not above 0: the prediction falls where the "
            f"measured {space.replace('_', ' ')} rises; is_inverse of the prediction may be wrong, "
            "or the measurements belong to another image"
        )
    aligned = _depth(values, line, space)
    at = _depth(predicted.astype(np.float32), line, space)
    return MetricAlignment(
        depth=aligned,
        scale=line.scale,
        shift=line.shift,
        space=space,
        method=fit.method,
        residuals=found.spread(at - found.depth.astype(np.float32)),
        inlier_share=float(inliers(line, predicted, measured, allowed).mean()),
        measured=len(measured),
    )


def _space(space: Any, prediction: MonoDepth) -> Space:
    if space is None:
        return "inverse_depth" if prediction.is_inverse else "depth"
    word("space", space, get_args(Space))
    found: Space = space
    return found


def _in_space(prediction: MonoDepth, space: Space) -> Float32:
    if prediction.is_inverse == (space == "inverse_depth"):
        return prediction.values
    other = reciprocal(prediction.values)
    if np.isnan(other).any():
        row, column = (int(k) for k in np.argwhere(np.isnan(other))[0])
        raise StereoValueError(
            f"the prediction is {prediction.values[row, column]:g} at row {row}, column {column}, "
            f"which has no reciprocal above 0: it can't be aligned in {space.replace('_', ' ')}"
        )
    return other


def _depth(values: Float32, line: Line, space: Space) -> Float32:
    with np.errstate(over="ignore"):
        aligned = line.at(values.astype(np.float64)).astype(np.float32)
    if space == "inverse_depth":
        return reciprocal(aligned)
    return np.where((aligned > 0) & np.isfinite(aligned), aligned, np.float32(np.nan))


def _refuse_beside_scale(unused: dict[str, Any]) -> None:
    for name, value in unused.items():
        if value is not None:
            raise StereoValueError(f"{name} has no use beside scale: give one of them")
