"""What `stereo tune` found, as a table and as text to paste."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from typing import Any

from stereo.cli.tables import show
from stereo.tuning import Scores, Tuning
from stereo.tuning.scoring import unit

__all__ = ["shown", "summary"]

_NAMED = 6  # scenes of a fold in the table
_NOTE = """\
{objective}, {unit}, mean over {scenes} scenes, {left_out} left out.
Each fold: options found on all scenes but those held out, the best of {trials}. Last row: options
found on all scenes; held out = the folds together, which is what such options are worth elsewhere.
{matchings} pairs were matched now."""


def shown(tuning: Tuning) -> None:
    """Print the scores and the options."""
    from rich.table import Table

    table = Table("held out")
    for column in ("found on: base", "tuned", "held out: base", "tuned"):
        table.add_column(column, justify="right")
    for fold in tuning.folds:
        table.add_row(_some(fold.scenes), *_figures(fold.training, fold.held_out))
    table.add_section()
    table.add_row("all scenes", *_figures(tuning.training, tuning.cross_validated))
    show(table)
    print(
        _NOTE.format(
            objective=tuning.objective,
            unit=unit(tuning.objective),
            scenes=sum(len(fold.scenes) for fold in tuning.folds),
            left_out=len(tuning.failures),
            trials=tuning.trials,
            matchings=tuning.matchings,
        )
    )
    for failure in tuning.failures:
        print(f"left out: {failure.name}: {failure.reason}")
    if tuning.found == tuning.base:
        print("No other options were better than the base.")
    elif tuning.cross_validated.tuned >= tuning.cross_validated.base:
        print("On scenes that were held out, such options were no better than the base.")
    print(_as_call(tuning))
    print(_as_command(tuning))


def summary(tuning: Tuning) -> dict[str, Any]:
    """Return what is written to a file; None stands for an infinite score."""
    return {
        "options": dict(tuning.options),
        "found": dict(tuning.found),
        "objective": tuning.objective,
        "trials": tuning.trials,
        "training": _finite(tuning.training),
        "cross_validated": _finite(tuning.cross_validated),
        "folds": [
            {
                "held_out_scenes": list(fold.scenes),
                "found": dict(fold.found),
                "training": _finite(fold.training),
                "held_out": _finite(fold.held_out),
            }
            for fold in tuning.folds
        ],
        "left_out": [vars(failure) for failure in tuning.failures],
    }


def _some(names: Sequence[str]) -> str:
    """Name the first few; a file has them all."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _figures(training: Scores, held_out: Scores) -> list[str]:
    four = (training.base, training.tuned, held_out.base, held_out.tuned)
    return [f"{score:.3f}" for score in four]


def _finite(scores: Scores) -> dict[str, float | None]:
    return {name: score if math.isfinite(score) else None for name, score in vars(scores).items()}


def _as_call(tuning: Tuning) -> str:
    options = "".join(f", {name}={value!r}" for name, value in tuning.options.items())
    return f"stereo.SGM(max_disp{options})"


def _as_command(tuning: Tuning) -> str:
    words = ["stereo", "match", "LEFT", "RIGHT", "-o", "OUT"]
    for name, value in tuning.options.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [option] if value else []
        else:
            words += [option, "none" if value is None else str(value)]
    return shlex.join(words)
