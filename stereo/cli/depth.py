"""`stereo depth`: a disparity map and a calibration in, a depth map out."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer

from stereo import geometry
from stereo.cli import options as given
from stereo.cli.frames import check_outputs
from stereo.cli.maps import Calib, Disparity, depth_scale_of, disparity_and_geometry, write_depth
from stereo.geometry.points import limited_depth
from stereo.types import StereoValueError

__all__ = ["depth"]

_FORMATS = ".pfm, .npy, .tif (metres) or .png (16 bit)."


def depth(
    disparity: Disparity,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="OUT", help=f"Depth map: {_FORMATS}"),
    ],
    calib: Calib = None,
    second: given.Second = None,
    uncertainty: Annotated[
        str | None,
        typer.Option(metavar="OUT", help=f"Standard deviation of the depth: {_FORMATS}"),
    ] = None,
    sigma: Annotated[
        float | None,
        typer.Option(metavar="PX", help="Standard deviation of the disparity, for --uncertainty."),
    ] = None,
    min_depth: given.MinDepth = None,
    max_depth: given.MaxDepth = None,
    depth_scale: given.DepthScale = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print no summary.")] = False,
) -> None:
    """Turn a disparity map into a depth map, in metres.

    DISPARITY is that of a rectified pair, and FILE its calibration.
    """
    outputs = [output] if uncertainty is None else [output, uncertainty]
    scale = depth_scale_of(depth_scale, outputs)
    if (uncertainty is None) != (sigma is None):
        raise typer.BadParameter("--uncertainty and --sigma go together: give both, or none")
    inputs = [path for path in (disparity, calib, second) if path is not None]
    check_outputs(inputs, outputs)
    pixels, rectified = disparity_and_geometry(disparity, calib, second)
    try:
        metres = limited_depth(pixels, rectified, min_depth, max_depth)
    except StereoValueError as error:
        raise StereoValueError(f"{disparity}: {error}") from error
    write_depth(output, metres, scale)
    if uncertainty is not None and sigma is not None:
        spread = geometry.depth_uncertainty(pixels, rectified, sigma)
        spread[np.isnan(metres)] = np.nan
        write_depth(uncertainty, spread, scale)
    if not quiet:
        print(_summary(output, metres))


def _summary(name: str, metres: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    known = metres[~np.isnan(metres)]
    height, width = metres.shape
    if known.size == 0:
        return f"{name}: {width}x{height}, no depth is known"
    near, middle, far = np.percentile(known, [1, 50, 99])
    share = 100 * known.size / metres.size
    return (
        f"{name}: {width}x{height}, {share:.1f} % known, median {middle:.3f} m, 98 % in "
        f"{near:.3f} to {far:.3f} m"
    )
