"""`stereo backends`: what can run here, and why the rest can't."""

from __future__ import annotations

import stereo
from stereo.cli.tables import show

__all__ = ["backends"]


def backends() -> None:
    """List the backends in the order in which "auto" tries them."""
    from rich.table import Table

    table = Table("backend", "usable", "detail")
    for row in stereo.backends():
        table.add_row(row.name, "yes" if row.usable else "no", row.detail)
    show(table)
