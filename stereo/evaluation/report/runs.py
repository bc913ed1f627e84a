"""The evaluations that a report puts side by side, and how they are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stereo.evaluation.boards import RANKED_REGION
from stereo.evaluation.report.columns import (
    Column,
    Region,
    Summary,
    board_columns,
    run_columns,
    summary,
)
from stereo.evaluation.report.markup import signed
from stereo.evaluation.results import Evaluation, SceneResult
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Comparison", "Run", "change", "compared"]

_SCORED: tuple[Region, ...] = ("nonocc", "all")


@dataclass(frozen=True)
class Run:
    """One evaluation under the name that the page gives it.

    Attributes
    ----------
    label : str
        What the page calls it.
    kind : {"this", "previous", "peer"}
        Its part in the report.
    evaluation : Evaluation
        What was found.
    by_name : mapping of str to SceneResult
        Its scenes, but for those whose images are of another size in the run that is reported:
        they are other images, such as those of another split.
    of_other_size : int
        How many those are.
    """

    label: str
    kind: Literal["this", "previous", "peer"]
    evaluation: Evaluation
    by_name: Mapping[str, SceneResult]
    of_other_size: int


@dataclass(frozen=True)
class Comparison:
    """What all tables and charts of a page are made from.

    Attributes
    ----------
    runs : tuple of Run
        The evaluation that is reported, the previous one where there is one, and the peers.
    regions : tuple of {"nonocc", "all"}, or ("unscored",)
        The pixels that some scene has a score for, those that the page begins with first.
    columns : tuple of Column
        The figures that some scene of some run has, the board's most important one first.
    """

    runs: tuple[Run, ...]
    regions: tuple[Region, ...]
    columns: tuple[Column, ...]

    @property
    def this(self) -> Run:
        """The run that is reported."""
        return self.runs[0]

    @property
    def others(self) -> tuple[Run, ...]:
        """The runs that it is compared with."""
        return self.runs[1:]

    def scored(self, region: Region) -> list[SceneResult]:
        """Return the scenes of this run that count for a region."""
        return [r for r in self.this.evaluation.results if _counts(r, region)]

    def shared(self, other: Run, region: Region) -> tuple[list[SceneResult], list[SceneResult]]:
        """Return the scenes that this run and another have both, as each of them has them."""
        pairs = [
            (mine, other.by_name[mine.name])
            for mine in self.scored(region)
            if mine.name in other.by_name and _counts(other.by_name[mine.name], region)
        ]
        return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]

    def means(self, other: Run, region: Region) -> tuple[Summary, Summary]:
        """Sum up the scenes that this run and another have both, as each of them has them."""
        mine, theirs = self.shared(other, region)
        return summary(mine, region), summary(theirs, region)

    def common(self, region: Region) -> set[str]:
        """Return the names of the scenes that every run has."""
        return {
            mine.name
            for mine in self.scored(region)
            if all(
                mine.name in run.by_name and _counts(run.by_name[mine.name], region)
                for run in self.others
            )
        }


def compared(
    evaluation: Evaluation, previous: Evaluation | None, peers: Sequence[Evaluation]
) -> Comparison:
    """Put evaluations side by side.

    Raises
    ------
    StereoTypeError, StereoValueError
        If one of them is no evaluation, or is of another data set or board than the first.
    """
    if isinstance(peers, Evaluation) or not isinstance(peers, Sequence):
        raise StereoTypeError(f"peers is a {type(peers).__name__}: expected a list of Evaluation")
    _check("evaluation", evaluation, None)
    runs = [_run(evaluation, evaluation, "this", "This run")]
    if previous is not None:
        _check("previous", previous, evaluation)
        runs.append(_run(evaluation, previous, "previous", "Previous run"))
    for k, peer in enumerate(peers):
        _check(f"peers[{k}]", peer, evaluation)
        runs.append(_run(evaluation, peer, "peer", peer.method))
    regions = _regions(evaluation)
    columns = [*board_columns(evaluation.board), *run_columns()]
    return Comparison(
        runs=tuple(runs),
        regions=regions or ("unscored",),
        columns=tuple(column for column in columns if _is_known(column, runs, regions)),
    )


def change(column: Column, mine: float, theirs: float) -> str:
    """Return in HTML how much better or worse `mine` is; nothing where one of them is missing."""
    difference = mine - theirs
    if not math.isfinite(difference):
        return ""
    if round(difference, column.decimals) == 0:
        return '<span class="change">same</span>'
    improved = (difference < 0) == (column.better == "lower")
    verdict = "better" if improved else "worse"
    return f'<span class="change {verdict}">{signed(difference, column.decimals)} {verdict}</span>'


def _check(name: str, evaluation: Evaluation, this: Evaluation | None) -> None:
    """Raise StereoError if that is no evaluation, or can't stand beside `this`."""
    if not isinstance(evaluation, Evaluation):
        raise StereoTypeError(f"{name} must be an Evaluation, got {type(evaluation).__name__}")
    if this is None:
        return
    mine, theirs = (f"{one.dataset} scored as {one.board}" for one in (this, evaluation))
    if mine != theirs:
        raise StereoValueError(
            f"{name} is of {theirs}, and the evaluation of {mine}: only numbers of the same data "
            "set and board can stand side by side"
        )


def _run(
    this: Evaluation,
    evaluation: Evaluation,
    kind: Literal["this", "previous", "peer"],
    label: str,
) -> Run:
    sizes = {result.name: (result.width, result.height) for result in this.results}
    by_name = {
        result.name: result
        for result in evaluation.results
        if sizes.get(result.name, ()) in ((), (result.width, result.height))
    }
    return Run(label, kind, evaluation, by_name, len(evaluation.results) - len(by_name))


def _regions(evaluation: Evaluation) -> tuple[Region, ...]:
    """Return the pixels that are scored, those of the board's table first if all scenes have them.

    Else all known pixels come first, so that the page begins with what every scene has.
    """
    scored = [result.scores for result in evaluation.results if result.scores]
    ranked = RANKED_REGION[evaluation.board]
    first = ranked if all(ranked in scores for scores in scored) else "all"
    known: list[Region] = sorted(_SCORED, key=lambda region: region != first)
    return tuple(region for region in known if any(region in scores for scores in scored))


def _counts(result: SceneResult, region: Region) -> bool:
    return region == "unscored" or region in result.scores


def _is_known(column: Column, runs: Sequence[Run], regions: Sequence[Region]) -> bool:
    return any(
        not math.isnan(column.value(summary([result], region)))
        for run in runs
        for result in run.evaluation.results
        for region in regions or ("all",)
    )
