"""Text and numbers as HTML."""

from __future__ import annotations

import html
import math
import re
from typing import Any
from urllib.parse import quote

__all__ = [
    "NOTHING",
    "breakable",
    "escaped",
    "figure",
    "scene_link",
    "scrolling",
    "signed",
    "sort_key",
]

NOTHING = "\N{EN DASH}"
"""What stands in the place of a number that there is none of."""

_MINUS = "\N{MINUS SIGN}"
_UNENCODABLE = "backslashreplace"


def escaped(value: Any) -> str:
    """Return what `value` is as text, for an element or a quoted attribute.

    Names of files that are no UTF-8 have lone surrogates, which no page can hold.
    """
    return html.escape(str(value).encode("utf-8", _UNENCODABLE).decode("utf-8"), quote=True)


def figure(value: float, decimals: int) -> str:
    """Return a number of fixed decimals; a dash for NaN."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{_MINUS}\N{INFINITY}"
    return f"{value:.{decimals}f}".replace("-", _MINUS)


def signed(value: float, decimals: int) -> str:
    """Return a difference with its sign."""
    shown = figure(value, decimals)
    return shown if shown.startswith((_MINUS, NOTHING)) else f"+{shown}"


def sort_key(value: float) -> str:
    """Return a number as a script reads it; nothing for NaN, which is sorted to the end."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def breakable(name: str) -> str:
    """Return a name in HTML that may be broken after its separators."""
    return re.sub(r"([/_])", r"\1<wbr>", escaped(name))


def scene_link(name: str) -> str:
    """Return the address of a scene on the page."""
    return f"#scene={quote(name, safe='/', errors=_UNENCODABLE)}"


def scrolling(label: str, table: str) -> str:
    """Wrap a wide table, so that it scrolls and the page doesn't."""
    return (
        f'<div class="scrolling" role="region" tabindex="0" aria-label="{escaped(label)}">'
        f"{table}</div>"
    )
