"""Presets: options that were chosen together, by measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .types import StereoTypeError, StereoValueError

__all__ = ["PRESETS", "Preset", "PresetName", "preset"]

PresetName = Literal["default", "fast", "accurate", "learned"]


@dataclass(frozen=True)
class Preset:
    """The options that a preset sets; :class:`stereo.SGM` explains them.

    Attributes
    ----------
    cost : str
    p1, p2 : int or None
        None is what suits the cost.
    paths : int
    passes : int
    edge_scale : float
    median : int
    weighted_median : int
    """

    cost: str
    p1: int | None
    p2: int | None
    paths: int
    passes: int
    edge_scale: float
    median: int
    weighted_median: int


PRESETS: dict[str, Preset] = {
    "default": Preset("gradient_census", None, None, 4, 1, 5.0, 5, 3),
    "fast": Preset("gradient_census", 20, 75, 4, 1, 0.0, 5, 0),
    "accurate": Preset("gradient_census", None, None, 4, 2, 5.0, 5, 3),
    "learned": Preset("mccnn", None, None, 4, 2, 5.0, 5, 3),
}
"""default: the most accurate that keeps five times the speed of OpenCV's MODE_HH.
fast: constant penalties that keep all sums in bytes, and no weighted median.
accurate: as default, in two passes.
learned: as accurate, with the features of a trained network in the cost (extra mccnn)."""

PLAIN = Preset("census", None, None, 8, 1, 0.0, 5, 0)
"""What any other cost gets: 8 paths with constant penalties, and a median."""


def preset(name: str | None, cost: Any) -> Preset:
    """Return the preset called `name`.

    Parameters
    ----------
    name : str or None
        None is the first preset that has this cost, "default" without one, and `PLAIN` for any
        other: the presets are tuned for their own.
    cost : object
        The cost that the caller chose, or None.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there is no such preset; the message lists the names.

    Examples
    --------
    >>> [preset(None, cost).paths for cost in (None, "gradient_census", "zncc")]
    [4, 4, 8]
    """
    if name is None and cost is None:
        return PRESETS["default"]
    if name is None:
        own = (each for each in PRESETS.values() if isinstance(cost, str) and each.cost == cost)
        return next(own, PLAIN)
    if not isinstance(name, str):
        raise StereoTypeError(f"preset must be a name such as 'fast', got {type(name).__name__}")
    if name not in PRESETS:
        raise StereoValueError(f"unknown preset {name!r}: choose from {', '.join(PRESETS)}")
    return PRESETS[name]
