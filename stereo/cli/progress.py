"""A progress bar for commands that go through several pairs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["steps", "with_progress"]

Item = TypeVar("Item")


def with_progress(items: Sequence[Item], quiet: bool) -> Iterator[Item]:
    """Go through the items, with a bar on stderr if a person looks at several."""
    with steps(len(items), quiet) as advance:
        for item in items:
            yield item
            advance()


@contextmanager
def steps(total: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """Give a function to call after each step: it moves a bar if a person looks at several."""
    if quiet or total == 1 or not sys.stderr.isatty():
        yield lambda: None
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
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
