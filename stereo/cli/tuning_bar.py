"""The progress bar of `stereo tune`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from stereo.tuning import Progress

__all__ = ["TuningBar"]


class TuningBar:
    """A bar on stderr, if a person looks at it, from the first trial on.

    Parameters
    ----------
    quiet : bool
        Whether to show nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._hidden = quiet or not sys.stderr.isatty()
        self._stack = ExitStack()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> TuningBar:
        """Show nothing yet: first the scenes are read."""
        return self

    def __exit__(self, *_: Any) -> None:
        """Leave the bar as it is."""
        self._stack.close()

    def show(self, progress: Progress) -> None:
        """Show how far the search is, and the best score so far."""
        if self._hidden:
            return
        if self._bar is None or self._task is None:
            self._bar = self._stack.enter_context(_bar())
            self._task = self._bar.add_task("", total=progress.total, best="")
        self._bar.update(
            self._task,
            completed=progress.done,
            description=progress.study,
            best=f"best {progress.scores.tuned:.3f}, base {progress.scores.base:.3f}",
        )


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[best]}"),
        console=Console(stderr=True),
        redirect_stdout=False,
    )
