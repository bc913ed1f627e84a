"""What `cost=` may be, and what comes of it for a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import costs
from .contract import Cost
from .costs.census import Census
from .costs.gradient_census import GradientCensus
from .costs.protocol import MatchingCost
from .types import StereoTypeError
from .volume import CostVolume

__all__ = ["Chosen", "choose", "volume_of"]

_FUSED_WINDOWS = ((5, 5), (7, 7), (9, 7))


@dataclass(frozen=True, eq=False)
class Chosen:
    """A matching cost, as the pipeline sees it.

    Attributes
    ----------
    source : object
        What the caller gave, a name resolved.
    kind : {"census", "gradient_census", "volume"}
        Whether the backend makes the costs itself, or takes a volume.
    window : (int, int)
        Of the census.
    label : str
        What messages call it.
    known : MatchingCost or None
        Its maximum and penalties, where they do not depend on the pair.
    """

    source: Any
    kind: Cost
    window: tuple[int, int]
    label: str
    known: MatchingCost | None


def choose(cost: Any) -> Chosen:
    """Return what was chosen by `cost`.

    Parameters
    ----------
    cost : str, MatchingCost, Features, array (H, W, D), CostVolume or callable
        A name of :func:`stereo.costs.names`, an object such as those of
        :func:`stereo.costs.mix`, :class:`stereo.costs.Features`, costs, or a function
        (left, right, min_disp, max_disp) -> costs.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is nothing of that.
    """
    from .learned.features import Features

    if isinstance(cost, Features):
        return Chosen(cost, "volume", (5, 5), "features", None)
    if isinstance(cost, str) or hasattr(cost, "compute"):
        known = costs.resolve(cost)
        if isinstance(known, Census) and (known.width, known.height) in _FUSED_WINDOWS:
            return Chosen(known, "census", (known.width, known.height), known.name, known)
        kind: Cost = "gradient_census" if isinstance(known, GradientCensus) else "volume"
        return Chosen(known, kind, (5, 5), known.name, known)
    if isinstance(cost, CostVolume) or hasattr(cost, "__array__") or hasattr(cost, "__dlpack__"):
        return Chosen(cost, "volume", (5, 5), "the given volume", None)
    if callable(cost):
        return Chosen(cost, "volume", (5, 5), "the given function", None)
    raise StereoTypeError(
        f"cost is {type(cost).__name__}: a name such as 'census', a matching cost, an array "
        "(H, W, D) or a function can be one"
    )


def volume_of(
    chosen: Chosen,
    left: npt.NDArray[Any],
    right: npt.NDArray[Any],
    min_disp: int,
    max_disp: int,
    threads: int,
) -> CostVolume:
    """Return the costs of a pair, for a cost that no backend makes itself.

    Raises
    ------
    StereoError
        If what the cost gives does not fit the pair, or can't be a cost.
    """
    from .learned.arrays import as_cost_volume, call_cost
    from .learned.features import Features

    if chosen.known is not None:
        return costs.compute(chosen.known, left, right, max_disp, min_disp, threads)
    if isinstance(chosen.source, Features):
        return chosen.source.volume(left, right, min_disp, max_disp, threads)
    if callable(chosen.source) and not isinstance(chosen.source, np.ndarray):
        return call_cost(chosen.source, left, right, min_disp, max_disp)
    return as_cost_volume(chosen.source, left.shape, min_disp, max_disp)
