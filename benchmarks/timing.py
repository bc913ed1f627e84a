"""Interleaved timing: all contestants take turns, so that a busy moment hits them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Ratio", "interleaved", "ratio"]


@dataclass(frozen=True)
class Ratio:
    """How many times as long one contestant takes as another.

    Attributes
    ----------
    median, lower, upper : float
        Median and quartiles of the ratios of the single rounds.
    """

    median: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """Format as median and quartiles."""
        return f"{self.median:.2f} ({self.lower:.2f} … {self.upper:.2f})"


def interleaved(
    contestants: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Run all contestants in turns and return the seconds of each round.

    A first round is not counted: it allocates workspaces and fills caches. Every other
    round goes backwards, so that nobody always runs after the same neighbour.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for turn in range(1 + rounds):
        for name in names if turn % 2 else reversed(names):
            start = time.perf_counter()
            contestants[name]()
            spent = time.perf_counter() - start
            if turn > 0:
                seconds[name].append(spent)
    return seconds


def ratio(slower: Sequence[float], faster: Sequence[float]) -> Ratio:
    """Compare two contestants round by round; the same number of rounds, at least one.

    >>> str(ratio([4.0, 9.0, 5.0], [2.0, 3.0, 2.0]))
    '2.50 (2.25 … 2.75)'
    """
    ratios = [one / other for one, other in zip(slower, faster, strict=True)]
    if len(ratios) == 1:
        return Ratio(ratios[0], ratios[0], ratios[0])
    lower, median, upper = statistics.quantiles(ratios, n=4, method="inclusive")
    return Ratio(median, lower, upper)
