"""The means of an evaluation, beside those of the previous one and of the peers."""

from __future__ import annotations

from stereo.evaluation.report.columns import REGION_TITLES, Column, Region, Summary, summary
from stereo.evaluation.report.markup import escaped, figure, scrolling
from stereo.evaluation.report.runs import Comparison, Run, change

__all__ = ["cards", "means_table"]

_ALWAYS = 3  # the first columns of the board have a card
_CARDS = ("avg", "invalid", "evaluated density", "density", "time")


def cards(comparison: Comparison, region: Region) -> str:
    """Return the most important means, each beside that of the previous run."""
    shown = [c for k, c in enumerate(comparison.columns) if k < _ALWAYS or c.title in _CARDS]
    mean = summary(comparison.scored(region), region)
    before = next((run for run in comparison.others if run.kind == "previous"), None)
    pair = comparison.means(before, region) if before else None
    items = "".join(_card(column, mean, pair) for column in shown)
    return f'<dl class="cards">{items}</dl>'


def means_table(comparison: Comparison, region: Region) -> str:
    """Return the means of every run, and how far this one is better or worse."""
    mean = summary(comparison.scored(region), region)
    rows = [_row(comparison, comparison.this, mean, None)]
    for run in comparison.others:
        mine, theirs = comparison.means(run, region)
        rows.append(_row(comparison, run, theirs, mine))
    head = "".join(
        f'<th scope="col" title="{escaped(column.meaning)}">{escaped(column.title)}'
        f"<small>{column.unit}</small></th>"
        for column in comparison.columns
    )
    table = (
        f'<table><thead><tr><th scope="col">run</th><th scope="col">scenes</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    note = (
        '<p class="note">Differences are this run minus the run of the row, over the scenes that '
        "both have.</p>"
        if comparison.others
        else ""
    )
    return f"{scrolling(f'Means, {REGION_TITLES[region].lower()}', table)}{note}"


def _card(column: Column, mean: Summary, pair: tuple[Summary, Summary] | None) -> str:
    beside = ""
    if pair is not None:
        mine, theirs = column.value(pair[0]), column.value(pair[1])
        beside = (
            f"<dd>{change(column, mine, theirs)}</dd>"
            f"<dd><small>was {figure(theirs, column.decimals)}</small></dd>"
        )
    return (
        f'<div class="card"><dt title="{escaped(column.meaning)}">{escaped(column.title)}</dt>'
        f"<dd><b>{figure(column.value(mean), column.decimals)}</b> {column.unit}</dd>{beside}</div>"
    )


def _row(comparison: Comparison, run: Run, found: Summary, mine: Summary | None) -> str:
    cells = []
    for column in comparison.columns:
        value = column.value(found)
        beside = "" if mine is None else f" {change(column, column.value(mine), value)}"
        cells.append(f"<td>{figure(value, column.decimals)}{beside}</td>")
    total = len(comparison.this.evaluation.results)
    count = str(found.scenes) if found.scenes == total else f"{found.scenes} of {total}"
    method = "" if run.kind == "peer" else f"<small>{escaped(run.evaluation.method)}</small>"
    return (
        f'<tr class="{run.kind}"><th scope="row">{escaped(run.label)}{method}</th>'
        f"<td>{count}</td>{''.join(cells)}</tr>"
    )
