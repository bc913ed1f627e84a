"""Tables on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["show"]

_WIDTH = 100  # characters, where stdout is no terminal


def show(table: Table, width: int = _WIDTH) -> None:
    """Print a table, as wide as the terminal; `width` characters at most where there is none."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else width, highlight=False)
    # Not printed by rich, which ends the process itself when nobody reads the output.
    with console.capture() as capture:
        console.print(table)
    print(capture.get(), end="")
