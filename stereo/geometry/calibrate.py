"""Two cameras from images of a board."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stereo.arguments import choice, flag, thread_count, word
from stereo.geometry.arguments import image_size as checked_size
from stereo.geometry.arguments import transform
from stereo.geometry.assessment import reported
from stereo.geometry.boards import Board, Charuco, Chessboard, Detection
from stereo.geometry.calibration import Calibration, CameraModel
from stereo.geometry.detection import Image, ViewImage, detect_all
from stereo.geometry.estimation import Fit, fitted
from stereo.geometry.projection import camera_matrix
from stereo.geometry.report import CalibrationReport
from stereo.io.images import opencv
from stereo.types import StereoTypeError, StereoValueError, StereoWarning

__all__ = ["CalibratedPair", "calibrate", "calibrate_corners"]

_COEFFICIENTS: dict[str, tuple[int, ...]] = {"pinhole": (0, 4, 5, 8, 12, 14), "fisheye": (4,)}
_USUAL = {"pinhole": 5, "fisheye": 4}
_FEWEST_PAIRS = 3


@dataclass(frozen=True, eq=False)
class CalibratedPair(Calibration):
    """A calibration that knows how it came about.

    Attributes
    ----------
    report : CalibrationReport or None
        Errors of each view, outliers, standard deviations, remarks. The calibrations that
        `scaled`, `cropped` and the like return are plain ones.
    """

    report: CalibrationReport | None = None


def calibrate(
    left_images: Iterable[Image],
    right_images: Iterable[Image],
    board: Board,
    *,
    model: CameraModel = "pinhole",
    coefficients: int | None = None,
    outliers: bool = True,
    threads: int | None = None,
    progress: bool = False,
) -> CalibratedPair:
    """Calibrate two cameras from pairs of images of a board.

    Parameters
    ----------
    left_images, right_images : iterable of array, path or None
        The images of pair k are the entries k: taken at the same time, or with a board that
        stood still. Arrays are uint8, uint16 or float, gray or RGB. None where a camera has no
        image: such a view, like one where only one camera sees the board, still serves the
        other camera's own parameters. Ten to twenty pairs that fill both images, with the board
        tilted by up to 45 degrees in all directions, are a good set.
    board : Chessboard or Charuco
        What the images show.
    model : {"pinhole", "fisheye"}
        Pinhole with the distortion of OpenCV, or the fisheye model of Kannala and Brandt 2006
        for lenses beyond about 120 degrees.
    coefficients : int, optional
        Number of distortion coefficients: 0, 4, 5 (default), 8, 12 or 14 of the pinhole
        model; 4 of the fisheye model.
    outliers : bool
        Leave out views that don't fit the others, and warn. A view is left out if its error is
        above 0.1 px, twice the median, and the median plus 4 standard deviations estimated from
        the median absolute deviation; three pairs always stay. Single corners further off
        than 0.3 px and 6 medians go before, where they are at most 15 % of a view.
    threads : int, optional
        Images in which the board is looked for at the same time; one a core by default.
    progress : bool
        Show a progress bar on the error stream.

    Returns
    -------
    CalibratedPair
        A :class:`Calibration` with a `report`.

    Raises
    ------
    StereoTypeError
        If an argument has a wrong type.
    StereoValueError
        If the lists have different lengths or the images different sizes, less than 3 pairs
        show the board in both images (the message names the others), or the views leave focal
        length or baseline undetermined, as boards that are all parallel do.
    StereoFileError
        If a file can't be read.

    Warns
    -----
    StereoWarning
        For each remark of the report: views left out, boards not found, a large error, an
        uncertain focal length, a board that was only seen in the middle of the image.

    Notes
    -----
    All parameters of both cameras and all poses of the board are adjusted together (bundle
    adjustment; Zhang 2000), each view with what it shows. A distortion coefficient of 1 costs as
    much as a residual of 0.2 px, which keeps coefficients small that the views don't determine
    and changes no others. Standard deviations follow from the
    residuals and their derivatives.

    Examples
    --------
    >>> blank = np.full((48, 64), 128, np.uint8)
    >>> calibrate([blank] * 3, [blank] * 3, Chessboard(9, 6, square=0.024))
    Traceback (most recent call last):
    ...
    stereo.types.StereoValueError: 0 pairs show the board in both images, and 3 are needed; ...
    """
    _check_board(board)
    _check_options(model, coefficients, outliers)
    flag("progress", progress)
    left, right = detect_all(left_images, right_images, board, thread_count(threads), progress)
    size = next(image.size for image in (*left, *right) if image.size is not None)
    return _calibrated(left, right, board, size, model, coefficients, outliers)


def calibrate_corners(
    left: Sequence[Detection | None],
    right: Sequence[Detection | None],
    board: Board,
    image_size: tuple[int, int],
    *,
    model: CameraModel = "pinhole",
    coefficients: int | None = None,
    outliers: bool = True,
) -> CalibratedPair:
    """Calibrate two cameras from corners that were found before.

    Parameters
    ----------
    left, right : sequence of Detection or None
        What `board.detect` gave for the images of each pair.
    board : Chessboard or Charuco
    image_size : (int, int)
        Width and height of the images, px.
    model, coefficients, outliers
        As in :func:`calibrate`.

    Returns
    -------
    CalibratedPair

    Raises
    ------
    StereoTypeError, StereoValueError
        As in :func:`calibrate`.

    Warns
    -----
    StereoWarning
        As in :func:`calibrate`.
    """
    _check_board(board)
    _check_options(model, coefficients, outliers)
    size = checked_size(image_size)
    if len(left) != len(right):
        raise StereoValueError(
            f"there are {len(left)} left and {len(right)} right detections: they go in pairs; "
            "put None where the board was not found"
        )
    sides = [
        [_checked_detection(found, f"{side}[{k}]", board, size) for k, found in enumerate(all_)]
        for side, all_ in (("left", left), ("right", right))
    ]
    return _calibrated(sides[0], sides[1], board, size, model, coefficients, outliers)


def _calibrated(
    left: Sequence[ViewImage],
    right: Sequence[ViewImage],
    board: Board,
    size: tuple[int, int],
    model: CameraModel,
    coefficients: int | None,
    outliers: bool,
) -> CalibratedPair:
    _require_pairs(left, right)
    count = _USUAL[model] if coefficients is None else coefficients
    fit = fitted(left, right, board, size, model, count, _FEWEST_PAIRS if outliers else None)
    report = reported(fit, left, right)
    for remark in report.remarks:
        warnings.warn(remark, StereoWarning, stacklevel=3)
    return _pair(fit, report)


def _pair(fit: Fit, report: CalibrationReport) -> CalibratedPair:
    cameras, relative = fit.estimate.cameras, fit.estimate.second_from_first
    squares = np.concatenate([(r**2).sum(axis=1) for _, r in fit.all_residuals()])
    return CalibratedPair(
        camera_matrix(cameras[0]),
        camera_matrix(cameras[1]),
        cameras[0, 4:],
        cameras[1, 4:],
        transform(opencv().Rodrigues(relative[:3])[0], relative[3:]),
        fit.size,
        fit.model,
        float(np.sqrt(squares.mean())),
        report,
    )


def _check_board(board: Any) -> None:
    if not isinstance(board, Chessboard | Charuco):
        raise StereoTypeError(
            f"board must be a Chessboard or a Charuco, got {type(board).__name__}: "
            "Chessboard(9, 6, square=0.024) has 9 x 6 inner corners and squares of 24 mm"
        )


def _check_options(model: Any, coefficients: Any, outliers: Any) -> None:
    name = word("model", model, tuple(_COEFFICIENTS))
    if coefficients is not None:
        choice(f"coefficients of the {name} model", coefficients, _COEFFICIENTS[name])
    flag("outliers", outliers)


def _checked_detection(found: Any, name: str, board: Board, size: tuple[int, int]) -> ViewImage:
    if found is None:
        return ViewImage(name, size, None)
    ids, corners = (np.asarray(part) for part in found)
    total = len(board.object_points)
    if corners.shape != (len(ids), 2) or ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise StereoValueError(
            f"{name} has ids of shape {ids.shape} and corners of shape {corners.shape}: expected "
            "n integers and (n, 2)"
        )
    if len(ids) < 4 or len(np.unique(ids)) != len(ids) or ids.min() < 0 or ids.max() >= total:
        raise StereoValueError(
            f"{name} has {len(ids)} corners with ids {ids.tolist()}: expected 4 or more different "
            f"ones in 0 … {total - 1}"
        )
    if len(board.symmetries()) > 1 and ids.tolist() != list(range(total)):
        raise StereoValueError(
            f"{name} has {len(ids)} corners of a chessboard: expected all {total}, in order, "
            "because a part of a chessboard looks like any other part"
        )
    if not np.isfinite(corners).all():
        raise StereoValueError(f"{name} has corners that are not finite")
    return ViewImage(name, size, Detection(ids.astype(np.int64), corners.astype(np.float64)))


def _require_pairs(left: Sequence[ViewImage], right: Sequence[ViewImage]) -> None:
    pairs = sum(
        a.detection is not None and b.detection is not None
        for a, b in zip(left, right, strict=True)
    )
    if pairs >= _FEWEST_PAIRS:
        return
    missing = [
        image.name
        for pair in zip(left, right, strict=True)
        for image in pair
        if image.detection is None and image.size is not None
    ]
    if missing:
        where = (
            f"the board was not found in {', '.join(missing)}. Check its counts (inner corners of "
            "a chessboard, squares of a ChArUco board), and that all of a chessboard is visible "
            "with a white margin"
        )
    else:
        where = "it was found in all images that there are: take more pairs"
    verb = "shows" if pairs == 1 else "show"
    noun = "pair" if pairs == 1 else "pairs"
    raise StereoValueError(
        f"{pairs} {noun} {verb} the board in both images, and {_FEWEST_PAIRS} are needed; {where}"
    )
