"""Rejection of matches that are not to be trusted: not unique, or a speckle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_array, integer, number
from ..backends import applied, resolve_for
from ..contract import Float32
from ..types import StereoTypeError, StereoValueError
from ._arguments import checked_map, checked_map_anywhere, same_shape

__all__ = ["speckle", "uniqueness"]

_LARGEST = (1 << 63) // 100 - 1  # of an integer cost: 100 times that is still exact


def uniqueness(
    disparity: npt.ArrayLike, s1: npt.ArrayLike, s2: npt.ArrayLike, percent: int
) -> Float32:
    """Return the map with NaN where a second disparity costs almost as little.

    Stage 6 of the pipeline: a pixel is rejected if ``s2 * (100 - percent) <= s1 * 100``.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Pixels, NaN where there is no match.
    s1 : array_like, integer or float (H, W)
        Cost of the winner.
    s2 : array_like, integer or float (H, W)
        Lowest cost of the disparities that are more than 1 px away. Where there is none: NaN, or
        the largest value of an integer dtype; such a pixel is unique.
    percent : int
        0 … 99; 0 rejects nothing.

    Returns
    -------
    ndarray, float32 (H, W)

    Raises
    ------
    StereoError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> disparity, s1 = np.float32([[4, 5]]), np.uint16([[90, 90]])
    >>> stereo.filters.uniqueness(disparity, s1, np.uint16([[95, 120]]), 10).tolist()
    [[nan, 5.0]]
    """
    values = checked_map(disparity)
    share = integer("percent", percent, 0, 99)
    first, _ = _costs(s1, values.shape, "s1")
    second, exists = _costs(s2, values.shape, "s2")
    rejected = exists & (second * (100 - share) <= first * 100) & (share > 0)
    kept: Float32 = np.where(rejected, np.float32(np.nan), values)
    return kept


def _costs(
    costs: Any, shape: tuple[int, ...], name: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return costs in which products with 100 are exact, and where there is one."""
    array = as_array(name, costs)
    same_shape(array, shape, name)
    if array.dtype.kind == "f":
        return array.astype(np.float64), ~np.isnan(array)
    if array.dtype.kind not in "iu":
        raise StereoTypeError(f"{name} is {array.dtype}: expected integers or floats")
    exists = array != np.iinfo(array.dtype).max
    known = np.where(exists, array, 0)
    if known.size and not 0 <= known.min() <= known.max() <= _LARGEST:
        raise StereoValueError(
            f"{name} goes from {known.min()} to {known.max()}: 0 … {_LARGEST} can be used"
        )
    return known.astype(np.int64), exists


def speckle(
    disparity: npt.ArrayLike, size: int = 50, max_diff: float = 2.0, *, backend: str = "auto"
) -> Float32:
    """Return the map with NaN on small regions.

    Stage 11 of the pipeline: 4-connected regions of valid pixels in which neighbours differ by
    at most `max_diff`.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Pixels, NaN where there is no match. A map in the memory of a CUDA device stays there.
    size : int
        Regions of fewer pixels are removed.
    max_diff : float
        Largest difference between neighbours of one region, px.
    backend : str
        "auto", or a name that `stereo.backends()` lists.

    Returns
    -------
    ndarray, float32 (H, W)

    Raises
    ------
    StereoError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> disparity = np.float32([[7, 7, 7, 30]])
    >>> stereo.filters.speckle(disparity, size=2).tolist()
    [[7.0, 7.0, 7.0, nan]]
    """
    values = checked_map_anywhere(disparity)
    smallest, limit = integer("size", size, 0, 1 << 30), number("max_diff", max_diff)
    _, engine = resolve_for(backend, disparity)

    def rejected(on: Any) -> Any:
        return engine.remove_speckles(engine.speckles(on, smallest, limit), on, None, None)

    result: Float32 = applied(engine, rejected, values)
    return result
