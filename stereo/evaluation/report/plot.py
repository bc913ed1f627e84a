"""Line and dot charts in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stereo.evaluation.report.markup import escaped

__all__ = ["SERIES_STYLES", "Axis", "Dot", "Line", "chart", "key", "linear_axis", "log_axis"]

SERIES_STYLES = 6
"""How many series the style sheet can tell apart by colour; dashes and shapes change with them."""

_WIDTH, _HEIGHT = 360, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40  # margins around the field
_DASHES = ("", "6 3", "2 3", "9 3 2 3", "4 2", "1 2")


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`, linear or logarithmic, with its marks."""

    title: str
    low: float
    high: float
    marks: tuple[float, ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 to 1 along the axis."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Line:
    """A curve of the series number `series`; an oracle is drawn thin."""

    series: int
    points: Sequence[tuple[float, float]]
    oracle: bool = False


@dataclass(frozen=True)
class Dot:
    """A point of the series number `series`, small or large, and what it stands for."""

    series: int
    at: tuple[float, float]
    title: str
    large: bool = False


def linear_axis(title: str, largest: float) -> Axis:
    """Return an axis from 0 to a round number that is at least `largest`; to 1 if that is 0."""
    step = _round_step((largest or 1.0) / 5)
    count = math.ceil((largest or 1.0) / step - 1e-9)
    return Axis(title, 0.0, count * step, tuple(k * step for k in range(count + 1)))


def log_axis(title: str, smallest: float, largest: float) -> Axis:
    """Return a logarithmic axis around values above 0, with marks at 1, 2 and 5."""
    first, last = math.floor(math.log10(smallest)), math.ceil(math.log10(largest))
    known = [m * 10.0**power for power in range(first, last + 1) for m in (1, 2, 5)]
    low = max((mark for mark in known if mark <= smallest * (1 - 1e-9)), default=known[0] / 2)
    high = min((mark for mark in known if mark >= largest * (1 + 1e-9)), default=known[-1] * 2)
    inside = [mark for mark in known if low <= mark <= high]
    decades = [mark for mark in inside if math.isclose(mark, 10.0 ** round(math.log10(mark)))]
    return Axis(title, low, high, tuple(decades if len(inside) > 6 else inside), True)


def chart(title: str, x: Axis, y: Axis, content: Sequence[Line | Dot]) -> str:
    """Return a chart as an <svg>; what it shows is said by `title` for those who can't see it."""
    drawn = "".join(
        _line(x, y, item) if isinstance(item, Line) else _dot(x, y, item) for item in content
    )
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escaped(title)}">{_frame(x, y)}{drawn}</svg>'
    )


def key(series: int, label: str, *, oracle: bool = False, dots: bool = False) -> str:
    """Return the entry of a series in the key of a chart."""
    if dots:
        mark = _shape(series, 14, 6, 5)
    else:
        mark = f'<path class="line{_oracle(oracle)}" {_dash(series, oracle)}d="M1 6H27"/>'
    return (
        f'<li class="s{series % SERIES_STYLES}"><svg viewBox="0 0 28 12" aria-hidden="true">'
        f"{mark}</svg>{escaped(label)}</li>"
    )


def _frame(x: Axis, y: Axis) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    grid = []
    for mark in y.marks:
        at = _vertical(y, mark)
        grid.append(
            f'<path class="grid" d="M{_LEFT} {at:.1f}H{right}"/>'
            f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{mark:g}</text>'
        )
    for mark in x.marks:
        at = _horizontal(x, mark)
        grid.append(
            f'<path class="grid" d="M{at:.1f} {_TOP}V{bottom}"/>'
            f'<text x="{at:.1f}" y="{bottom + 15}" text-anchor="middle">{mark:g}</text>'
        )
    middle = (_TOP + bottom) / 2
    return (
        f"{''.join(grid)}"
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 5}" text-anchor="middle">'
        f"{escaped(x.title)}</text>"
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escaped(y.title)}</text>"
    )


def _line(x: Axis, y: Axis, line: Line) -> str:
    points = " ".join(f"{_horizontal(x, a):.1f},{_vertical(y, b):.1f}" for a, b in line.points)
    return (
        f'<g class="s{line.series % SERIES_STYLES}"><polyline class="line{_oracle(line.oracle)}" '
        f'{_dash(line.series, line.oracle)}points="{points}"/></g>'
    )


def _dot(x: Axis, y: Axis, dot: Dot) -> str:
    across, down = _horizontal(x, dot.at[0]), _vertical(y, dot.at[1])
    size = "large" if dot.large else "small"
    return (
        f'<g class="s{dot.series % SERIES_STYLES} {size}">'
        f"{_shape(dot.series, across, down, 6 if dot.large else 3)}"
        f"<title>{escaped(dot.title)}</title></g>"
    )


def _shape(series: int, x: float, y: float, r: float) -> str:
    """Return a mark, whose form tells series apart like its colour."""
    forms = (
        f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z",
        f"M{x - r:.1f} {y - r:.1f}h{2 * r}v{2 * r}h{-2 * r}z",
        f"M{x:.1f} {y - 1.2 * r:.1f}l{1.2 * r:.1f} {2 * r}h{-2.4 * r:.1f}z",
        f"M{x:.1f} {y - 1.3 * r:.1f}l{1.3 * r:.1f} {1.3 * r:.1f}l{-1.3 * r:.1f} {1.3 * r:.1f}"
        f"l{-1.3 * r:.1f} {-1.3 * r:.1f}z",
    )
    return f'<path class="mark" d="{forms[series % len(forms)]}"/>'


def _oracle(oracle: bool) -> str:
    return " oracle" if oracle else ""


def _dash(series: int, oracle: bool) -> str:
    dashes = "" if oracle else _DASHES[series % len(_DASHES)]
    return f'stroke-dasharray="{dashes}" ' if dashes else ""


def _horizontal(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (_WIDTH - _RIGHT - _LEFT)


def _vertical(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.share(value) * (_HEIGHT - _BOTTOM - _TOP)


def _round_step(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least `step`."""
    unit = 10.0 ** math.floor(math.log10(step))
    return next(m * unit for m in (1, 2, 5, 10) if m * unit >= step * (1 - 1e-9))
