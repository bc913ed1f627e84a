"""GitHub tables on stdout, a row at a time."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

__all__ = ["header", "milliseconds", "row"]


def header(*names: str) -> None:
    """Print the names of the columns; all but the first are for numbers."""
    print(f"| {' | '.join(names)} |")
    print(f"|---|{'---:|' * (len(names) - 1)}")


def row(*cells: object) -> None:
    """Print one row at once, for the next one may take a while."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def milliseconds(seconds: Sequence[float]) -> str:
    """Format the median of several times."""
    return f"{1000 * statistics.median(seconds):.1f}"
