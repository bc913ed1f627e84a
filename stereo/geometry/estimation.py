"""From corners to two cameras: guesses, adjustment, outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stereo.geometry.adjustment import Estimate, Sighting, View, adjusted
from stereo.geometry.boards import Board
from stereo.geometry.calibration import CameraModel
from stereo.geometry.detection import ViewImage
from stereo.geometry.initial import board_pose, guessed_camera, matched_orders
from stereo.geometry.poses import composed, inverted
from stereo.types import StereoValueError

__all__ = ["Fit", "fitted"]

Float64Array = npt.NDArray[np.float64]

_HARMLESS = 0.1  # px: no view with a smaller error is an outlier
_MEDIANS, _DEVIATIONS = 2.0, 4.0  # an outlier's error is above both
_HARMLESS_CORNER, _CORNER_MEDIANS = 0.3, 6.0  # px; of all distances: a single bad corner
_FEW_CORNERS = 0.15  # of a view's corners: where more are bad, none is left out
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_LEAST_NOISE = 0.05  # px, of any detector: errors of 0 would make every number certain
_USUAL_COEFFICIENTS = 5  # more are hard to tell apart
_ENOUGH = 40  # views of one camera for a start
_NO_BOARD = 3.0  # px RMS: the corners are not what they are taken for
_UNDETERMINED = 0.05  # relative standard deviation of focal length or baseline


@dataclass
class Fit:
    """Cameras and what they were found from.

    Attributes
    ----------
    estimate : Estimate
        Two cameras, with the residuals of `views`.
    views : list of View
        What was used; left and right, either may be None.
    indices : list of int
        Place of each view in the lists of images.
    left_out : dict of int to (float, float)
        Outliers: place, and the errors left and right when the view was left out, px or NaN.
    size : (int, int)
    model : {"pinhole", "fisheye"}
    corners_left_out : dict of int to int
        Single corners of both images of a view that don't fit.
    covariance : ndarray, float64
        Of the parameters of both cameras and of right_from_left.
    """

    estimate: Estimate
    views: list[View]
    indices: list[int]
    size: tuple[int, int]
    model: CameraModel
    left_out: dict[int, tuple[float, float]] = field(default_factory=dict)
    corners_left_out: dict[int, int] = field(default_factory=dict)

    @property
    def covariance(self) -> Float64Array:
        """Covariance of the shared parameters for the noise that the residuals show."""
        squares = sum(float((r**2).sum()) for _, r in self.all_residuals())
        variance = max(squares / max(self.estimate.freedom, 1), _LEAST_NOISE**2)
        assert self.estimate.covariance is not None
        scaled: Float64Array = self.estimate.covariance * variance
        return scaled

    def all_residuals(self) -> list[tuple[int, Float64Array]]:
        """Return camera (0 or 1) and residuals of every sighting."""
        return [
            (c, residuals)
            for view in self.estimate.residuals
            for c, residuals in enumerate(view)
            if residuals is not None
        ]


def fitted(
    left: Sequence[ViewImage],
    right: Sequence[ViewImage],
    board: Board,
    size: tuple[int, int],
    model: CameraModel,
    coefficients: int,
    fewest_pairs: int | None,
) -> Fit:
    """Find both cameras; with `fewest_pairs`, leave out outliers as long as so many pairs stay.

    Raises
    ------
    StereoValueError
        If the views leave focal length or baseline undetermined.
    """
    points = board.object_points
    seen = [
        {
            k: Sighting(points[image.detection.ids], image.detection.corners)
            for k, image in enumerate(images)
            if image.detection is not None
        }
        for images in (left, right)
    ]
    alone = [
        _one_camera(list(sightings.values()), size, model, coefficients, fewest_pairs is not None)
        for sightings in seen
    ]
    pairs = sorted(seen[0].keys() & seen[1].keys())
    chosen, relative = matched_orders(
        [seen[0][k] for k in pairs],
        [seen[1][k] for k in pairs],
        (alone[0], alone[1]),
        model,
        board.symmetries(),
    )
    for k, order in zip(pairs, chosen, strict=True):
        if order:  # the same corners, counted from another end of the board
            turned = board.symmetries()[order]
            seen[1][k] = Sighting(points[turned], seen[1][k].pixels)
    indices = sorted(seen[0].keys() | seen[1].keys())
    views: list[View] = [(seen[0].get(k), seen[1].get(k)) for k in indices]
    poses = [_pose(view, alone, relative, model) for view in views]
    start = Estimate(np.array(alone), relative, np.array(poses))
    fit = Fit(adjusted(views, start, model), views, indices, size, model)
    if fewest_pairs is not None:
        while _drop_corners(fit) or _drop_outliers(fit, fewest_pairs):
            fit.estimate = adjusted(fit.views, fit.estimate, model)
    _require_certainty(fit)
    return fit


def _one_camera(
    sightings: list[Sighting],
    size: tuple[int, int],
    model: CameraModel,
    coefficients: int,
    outliers: bool,
) -> Float64Array:
    """Return the parameters of one camera from its own images, some of them if they are many."""
    sightings = [
        sightings[k] for k in np.unique(np.linspace(0, len(sightings) - 1, _ENOUGH, dtype=int))
    ]
    camera = guessed_camera(sightings, size, model, coefficients)
    poses = np.array([board_pose(sighting, camera, model) for sighting in sightings])
    views: list[View] = [(sighting,) for sighting in sightings]
    estimate = adjusted(views, Estimate(camera[None], np.zeros(6), poses), model)
    if outliers:
        errors = np.array([_rms(view) for view in estimate.residuals])
        good = np.flatnonzero(errors <= _limit(errors))
        if 3 <= len(good) < len(views):
            kept = Estimate(estimate.cameras, np.zeros(6), estimate.poses[good])
            estimate = adjusted([views[k] for k in good], kept, model)
    found: Float64Array = estimate.cameras[0]
    return found


def _pose(
    view: View, cameras: Sequence[Float64Array], relative: Float64Array, model: CameraModel
) -> Float64Array:
    """Return left_from_board as the left image shows it, or else the right one."""
    if view[0] is not None:
        return board_pose(view[0], cameras[0], model)
    assert view[1] is not None
    return composed(inverted(relative), board_pose(view[1], cameras[1], model))


def _drop_outliers(fit: Fit, fewest_pairs: int) -> bool:
    """Take the worst outliers out of the fit; False if there are none."""
    errors = np.array([_rms(view) for view in fit.estimate.residuals])
    # One bad view spoils the others a little: what is far better than the worst gets a chance.
    limit = max(_limit(errors), float(errors.max()) / 2)
    paired = np.array([None not in view for view in fit.views])
    dropped: list[int] = []
    for v in np.argsort(-errors):
        spare = paired.sum() - sum(paired[dropped]) > fewest_pairs or not paired[v]
        if errors[v] > limit and spare:
            dropped.append(int(v))
    if not dropped:
        return False
    for v in dropped:
        a, b = (np.nan if r is None else _rms((r,)) for r in fit.estimate.residuals[v])
        fit.left_out[fit.indices[v]] = (a, b)
    kept = [v for v in range(len(fit.views)) if v not in dropped]
    fit.views = [fit.views[v] for v in kept]
    fit.indices = [fit.indices[v] for v in kept]
    old = fit.estimate
    fit.estimate = Estimate(old.cameras, old.second_from_first, old.poses[kept])
    return True


def _drop_corners(fit: Fit) -> bool:
    """Take single corners out that don't fit, such as half hidden ones; False if all fit."""
    distances = [np.sqrt((r**2).sum(axis=1)) for _, r in fit.all_residuals()]
    median = float(np.median(np.concatenate(distances)))
    limit = max(_HARMLESS_CORNER, _CORNER_MEDIANS * median)
    views: list[View] = []
    dropped = False
    for index, view, residuals in zip(fit.indices, fit.views, fit.estimate.residuals, strict=True):
        kept: list[Sighting | None] = []
        for sighting, off in zip(view, residuals, strict=True):
            if sighting is None or off is None:
                kept.append(None)
                continue
            good = np.sqrt((off**2).sum(axis=1)) <= limit
            few, gone = int(np.count_nonzero(~good)), fit.corners_left_out.get(index, 0)
            if not 0 < few <= _FEW_CORNERS * (len(good) + gone) - gone:
                kept.append(sighting)
                continue
            kept.append(Sighting(sighting.points[good], sighting.pixels[good]))
            fit.corners_left_out[index] = gone + few
            dropped = True
        views.append(tuple(kept))
    fit.views = views
    return dropped


