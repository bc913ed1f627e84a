"""The arithmetic of a cost from features: integers, and one float32 law from sums to costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..types import StereoValueError

__all__ = ["Law", "Metric", "law_for"]

Metric = Literal["cosine", "l1", "dot"]

_UNIT = 1 << 14  # length of a normalised vector, in 16-bit numbers


@dataclass(frozen=True)
class Law:
    """From features to costs in integers and one float32 law; `csrc/contracts.h` defines it.

    Attributes
    ----------
    metric : {"cosine", "l1", "dot"}
    offset, scale : float
        A feature v becomes rint((v - offset) * scale), for cosine the scale divided by the
        length of the vector.
    origin : int
        The sum of products that costs 0.
    ceiling, step : float
        The excess e costs trunc(min(max(e, 0), ceiling) * step + 0.5).
    """

    metric: Metric
    offset: float
    scale: float
    origin: int
    ceiling: float
    step: float

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as the keyword arguments of the compiled modules."""
        return {**vars(self), "metric": get_args(Metric).index(self.metric)}


def law_for(
    left: Any,
    right: Any,
    metric: Metric,
    truncate: float | None,
    maximum: int,
) -> Law:
    """Choose the numbers with which nothing leaves 16 and 32 bits.

    Parameters
    ----------
    left, right : ndarray or DeviceView, float32 (H, W, F)
        Finite. The law of cosine depends on their shape only; the others need the values.
    metric, truncate, maximum
        As :class:`stereo.learned.Features` has them.

    Raises
    ------
    StereoValueError
        If `truncate` is out of proportion to the features.

    Examples
    --------
    >>> import numpy as np
    >>> maps = np.ones((2, 3, 4, 5), np.float32)
    >>> law_for(maps[0], maps[1], "cosine", 0.5, 60).scale
    16384.0
    """
    count = left.shape[2]
    offset, scale, origin = 0.0, float(_UNIT), _UNIT**2
    unit, largest = float(origin), 2.0 * origin  # an excess of 1, and the largest one
    if metric == "l1":
        low = float(min(left.min(), right.min()))
        span = float(max(left.max(), right.max())) - low
        offset, scale, origin = low, 32767 / span if span > 0 else 0.0, 0
        unit, largest = scale, 32767.0 * count
    elif metric == "dot":
        most = max(float(max(abs(side.min()), abs(side.max()))) for side in (left, right))
        number = min(math.isqrt(((1 << 30) - 1) // count), 32767)
        scale = number / most if most > 0 else 0.0
        origin = round(_longest(left) * scale * (_longest(right) * scale))
        unit, largest = scale**2, 2.0 * origin
    if truncate is not None:
        ceiling = truncate * unit
        if unit > 0 and largest > 0:
            _check_ceiling(metric, truncate, maximum, ceiling, unit, largest)
    elif metric == "l1":
        ceiling = float(f"{_deviation(left, right):.3g}") * unit
    else:
        ceiling = origin / 2 if metric == "cosine" else float(origin)
    rounded = float(np.float32(ceiling))
    step = float(np.float32(maximum / rounded)) if rounded > 0 else 0.0
    return Law(metric, offset, scale, origin, rounded, step)


def _check_ceiling(
    metric: Metric, truncate: float, maximum: int, ceiling: float, unit: float, largest: float
) -> None:
    if ceiling > largest * (1 + 1e-6):
        raise StereoValueError(
            f"truncate = {truncate} is beyond {largest / unit:.6g}, the largest excess "
            f"that these features can have with the metric {metric!r}"
        )
    if ceiling < maximum:
        raise StereoValueError(
            f"truncate = {truncate} in {maximum} steps is finer than the "
            f"{1 / unit:.6g} that 16 bits resolve: raise truncate or lower maximum"
        )


def _deviation(left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> float:
    """Return the sum over the features of the mean absolute deviation from their mean."""
    rows = [row for side in (left, right) for row in side]
    pixels = len(rows) * left.shape[1]
    mean = sum(row.sum(axis=0, dtype=np.float64) for row in rows) / pixels
    apart = sum(np.abs(row - mean).sum(axis=0) for row in rows) / pixels
    return float(np.sum(apart))


def _longest(vectors: npt.NDArray[np.float32]) -> float:
    """Return the largest length of a feature vector."""
    squares = 0.0
    for row in vectors:
        wide = row.astype(np.float64)
        squares = max(squares, float(np.einsum("xf,xf->x", wide, wide).max()))
    return math.sqrt(squares)
