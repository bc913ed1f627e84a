"""Matching costs by name: one file a method, one line a name."""

from __future__ import annotations

from ..types import StereoTypeError, StereoValueError
from .census import CENSUS_5X5, CENSUS_7X7, CENSUS_9X7, Census

__all__ = ["COSTS", "Census", "get"]

COSTS = {
    "census": CENSUS_7X7,
    "census5x5": CENSUS_5X5,
    "census7x7": CENSUS_7X7,
    "census9x7": CENSUS_9X7,
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