def _limit(errors: Float64Array) -> float:
    """Return the error above which a view is an outlier, px."""
    median = float(np.median(errors))
    deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(errors - median)))
    return max(_HARMLESS, _MEDIANS * median, median + _DEVIATIONS * deviation)


def _rms(residuals: Sequence[Float64Array | None]) -> float:
    """Return the root mean square distance of all corners of a view, px."""
    squares = np.concatenate([(r**2).sum(axis=1) for r in residuals if r is not None])
    return float(np.sqrt(squares.mean()))


def _require_certainty(fit: Fit) -> None:
    """Refuse a calibration that the views don't determine."""
    covariance, width = fit.covariance, fit.estimate.cameras.shape[1]
    error = _rms([r for _, r in fit.all_residuals()])
    advice = (
        "the views don't tell focal length from distance, as happens when the board is parallel "
        "in all of them: add views with the board tilted by 20 to 45 degrees about both axes"
    )
    if error > _NO_BOARD:
        advice = (
            f"the corners are {error:.3g} px (RMS) off from those of any such board; is its count "
            "right, is it flat, were the pairs taken at the same time?"
        )
    if not np.isfinite(covariance).all() or not fit.estimate.converged:
        if error <= _NO_BOARD and width > 4 + _USUAL_COEFFICIENTS:
            advice = (
                f"the views don't tell the effects of {width - 4} distortion coefficients apart: "
                f"take {_USUAL_COEFFICIENTS} or 8 coefficients, or add views with the board tilted "
                "and in the corners of the image"
            )
        raise StereoValueError(f"the calibration is not determined: {advice}")
    for c, side in enumerate(("left", "right")):
        for p, axis in enumerate(("x", "y")):
            focal = float(fit.estimate.cameras[c, p])
            deviation = float(np.sqrt(covariance[c * width + p, c * width + p]))
            if not focal > 0 or deviation > _UNDETERMINED * focal:
                raise StereoValueError(
                    f"the {side} focal length f{axis} = {focal:.5g} px has a standard deviation "
                    f"of {deviation:.3g} px ({deviation / abs(focal):.0%}): {advice}"
                )
    baseline, deviation = baseline_deviation(fit)
    if deviation > _UNDETERMINED * baseline:
        raise StereoValueError(
            f"the baseline of {baseline:.4g} m has a standard deviation of {deviation:.3g} m: "
            "add pairs in which both cameras see the board, nearer and more tilted"
        )


def baseline_deviation(fit: Fit) -> tuple[float, float]:
    """Return the distance of the cameras and its standard deviation, metres."""
    translation = fit.estimate.second_from_first[3:]
    baseline = float(np.linalg.norm(translation))
    direction = translation / max(baseline, 1e-300)
    block = fit.covariance[-3:, -3:]
    return baseline, float(np.sqrt(direction @ block @ direction))
