"""The options of `stereo.SGM` as command-line options, with its own defaults."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from stereo.backends import BACKEND_NAMES
from stereo.costs import COSTS
from stereo.pipeline import SGM

__all__ = [
    "DEFAULTS",
    "LR_MAX_DIFF",
    "P1",
    "P2",
    "Backend",
    "Cost",
    "LrMaxDiff",
    "MaxDisp",
    "Median",
    "MinDisp",
    "Paths",
    "SpeckleRange",
    "SpeckleSize",
    "SubPixel",
    "Threads",
    "Uniqueness",
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
_AUTO = "that of the cost"

MaxDisp = Annotated[int, _option("End of the search range, exclusive.", metavar=_PIXELS)]
MinDisp = Annotated[int, _option("Start of the search range, inclusive.", metavar=_PIXELS)]
Cost = Annotated[str, _option(f"Matching cost: {', '.join(COSTS)}.", metavar="NAME")]
P1 = Annotated[
    int | None,
    _option("Penalty for a change of 1 px, in bits of the cost.", metavar="BITS", default=_AUTO),
]
P2 = Annotated[
    int | None,
    _option("Penalty for a larger change, in bits of the cost.", metavar="BITS", default=_AUTO),
]
Paths = Annotated[int, _option("Aggregation directions: 8, 5 or 4.", metavar="COUNT")]
Uniqueness = Annotated[
    int,
    _option("Reject where a second disparity costs at most so much more; 0 = off.", metavar="%"),
]
LrMaxDiff = Annotated[
    str, _option("Largest left-right difference, or none: no check.", metavar=f"{_PIXELS}|none")
]
SubPixel = Annotated[str, _option("equiangular, parabola or none.", metavar="NAME")]
Median = Annotated[int, _option("Side of the median window: 3, 5 or 0 = off.", metavar=_PIXELS)]
SpeckleSize = Annotated[
    int, _option("Remove regions of fewer pixels than this; 0 = off.", metavar="PIXELS")
]
SpeckleRange = Annotated[
    float, _option("Largest difference between neighbours of a region.", metavar=_PIXELS)
]
Backend = Annotated[str, _option(f"auto, {', '.join(BACKEND_NAMES)}.", metavar="NAME")]
Threads = Annotated[int | None, _option("Threads.", metavar="COUNT", default="every core")]


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
