"""The options of `stereo match` for learned networks, and what of the others goes with them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stereo import models
from stereo.cli.options import DEFAULTS
from stereo.types import StereoValueError

__all__ = [
    "BandHeight",
    "Device",
    "Iterations",
    "Model",
    "Precision",
    "Variant",
    "Weights",
    "network_of",
]


def _option(text: str, *, metavar: str, default: bool | str = False) -> Any:
    return typer.Option(
        help=text, metavar=metavar, show_default=default, rich_help_panel="Learned networks"
    )


Model = Annotated[
    str | None,
    _option(
        f"Match with a network: {', '.join(models.names())}, or onnx for an exported one. Needs "
        "--weights. Of the options for matching it takes --max-disp alone.",
        metavar="NAME",
        default="semi-global matching",
    ),
]
Weights = Annotated[
    str | None,
    _option("Its weights; nothing is downloaded.", metavar="FILE"),
]
Variant = Annotated[
    str | None,
    _option("Its configuration, such as realtime.", metavar="NAME", default="what the weights fit"),
]
Device = Annotated[str | None, _option("cpu, cuda, cuda:1 …", metavar="NAME", default="cpu")]
Precision = Annotated[
    str | None,
    _option("auto, float32, bfloat16 or float16.", metavar="NAME", default="auto"),
]
Iterations = Annotated[
    int | None,
    _option("Updates of RAFT-Stereo.", metavar="COUNT", default="32; realtime 7"),
]
BandHeight = Annotated[
    int | None,
    _option("Rows at a time, where memory is short.", metavar="ROWS", default="all"),
]


def network_of(
    context: typer.Context,
    model: str | None,
    weights: str | None,
    outputs: list[str],
    **options: Any,
) -> models.Network | None:
    """Return the network that a command line asks for, or None for semi-global matching.

    Parameters
    ----------
    context : typer.Context
        That of the command, which knows what was given.
    model, weights : str, optional
        ``--model`` and ``--weights``.
    outputs : list of str
        What is to be written, by the names of `Output.content`.
    **options
        Those of :func:`stereo.models.load`; None = not given.

    Raises
    ------
    typer.BadParameter
        If options are missing or have no use, or a value can't be used.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if model is None:
        useless = (["weights"] if weights is not None else []) + list(given)
        if useless:
            raise typer.BadParameter("it needs --model", param_hint=_flag(useless[0]))
        return None
    if weights is None:
        raise typer.BadParameter(f"--model {model} needs --weights", param_hint="--model")
    for name in DEFAULTS:
        if name != "max_disp" and _was_given(context, name):
            raise typer.BadParameter(
                f"it is one of semi-global matching: --model {model} does not have it",
                param_hint=_flag(name),
            )
    for content in outputs:
        if content in ("right_disparity", "confidence"):
            raise typer.BadParameter(
                f"--model {model} gives the left disparity only", param_hint=_flag(content)
            )
    try:
        return models.load(model, weights, **given)
    except (StereoValueError, TypeError) as error:
        raise typer.BadParameter(str(error)) from error


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
