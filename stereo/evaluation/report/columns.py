"""What a table of results shows for each board, and how a set of scenes is summed up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stereo.evaluation.results import Board, BoardScore, SceneResult
from stereo.metrics import over_set

__all__ = [
    "REGION_TITLES",
    "Column",
    "Region",
    "Summary",
    "board_columns",
    "run_columns",
    "summary",
]

Region = Literal["nonocc", "all", "unscored"]
REGION_TITLES: dict[Region, str] = {
    "nonocc": "Non-occluded pixels",
    "all": "All known pixels",
    "unscored": "No ground truth",
}

_HOLES_FILLED = "after the holes are filled as the board does"
_OWN = "of the pixels with a result of their own"


@dataclass(frozen=True)
class Summary:
    """The figures of one scene, or of several together.

    Attributes
    ----------
    scenes : int
        How many.
    score : score of the board or None
        None where nothing was scored.
    density, seconds, ause : float
        Means over the scenes: per cent of all pixels, s a scene, and per cent; NaN where a scene
        has none.
    """

    scenes: int
    score: BoardScore | None
    density: float
    seconds: float
    ause: float


@dataclass(frozen=True)
class Column:
    """One figure of a table.

    Attributes
    ----------
    title, unit : str
        The head of the column.
    meaning : str
        What the figure is, in a sentence.
    value : callable
        Takes a `Summary`.
    decimals : int
        How many are shown.
    better : {"lower", "higher"}
        Which way is an improvement.
    """

    title: str
    unit: str
    meaning: str
    value: Callable[[Summary], float]
    decimals: int = 2
    better: Literal["lower", "higher"] = "lower"


def summary(results: Sequence[SceneResult], region: Region) -> Summary:
    """Sum up scenes as their board does; all of them have a score for the region, or none has."""
    scores: dict[str, Any] = {r.name: r.scores[region] for r in results if region in r.scores}
    curves = [result.sparsification for result in results]
    return Summary(
        scenes=len(results),
        score=over_set(scores) if scores else None,
        density=_mean([result.density for result in results]),
        seconds=_mean([result.seconds for result in results]),
        ause=_mean([math.nan if curve is None else curve.ause for curve in curves]),
    )


def run_columns() -> list[Column]:
    """Return the figures that need no board."""
    return [
        Column(
            "density",
            "%",
            "Share of all pixels with a result, before anything is filled.",
            lambda s: s.density,
            1,
            "higher",
        ),
        Column(
            "time",
            "s",
            "Wall time of a matching, which depends on how many scenes are matched at a time.",
            lambda s: s.seconds,
            3,
        ),
        Column(
            "AUSE",
            "%",
            "Area between the sparsification curves of the confidence and of the oracle, "
            "for the share of errors above the threshold of the board.",
            lambda s: s.ause,
        ),
    ]


def board_columns(board: Board) -> list[Column]:
    """Return the figures of a board, the one that it ranks by first."""
    columns: list[Column] = _BOARDS[board]()
    return columns


def _middlebury() -> list[Column]:
    return [
        *_rates("total_bad", "total bad", (2.0, 0.5, 1.0, 4.0), "no result, or an error above"),
        *_rates("bad", "bad", (0.5, 1.0, 2.0, 4.0), "a result with an error above"),
        _plain("invalid", "invalid", "Share of the evaluated pixels without a result."),
        *_errors(),
    ]


def _kitti2012() -> list[Column]:
    filled, own = (3.0, 1.0, 2.0, 4.0, 5.0), (1.0, 2.0, 3.0, 4.0, 5.0)
    return [
        *_rates("outliers", "out", filled, f"an error, {_HOLES_FILLED}, above"),
        *_rates("outliers_estimated", "own out", own, f"an error, {_OWN}, above"),
        _error("avg_error", "avg", f"Mean absolute error, {_HOLES_FILLED}."),
        _error("avg_error_estimated", "own avg", f"Mean absolute error {_OWN}."),
        _evaluated_density("density"),
    ]


def _kitti2015() -> list[Column]:
    parts = {"all": "all evaluated pixels", "bg": "the background", "fg": "objects"}
    outliers = "Outliers, above 3 px and 5 % of the true disparity,"
    return [
        *(
            _plain(f"d1_{part}", f"D1-{part}", f"{outliers} among {pixels}, {_HOLES_FILLED}.")
            for part, pixels in parts.items()
        ),
        *(
            _plain(f"d1_{part}_estimated", f"own D1-{part}", f"{outliers} among {pixels}, {_OWN}.")
            for part, pixels in parts.items()
        ),
        _evaluated_density("density"),
    ]


def _eth3d() -> list[Column]:
    return [
        *_rates("bad", "bad", (1.0, 0.5, 2.0, 4.0), f"an error, {_OWN}, above"),
        _evaluated_density("coverage"),
        *_errors(),
    ]


_BOARDS: dict[Board, Callable[[], list[Column]]] = {
    "middlebury": _middlebury,
    "kitti2012": _kitti2012,
    "kitti2015": _kitti2015,
    "eth3d": _eth3d,
}


def _field(name: str, key: float | None = None) -> Callable[[Summary], float]:
    def value(found: Summary) -> float:
        if found.score is None:
            return math.nan
        held: Any = getattr(found.score, name)
        return float(held if key is None else held[key])

    return value


def _plain(name: str, title: str, meaning: str) -> Column:
    return Column(title, "%", meaning, _field(name))


def _evaluated_density(name: str) -> Column:
    meaning = "Share of the evaluated pixels with a result of their own."
    return Column("evaluated density", "%", meaning, _field(name), 1, "higher")


def _error(name: str, title: str, meaning: str, key: float | None = None) -> Column:
    return Column(title, "px", meaning, _field(name, key))


def _rates(name: str, title: str, thresholds: Sequence[float], what: str) -> list[Column]:
    return [
        Column(
            f"{title} {threshold:g}",
            "%",
            f"Share of pixels with {what} {threshold:g} px.",
            _field(name, threshold),
        )
        for threshold in thresholds
    ]


def _errors() -> list[Column]:
    quantiles = {0.5: "A50", 0.9: "A90", 0.95: "A95", 0.99: "A99"}
    return [
        _error("avg_error", "avg", f"Mean absolute error {_OWN}."),
        _error("rms", "rms", f"Root mean square error {_OWN}."),
        *(
            _error("quantiles", title, f"{share:.0%} of the errors {_OWN} are at most this.", share)
            for share, title in quantiles.items()
        ),
    ]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
