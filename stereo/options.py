"""The options of semi-global matching, checked once and completed with their defaults."""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from typing import Any, get_args

from . import costs
from .contract import MAX_AGGREGATED, MAX_DISPARITIES, MatchingParams, SubPixel
from .types import StereoTypeError, StereoValueError

__all__ = ["Options"]

_MAX_OFFSET = 1 << 20  # of min_disp: float32 still holds such a disparity to 1/8 px


@dataclass(frozen=True)
class Options:
    """The options of :func:`stereo.sgm`, as given; :meth:`params` completes them.

    Raises
    ------
    StereoError
        From the constructor, for any value that can't be used: it names the option,
        what was seen and what would be right.
    """

    max_disp: int
    min_disp: int
    cost: str
    p1: int | None
    p2: int | None
    paths: int
    uniqueness: int
    lr_max_diff: int | None
    subpixel: SubPixel
    median: int
    speckle_size: int
    speckle_range: float
    threads: int | None

    def __post_init__(self) -> None:
        """Check each option, then how they go together."""
        costs.get(self.cost)
        _check_range(self.min_disp, self.max_disp)
        _count("paths", self.paths, (4, 5, 8))
        _count("median", self.median, (0, 3, 5))
        _word("subpixel", self.subpixel, get_args(SubPixel))
        _integer("uniqueness", self.uniqueness, 0, 99)
        _integer("speckle_size", self.speckle_size, 0, 1 << 30)
        if self.lr_max_diff is not None:
            _integer("lr_max_diff", self.lr_max_diff, 0, MAX_DISPARITIES)
        if self.threads is not None:
            _integer("threads", self.threads, 1, 4096)
        _number("speckle_range", self.speckle_range)
        self._check_penalties()

    @property
    def penalties(self) -> tuple[int, int]:
        """(p1, p2) with the defaults of the matching cost where none was given."""
        cost = costs.get(self.cost)
        p1 = cost.p1 if self.p1 is None else operator.index(self.p1)
        p2 = cost.p2 if self.p2 is None else operator.index(self.p2)
        return p1, p2

    def _check_penalties(self) -> None:
        for name in ("p1", "p2"):
            if getattr(self, name) is not None:
                _integer(name, getattr(self, name), 0, MAX_AGGREGATED)
        p1, p2 = self.penalties
        if p1 > p2:
            raise StereoValueError(
                f"p1 = {_said(self.p1, p1)} is larger than p2 = {_said(self.p2, p2)}: "
                "p1 <= p2 is needed"
            )
        largest = MAX_AGGREGATED // self.paths - costs.get(self.cost).maximum
        if p2 > largest:
            raise StereoValueError(
                f"p2 = {p2} is too large for {self.paths} paths of {self.cost!r}: at most {largest}"
            )

    def params(self) -> MatchingParams:
        """Return what a backend needs to know."""
        cost = costs.get(self.cost)
        p1, p2 = self.penalties
        return MatchingParams(
            min_disp=operator.index(self.min_disp),
            disparities=operator.index(self.max_disp) - operator.index(self.min_disp),
            window=(cost.width, cost.height),
            p1=p1,
            p2=p2,
            paths=operator.index(self.paths),
            uniqueness=operator.index(self.uniqueness),
            lr_max_diff=-1 if self.lr_max_diff is None else operator.index(self.lr_max_diff),
            subpixel=self.subpixel,
            threads=available_cores() if self.threads is None else operator.index(self.threads),
        )


def available_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _said(given: Any, value: int) -> str:
    return f"{value}" if given is not None else f"{value} (the default)"


def _check_range(min_disp: Any, max_disp: Any) -> None:
    _integer("min_disp", min_disp, -_MAX_OFFSET, _MAX_OFFSET)
    _integer("max_disp", max_disp, -_MAX_OFFSET, _MAX_OFFSET + MAX_DISPARITIES)
    if max_disp <= min_disp:
        raise StereoValueError(
            f"max_disp = {max_disp} must be larger than min_disp = {min_disp}: "
            "the search is min_disp <= d < max_disp"
        )
    if max_disp - min_disp > MAX_DISPARITIES:
        raise StereoValueError(
            f"the search range of {max_disp - min_disp} px is too large: "
            f"at most {MAX_DISPARITIES} px"
        )


def _integer(name: str, value: Any, smallest: int, largest: int) -> None:
    whole = _whole(name, value)
    if not smallest <= whole <= largest:
        raise StereoValueError(f"{name} = {whole} is not in {smallest} … {largest}")


def _whole(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise StereoTypeError(f"{name} must be an integer, got {value!r}") from None


def _number(name: str, value: Any) -> None:
    try:
        if isinstance(value, bool | str):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name} must be a number, got {value!r}") from None
    if not 0 <= number < float("inf"):
        raise StereoValueError(f"{name} = {value} must be finite and at least 0")


def _count(name: str, value: Any, choices: tuple[int, ...]) -> None:
    if _whole(name, value) not in choices:
        raise StereoValueError(f"{name} = {value} is not one of {', '.join(map(str, choices))}")


def _word(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str):
        raise StereoTypeError(f"{name} must be a string, got {value!r}")
    if value not in choices:
        raise StereoValueError(f"{name} = {value!r} is not one of {', '.join(map(repr, choices))}")
