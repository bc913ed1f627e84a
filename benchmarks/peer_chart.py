"""The chart of `peers.py`: error against time, as text and as a picture."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import scenes
from peer_rounds import Outcome
from peer_tables import mean_dense_bad_1, seconds_per_megapixel

from stereo.io.files import replacing

__all__ = ["print_bars", "require", "save"]

_BAR = 24  # characters

_DOT = 12.0  # pixels of the picture that a point is kept free of text
_OFFSETS = [
    (side, (sign * 7.0 if up == 0 else sign * 4.0, up))
    for up in (0.0, 9.0, -9.0, 16.0, -16.0, 24.0, -24.0)
    for side, sign in (("left", 1.0), ("right", -1.0))
]

_STYLES = {
    "stereo, cpu": ("#0b6e99", "o"),
    "stereo, numba": ("#5aa9c9", "D"),
    "stereo, reference": ("#9cc9dc", "h"),
    "OpenCV": ("#b5532a", "^"),
    "OpenCV, padded": ("#e0975f", "v"),
    "Pandora": ("#5b7f3a", "s"),
}


def print_bars(outcomes: Sequence[Outcome], pairs: Sequence[scenes.Scene]) -> None:
    """Print a bar for the time and one for the error, the fastest first."""
    points = sorted(_points(outcomes, pairs), key=lambda point: point[:2])
    slowest, fastest = points[-1][0], points[0][0]
    worst = max(error for _, error, _ in points)
    width = max(len(outcome.contestant.name) for _, _, outcome in points)
    print("\n```text")
    print(f"{'':{width}}  {'s / megapixel, a logarithm':{_BAR + 8}}  dense bad-1, per cent")
    for seconds, error, outcome in points:
        decades = math.log(seconds / fastest) / (math.log(slowest / fastest) or 1.0)
        print(
            f"{outcome.contestant.name:{width}}  {seconds:7.3f} {_bar(decades)}  "
            f"{error:6.2f} {_bar(error / worst if worst else 0.0).rstrip()}"
        )
    print("```")


def require(path: Path) -> None:
    """End the program now, rather than after the rounds, if `save` could not write there."""
    if importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("peers.py: --chart needs matplotlib: pip install '.[plots]'")
    if not path.parent.is_dir():
        raise SystemExit(f"peers.py: --chart {path}: there is no folder {path.parent}")


def save(path: Path, outcomes: Sequence[Outcome], pairs: Sequence[scenes.Scene]) -> None:
    """Write the chart as a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.6), dpi=120, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    points = _points(outcomes, pairs)
    for family, (colour, marker) in _STYLES.items():
        own = [(x, y) for x, y, outcome in points if outcome.contestant.family == family]
        if own:
            axes.scatter(
                *zip(*own, strict=True), s=46, c=colour, marker=marker, label=family, zorder=3
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("seconds / megapixel, one thread (logarithmic)")
    axes.set_ylabel("bad-1 with holes filled, per cent")
    axes.set_title(f"Error against time, mean over {len(pairs)} real pairs", loc="left")
    axes.grid(which="major", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(0.12)
    axes.legend(frameon=False, loc="best")
    canvas.draw()
    _label(axes, points)
    with replacing(path) as file:
        figure.savefig(file, format="png")


def _points(
    outcomes: Sequence[Outcome], pairs: Sequence[scenes.Scene]
) -> list[tuple[float, float, Outcome]]:
    return [(seconds_per_megapixel(o, pairs), mean_dense_bad_1(o), o) for o in outcomes]


def _label(axes: Any, points: Sequence[tuple[float, float, Outcome]]) -> None:
    """Name the points, each where its text covers the least of points and texts before it."""
    from matplotlib.transforms import Bbox

    centres = axes.transData.transform([point[:2] for point in points])
    taken = [Bbox.from_bounds(x - _DOT / 2, y - _DOT / 2, _DOT, _DOT) for x, y in centres]
    if legend := axes.get_legend():
        taken.append(legend.get_window_extent())
    for x, y, outcome in points:
        texts = [
            axes.annotate(
                outcome.contestant.method,
                (x, y),
                offset,
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
                color=_STYLES[outcome.contestant.family][0],
            )
            for side, offset in _OFFSETS
        ]
        boxes = [text.get_window_extent() for text in texts]
        best = min(range(len(texts)), key=lambda k: _covered(boxes[k], taken))
        taken.append(boxes[best])
        for k, text in enumerate(texts):
            if k != best:
                text.remove()


def _covered(box: Any, taken: Sequence[Any]) -> float:
    """Return the area of `box` that lies on others, pixels of the picture."""
    return sum(
        max(0.0, min(box.x1, other.x1) - max(box.x0, other.x0))
        * max(0.0, min(box.y1, other.y1) - max(box.y0, other.y0))
        for other in taken
    )


def _bar(share: float) -> str:
    return ("█" * max(1, round(share * _BAR))).ljust(_BAR)
