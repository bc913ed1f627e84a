"""`stereo tune`: scenes with ground truth in, options of matching out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from stereo.cli.frames import check_ending, check_outputs
from stereo.cli.matching import takes_matching
from stereo.cli.tuned import shown, summary
from stereo.cli.tuning_bar import TuningBar
from stereo.datasets import DATASETS, load
from stereo.io.files import write_bytes
from stereo.tuning import OBJECTIVES, SEARCHABLE, SEARCHED
from stereo.tuning import tune as tuned
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["tune"]


@takes_matching
def tune(
    context: typer.Context,
    root: Annotated[str, typer.Argument(metavar="ROOT", help="Folder of the data set.")],
    layout: Annotated[
        str, typer.Option(metavar="NAME", help=f"How it is laid out: {', '.join(DATASETS)}.")
    ] = "described",
    split: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Part of the data set. Repeat for several groups."),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME",
            help=f"Options to search, of {', '.join(SEARCHABLE)}. By default "
            f"{', '.join(SEARCHED)}, without those that are given.",
        ),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"What is minimised: {', '.join(OBJECTIVES)}. bad-T is the share of the known, "
            "non-occluded pixels that are wrong by more than T px, avg their mean error.",
        ),
    ] = "bad-1",
    trials: Annotated[
        int, typer.Option(metavar="COUNT", help="Sets of options to try in each study.")
    ] = 100,
    folds: Annotated[int, typer.Option(metavar="COUNT", help="Folds of the cross-validation.")] = 3,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Of the search.")] = 0,
    study: Annotated[
        str,
        typer.Option(metavar="FOLDER", help="Where scores are kept, and a search goes on."),
    ] = "stereo-tune",
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="OUT", help="The options and scores: .json."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="COUNT", help="Scenes at the same time.", show_default="one a core"),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress bar.")] = False,
    max_disp: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help="End of the search range of all scenes, exclusive.",
            show_default="that of the scene",
            rich_help_panel="Matching",
        ),
    ] = None,
    *,
    matching: Mapping[str, Any],
    fill: Annotated[
        bool,
        typer.Option(
            "--fill/--no-fill",
            help="Fill in what has no match; without, it counts as wrong.",
            rich_help_panel="Matching",
        ),
    ] = True,
) -> None:
    """Search options of matching on scenes with ground truth, with a cross-validated score.

    The options of matching are where the search starts, and what the result is compared with;
    those that are not searched stay as they are. Ctrl-C leaves a study that the same command
    goes on with, to the same result.
    """
    if output is not None:
        check_ending(output, (".json",), "--output")
        check_outputs([], [output])
    names = None if search is None else [name.strip() for name in search.split(",")]
    try:
        dataset = load(layout, root, **_split(layout, split))
        with TuningBar(quiet) as bar:
            found = tuned(
                dataset,
                study,
                base={"fill": fill, **_given(context, matching)},
                search=names,
                objective=objective,
                trials=trials,
                folds=folds,
                seed=seed,
                max_disp=max_disp,
                jobs=jobs,
                report=bar.show,
            )
    except (StereoTypeError, StereoValueError) as error:
        raise typer.BadParameter(str(error)) from error
    if output is not None:
        write_bytes(output, (json.dumps(summary(found), indent=1) + "\n").encode())
    shown(found)


def _given(context: typer.Context, matching: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of matching that are on the command line."""
    return {
        name: value
        for name, value in matching.items()
        # By its name: the enumeration is click's, and some versions of typer have one of their own.
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }


def _split(layout: str, names: list[str] | None) -> dict[str, Any]:
    """Return the option `split` of a data set."""
    if not names:
        return {}
    if layout == "described":
        return {"split": names}
    if len(names) > 1:
        raise typer.BadParameter(f"{layout} takes one split", param_hint="--split")
    return {"split": names[0]}
