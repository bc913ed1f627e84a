"""`stereo eval`: a data set in, its board's scores, a report and a submission out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any, cast

import typer

from stereo import evaluation as ev
from stereo.cli import options as given
from stereo.cli.frames import check_ending, check_outputs
from stereo.cli.matching import takes_matching
from stereo.cli.options import DEFAULTS
from stereo.cli.pairs import opened
from stereo.cli.progress import steps
from stereo.cli.scores import score_table
from stereo.cli.tables import show
from stereo.datasets import DATASETS, Dataset
from stereo.evaluation.jsonable import to_json
from stereo.evaluation.opencv import MODES
from stereo.evaluation.store import Store, default_folder
from stereo.evaluation.submission import require_board
from stereo.io.files import write_bytes
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["evaluate"]

_FAILED = 4  # exit code
_WIDTH = 140  # characters of the table, where stdout is no terminal
_NAMES = "middlebury (= middeval3), folder (= described)"


@takes_matching
def evaluate(
    data: Annotated[str, typer.Argument(metavar="SET", help=f"{_NAMES}, {', '.join(DATASETS)}.")],
    root: Annotated[str, typer.Argument(metavar="ROOT", help="Folder of the data set.")],
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME,…", help="Parts of the data set.", show_default="its own"),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Another option of the data set. Repeat."),
    ] = None,
    scenes: Annotated[
        str | None, typer.Option(metavar="NAME,…", help="Take these scenes only.")
    ] = None,
    board: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whose definitions score: middlebury, kitti2012, kitti2015, eth3d.",
            show_default="the data set's own, else middlebury",
        ),
    ] = None,
    max_disp: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help="End of the search range, exclusive.",
            show_default="what each scene says, else from the ground truth",
        ),
    ] = None,
    opencv: Annotated[
        list[str] | None,
        typer.Option(metavar="MODE", help=f"Beside it, of OpenCV: {', '.join(MODES)}. Repeat."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What tables and submitted files call the method."),
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="OUT", help="A page with everything: .html.")
    ] = None,
    as_json: Annotated[
        str | None, typer.Option("--json", metavar="OUT", help="All results: .json.")
    ] = None,
    submission: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="The maps, in the upload format of the board."),
    ] = None,
    cache: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Where results are kept.",
            show_default="stereo/evaluation in the user's cache folder",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Scenes at once, each in a process; 1 for undisturbed times; 0 = no process.",
            show_default="what keeps all cores busy",
        ),
    ] = None,
    threads: Annotated[int, typer.Option(metavar="COUNT", help="Threads of each scene.")] = 1,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence/--no-confidence",
            help="Find the confidence too, in a second matching that is not timed.",
        ),
    ] = True,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print errors, warnings and failures only.")
    ] = False,
    *,
    matching: Mapping[str, Any],
    fill: given.Fill = DEFAULTS["fill"],
    backend: given.Backend = DEFAULTS["backend"],
) -> None:
    """Evaluate on a data set with ground truth, as its board does.

    Results are kept: a run that was interrupted goes on where it was. The exit code is 0 if all
    scenes were evaluated, and 4 if some could not be.
    """
    _check_places(report, as_json)
    settings = {**matching, "fill": fill, "backend": backend}
    try:
        chosen = {key: value for key, value in settings.items() if value != DEFAULTS[key]}
        method = ev.SemiGlobal(chosen, threads, confidence, name or "")
        others = [ev.OpenCVMethod(mode, threads) for mode in opencv or ()]
        dataset = opened(data, root, split, option or [], scenes)
        if submission is not None:
            require_board(dataset)
        run = {"board": cast(Any, board), "max_disp": max_disp, "cache": cache, "jobs": jobs}
        found = _run(dataset, method, run, quiet)
        previous = _previous(found, cache)
        peers = [_run(dataset, other, run, quiet) for other in others]
    except (StereoTypeError, StereoValueError) as error:
        raise typer.BadParameter(str(error)) from error
    if not quiet and found.results:
        show(score_table(found, peers), width=_WIDTH)
    if as_json is not None:
        _write_json(as_json, found, peers)
    if submission is not None:
        files = ev.write_submission(submission, found, dataset)
        if not quiet:
            print(f"{submission}: {len(files)} files to submit")
    if report is not None:
        from stereo.evaluation.report import write_report  # it imports what draws

        write_report(report, found, dataset, previous=previous, peers=peers)
    if any(each.failures for each in (found, *peers)):
        raise typer.Exit(_FAILED)


def _check_places(report: str | None, as_json: str | None) -> None:
    if report is not None:
        check_ending(report, (".html", ".htm"), "--report")
    if as_json is not None:
        check_ending(as_json, (".json",), "--json")
    check_outputs([], [path for path in (report, as_json) if path is not None])


def _write_json(path: str, found: ev.Evaluation, peers: list[ev.Evaluation]) -> None:
    everything = {"evaluation": to_json(found), "peers": to_json(peers)}
    write_bytes(path, (json.dumps(everything, indent=1, allow_nan=False) + "\n").encode())


def _run(dataset: Dataset, method: ev.Method, run: dict[str, Any], quiet: bool) -> ev.Evaluation:
    """Evaluate a method under a progress bar, and say what was in the cache and what failed."""
    cached = 0
    with steps(len(dataset), quiet) as advance:

        def show_progress(finished: ev.Finished) -> None:
            nonlocal cached
            cached += finished.cached
            advance()

        found = ev.evaluate(dataset, method, on_progress=show_progress, **run)
    if not quiet:
        print(
            f"{method.name} on {dataset.name}, as {found.board} scores: {len(found.results)} of "
            f"{len(dataset)} scenes, {len(found.failures)} failed, {cached} from the cache "
            f"{run['cache'] or default_folder()}"
        )
    for failure in found.failures:
        print(f"stereo: failed: {failure.name}: {failure.reason}", file=sys.stderr)
    return found


def _previous(found: ev.Evaluation, cache: str | None) -> ev.Evaluation | None:
    """Return the run before this one, which is kept for the next."""
    store = Store(default_folder() if cache is None else cache)
    previous = store.previous(found)
    store.save_run(found)
    return previous
