"""`stereo cloud`: a disparity map and a calibration in, a point cloud out."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from stereo import geometry, io
from stereo.cli import options as given
from stereo.cli.frames import check_ending, check_outputs
from stereo.cli.maps import Calib, Disparity, disparity_and_geometry
from stereo.cli.scene import eight_bits
from stereo.geometry import PointCloud, StereoGeometry
from stereo.types import StereoValueError

__all__ = ["cloud"]

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


def cloud(
    disparity: Disparity,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help="Point cloud: .ply.")
    ],
    calib: Calib = None,
    second: given.Second = None,
    colors: Annotated[
        str | None, typer.Option(metavar="LEFT", help="The rectified left image.")
    ] = None,
    preview: Annotated[
        str | None, typer.Option(metavar="OUT", help="A picture of the points.")
    ] = None,
    min_depth: given.MinDepth = None,
    max_depth: given.MaxDepth = None,
    confidence: Annotated[
        str | None, typer.Option(metavar="FILE", help="Confidence map: .npy or .pfm.")
    ] = None,
    min_confidence: Annotated[
        float | None, typer.Option(metavar="0..1", help="Leave out what is less confident.")
    ] = None,
    voxel: Annotated[
        float | None, typer.Option(metavar="METRES", help="Keep one mean point a voxel.")
    ] = None,
    normals: Annotated[bool, typer.Option("--normals", help="Write surface normals.")] = False,
    ascii_: Annotated[bool, typer.Option("--ascii", help="Write text, not binary.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print no summary.")] = False,
) -> None:
    """Turn a disparity map into a point cloud, in metres.

    DISPARITY is that of a rectified pair, and FILE its calibration. The points are in the
    left camera's frame: x to the right, y down, z forward.
    """
    check_ending(output, (".ply",), "--output")
    if preview is not None:
        check_ending(preview, _PICTURES, "--preview")
    if normals and voxel is not None:
        raise typer.BadParameter("normals belong to pixels, and --voxel merges them: give one")
    inputs = [path for path in (disparity, calib, second, colors, confidence) if path is not None]
    check_outputs(inputs, [path for path in (output, preview) if path is not None])
    pixels, rectified = disparity_and_geometry(disparity, calib, second)
    sure = None if confidence is None else io.read_disparity(confidence)
    limits: dict[str, Any] = {
        "min_depth": min_depth,
        "max_depth": max_depth,
        "confidence": sure,
        "min_confidence": min_confidence,
    }
    image = None if colors is None else eight_bits(io.read_image(colors))
    try:
        found = geometry.points(pixels, rectified, image, **limits)
        if voxel is not None:
            found = geometry.voxel_thinned(found, voxel)
    except StereoValueError as error:
        raise StereoValueError(f"{disparity}: {error}") from error
    directions = _directions(pixels, rectified, found, limits) if normals else None
    picture = None if preview is None else geometry.cloud_picture(found)
    io.write_ply(
        output,
        found,
        normals=directions,
        encoding="ascii" if ascii_ else "binary_little_endian",
    )
    if preview is not None and picture is not None:
        io.write_image(preview, picture)
    if not quiet:
        print(f"{output}: {len(found.xyz)} points")


def _directions(
    pixels: npt.NDArray[np.float32],
    rectified: StereoGeometry,
    found: PointCloud,
    limits: dict[str, Any],
) -> npt.NDArray[np.float32]:
    """Return the normals of the points of a cloud, in their order."""
    organised = geometry.organised_points(pixels, rectified, **limits)
    return geometry.normals(organised)[~np.isnan(organised[:, :, 2])]
