"""`stereo match`: image files in, disparity, depth and points out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import typer

from stereo import io
from stereo.cli import learned
from stereo.cli import options as given
from stereo.cli.frames import Frame, Output, frames
from stereo.cli.matching import takes_matching
from stereo.cli.options import DEFAULTS
from stereo.cli.progress import with_progress
from stereo.cli.results import Writer, writer_of
from stereo.cli.scene import Scene, scene, warn_if_unrectified
from stereo.models import Network
from stereo.options import Options
from stereo.pipeline import SGM
from stereo.types import StereoError, StereoValueError

__all__ = ["match"]

_INPUT = "Image file, folder of images, or quoted glob."


@takes_matching
def match(
    context: typer.Context,
    left: Annotated[str, typer.Argument(metavar="LEFT", help=_INPUT)],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help=_INPUT)],
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            show_default=False,
            help="Disparity file: .pfm, .npy, .tif, .npz (with the geometry), .png (KITTI, 16 bit) "
            "or .color.png (a picture). {stem} is the left frame's name. Repeat for several.",
        ),
    ] = None,
    right_disparity: Annotated[
        list[str] | None,
        typer.Option(metavar="OUT", help="The same seen from the right image."),
    ] = None,
    confidence: Annotated[
        list[str] | None,
        typer.Option(metavar="OUT", help="Confidence in [0, 1]: .npy or .pfm."),
    ] = None,
    calib: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Calibration: of raw cameras, whose images are rectified first, or of the pair.",
            rich_help_panel="Geometry",
        ),
    ] = None,
    second: given.Second = None,
    rectified: Annotated[
        bool,
        typer.Option(
            "--rectified",
            help="The images are rectified, of a calibration file that has both.",
            rich_help_panel="Geometry",
        ),
    ] = False,
    depth: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUT",
            help="Depth file: .pfm, .npy, .tif (metres) or .png (16 bit).",
            rich_help_panel="Geometry",
        ),
    ] = None,
    cloud: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUT", help="Point cloud with colours: .ply.", rich_help_panel="Geometry"
        ),
    ] = None,
    alpha: given.Alpha = None,
    min_depth: given.MinDepth = None,
    max_depth: given.MaxDepth = None,
    depth_scale: given.DepthScale = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Warn if the first pair with enough features does not look rectified.",
            rich_help_panel="Geometry",
        ),
    ] = True,
    quiet: Annotated[
        bool,
        typer.Option("-q", "--quiet", help="Print errors and warnings only, no progress bar."),
    ] = False,
    max_disp: given.MaxDisp = DEFAULTS["max_disp"],
    min_disp: given.MinDisp = DEFAULTS["min_disp"],
    *,
    matching: Mapping[str, Any],
    fill: given.Fill = DEFAULTS["fill"],
    backend: given.Backend = DEFAULTS["backend"],
    threads: given.Threads = DEFAULTS["threads"],
    model: learned.Model = None,
    weights: learned.Weights = None,
    variant: learned.Variant = None,
    device: learned.Device = None,
    precision: learned.Precision = None,
    iterations: learned.Iterations = None,
    band_height: learned.BandHeight = None,
) -> None:
    """Match pairs and write disparity, depth or point clouds.

    The pairs are rectified, or --calib says how to do it. LEFT and RIGHT may be folders or
    quoted globs of frames; they are then paired in the order of their names, and OUT has
    {stem} in it, such as out/{stem}.pfm.
    """
    outputs = [
        *(Output("disparity", name) for name in output or ()),
        *(Output("right_disparity", name, "--right-disparity") for name in right_disparity or ()),
        *(Output("confidence", name, "--confidence") for name in confidence or ()),
        *(Output("depth", name, "--depth") for name in depth or ()),
        *(Output("cloud", name, "--cloud") for name in cloud or ()),
    ]
    if calib is None and (rectified or second is not None):
        raise typer.BadParameter("--second and --rectified need --calib")
    writer = writer_of(outputs, calib, min_depth, max_depth, depth_scale)
    network = learned.network_of(
        context,
        model,
        weights,
        [output.content for output in outputs],
        variant=variant,
        device=device,
        precision=precision,
        iterations=iterations,
        band_height=band_height,
    )
    try:
        matcher = SGM(
            max_disp,
            min_disp=min_disp,
            **matching,
            fill=fill,
            backend=backend,
            threads=threads,
        )
    except StereoValueError as error:
        raise typer.BadParameter(str(error)) from error
    files = [path for path in (calib, second) if path is not None]
    paired = frames(left, right, outputs, also_read=files)
    size = io.read_image(paired[0].left).shape[1::-1]
    cameras = scene(calib, second, size, rectified=rectified, alpha=alpha)
    for frame in with_progress(paired, quiet):
        left_image, right_image = _pair(cameras, frame)
        if check:
            names = f"{frame.left} and {frame.right}"
            check = not warn_if_unrectified(left_image, right_image, names)
        summary = _match_frame(
            network or matcher, frame, left_image, right_image, writer, cameras, matcher.options
        )
        if not quiet:
            print(summary)


def _pair(cameras: Scene, frame: Frame) -> tuple[Any, Any]:
    """Read a pair, and rectify it where that is to be done."""
    left, right = io.read_image(frame.left), io.read_image(frame.right)
    try:
        return cameras.rectified(left, right)
    except StereoError as error:
        raise StereoError(f"{frame.left} and {frame.right}: {error}") from error


def _match_frame(
    matcher: SGM | Network,
    frame: Frame,
    left: Any,
    right: Any,
    writer: Writer,
    cameras: Scene,
    options: Options,
) -> str:
    """Match one pair, write its files, and say how it went."""
    start = time.perf_counter()
    try:
        if isinstance(matcher, SGM):
            maps = _maps(matcher, left, right, writer.contents)
        else:
            maps = {"disparity": matcher(left, right, options.max_disp)}
    except StereoError as error:
        raise StereoError(f"{frame.left} and {frame.right}: {error}") from error
    seconds = time.perf_counter() - start
    cameras.blank_where_unseen(maps)
    writer.write(frame.outputs, maps, left, cameras.geometry, options)
    height, width = maps["disparity"].shape
    valid = 100 * np.count_nonzero(~np.isnan(maps["disparity"])) / (width * height)
    return f"{frame.left}: {width}x{height}, {valid:.1f} % valid, {1000 * seconds:.1f} ms"


def _maps(matcher: SGM, left: Any, right: Any, contents: frozenset[str]) -> dict[str, Any]:
    """Return the maps that are asked for by name; the disparity always."""
    if contents.isdisjoint(("right_disparity", "confidence")):
        return {"disparity": matcher.compute(left, right)}
    return dict(vars(matcher.match(left, right)))
