"""Every scene of an evaluation: one row each, and all figures of one."""

from __future__ import annotations

from collections.abc import Sequence

from stereo.evaluation.report.columns import REGION_TITLES, Column, Region, Summary, summary
from stereo.evaluation.report.markup import (
    NOTHING,
    breakable,
    escaped,
    figure,
    scene_link,
    scrolling,
    sort_key,
)
from stereo.evaluation.report.runs import Comparison, Run, change
from stereo.evaluation.results import SceneResult

__all__ = ["scene_figures", "scenes_table"]

Pair = tuple[Summary, Summary]


def scenes_table(comparison: Comparison, region: Region) -> str:
    """Return a row a scene that opens it, and the means below; other runs by one figure."""
    first, *rest = comparison.columns
    rows = "".join(
        _scene_row(comparison, result, region) for result in comparison.this.evaluation.results
    )
    head = [
        _head("scene", "", "Name of the scene"),
        _column_head(first),
        *(_rival_head(run, first) for run in comparison.others),
        *(_column_head(column) for column in rest),
        _head("size", "px", "Width and height of the left image"),
        _head("range", "px", "End of the search range, which starts at 0"),
    ]
    scored = comparison.scored(region)
    pairs = [comparison.means(run, region) for run in comparison.others]
    return scrolling(
        f"Scenes, {REGION_TITLES[region].lower()}",
        f'<table class="scenes"><thead><tr>{"".join(head)}</tr></thead><tbody>{rows}</tbody>'
        f'<tfoot><tr><th scope="row">mean of {len(scored)}</th>'
        f"{_cells(comparison, summary(scored, region), pairs)}<td></td><td></td></tr></tfoot>"
        "</table>",
    )


def scene_figures(comparison: Comparison, result: SceneResult, region: Region) -> str:
    """Return all figures of one scene, a row each and a column a run."""
    mine = summary([result], region)
    pairs = _pairs(comparison, result, region)
    heads = "".join(f'<th scope="col">{escaped(run.label)}</th>' for run in comparison.runs)
    rows = "".join(
        f'<tr><th scope="row" title="{escaped(column.meaning)}">{escaped(column.title)}'
        f"<small>{column.unit}</small></th>{_cell(column, mine)}"
        f"{''.join(_beside(column, pair) for pair in pairs)}</tr>"
        for column in comparison.columns
    )
    return scrolling(
        f"Figures of {result.name}, {REGION_TITLES[region].lower()}",
        f"<table><caption>{REGION_TITLES[region]}</caption>"
        f'<thead><tr><th scope="col">figure</th>{heads}</tr></thead><tbody>{rows}</tbody></table>',
    )


def _scene_row(comparison: Comparison, result: SceneResult, region: Region) -> str:
    name = escaped(result.name)
    cells = _cells(comparison, summary([result], region), _pairs(comparison, result, region))
    return (
        f'<tr data-scene="{name}"><th scope="row" data-value="{name}">'
        f'<a href="{escaped(scene_link(result.name))}">{breakable(result.name)}</a></th>{cells}'
        f'<td data-value="{result.width * result.height}">{result.width} x {result.height}</td>'
        f'<td data-value="{result.max_disp}">{result.max_disp}</td></tr>'
    )


def _pairs(comparison: Comparison, result: SceneResult, region: Region) -> list[Pair | None]:
    """Return the figures of a scene in this run and in each other one, where that has it."""
    mine = summary([result], region)
    return [
        (mine, summary([run.by_name[result.name]], region)) if result.name in run.by_name else None
        for run in comparison.others
    ]


def _cells(comparison: Comparison, mine: Summary, pairs: Sequence[Pair | None]) -> str:
    first, *rest = comparison.columns
    return "".join(
        [
            _cell(first, mine),
            *(_beside(first, pair) for pair in pairs),
            *(_cell(column, mine) for column in rest),
        ]
    )


def _cell(column: Column, found: Summary, beside: str = "") -> str:
    value = column.value(found)
    return f'<td data-value="{sort_key(value)}">{figure(value, column.decimals)}{beside}</td>'


def _beside(column: Column, pair: Pair | None) -> str:
    """Return the cell of another run, with the difference to this one."""
    if pair is None:
        return f'<td class="rival" data-value="">{NOTHING}</td>'
    mine, theirs = pair
    return _cell(column, theirs, f" {change(column, column.value(mine), column.value(theirs))}")


def _column_head(column: Column) -> str:
    return _head(column.title, column.unit, column.meaning)


def _rival_head(run: Run, first: Column) -> str:
    meaning = f"{first.title} of {run.evaluation.method}, and this run minus it"
    return _head(run.label, f"{first.title}, {first.unit}", meaning)


def _head(title: str, unit: str, meaning: str) -> str:
    return (
        f'<th scope="col"><button type="button" title="{escaped(meaning)}">{escaped(title)}'
        f"<small>{escaped(unit)}</small></button></th>"
    )
