"""Matching costs by name: one file a method, one line a name."""

from __future__ import annotations

from ..types import StereoTypeError, StereoValueError
from .census import DEFAULT_CENSUS, Census

__all__ = ["COSTS", "Census", "get"]

COSTS = {
    "census": DEFAULT_CENSUS,
    "census5x5": Census(5, 5, p1=8, p2=36),
    "census7x7": Census(7, 7, p1=14, p2=54),
    "census9x7": DEFAULT_CENSUS,
}


def get(name: str) -> Census:
    """Return the matching cost called `name`.

    Raises
    ------
    StereoError
        If there is none; the message lists the names.

    Examples
    --------
    >>> get("census5x5").maximum
    24
    """
    if not isinstance(name, str):
        raise StereoTypeError(f"cost must be a name such as 'census', got {type(name).__name__}")
    if name not in COSTS:
        raise StereoValueError(f"unknown cost {name!r}: choose from {', '.join(COSTS)}")
    return COSTS[name]
