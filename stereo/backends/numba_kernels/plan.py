"""The sizes and options of one call, as the kernels take them."""

from __future__ import annotations

from typing import NamedTuple

from ...contract import MatchingParams, Pair
from .compile import kernel
from .lanes import LANES

CENSUS, GRADIENT_CENSUS, VOLUME = range(3)
TONE_PLANE = 5
"""Of the gradient census, after the 36 bits of gray and the gradients."""

_COST = {"census": CENSUS, "gradient_census": GRADIENT_CENSUS, "volume": VOLUME}
_SUBPIXEL = {"none": 0, "parabola": 1, "equiangular": 2}


class Plan(NamedTuple):
    """Plain integers; `stereo/contract.py` explains those that it has too.

    Attributes
    ----------
    height, width : int
        H and W, px.
    cost : int
        0 = census, 1 = gradient census, 2 = volume.
    planes : int
        Bytes of a pixel's census, then its tone where that is compared; byte k of all pixels
        is plane k.
    maximum : int
        Cmax.
    largest_path : int
        Cmax + p2, which no path cost L exceeds.
    disparities, padded : int
        D, and D rounded up to a multiple of the vector length.
    adaptive : bool
        Whether the penalties follow the guide.
    slanted : bool
        Whether the paths follow the prior.
    stride : int
        Numbers from one pixel to the next where vectors may overlap the border of a
        pixel's disparities: `padded` and one vector between them.
    subpixel : int
        0 = none, 1 = parabola, 2 = equiangular.
    """

    height: int
    width: int
    cost: int
    planes: int
    maximum: int
    largest_path: int
    disparities: int
    padded: int
    stride: int
    min_disp: int
    p1: int
    p2: int
    adaptive: bool
    slanted: bool
    uniqueness: int
    lr_max_diff: int
    subpixel: int


def _planes(params: MatchingParams) -> int:
    if params.cost == "census":
        return -(-(params.window[0] * params.window[1] - 1) // 8)
    return TONE_PLANE + 1 if params.cost == "gradient_census" else 0


def plan_for(pair: Pair, params: MatchingParams) -> Plan:
    """Return the plan for a pair."""
    shape = pair.left.shape
    padded = -(-params.disparities // LANES) * LANES
    return Plan(
        height=shape[0],
        width=shape[1],
        cost=_COST[params.cost],
        planes=_planes(params),
        maximum=params.maximum,
        largest_path=params.maximum + params.p2,
        disparities=params.disparities,
        padded=padded,
        stride=padded + LANES,
        min_disp=params.min_disp,
        p1=params.p1,
        p2=params.p2,
        adaptive=params.edge_scale is not None,
        slanted=pair.prior is not None,
        uniqueness=params.uniqueness,
        lr_max_diff=params.lr_max_diff,
        subpixel=_SUBPIXEL[params.subpixel],
    )


@kernel
def candidates(plan: Plan, x: int) -> tuple[int, int]:
    """Return [begin, end) of the i whose counterpart of left pixel x is in the image."""
    begin = max(0, x - plan.width + 1 - plan.min_disp)
    return begin, max(begin, min(plan.disparities, x - plan.min_disp + 1))
