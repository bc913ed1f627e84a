"""Tables of an evaluation: a row a scene, and a row for the set as its board scores it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stereo.evaluation.boards import RANKED_REGION
from stereo.evaluation.results import Board, BoardScore, Evaluation

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["score_table"]

_Column = tuple[str, Callable[[Any], float]]


def _bad(field: str, thresholds: Sequence[float], title: str) -> tuple[_Column, ...]:
    def column(threshold: float) -> _Column:
        return f"{title}{threshold:g}", lambda score: float(getattr(score, field)[threshold])

    return tuple(column(threshold) for threshold in thresholds)


_COLUMNS: Mapping[Board, tuple[_Column, ...]] = MappingProxyType(
    {
        "middlebury": (
            *_bad("bad", (0.5, 1.0, 2.0, 4.0), "bad-"),
            ("invalid", lambda score: score.invalid),
            ("error", lambda score: score.avg_error),
        ),
        "kitti2012": (
            *_bad("outliers", (2.0, 3.0, 5.0), "out-"),
            ("estimated out-3", lambda score: score.outliers_estimated[3.0]),
            ("density", lambda score: score.density),
            ("error", lambda score: score.avg_error),
        ),
        "kitti2015": (
            ("D1-bg", lambda score: score.d1_bg),
            ("D1-fg", lambda score: score.d1_fg),
            ("D1-all", lambda score: score.d1_all),
            ("estimated D1-all", lambda score: score.d1_all_estimated),
            ("density", lambda score: score.density),
        ),
        "eth3d": (
            *_bad("bad", (0.5, 1.0, 2.0, 4.0), "bad-"),
            ("coverage", lambda score: score.coverage),
            ("error", lambda score: score.avg_error),
        ),
    }
)


def score_table(evaluation: Evaluation, peers: Sequence[Evaluation] = ()) -> Table:
    """Return the table of an evaluation, below it the rows of peers on the same scenes.

    The scenes are shown for the pixels that the board's table shows, if all of them have scores
    for those, else for all pixels with ground truth.
    """
    from rich.table import Table

    columns = _COLUMNS[evaluation.board]
    table = Table(caption="Per cent; error in px; ms of the set: mean.")
    table.add_column("scene", overflow="fold")
    for title in (*(title for title, _ in columns), "ms"):
        table.add_column(title, justify="right")
    region = _region(evaluation)
    for result in evaluation.results:
        score = result.scores.get(region)
        table.add_row(result.name, *_cells(columns, score, result.seconds))
    for each in (evaluation, *peers):
        table.add_section()
        seconds = fmean(result.seconds for result in each.results) if each.results else math.nan
        of_set = each.overall()
        for name in sorted(of_set, key=lambda name: name != region):
            table.add_row(f"{each.method}, {name}", *_cells(columns, of_set[name], seconds))
    return table


def _region(evaluation: Evaluation) -> str:
    wanted = RANKED_REGION[evaluation.board]
    return wanted if wanted in evaluation.overall() else "all"


def _cells(columns: tuple[_Column, ...], score: BoardScore | None, seconds: float) -> list[str]:
    values = [math.nan if score is None else value(score) for _, value in columns]
    shown = ["-" if math.isnan(value) else f"{value:.2f}" for value in values]
    return [*shown, f"{1000 * seconds:.1f}"]
