"""The options that can be searched: for each a few levels, in order.

Levels and not intervals: options that differ by less than a step score the same but for noise, and
a set of options that comes again need not be matched again.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from stereo.contract import MAX_AGGREGATED
from stereo.pipeline import SGM
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["SEARCHABLE", "SEARCHED", "Axis", "Space", "search_space"]

Level = int | float | str | None

SEARCHED = ("p1", "p2", "edge_scale", "uniqueness", "lr_max_diff", "speckle_size")
"""What is searched by default, as far as it is not given: what takes no time."""

_LEVELS: Mapping[str, tuple[Level, ...]] = MappingProxyType(
    {
        "edge_scale": (0, 50, 20, 10, 7, 5, 4, 3, 2, 1),  # 0 is the limit of a large one
        "paths": (4, 5, 8),
        "passes": (1, 2),
        "subpixel": ("equiangular", "parabola"),
        "median": (0, 3, 5),
        "weighted_median": (0, 1, 2, 3, 4, 5, 6),
        "uniqueness": (0, 1, 2, 3, 5, 7, 10, 15, 20, 30),
        "lr_max_diff": (0, 1, 2, 3, 5, None),
        "speckle_size": (0, 10, 25, 50, 100, 200, 400, 800),
        "speckle_range": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0),
    }
)
SEARCHABLE = ("p1", "p2", *_LEVELS)
"""All options that can be searched."""

_P1_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # of p2
_P2_FACTORS = tuple(2 ** (k / 4) for k in range(-8, 9))  # times that of the cost
_REJECTING = ("uniqueness", "lr_max_diff", "speckle_size", "speckle_range")
_NEEDS = {"p1": ("p2",), "edge_scale": ("p2",), "speckle_range": ("speckle_size",)}
_NOT_OF_THE_BASE = ("max_disp", "min_disp", "backend", "threads")

_ORDERS: Mapping[str, Callable[[Any], float]] = {
    "edge_scale": lambda scale: 1 / scale if scale else 0.0,
    "lr_max_diff": lambda difference: math.inf if difference is None else difference,
}


@dataclass(frozen=True)
class Axis:
    """One option, and what it may be.

    Attributes
    ----------
    name : str
        The option of :class:`stereo.SGM`.
    levels : tuple
        Its values in order; of p1 the shares of p2.
    start : int
        Place of the value that the base has.
    """

    name: str
    levels: tuple[Level, ...]
    start: int


@dataclass(frozen=True)
class Space:
    """All sets of options that a search may try.

    Attributes
    ----------
    base : mapping of str to Any
        Options of :class:`stereo.SGM` as they were given.
    axes : tuple of Axis
        What is searched.
    p2 : int
        That of the base, for p1 where p2 is not searched.
    """

    base: Mapping[str, Any]
    axes: tuple[Axis, ...]
    p2: int

    @property
    def start(self) -> tuple[int, ...]:
        """The places of the base."""
        return tuple(axis.start for axis in self.axes)

    def values(self, places: Sequence[int]) -> dict[str, Any]:
        """Return the searched options at these places of the levels.

        p1 is a share of p2 and so never larger.
        """
        found: dict[str, Any] = {
            axis.name: axis.levels[place] for axis, place in zip(self.axes, places, strict=True)
        }
        if "p1" in found:
            found["p1"] = round(found["p1"] * found.get("p2", self.p2))
        return found

    def options(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all keywords for :class:`stereo.SGM`, but its search range."""
        return {**self.base, **values}


