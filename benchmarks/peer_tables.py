"""The tables of `peers.py`: time and memory, and accuracy by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import scenes
import tables
from peer_contestants import BASELINE
from peer_rounds import Outcome, Scored

from stereo.metrics import MiddleburyScore

__all__ = ["mean_dense_bad_1", "print_accuracy", "print_times", "seconds_per_megapixel"]

_THRESHOLDS = (0.5, 1.0, 2.0)
_EQUAL_WEIGHTS: dict[str, float] = {}  # not those of the board, whose scenes these need not be


def print_times(outcomes: Sequence[Outcome], pairs: Sequence[scenes.Scene]) -> None:
    """Print what each contestant took for all scenes."""
    base = next(
        (o.total_seconds() for o in outcomes if o.contestant.name == BASELINE and not o.problem),
        None,
    )
    largest = max(pairs, key=_disparities)
    print(f"\n**Time and memory**, one thread; scenes: {len(pairs)}; the largest, ", end="")
    height, width = largest.truth.shape
    print(f"{largest.group}/{largest.name}, is {width}x{height}, D = {largest.max_disp}\n")
    tables.header(
        "contestant",
        "s / megapixel",
        "s / gigadisparity",
        f"{BASELINE} / this",
        "peak memory, MB",
        "rounds",
    )
    for outcome in outcomes:
        if outcome.problem:
            tables.row(outcome.contestant.name, f"not run: {outcome.problem}", *[""] * 4)
            continue
        total = outcome.total_seconds()
        tables.row(
            outcome.contestant.name,
            f"{seconds_per_megapixel(outcome, pairs):.3f}",
            f"{total / sum(map(_disparities, pairs)) * 1e9:.2f}",
            "" if base is None else f"{base / total:.2f}",
            f"{outcome.peak_bytes / 1e6:.0f}",
            min(map(len, outcome.seconds.values())),
        )


def print_accuracy(title: str, outcomes: Sequence[Outcome], pairs: Sequence[scenes.Scene]) -> None:
    """Print the mean errors on some of the scenes."""
    names = [f"{pair.group}/{pair.name}" for pair in pairs]
    masked = sum(pair.masked for pair in pairs)
    pixels = f"non-occluded pixels in {masked}, all known pixels in {len(pairs) - masked}"
    print(f"\n**{title}**, mean over {len(pairs)} ({pixels})\n")
    tables.header(
        "contestant",
        *(f"dense bad-{threshold:g}" for threshold in _THRESHOLDS),
        "density",
        *(f"total bad-{threshold:g}" for threshold in _THRESHOLDS),
    )
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for outcome in outcomes:
        if not outcome.problem:
            cells = tuple(_cells([outcome.scores[name] for name in names]))
            rows[outcome.contestant.label, cells].append(outcome.contestant.variant)
    # Backends that gave the same figures share a row.
    for (label, cells), variants in rows.items():
        tables.row(", ".join(filter(None, (label, *variants))), *cells)


def _cells(scores: Sequence[Scored]) -> Iterator[str]:
    dense = _mean(score.dense for score in scores)
    found = _mean(score.found for score in scores)
    yield from (f"{dense.total_bad[threshold]:.2f}" for threshold in _THRESHOLDS)
    yield f"{100 - found.invalid:.1f}"
    yield from (f"{found.total_bad[threshold]:.2f}" for threshold in _THRESHOLDS)


def seconds_per_megapixel(outcome: Outcome, pairs: Sequence[scenes.Scene]) -> float:
    """Return the time for all scenes over their pixels."""
    return outcome.total_seconds() / sum(pair.truth.size for pair in pairs) * 1e6


def mean_dense_bad_1(outcome: Outcome) -> float:
    """Return the mean over all scenes, per cent."""
    return _mean(score.dense for score in outcome.scores.values()).total_bad[1.0]


def _disparities(pair: scenes.Scene) -> int:
    return pair.truth.size * pair.max_disp


def _mean(scores: Iterable[MiddleburyScore]) -> MiddleburyScore:
    numbered = {str(number): score for number, score in enumerate(scores)}
    return MiddleburyScore.mean(numbered, _EQUAL_WEIGHTS)
