"""From a fit to its report and remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stereo.geometry.detection import ViewImage
from stereo.geometry.estimation import Fit, baseline_deviation
from stereo.geometry.projection import camera_matrix, undistorted
from stereo.geometry.report import CalibrationReport, Deviations, Status, ViewReport
from stereo.geometry.rotations import bouguet_rotations
from stereo.io.images import opencv

__all__ = ["reported"]

Float64Array = npt.NDArray[np.float64]

_LARGE_ERROR = 1.0  # px RMS
_UNCERTAIN = 0.01  # relative standard deviation
_COVERAGE = 0.35  # of the fields of the image: below it the distortion is guesswork outside


def reported(fit: Fit, left: Sequence[ViewImage], right: Sequence[ViewImage]) -> CalibrationReport:
    """Return the report of a fit."""
    views = tuple(_view(fit, k, a, b) for k, (a, b) in enumerate(zip(left, right, strict=True)))
    report = CalibrationReport(
        fit.size,
        views,
        _camera_rms(fit, 0),
        _camera_rms(fit, 1),
        _vertical_rms(fit),
        _deviations(fit),
        remarks=(),
    )
    return replace(report, remarks=tuple(_remarks(fit, report, left, right)))


def _camera_rms(fit: Fit, camera: int) -> float:
    squares = [(r**2).sum(axis=1) for c, r in fit.all_residuals() if c == camera]
    return float(np.sqrt(np.concatenate(squares).mean()))


def _view(fit: Fit, k: int, left: ViewImage, right: ViewImage) -> ViewReport:
    status, errors = _status(fit, k)
    empty = np.empty((0, 2))
    return ViewReport(
        k,
        left.name,
        right.name,
        status,
        errors[0],
        errors[1],
        empty if left.detection is None else left.detection.corners,
        empty if right.detection is None else right.detection.corners,
        fit.corners_left_out.get(k, 0),
    )


def _status(fit: Fit, k: int) -> tuple[Status, tuple[float, float]]:
    if k in fit.left_out:
        return "outlier", fit.left_out[k]
    if k not in fit.indices:
        return "board not found", (np.nan, np.nan)
    residuals = fit.estimate.residuals[fit.indices.index(k)]
    a, b = (np.nan if r is None else float(np.sqrt((r**2).sum(1).mean())) for r in residuals)
    return ("right only" if np.isnan(a) else "left only" if np.isnan(b) else "used"), (a, b)


def _deviations(fit: Fit) -> Deviations:
    covariance, width = fit.covariance, fit.estimate.cameras.shape[1]
    deviation = np.sqrt(np.diag(covariance))
    rotation = float(np.sqrt(np.linalg.eigvalsh(covariance[-6:-3, -6:-3])[-1]))
    camera = ("fx", "fy", "cx", "cy")
    values = {
        f"{name}_{side}": float(deviation[c * width + p])
        for c, side in enumerate(("left", "right"))
        for p, name in enumerate(camera)
    }
    return Deviations(**values, baseline=baseline_deviation(fit)[1], rotation=rotation)


def _vertical_rms(fit: Fit) -> float:
    """Return how far apart the rows of one corner are after rectification, RMS px."""
    relative = fit.estimate.second_from_first
    rotations = bouguet_rotations(opencv().Rodrigues(relative[:3])[0], relative[3:])
    cameras = fit.estimate.cameras
    focal = float(cameras[:, 1].mean())
    squares = []
    for a, b in fit.views:
        if a is None or b is None:
            continue
        # The corners that both saw: a corner is known by its place on the board.
        both = (np.abs(a.points[:, None] - b.points).max(axis=2) < 1e-9).nonzero()
        rows = []
        for sighting, camera, rotation, place in zip((a, b), cameras, rotations, both, strict=True):
            pixels = sighting.pixels[place]
            rays = undistorted(pixels, camera_matrix(camera), camera[4:], fit.model)
            turned = rays @ rotation.T
            rows.append(focal * turned[:, 1] / turned[:, 2])
        squares.append((rows[0] - rows[1]) ** 2)
    together = np.concatenate(squares)
    return float(np.sqrt(together.mean())) if len(together) else float("nan")


def _remarks(
    fit: Fit, report: CalibrationReport, left: Sequence[ViewImage], right: Sequence[ViewImage]
) -> list[str]:
    remarks = []
    if report.outliers:
        named = ", ".join(
            f"{view.name_left} / {view.name_right} "
            f"({np.nanmax([view.error_left, view.error_right]):.2f} px)"
            for view in report.outliers
        )
        remarks.append(f"left out, because they don't fit the other views: {named}")
    spoilt = [
        f"{view.corners_left_out} in {view.name_left} / {view.name_right}"
        for view in report.views
        if view.corners_left_out
    ]
    if spoilt:
        remarks.append(f"single corners left out, because they don't fit: {', '.join(spoilt)}")
    missing = [
        image.name
        for pair in zip(left, right, strict=True)
        for image in pair
        if image.detection is None and image.size is not None
    ]
    if missing:
        remarks.append(f"the board was not found in {', '.join(missing)}")
    worst = max(report.error_left, report.error_right)
    if worst > _LARGE_ERROR:
        remarks.append(
            f"the reprojection error of {worst:.2f} px is large: a good calibration has less than "
            "0.5 px. Is the board flat, its count right, the pairs taken at the same time?"
        )
    remarks += _remarks_on_certainty(fit, report)
    for side in ("left", "right"):
        covered = report.coverage(side)
        if covered < _COVERAGE:
            remarks.append(
                f"the {side} camera saw the board in {covered:.0%} of its image only: the "
                "distortion elsewhere is extrapolated"
            )
    return remarks


def _remarks_on_certainty(fit: Fit, report: CalibrationReport) -> list[str]:
    remarks = []
    cameras, deviations = fit.estimate.cameras, report.deviations
    for c, side in enumerate(("left", "right")):
        focal, deviation = float(cameras[c, 0]), float(getattr(deviations, f"fx_{side}"))
        if deviation > _UNCERTAIN * focal:
            remarks.append(
                f"the {side} focal length of {focal:.1f} px is uncertain: ± {deviation:.1f} px; "
                "more views with a tilted board help"
            )
        width, height = fit.size
        corners = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
        rays = undistorted(corners, camera_matrix(cameras[c]), cameras[c, 4:], fit.model)
        if np.isnan(rays).any():
            remarks.append(
                f"the {side} distortion ends before the corners of the image: take views there, or "
                "fewer coefficients"
            )
    return remarks
