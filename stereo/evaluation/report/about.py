"""What was run, on what, and what failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stereo.evaluation.report.markup import NOTHING, escaped, scrolling
from stereo.evaluation.report.runs import Comparison

__all__ = ["failures", "glossary", "headline", "runs_table"]

_BOARD_TITLES = {
    "middlebury": "Middlebury v3",
    "kitti2012": "KITTI 2012",
    "kitti2015": "KITTI 2015",
    "eth3d": "ETH3D two-view",
}


def headline(comparison: Comparison) -> str:
    """Return the head of the page."""
    found = comparison.this.evaluation
    count = len(found.results)
    failed = f", {len(found.failures)} failed" if found.failures else ""
    facts = {
        "data set": found.dataset,
        "scored as": _BOARD_TITLES[found.board],
        "scenes": f"{count} evaluated{failed}",
        "date": _time(found.when),
        "machine": ", ".join(
            f"{found.machine[name]}{' cores' if name == 'cores' else ''}"
            for name in ("cpu", "cores", "system")
            if name in found.machine
        ),
        "matched at the same time": f"{found.jobs} {'scene' if found.jobs == 1 else 'scenes'}",
    }
    items = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in facts.items()
    )
    return f'<header><h1>{escaped(found.method)}</h1><dl class="facts">{items}</dl></header>'


def runs_table(comparison: Comparison) -> str:
    """Return what each run was; what the previous run had otherwise is marked."""
    runs = [run.evaluation for run in comparison.runs]
    lines = [
        _line(comparison, "method", [run.method for run in runs]),
        _line(comparison, "data set", [run.dataset for run in runs]),
        _line(comparison, "date", [_time(run.when) for run in runs], mark=False),
        _line(comparison, "scenes evaluated", [str(len(run.results)) for run in runs]),
        _line(comparison, "scenes failed", [str(len(run.failures)) for run in runs]),
        *_other_sizes(comparison),
        _line(comparison, "scenes at a time", [str(run.jobs) for run in runs]),
        *_lines(comparison, "", [run.machine for run in runs]),
        *_lines(comparison, "option ", [run.options for run in runs]),
    ]
    heads = "".join(f'<th scope="col">{escaped(run.label)}</th>' for run in comparison.runs)
    return scrolling(
        "Runs and their options",
        f'<table class="runs"><thead><tr><th scope="col">what</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>",
    )


def failures(comparison: Comparison) -> str:
    """Return the scenes that could not be evaluated, by run, and why; nothing without any."""
    parts = []
    for run in comparison.runs:
        failed = run.evaluation.failures
        if failed:
            items = "".join(
                f"<li><b>{escaped(failure.name)}</b> {escaped(failure.reason)}</li>"
                for failure in failed
            )
            parts.append(f"<h3>{escaped(run.label)}: {len(failed)}</h3><ul>{items}</ul>")
    if not parts:
        return ""
    return f'<section class="failures"><h2>Scenes that failed</h2>{"".join(parts)}</section>'


def glossary(comparison: Comparison) -> str:
    """Return what each figure is, for those who can't hover over the head of a column."""
    items = "".join(
        f"<div><dt>{escaped(column.title)}, {column.unit}</dt>"
        f"<dd>{escaped(column.meaning)}</dd></div>"
        for column in comparison.columns
    )
    return (
        "<details><summary>What the figures are</summary>"
        f'<dl class="glossary">{items}</dl></details>'
    )


def _other_sizes(comparison: Comparison) -> list[str]:
    """Return the line that says how many scenes were not compared; none if all were."""
    counts = [run.of_other_size for run in comparison.runs]
    if not any(counts):
        return []
    return [_line(comparison, "left out, of another size", [str(count) for count in counts])]


def _lines(comparison: Comparison, prefix: str, values: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each name that some run has a value for."""
    names = dict.fromkeys(name for held in values for name in held)
    return [
        _line(
            comparison,
            f"{prefix}{name}",
            [_shown(held[name]) if name in held else NOTHING for held in values],
        )
        for name in names
    ]


def _line(comparison: Comparison, name: str, values: Sequence[str], *, mark: bool = True) -> str:
    cells = []
    for run, value in zip(comparison.runs, values, strict=True):
        changed = mark and run.kind == "previous" and value != values[0]
        note = ' <span class="changed">changed since</span>' if changed else ""
        cells.append(f"<td>{escaped(value)}{note}</td>")
    return f'<tr><th scope="row">{escaped(name)}</th>{"".join(cells)}</tr>'


def _time(when: str) -> str:
    """Return an ISO 8601 time in UTC as people write it."""
    return when.replace("T", " ").replace("+00:00", " UTC")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
