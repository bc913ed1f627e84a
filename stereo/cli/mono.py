"""`stereo mono`: one image and a network in, a prediction, a picture or metric depth out."""

from __future__ import annotations

from typing import Annotated, Any, cast, get_args

import numpy as np
import typer

from stereo import io
from stereo import mono as monocular
from stereo.cli import options as given
from stereo.cli.frames import check_ending, check_outputs
from stereo.cli.maps import depth_scale_of, disparity_and_geometry, write_depth
from stereo.mono import MetricAlignment, MonoDepth
from stereo.mono.loading import FileModel
from stereo.viz import colorize

__all__ = ["mono"]

_PICTURES = (".png", ".jpg", ".jpeg")


def mono(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="Image file.")],
    weights: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Folder of a transformers checkpoint, or a published file with --model.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"What a file holds: {', '.join(get_args(FileModel))}.",
        ),
    ] = None,
    network_max_depth: Annotated[
        int | None,
        typer.Option(metavar="M", help="Of a file of a metric Depth Anything."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="The prediction as the network means it: .npy or .pfm.",
        ),
    ] = None,
    picture: Annotated[
        str | None,
        typer.Option(metavar="OUT", help="The prediction in colours, red is near: .png or .jpg."),
    ] = None,
    depth: Annotated[
        str | None,
        typer.Option(
            metavar="OUT",
            help="Metric depth: .pfm, .npy, .tif (metres) or .png (16 bit). A relative network "
            "needs --align-with for it.",
        ),
    ] = None,
    align_with: Annotated[
        str | None,
        typer.Option(metavar="DISPARITY", help="Disparity map that gives scale and shift."),
    ] = None,
    calib: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Calibration of the rectified pair; a .npz has its own."),
    ] = None,
    second: given.Second = None,
    method: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="ransac, least_squares or median; ransac by default."),
    ] = None,
    depth_scale: given.DepthScale = None,
    device: Annotated[str, typer.Option(metavar="NAME", help="Of PyTorch: cpu, cuda.")] = "cpu",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print no summary.")] = False,
) -> None:
    """Predict depth from one image with a network.

    Nothing is downloaded: PATH holds weights that you have. Relative networks give metres only
    where --align-with says how far things are.
    """
    outputs = [path for path in (output, picture, depth) if path is not None]
    if not outputs:
        raise typer.BadParameter("nothing is to be written: give --output, --picture or --depth")
    if output is not None:
        check_ending(output, (".npy", ".pfm"), "--output")
    if picture is not None:
        check_ending(picture, _PICTURES, "--picture")
    scale = depth_scale_of(depth_scale, [] if depth is None else [depth])
    aligning = {"--calib": calib, "--second": second, "--method": method}
    for name, value in (*aligning.items(), ("--align-with", align_with)):
        if value is not None and (depth is None or align_with is None):
            raise typer.BadParameter("it needs --align-with and --depth", param_hint=name)
    inputs = [path for path in (image, align_with, calib, second) if path is not None]
    check_outputs(inputs, outputs)
    known = {"max_depth": network_max_depth, "device": device}
    network = monocular.load(weights, model=cast(Any, model), **cast(Any, known))
    prediction = network(io.read_image(image))
    aligned = None
    if depth is not None and align_with is not None:
        pixels, geometry = disparity_and_geometry(align_with, calib, second)
        aligned = monocular.to_metric(
            prediction, disparity=pixels, calibration=geometry, method=cast(Any, method)
        )
    if depth is not None:
        metres = prediction.to_depth() if aligned is None else aligned.depth
        write_depth(depth, metres, scale)
    if output is not None:
        io.write_disparity(output, prediction.values)
    if picture is not None:
        io.write_image(picture, _picture(prediction))
    if not quiet:
        print(_summary(image, prediction, aligned))


def _picture(prediction: MonoDepth) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Paint the prediction, near in red, from its 2nd to its 98th percentile."""
    values = prediction.values if prediction.is_inverse else -prediction.values
    low, high = (float(part) for part in np.percentile(values, [2, 98]))
    return colorize(values, low, high if high > low else low + 1)


def _summary(name: str, prediction: MonoDepth, aligned: MetricAlignment | None) -> str:
    height, width = prediction.values.shape
    low, high = float(prediction.values.min()), float(prediction.values.max())
    nearer = "larger is nearer" if prediction.is_inverse else "larger is farther"
    unit = "relative" if prediction.unit == "relative" else f"in {prediction.unit}"
    text = f"{name}: {width}x{height}, {low:.4g} to {high:.4g} {unit}, {nearer}"
    if aligned is None:
        return text
    return (
        f"{text}; aligned in {aligned.space.replace('_', ' ')} with scale {aligned.scale:.4g} and "
        f"shift {aligned.shift:.4g}, {aligned.inlier_share:.1%} of {aligned.measured} measurements "
        f"agree, median error {aligned.median_residual:.3f} m"
    )
