"""Pairs on their way to the matcher: rectified where a calibration asks for it, and looked over."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import typer

from stereo import geometry as geo
from stereo import io
from stereo.geometry.depth import require_size
from stereo.types import StereoError, StereoWarning

if TYPE_CHECKING:
    from stereo.geometry import Rectification

__all__ = ["Scene", "eight_bits", "rectified_calibration", "scene", "warn_if_unrectified"]

Image = npt.NDArray[Any]


@dataclass(frozen=True)
class Scene:
    """What is known of the cameras.

    Attributes
    ----------
    geometry : StereoGeometry or None
        That of the rectified pair.
    rectification : Rectification or None
        How raw images become that pair; None where they are it already.
    """

    geometry: geo.StereoGeometry | None = None
    rectification: Rectification | None = None

    def rectified(self, left: Image, right: Image) -> tuple[Image, Image]:
        """Return the pair as it is to be matched."""
        if self.rectification is not None:
            return self.rectification.apply(left, right)
        if self.geometry is not None:
            require_size("left image", left.shape, self.geometry)
        return left, right

    def blank_where_unseen(self, maps: dict[str, Image]) -> None:
        """Take out the results where a rectified image is empty: black matches black."""
        if self.rectification is None:
            return
        unseen_left, unseen_right = ~self.rectification.valid_left, ~self.rectification.valid_right
        maps["disparity"][unseen_left] = np.nan
        if "right_disparity" in maps:
            maps["right_disparity"][unseen_right] = np.nan
            maps["confidence"][unseen_left] = 0


def scene(
    calibration: str | None,
    second: str | None,
    image_size: tuple[int, int],
    *,
    rectified: bool,
    alpha: float | None,
) -> Scene:
    """Read a calibration file and prepare what it asks for.

    Parameters
    ----------
    calibration, second : str or None
        The file, and the second one of formats that have two.
    image_size : (int, int)
        Width and height of the images, px.
    rectified : bool
        The images are rectified already.
    alpha : float or None
        As for :func:`stereo.geometry.rectify`.

    Raises
    ------
    typer.BadParameter
        If `alpha` is given, and nothing is going to be rectified.
    StereoError
        If a file can't be used.
    """
    found = None
    if calibration is not None:
        found = (rectified_calibration if rectified else io.read_calibration)(
            calibration, second, image_size=image_size
        )
    if isinstance(found, geo.Calibration):
        done = geo.rectify(found, alpha=0.0 if alpha is None else alpha)
        return Scene(done.calibration, done)
    if alpha is not None:
        raise typer.BadParameter(
            "it needs --calib with the calibration of raw cameras: nothing else is rectified",
            param_hint="--alpha",
        )
    return Scene(found)


def rectified_calibration(
    path: str, second: str | None, *, image_size: tuple[int, int]
) -> geo.StereoGeometry:
    """Read the geometry of a rectified pair; StereoError if the file is that of raw cameras."""
    found = io.read_calibration(path, second, image_size=image_size, prefer="rectified")
    if isinstance(found, geo.Calibration):
        raise StereoError(
            f"{path} is the calibration of raw cameras, and a disparity belongs to rectified ones: "
            "give the calibration that stereo rectify writes, or let stereo match --calib do it all"
        )
    return found


def warn_if_unrectified(left: Image, right: Image, names: str) -> bool:
    """Warn with figures where a pair does not look rectified, or is swapped or turned.

    Images with too few features to tell are no reason to warn: False is returned for them. A
    check that can't be done is a reason to warn, but none to stop.
    """
    found = None
    try:
        found = geo.check_rectification(left, right, quick=True)
        problems = found.problems() if found.measured else []
    except Exception as error:  # whatever it is: the pair is matched, and the warning says so
        problems = [f"the rectification can't be checked: {error}"]
    for problem in problems:
        warnings.warn(f"{names}: {problem}", StereoWarning, stacklevel=2)
    return found is None or found.measured


def eight_bits(image: Image) -> Image:
    """Return an image of 8 or 16 bits with 8: what a PLY file holds."""
    if image.dtype == np.uint16:
        return np.rint(image / 257).astype(np.uint8)
    return image