def search_space(base: Mapping[str, Any], search: Sequence[str] | None = None) -> Space:
    """Return the space around a base.

    Parameters
    ----------
    base : mapping of str to Any
        Options of :class:`stereo.SGM` but its search range, backend and threads. They are
        where the search starts, and those that are not searched stay so.
    search : sequence of str, optional
        The options to search, of `SEARCHABLE`. By default `SEARCHED` without those in `base`, and
        without those that reject pixels unless `base` fills them.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an option can't be used or searched, or would change nothing.

    Examples
    --------
    >>> space = search_space({"fill": True, "p2": 80}, ["p1", "lr_max_diff"])
    >>> space.values(space.start), space.axes[1].levels
    ({'p1': 26, 'lr_max_diff': 1}, (0, 1, 2, 3, 5, None))
    """
    options = _checked(base).options
    params, known = options.params(), options.chosen.known
    assert known is not None  # a cost that has a name knows its penalties
    names = _names(base, search)
    own = {**vars(options), **vars(options.recipe), "p1": params.p1, "p2": params.p2}
    most_paths = 8 if "paths" in names else params.paths
    largest = MAX_AGGREGATED // most_paths - known.maximum
    if params.p2 > largest:
        raise StereoValueError(
            f"p2 = {params.p2} is too large for {most_paths} paths of {options.chosen.label!r}, "
            f"which are searched: at most {largest}"
        )
    levels = dict(_LEVELS)
    smallest = 1 if "p1" in names else max(1, params.p1)
    penalties = {round(factor * known.p2) for factor in _P2_FACTORS}
    levels["p2"] = tuple(p2 for p2 in penalties if smallest <= p2 <= largest)
    levels["p1"] = _P1_SHARES
    own["p1"] = params.p1 / params.p2 if params.p2 else 1.0
    axes = tuple(_axis(name, levels[name], own[name]) for name in names)
    _check_effect(axes, own)
    return Space(dict(base), axes, params.p2)


def _checked(base: Mapping[str, Any]) -> SGM:
    """Return a matcher with these options."""
    allowed = [name for name in inspect.signature(SGM).parameters if name not in _NOT_OF_THE_BASE]
    for name, value in base.items():
        if name not in allowed:
            raise StereoTypeError(f"{name!r} can't be tuned around: give {', '.join(allowed)}")
        if not isinstance(value, bool | int | float | str | None):
            raise StereoTypeError(
                f"{name} is a {type(value).__name__}: expected a name or a number, which a file "
                "can hold"
            )
    return SGM(1, **base)


def _names(base: Mapping[str, Any], search: Sequence[str] | None) -> tuple[str, ...]:
    """Return what is searched."""
    fills = base.get("fill", False)
    if search is None:
        usual = [name for name in SEARCHED if fills or name not in _REJECTING]
        search = [name for name in usual if name not in base]
        if not search:
            raise StereoValueError(
                f"all of {', '.join(usual)} are given, so nothing is left to search: name what "
                "is to be searched"
            )
    if isinstance(search, str) or not search:
        raise StereoTypeError(f"search is {search!r}: expected names of options")
    for name in search:
        if name not in SEARCHABLE:
            raise StereoValueError(
                f"{name!r} can't be searched: choose from {', '.join(SEARCHABLE)}"
            )
        if name in _REJECTING and not fills:
            raise StereoValueError(
                f"{name} rejects pixels, which are wrong unless they are filled: search it with "
                "fill=True, or leave it out"
            )
    if len(set(search)) != len(search):
        raise StereoValueError(f"an option is named twice in {', '.join(search)}")
    return tuple(name for name in SEARCHABLE if name in search)


def _check_effect(axes: Sequence[Axis], own: Mapping[str, Any]) -> None:
    """Refuse to search what would change nothing."""
    names = [axis.name for axis in axes]
    for axis in axes:
        if len(axis.levels) == 1:
            raise StereoValueError(
                f"{axis.name} can't be searched: it can only be {axis.levels[0]}"
            )
        for other in _NEEDS.get(axis.name, ()):
            if own[other] == 0 and other not in names:
                raise StereoValueError(f"{axis.name} changes nothing with {other} = 0")


def _axis(name: str, levels: Sequence[Level], own: Level) -> Axis:
    """Return the levels in order, with that of the base among them."""
    together = {*levels, own}
    if name == "subpixel":
        ordered = sorted(together, key=str)
    else:
        ordered = sorted(together, key=_ORDERS.get(name, _as_number))
    return Axis(name, tuple(ordered), ordered.index(own))


def _as_number(value: Any) -> float:
    return float(value)
