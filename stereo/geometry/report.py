"""What a calibration is worth: errors a view, uncertainties, and where the corners were."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.io.files import PathLike, write_bytes

__all__ = ["CalibrationReport", "Deviations", "ViewReport"]

Status = Literal["used", "left only", "right only", "outlier", "board not found"]


@dataclass(frozen=True)
class Deviations:
    """Standard deviations of what was found, from the residuals and their derivatives.

    Attributes
    ----------
    fx_left, fy_left, cx_left, cy_left, fx_right, fy_right, cx_right, cy_right : float
        Of focal lengths and principal points, px.
    baseline : float
        Metres.
    rotation : float
        Of the angle between the cameras, about the least certain axis, rad.
    """

    fx_left: float
    fy_left: float
    cx_left: float
    cy_left: float
    fx_right: float
    fy_right: float
    cx_right: float
    cy_right: float
    baseline: float
    rotation: float


@dataclass(frozen=True, eq=False)
class ViewReport:
    """One pair of images.

    Attributes
    ----------
    index : int
        Place in the lists of images.
    name_left, name_right : str
        Names of the files, or such as "left[3]".
    status : str
        "used" by both cameras; "left only" or "right only", where one camera saw the board and
        the view serves its own parameters; "outlier", left out because it does not fit;
        "board not found" in either image.
    error_left, error_right : float
        Root mean square of the residuals, px. Of outliers when they were left
        out; NaN where there is nothing to compare.
    corners_left, corners_right : ndarray, float64 (n, 2)
        The corners found, px; n is 0 where the board was not found.
    corners_left_out : int
        How many corners of both images were left out because they don't fit.
    """

    index: int
    name_left: str
    name_right: str
    status: Status
    error_left: float
    error_right: float
    corners_left: npt.NDArray[np.float64]
    corners_right: npt.NDArray[np.float64]
    corners_left_out: int = 0


@dataclass(frozen=True, eq=False)
class CalibrationReport:
    """How a calibration came about, and what it is worth.

    Attributes
    ----------
    image_size : (int, int)
        Width and height, px.
    views : tuple of ViewReport
        One for each pair of images.
    error_left, error_right : float
        Root mean square of the residuals of one camera, px.
    vertical_rms : float
        Vertical distance of the corners that both cameras saw, after rectification, RMS px.
    deviations : Deviations
        Standard deviations of the parameters.
    remarks : tuple of str
        What looks wrong or could be better; also given as warnings.
    """

    image_size: tuple[int, int]
    views: tuple[ViewReport, ...]
    error_left: float
    error_right: float
    vertical_rms: float
    deviations: Deviations
    remarks: tuple[str, ...]

    @property
    def outliers(self) -> tuple[ViewReport, ...]:
        """The views that were left out because they don't fit."""
        return tuple(view for view in self.views if view.status == "outlier")

    def corners(self, side: str) -> npt.NDArray[np.float64]:
        """Return all corners that one camera's parameters rest on.

        Parameters
        ----------
        side : {"left", "right"}

        Returns
        -------
        ndarray, float64 (n, 2)
            x and y, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            If `side` is another word.
        """
        name = word("side", side, ("left", "right"))
        kept = [
            getattr(view, f"corners_{name}")
            for view in self.views
            if view.status in ("used", f"{name} only")
        ]
        return np.concatenate([np.empty((0, 2)), *kept])

    def coverage(self, side: str) -> float:
        """Return the share of the image in which one camera saw corners, in [0, 1].

        The image is divided into 8 x 6 fields, and those with a corner are counted.
        Distortion is only known where corners were.
        """
        columns, rows = 8, 6
        field = np.floor(
            (self.corners(side) + 0.5) * [columns, rows] / np.array(self.image_size)
        ).astype(int)
        inside = (field >= 0).all(axis=1) & (field < [columns, rows]).all(axis=1)
        return len(np.unique(field[inside], axis=0)) / (columns * rows)

    def text(self) -> str:
        """Return the report as lines of text."""
        lines = [
            f"{view.index:4d}  {view.name_left:>16}  {_px(view.error_left)}  "
            f"{view.name_right:>16}  {_px(view.error_right)}  {view.status}"
            for view in self.views
        ]
        deviations = self.deviations
        return "\n".join(
            [
                f"reprojection error: left {_px(self.error_left)}, right {_px(self.error_right)}",
                f"vertical offset of rectified corners: {_px(self.vertical_rms)} RMS",
                f"focal length: ± {_px(deviations.fx_left)} left, ± {_px(deviations.fx_right)} "
                f"right; baseline: ± {deviations.baseline * 1000:.3g} mm",
                *lines,
                *self.remarks,
            ]
        )

    def html(self) -> str:
        """Return the report as a page that needs no other file."""
        from stereo.geometry.report_html import page

        return page(self)

    def write_html(self, path: PathLike) -> None:
        """Write the report as a page that needs no other file.

        Parameters
        ----------
        path : str or os.PathLike
            An existing file is replaced when the new one is complete.

        Raises
        ------
        StereoFileError
            If the file can't be written.
        """
        write_bytes(path, self.html().encode())


def _px(value: float) -> str:
    return "    - px" if math.isnan(value) else f"{value:5.3f} px"
