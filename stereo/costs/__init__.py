"""Matching costs by name: one file a method, one line a name.

The penalties of each cost follow from its maximum; which fraction of it was measured on five
Middlebury v3 scenes, with 4 paths of constant penalties.

>>> import numpy as np
>>> from stereo import costs
>>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
>>> volume = costs.compute("census9x7", image, np.roll(image, -2, axis=1), max_disp=8)
>>> volume.data.shape, volume.unit, int(volume.data[3, 20].argmin())
((6, 40, 8), 'bits', 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import flag
from ..learned.features import Features
from ..memory import needed_bytes, refuse_too_large
from ..types import StereoError, StereoTypeError, StereoValueError
from ..volume import CostVolume
from .absolute_difference import AbsoluteDifference
from .ad_census import ADCensus
from .birchfield_tomasi import BirchfieldTomasi
from .census import CENSUS_5X5, CENSUS_7X7, CENSUS_9X7, Census
from .center_symmetric import CenterSymmetricCensus
from .gradient import Gradient
from .gradient_census import GRADIENT_CENSUS, GradientCensus
from .mccnn import MCCNN
from .mix import Mix, checked_weights
from .mutual_information import MutualInformation
from .protocol import MatchingCost, checked_cost, checked_result
from .rank import Rank
from .request import Request, volume_dtype
from .zncc import ZNCC

__all__ = [
    "MCCNN",
    "ZNCC",
    "ADCensus",
    "AbsoluteDifference",
    "BirchfieldTomasi",
    "Census",
    "CenterSymmetricCensus",
    "Features",
    "Gradient",
    "GradientCensus",
    "MatchingCost",
    "Mix",
    "MutualInformation",
    "Rank",
    "compute",
    "mix",
    "names",
    "register",
    "resolve",
]

_BUILT_IN: dict[str, MatchingCost] = {
    "census": CENSUS_7X7,
    "census5x5": CENSUS_5X5,
    "census7x7": CENSUS_7X7,
    "census9x7": CENSUS_9X7,
    "gradient_census": GRADIENT_CENSUS,
    "cs_census": CenterSymmetricCensus(),
    "rank": Rank(),
    "ad": AbsoluteDifference(),
    "ad_color": AbsoluteDifference(color=True),
    "birchfield_tomasi": BirchfieldTomasi(),
    "gradient": Gradient(),
    "zncc": ZNCC(),
    "mutual_information": MutualInformation(),
    "ad_census": ADCensus(),
    "mccnn": MCCNN(),
}
_REGISTERED: dict[str, MatchingCost] = {}  # by third parties


def names() -> tuple[str, ...]:
    """Return the names of all costs: those of the library, then those registered.

    Examples
    --------
    >>> names()[:4]
    ('census', 'census5x5', 'census7x7', 'census9x7')
    """
    return (*_BUILT_IN, *_REGISTERED)


def resolve(cost: str | MatchingCost) -> MatchingCost:
    """Return the cost of that name, or `cost` itself where it is one.

    Raises
    ------
    StereoTypeError, StereoValueError
        For an unknown name, or an object that is no :class:`MatchingCost`.

    Examples
    --------
    >>> resolve("rank").unit, resolve(Rank(5, 5)).maximum
    ('ranks', 24)
    """
    if not isinstance(cost, str):
        return checked_cost(cost)
    if cost in _BUILT_IN:
        return _BUILT_IN[cost]
    if cost not in _REGISTERED:
        raise StereoValueError(f"unknown cost {cost!r}: choose from {', '.join(names())}")
    return _REGISTERED[cost]


def register(name: str, cost: MatchingCost, *, replace: bool = False) -> None:
    """Let `cost` be found by a name.

    Parameters
    ----------
    name : str
        A Python identifier, such as "my_cost".
    cost : MatchingCost
        An object with the attributes of :class:`MatchingCost`.
    replace : bool
        Whether a cost that was registered by that name before is given up. Those of the
        library stay.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the name is taken or can't be one, or `cost` is no matching cost.

    Examples
    --------
    >>> register("rank5x5", Rank(5, 5))
    >>> resolve("rank5x5").maximum
    24
    """
    if not isinstance(name, str):
        raise StereoTypeError(f"the name of a cost must be a string, got {type(name).__name__}")
    if not name.isidentifier():
        raise StereoValueError(f"{name!r} can't name a cost: letters, digits and _ can")
    if name in _BUILT_IN or (name in _REGISTERED and not flag("replace", replace)):
        raise StereoValueError(f"there is a cost {name!r} already: choose another name")
    _REGISTERED[name] = checked_cost(cost)


def mix(weights: Mapping[str, float] | Mapping[MatchingCost, float]) -> Mix:
    """Return the weighted sum of costs, which is accepted wherever the name of a cost is.

    Parameters
    ----------
    weights : mapping of str or MatchingCost to float
        Weights above 0: units of the mix for one unit of that cost.

    Raises
    ------
    StereoTypeError, StereoValueError
        For a weight or a cost that can't be used, or a sum that is 0 or may pass 65535.

    Examples
    --------
    >>> both = mix({"census5x5": 1.0, "gradient": 0.3})
    >>> both.name, both.maximum, both.p1, both.p2
    ('1 census5x5 + 0.3 gradient', 72, 20, 132)
    """
    return Mix(tuple((resolve(cost), weight) for cost, weight in checked_weights(weights)))


def compute(
    cost: str | MatchingCost,
    left: Any,
    right: Any,
    max_disp: int,
    min_disp: int = 0,
    threads: int | None = None,
) -> CostVolume:
    """Return the costs of every left pixel at every disparity.

    Parameters
    ----------
    cost : str or MatchingCost
        One of :func:`names`, or an object such as those of :func:`mix`.
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        Rectified images of the same shape and dtype; uint8, uint16, float32 or float64. Any
        strides; nothing is written to.
    max_disp, min_disp : int
        Disparities min_disp <= d < max_disp, px.
    threads : int, optional
        Number of threads, by default every core this process may use. The result does not
        depend on it.

    Returns
    -------
    CostVolume
        Of shape (H, W, max_disp - min_disp), uint8 where the maximum of the cost fits it, else
        uint16. A disparity whose counterpart lies outside the right image costs what it
        does in the nearest column where it does not; the maximum, if there is none.

    Raises
    ------
    StereoTypeError, StereoValueError
        For images, numbers or a cost that can't be used.
    StereoError
        If there is no memory for the volume: it says how many bytes are needed. Or if Numba,
        which computes them, can't be used.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> volume = compute(mix({"rank": 1, "ad": 0.5}), image, image, max_disp=2, min_disp=-1)
    >>> volume.min_disp, volume.maximum, volume.data[3, 20].tolist()
    (-1, 78, [55, 0, 69])
    """
    matching = resolve(cost)
    request = Request.checked(left, right, min_disp, max_disp, threads)
    refuse_too_large(request.shape, volume_dtype(matching))  # before anything is computed
    try:
        volume = matching.compute(
            request.left, request.right, request.min_disp, request.max_disp, request.threads
        )
    except MemoryError as error:
        needed = needed_bytes(request.shape, volume_dtype(matching))
        raise StereoError(f"no memory for the cost {matching.name!r}: {needed}") from error
    return checked_result(volume, matching, request.shape, request.min_disp)
