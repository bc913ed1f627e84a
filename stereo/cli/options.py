"""Options that commands share; those of `stereo.SGM` have its own defaults."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from stereo import costs
from stereo.backends import BACKEND_NAMES
from stereo.pipeline import SGM
from stereo.presets import PRESETS

__all__ = [
    "DEFAULTS",
    "LR_MAX_DIFF",
    "P1",
    "P2",
    "Alpha",
    "Backend",
    "Cost",
    "DepthScale",
    "EdgeScale",
    "Fill",
    "LrMaxDiff",
    "MaxDepth",
    "MaxDisp",
    "Median",
    "MinDepth",
    "MinDisp",
    "Passes",
    "Paths",
    "Preset",
    "Second",
    "SpeckleRange",
    "SpeckleSize",
    "SubPixel",
    "Threads",
    "Uniqueness",
    "WeightedMedian",
    "left_right_difference",
]

DEFAULTS: dict[str, Any] = {
    name: parameter.default for name, parameter in inspect.signature(SGM).parameters.items()
}
"""Default of each option of `stereo.SGM`."""

LR_MAX_DIFF = str(DEFAULTS["lr_max_diff"]).lower()
"""Default of ``--lr-max-diff`` as one would type it."""


def _option(text: str, *, metavar: str, default: bool | str = True) -> Any:
    return typer.Option(
        help=text, metavar=metavar, show_default=default, rich_help_panel="Matching"
    )


_PIXELS = "PX"
_AUTO = "that of the preset or the cost"
_PRESET = "that of the preset"

MaxDisp = Annotated[int, _option("End of the search range, exclusive.", metavar=_PIXELS)]
MinDisp = Annotated[int, _option("Start of the search range, inclusive.", metavar=_PIXELS)]
Preset = Annotated[
    str | None,
    _option(
        f"Options that go together: {', '.join(PRESETS)}.",
        metavar="NAME",
        default="that of the cost; default without",
    ),
]
Cost = Annotated[
    str | None,
    _option(f"Matching cost: {', '.join(costs.names())}.", metavar="NAME", default=_PRESET),
]
P1 = Annotated[
    int | None,
    _option("Penalty for a change of 1 px, in units of the cost.", metavar="COST", default=_AUTO),
]
P2 = Annotated[
    int | None,
    _option("Penalty for a larger change, in units of the cost.", metavar="COST", default=_AUTO),
]
Paths = Annotated[
    int | None,
    _option("Aggregation directions: 8, 5 or 4.", metavar="COUNT", default=_PRESET),
]
Passes = Annotated[
    int | None,
    _option(
        "2 = match again along the slants of the first result.", metavar="COUNT", default=_PRESET
    ),
]
EdgeScale = Annotated[
    float | None,
    _option(
        "Difference of neighbours that halves the penalties; 0 = constant.",
        metavar="LEVELS",
        default=_PRESET,
    ),
]
Uniqueness = Annotated[
    int,
    _option("Reject where a second disparity costs at most so much more; 0 = off.", metavar="%"),
]
LrMaxDiff = Annotated[
    str, _option("Largest left-right difference, or none: no check.", metavar=f"{_PIXELS}|none")
]
SubPixel = Annotated[str, _option("equiangular, parabola or none.", metavar="NAME")]
Median = Annotated[
    int | None,
    _option("Side of the median window: 3, 5 or 0 = off.", metavar=_PIXELS, default=_PRESET),
]
WeightedMedian = Annotated[
    int | None,
    _option("Radius of the weighted median at edges; 0 = off.", metavar=_PIXELS, default=_PRESET),
]
Fill = Annotated[
    bool, typer.Option("--fill", help="Fill in what has no match.", rich_help_panel="Matching")
]
SpeckleSize = Annotated[
    int, _option("Remove regions of fewer pixels than this; 0 = off.", metavar="PIXELS")
]
SpeckleRange = Annotated[
    float, _option("Largest difference between neighbours of a region.", metavar=_PIXELS)
]
Backend = Annotated[str, _option(f"auto, {', '.join(BACKEND_NAMES)}.", metavar="NAME")]
Threads = Annotated[int | None, _option("Threads.", metavar="COUNT", default="every core")]


def _geometry(text: str, *, metavar: str, default: bool | str = False) -> Any:
    return typer.Option(
        help=text, metavar=metavar, show_default=default, rich_help_panel="Geometry"
    )


Second = Annotated[
    str | None,
    _geometry(
        "Second file of the calibration: the right camera's of ROS, the extrinsics of OpenCV.",
        metavar="FILE",
    ),
]
Alpha = Annotated[
    float | None,
    _geometry(
        "Rectify so that 0 = no black border, 1 = every pixel is kept.",
        metavar="0..1",
        default="0",
    ),
]
MinDepth = Annotated[float | None, _geometry("Leave out what is nearer.", metavar="METRES")]
MaxDepth = Annotated[float | None, _geometry("Leave out what is farther.", metavar="METRES")]
DepthScale = Annotated[
    float | None,
    _geometry("Levels a metre of a 16-bit PNG.", metavar="LEVELS", default="1000: millimetres"),
]


def left_right_difference(text: str) -> int | None:
    """Read the value of ``--lr-max-diff``."""
    if text.lower() == "none":
        return None
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a whole number nor none", param_hint="--lr-max-diff"
        ) from None
