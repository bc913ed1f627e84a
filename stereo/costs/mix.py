"""Weighted mixes of matching costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bands import in_bands
from ..memory import allocate
from ..types import StereoTypeError, StereoValueError
from ..volume import CostVolume
from .protocol import MatchingCost, checked_result
from .request import Request, volume_dtype

__all__ = ["Mix", "checked_weights"]

_LARGEST = 65535


@dataclass(frozen=True)
class Mix:
    """Weighted sum of matching costs, as :func:`stereo.costs.mix` makes it.

    A weight is in units of the mix for one unit of that cost. The sum is made in float32, in the
    order of the parts, and rounded down after adding 0.5; so weights far below 1 lose what
    the costs tell apart. The maximum and the penalties are the weighted sums of those of the
    parts, rounded likewise.

    Attributes
    ----------
    parts : tuple of (MatchingCost, float)
        Costs and weights.

    Raises
    ------
    StereoValueError
        If the maximum of the mix is 0 or exceeds 65535.
    """

    parts: tuple[tuple[MatchingCost, float], ...]

    def __post_init__(self) -> None:
        """Check that the sum fits a volume, and is more than rounding."""
        if self.maximum > _LARGEST:
            raise StereoValueError(
                f"the mix {self.name!r} reaches {self.maximum}: at most {_LARGEST} is possible, "
                "use smaller weights"
            )
        if self.maximum < 1:
            raise StereoValueError(
                f"the mix {self.name!r} reaches {self.maximum}: it would tell nothing apart, "
                "use larger weights"
            )

    @property
    def name(self) -> str:
        """Weights and names of the parts."""
        return " + ".join(f"{weight:g} {cost.name}" for cost, weight in self.parts)

    @property
    def unit(self) -> str:
        """Weights and units of the parts."""
        return " + ".join(f"{weight:g} {cost.unit}" for cost, weight in self.parts)

    @property
    def maximum(self) -> int:
        """Weighted sum of the maxima."""
        # As the volumes are summed, so that no rounding lets one of their values pass it.
        total = np.float32(0)
        for cost, weight in self.parts:
            total += np.float32(weight) * np.float32(cost.maximum)
        return int(np.floor(total + np.float32(0.5)))

    @property
    def p1(self) -> int:
        """Weighted sum of the p1."""
        return self._sum([cost.p1 for cost, _ in self.parts])

    @property
    def p2(self) -> int:
        """Weighted sum of the p2."""
        return self._sum([cost.p2 for cost, _ in self.parts])

    def _sum(self, values: list[int]) -> int:
        weighted = zip(values, self.parts, strict=True)
        return math.floor(sum(value * weight for value, (_, weight) in weighted) + 0.5)

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair; see :class:`stereo.costs.MatchingCost`.

        The volumes of all parts are held at the same time.
        """
        request = Request.checked(left, right, min_disp, max_disp, threads)
        volumes = [self._part(cost, request) for cost, _ in self.parts]
        data = allocate(request.shape, volume_dtype(self))
        weights = [np.float32(weight) for _, weight in self.parts]

        def add(first: int, stop: int) -> None:
            for y in range(first, stop):
                total = np.zeros(data.shape[1:], np.float32)
                for weight, volume in zip(weights, volumes, strict=True):
                    total += np.multiply(volume.data[y], weight, dtype=np.float32)
                total += np.float32(0.5)
                data[y] = total  # positive, so the fraction is cut off

        in_bands(add, request.shape[0], request.threads)
        return CostVolume(data, request.min_disp, self.maximum, self.unit, self.p1, self.p2)

    @staticmethod
    def _part(cost: MatchingCost, request: Request) -> CostVolume:
        volume = cost.compute(
            request.left, request.right, request.min_disp, request.max_disp, request.threads
        )
        return checked_result(volume, cost, request.shape, request.min_disp)


def checked_weights(weights: Any) -> list[tuple[Any, float]]:
    """Return the pairs of cost and weight; refuse what are no positive numbers.

    Raises
    ------
    StereoTypeError, StereoValueError
        For something else than a mapping, an empty one, or a weight that is not a
        finite number above 0.
    """
    if not isinstance(weights, Mapping):
        raise StereoTypeError(
            f"a mix is a mapping of costs to weights, such as {{'census5x5': 1.0}}, "
            f"got {type(weights).__name__}"
        )
    if not weights:
        raise StereoValueError("a mix needs at least one cost")
    for cost, weight in weights.items():
        if isinstance(weight, bool | str) or not isinstance(weight, int | float | np.number):
            raise StereoTypeError(f"the weight of {cost!r} must be a number, got {weight!r}")
        if not 0 < weight <= _LARGEST:
            raise StereoValueError(
                f"the weight of {cost!r} is {weight}: above 0 and at most {_LARGEST} is possible"
            )
    return [(cost, float(weight)) for cost, weight in weights.items()]
