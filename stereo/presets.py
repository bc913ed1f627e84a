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
    paths : int
    passes : int
    edge_scale : float
    median : int
    weighted_median : int
    """

    cost: str
    paths: int
    passes: int
    edge_scale: float
    median: int
    weighted_median: int


PRESETS: dict[str, Preset] = {
    "default": Preset("gradient_census", 4, 1, 10.0, 5, 3),
    "fast": Preset("census", 8, 1, 0.0, 5, 0),
    "accurate": Preset("gradient_census", 4, 2, 10.0, 5, 3),
    "learned": Preset("mccnn", 4, 2, 10.0, 5, 3),
}
"""default: the most accurate that keeps five times the speed of OpenCV's MODE_HH.
fast: plain census and constant penalties.
accurate: as default, in two passes.
learned: as accurate, with the features of a trained network in the cost (extra mccnn)."""


def preset(name: str | None, cost: Any) -> Preset:
    """Return the preset called `name`.

    Parameters
    ----------
    name : str or None
        None is the first preset that has this cost, "default" without one and "fast" for any other:
        the others are tuned for their own.
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
        name = "default"
    elif name is None:
        own = (key for key, each in PRESETS.items() if isinstance(cost, str) and each.cost == cost)
        name = next(own, "fast")
    if not isinstance(name, str):
        raise StereoTypeError(f"preset must be a name such as 'fast', got {type(name).__name__}")
    if name not in PRESETS:
        raise StereoValueError(f"unknown preset {name!r}: choose from {', '.join(PRESETS)}")
    return PRESETS[name]
