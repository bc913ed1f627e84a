"""What `cost=` may be, and what comes of it for a pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from . import costs
from .contract import Backend, Cost, DeviceBackend
from .costs.census import Census
from .costs.gradient_census import GradientCensus
from .costs.protocol import MatchingCost
from .devices import DeviceView, on_device
from .types import StereoTypeError
from .volume import CostVolume

__all__ = ["Chosen", "PairCosts", "Penalised", "choose", "costs_for", "volume_of"]

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


class Penalised(Protocol):
    """What says how large a cost is, and which penalties suit it."""

    @property
    def maximum(self) -> int:
        """Largest value that the cost can take."""

    @property
    def p1(self) -> int:
        """Penalty for a change of the disparity by 1 px."""

    @property
    def p2(self) -> int:
        """Penalty for a larger change."""


@dataclass(frozen=True, eq=False)
class PairCosts:
    """The costs of a pair, as far as the backend does not make them of the images.

    Attributes
    ----------
    arrays : tuple
        What has to be uploaded for them.
    volume : callable
        From those arrays, as the backend holds them, to a volume there and what knows its
        penalties; (None, None) where the backend makes the costs.
    """

    arrays: tuple[Any, ...]
    volume: Callable[[Sequence[Any]], tuple[Any, Penalised | None]]


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
    arrays = ("__array__", "__dlpack__", "__cuda_array_interface__")
    if isinstance(cost, CostVolume) or any(hasattr(cost, name) for name in arrays):
        return Chosen(cost, "volume", (5, 5), "the given volume", None)
    if callable(cost):
        return Chosen(cost, "volume", (5, 5), "the given function", None)
    raise StereoTypeError(
        f"cost is {type(cost).__name__}: a name such as 'census', a matching cost, an array "
        "(H, W, D) or a function can be one"
    )


def costs_for(
    chosen: Chosen,
    backend: Backend,
    left: Any,
    right: Any,
    min_disp: int,
    max_disp: int,
    threads: int,
) -> PairCosts:
    """Return the costs of a pair of checked images, made where the backend has its arrays.

    Costs that no backend makes itself are computed on the host and uploaded. For images on a
    device nothing is: there they are an array (H, W, D) or features on it.

    Raises
    ------
    StereoError
        If what the cost gives does not fit the pair, can't be a cost, or needs images on the host.
    """
    from .learned.device import feature_costs, given_costs
    from .learned.features import Features

    search = min_disp, max_disp
    if chosen.kind != "volume":
        return PairCosts((), lambda _: (None, None))
    if isinstance(backend, DeviceBackend):
        if isinstance(chosen.source, Features):
            return PairCosts(*feature_costs(chosen.source, backend, left, right, *search))
        if isinstance(left, DeviceView):
            if not on_device(chosen.source):
                raise StereoTypeError(
                    f"the cost {chosen.label!r} is made on the host and the images are on a CUDA "
                    "device: copy them to the host, or use census, gradient_census, Features or "
                    "an array (H, W, D) on the device"
                )
            return PairCosts(*given_costs(chosen.source, backend, left.shape, *search))
    volume = volume_of(chosen, left, right, *search, threads)
    return PairCosts((volume.data,), lambda arrays: (arrays[0], volume))


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
