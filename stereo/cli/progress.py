"""A progress bar for commands that go through several pairs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["with_progress"]

Item = TypeVar("Item")


def with_progress(items: Sequence[Item], quiet: bool) -> Iterator[Item]:
    """Go through the items, with a bar on stderr if a person looks at several."""
    if quiet or len(items) == 1 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    # Redirected, the summaries would follow the bar to stderr: only where both are one screen.
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        redirect_stdout=sys.stdout.isatty(),
    ) as progress:
        yield from progress.track(items)
