"""Disparity maps and their calibration, as `stereo depth` and `stereo cloud` are given them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from stereo import io
from stereo.cli.scene import rectified_calibration
from stereo.geometry import StereoGeometry
from stereo.types import StereoValueError

__all__ = ["Calib", "Disparity", "depth_scale_of", "disparity_and_geometry", "write_depth"]

Disparity = Annotated[
    str,
    typer.Argument(
        metavar="DISPARITY", help="Disparity map: .pfm, .npy, .npz, .tif or .png (KITTI, 16 bit)."
    ),
]
Calib = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Calibration of the rectified pair: Middlebury, KITTI, OpenCV, ROS, ... "
        "A .npz has its own.",
    ),
]

_DEPTH_SCALE = 1000.0


def disparity_and_geometry(
    path: str, calibration: str | None, second: str | None
) -> tuple[npt.NDArray[np.float32], StereoGeometry]:
    """Read a disparity map, and its geometry from the calibration or the map itself.

    Raises
    ------
    typer.BadParameter
        If there is no calibration, or there are two.
    StereoError
        If a file can't be used.
    """
    try:
        has_geometry = io.disparity_format(path) == "npz"
    except StereoValueError as error:
        raise typer.BadParameter(str(error), param_hint="DISPARITY") from error
    if has_geometry:
        if calibration is not None or second is not None:
            raise typer.BadParameter(
                f"{path} holds a calibration of its own: give none", param_hint="--calib"
            )
        return io.read_npz(path)
    if calibration is None:
        raise typer.BadParameter(
            f"{path} says nothing of the cameras: give the calibration of the rectified pair",
            param_hint="--calib",
        )
    disparity = io.read_disparity(path)
    height, width = disparity.shape
    return disparity, rectified_calibration(calibration, second, image_size=(width, height))


def depth_scale_of(given: float | None, outputs: Sequence[str]) -> float:
    """Return the scale of depth PNGs; typer.BadParameter if it or a name can't be used."""
    try:
        formats = [io.depth_format(path) for path in outputs]
    except StereoValueError as error:
        raise typer.BadParameter(str(error)) from error
    if given is not None and ".png" not in formats:
        raise typer.BadParameter(
            "no depth is written as .png: the other formats hold metres", param_hint="--depth-scale"
        )
    return _DEPTH_SCALE if given is None else given


def write_depth(path: str, metres: npt.NDArray[np.float32], scale: float) -> None:
    """Write a depth map; an error names the file and the options that help."""
    try:
        io.write_depth(path, metres, depth_scale=scale)
    except StereoValueError as error:
        raise StereoValueError(
            f"{path}: {error}; --max-depth leaves out what is far, --depth-scale sets the levels"
        ) from error
