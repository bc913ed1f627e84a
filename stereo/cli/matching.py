"""The options of matching that several commands take, in one list."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from stereo.cli import options as given
from stereo.cli.options import DEFAULTS, LR_MAX_DIFF

__all__ = ["MATCHING", "takes_matching"]

MATCHING: Mapping[str, Any] = MappingProxyType(
    {
        "preset": given.Preset,
        "cost": given.Cost,
        "p1": given.P1,
        "p2": given.P2,
        "paths": given.Paths,
        "passes": given.Passes,
        "edge_scale": given.EdgeScale,
        "uniqueness": given.Uniqueness,
        "lr_max_diff": given.LrMaxDiff,
        "subpixel": given.SubPixel,
        "median": given.Median,
        "weighted_median": given.WeightedMedian,
        "speckle_size": given.SpeckleSize,
        "speckle_range": given.SpeckleRange,
    }
)
"""Options of `stereo.SGM`, and how they are given on a command line."""


def takes_matching(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, in the place of its keyword-only parameter `matching`.

    The command gets them as one mapping, ready for `stereo.SGM`. typer reads a command's options
    from its signature, so that is where they are put.
    """
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += _options() if parameter.name == "matching" else [parameter]

    def run(**arguments: Any) -> None:
        matching = {name: arguments.pop(name) for name in MATCHING}
        matching["lr_max_diff"] = given.left_right_difference(matching["lr_max_diff"])
        command(matching=matching, **arguments)

    functools.update_wrapper(run, command)
    del run.__dict__["__wrapped__"]  # whose signature is another one
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__dict__["__signature__"] = signature.replace(parameters=parameters)
    return run


def _options() -> list[inspect.Parameter]:
    defaults = {**DEFAULTS, "lr_max_diff": LR_MAX_DIFF}
    return [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation
        )
        for name, annotation in MATCHING.items()
    ]
