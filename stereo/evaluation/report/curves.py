"""Error against density, and error against time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from stereo.evaluation.boards import THRESHOLDS
from stereo.evaluation.report.columns import Region, Summary, summary
from stereo.evaluation.report.markup import escaped, figure
from stereo.evaluation.report.plot import Dot, Line, chart, key, linear_axis, log_axis
from stereo.evaluation.report.runs import Comparison
from stereo.metrics import Sparsification

__all__ = ["overall_sparsification", "scene_sparsification", "time_against_error"]

# Per cent, where the curves of several scenes are averaged.
_DENSITIES = 5.0 * np.arange(1, 21)


def scene_sparsification(comparison: Comparison, name: str) -> str:
    """Draw the curves of one scene; nothing where no run has one."""
    curves = {
        k: run.by_name[name].sparsification
        for k, run in enumerate(comparison.runs)
        if name in run.by_name
    }
    return _sparsification(
        comparison,
        {k: [curve] for k, curve in curves.items() if curve is not None},
        f"Error against density of {name}",
        "Least confident pixels are left out first; the oracle leaves out the worst.",
    )


def overall_sparsification(comparison: Comparison) -> str:
    """Draw the mean curves over the scenes that every run with a confidence has one for."""
    found = [
        {
            name: result.sparsification
            for name, result in run.by_name.items()
            if result.sparsification is not None
        }
        for run in comparison.runs
    ]
    with_curves = {k: curves for k, curves in enumerate(found) if curves}
    if not with_curves:
        return (
            "<p>No run gives a confidence: there is no curve of the error against the density.</p>"
        )
    names = sorted(set.intersection(*(set(curves) for curves in with_curves.values())))
    if not names:
        return "<p>The runs with a confidence have no scene in common.</p>"
    return _sparsification(
        comparison,
        {k: [curves[name] for name in names] for k, curves in with_curves.items()},
        "Error against density",
        f"Mean over {len(names)} scenes. Least confident pixels are left out first; the oracle "
        "leaves out the worst.",
    )


def time_against_error(comparison: Comparison, region: Region) -> str:
    """Draw where the runs lie between fast and right: a small dot a scene, a large one the mean.

    Nothing is drawn where nothing was scored.
    """
    if region == "unscored":
        return ""
    column = comparison.columns[0]
    names = comparison.common(region)
    dots: list[Dot] = []
    for k, run in enumerate(comparison.runs):
        results = [r for r in run.evaluation.results if r.name in names]
        for result in results:
            dots += _dot(k, result.name, summary([result], region), comparison, large=False)
        if results:
            title = f"mean of {len(results)} scenes"
            dots += _dot(k, title, summary(results, region), comparison, large=True)
    if not dots:
        return "<p>There is no scene that every run has a time and an error for.</p>"
    small, large = ([dot for dot in dots if dot.large is size] for size in (False, True))
    times = [dot.at[0] for dot in dots]
    x = log_axis("time a scene, s", min(times), max(times))
    y = linear_axis(f"{column.title}, {column.unit}", max(dot.at[1] for dot in dots))
    title = "Time against error"
    keys = "".join(key(k, run.label, dots=True) for k, run in enumerate(comparison.runs))
    return _figure(
        title,
        chart(title, x, y, [*small, *large]),
        keys,
        f"Lower left is better. {len(names)} scenes that every run has: a small mark each, "
        "and a large one for the mean.",
    )


def _dot(
    series: int, what: str, found: Summary, comparison: Comparison, *, large: bool
) -> list[Dot]:
    """Return the dot of some scenes, or nothing where a number is missing."""
    column = comparison.columns[0]
    error = column.value(found)
    if not (math.isfinite(error) and 0 < found.seconds < math.inf):
        return []
    title = (
        f"{comparison.runs[series].label}, {what}: {figure(found.seconds, 3)} s, {column.title} "
        f"{figure(error, column.decimals)} {column.unit}"
    )
    return [Dot(series, (found.seconds, error), title, large)]


def _sparsification(
    comparison: Comparison,
    curves: dict[int, list[Sparsification]],
    title: str,
    note: str,
) -> str:
    if not curves:
        return ""
    lines: list[Line] = []
    keys: list[str] = []
    for series, found in curves.items():
        label = comparison.runs[series].label
        lines.append(Line(series, _mean_curve([(c.densities, c.errors) for c in found])))
        keys.append(key(series, label))
        lines.append(
            Line(series, _mean_curve([(c.densities, c.oracle) for c in found]), oracle=True)
        )
        keys.append(key(series, f"{label}, oracle", oracle=True))
    largest = max(error for line in lines for _, error in line.points)
    x = linear_axis("density, %", 100.0)
    threshold = THRESHOLDS[comparison.this.evaluation.board]
    y = linear_axis(f"errors above {threshold:g} px among those kept, %", largest)
    return _figure(title, chart(title, x, y, lines), "".join(keys), note)


def _mean_curve(
    curves: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> list[tuple[float, float]]:
    known = _DENSITIES[max(densities[0] for densities, _ in curves) <= _DENSITIES]
    values = np.mean([np.interp(known, *curve) for curve in curves], axis=0)
    return list(zip(known.tolist(), values.tolist(), strict=True))


def _figure(title: str, svg: str, keys: str, note: str) -> str:
    return (
        f'<figure class="plot"><h3>{escaped(title)}</h3>{svg}<ul class="key">{keys}</ul>'
        f"<figcaption>{escaped(note)}</figcaption></figure>"
    )
