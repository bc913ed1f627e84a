"""What both compiled modules are told of a matching: the contract in their terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import penalties
from ..contract import MatchingParams, Pair

__all__ = ["matching_arguments"]

_COST = {"census": 0, "gradient_census": 1, "volume": 2}
_SUBPIXEL = {"none": 0, "parabola": 1, "equiangular": 2}


def matching_arguments(
    pair: Pair, params: MatchingParams, flat_guide: Callable[[], Any]
) -> dict[str, Any]:
    """Return the keyword arguments of `semiglobal` but for the threads.

    Parameters
    ----------
    pair, params
        See :mod:`stereo.contract`.
    flat_guide : callable
        Makes a guide without edges, for slanted paths whose penalties are constant.
    """
    p1_at, p2_at, guide = None, None, pair.guide
    if params.edge_scale is not None or pair.prior is not None:
        p1_at, p2_at = penalties.tables(params.p1, params.p2, params.edge_scale)
        if guide is None:
            guide = flat_guide()
    return {
        "gray_level": pair.gray_level,
        "left_tone": pair.left_tone,
        "right_tone": pair.right_tone,
        "guide": guide,
        "prior": pair.prior,
        "volume": pair.volume,
        "min_disp": params.min_disp,
        "disparities": params.disparities,
        "cost": _COST[params.cost],
        "window_width": params.window[0],
        "window_height": params.window[1],
        "maximum": params.maximum,
        "p1": params.p1,
        "p2": params.p2,
        "p1_at": p1_at,
        "p2_at": p2_at,
        "paths": params.paths,
        "uniqueness": params.uniqueness,
        "lr_max_diff": params.lr_max_diff,
        "subpixel": _SUBPIXEL[params.subpixel],
    }
