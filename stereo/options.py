"""The options of semi-global matching, checked once and completed with their defaults."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args

from .arguments import choice, flag, integer, number, search_range, thread_count, word
from .contract import MAX_AGGREGATED, MAX_DISPARITIES, MatchingParams, SubPixel
from .matching_cost import Chosen, Penalised, choose
from .presets import Preset, preset
from .types import StereoValueError

__all__ = ["Options"]


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
    preset: str | None
    cost: Any
    p1: int | None
    p2: int | None
    paths: int | None
    passes: int | None
    edge_scale: float | None
    uniqueness: int
    lr_max_diff: int | None
    subpixel: SubPixel
    median: int | None
    weighted_median: int | None
    speckle_size: int
    speckle_range: float
    fill: bool
    threads: int | None
    chosen: Chosen = field(init=False, compare=False, repr=False)
    recipe: Preset = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check each option, then how they go together."""
        recipe = self._recipe()
        object.__setattr__(self, "recipe", recipe)
        object.__setattr__(self, "chosen", choose(recipe.cost if self.cost is None else self.cost))
        search_range(self.min_disp, self.max_disp)
        choice("paths", recipe.paths, (4, 5, 8))
        choice("passes", recipe.passes, (1, 2))
        choice("median", recipe.median, (0, 3, 5))
        number("edge_scale", recipe.edge_scale)
        integer("weighted_median", recipe.weighted_median, 0, 32)
        word("subpixel", self.subpixel, get_args(SubPixel))
        integer("uniqueness", self.uniqueness, 0, 99)
        integer("speckle_size", self.speckle_size, 0, 1 << 30)
        if self.lr_max_diff is not None:
            integer("lr_max_diff", self.lr_max_diff, 0, MAX_DISPARITIES)
        thread_count(self.threads)
        number("speckle_range", self.speckle_range)
        flag("fill", self.fill)
        for name in ("p1", "p2"):
            if getattr(self, name) is not None:
                integer(name, getattr(self, name), 0, MAX_AGGREGATED)
        if self.chosen.known is not None:
            self._checked_penalties(self.chosen.known)

    def _recipe(self) -> Preset:
        """Return the preset, with the options that were given in place of its own."""
        base = preset(self.preset, self.cost)
        if not (self.cost is None or (isinstance(self.cost, str) and self.cost == base.cost)):
            base = replace(base, p1=None, p2=None)  # in units of its own cost
        given = {
            name: getattr(self, name)
            for name in ("p1", "p2", "paths", "passes", "edge_scale", "median", "weighted_median")
            if getattr(self, name) is not None
        }
        return Preset(**{**vars(base), **given})

    @property
    def given(self) -> dict[str, Any]:
        """The options as they were given."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    @property
    def guided(self) -> bool:
        """Whether the left image guides the penalties, a filter or the filling."""
        return self.fill or self.recipe.edge_scale > 0 or self.recipe.weighted_median > 0

    def _checked_penalties(self, cost: Penalised) -> tuple[int, int]:
        """Return (p1, p2), with those of the cost where none was given."""
        p1, p2 = (
            own if wanted is None else operator.index(wanted)
            for wanted, own in ((self.recipe.p1, cost.p1), (self.recipe.p2, cost.p2))
        )
        if p1 > p2:
            raise StereoValueError(
                f"p1 = {_said(self.p1, p1)} is larger than p2 = {_said(self.p2, p2)}: "
                "p1 <= p2 is needed"
            )
        paths, label = self.recipe.paths, self.chosen.label
        largest = MAX_AGGREGATED // paths - cost.maximum
        if largest < 0:
            raise StereoValueError(
                f"{label} costs up to {cost.maximum}, too much for {paths} paths: "
                f"at most {MAX_AGGREGATED // paths} less p2"
            )
        if p2 > largest:
            raise StereoValueError(
                f"p2 = {_said(self.p2, p2)} is too large for {paths} paths of {label!r}: "
                f"at most {largest}"
            )
        return p1, p2

    def params(self, cost: Penalised | None = None) -> MatchingParams:
        """Return what a backend needs to know.

        Parameters
        ----------
        cost : MatchingCost or CostVolume, optional
            What has the maximum and the penalties, where the chosen cost alone has none.
        """
        known = self.chosen.known if cost is None else cost
        assert known is not None
        p1, p2 = self._checked_penalties(known)
        edge_scale = float(self.recipe.edge_scale)
        return MatchingParams(
            min_disp=operator.index(self.min_disp),
            disparities=operator.index(self.max_disp) - operator.index(self.min_disp),
            cost=self.chosen.kind,
            window=self.chosen.window,
            maximum=known.maximum,
            p1=p1,
            p2=p2,
            edge_scale=edge_scale if edge_scale > 0 else None,
            paths=operator.index(self.recipe.paths),
            uniqueness=operator.index(self.uniqueness),
            lr_max_diff=-1 if self.lr_max_diff is None else operator.index(self.lr_max_diff),
            subpixel=self.subpixel,
            threads=self.worker_count,
        )

    @property
    def worker_count(self) -> int:
        """Number of threads."""
        return thread_count(self.threads)


def _said(given: Any, value: int) -> str:
    return f"{value}" if given is not None else f"{value} (the default)"
