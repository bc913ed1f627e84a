"""Smoothing without a guide."""

from __future__ import annotations

import numpy.typing as npt

from ..arguments import integer, thread_count
from ..backends import applied, resolve_for
from ..contract import Float32
from ..types import StereoValueError
from ._arguments import checked_map_anywhere

__all__ = ["median"]


def median(
    disparity: npt.ArrayLike, size: int = 5, *, backend: str = "auto", threads: int | None = None
) -> Float32:
    """Return the median of the valid pixels of each window.

    Stage 12 of the pipeline: the lower median, element (n - 1) // 2 of the n sorted values. The
    window is cut at the border, and NaN stays NaN.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Pixels, NaN where there is no match. A map in the memory of a CUDA device stays there.
    size : {3, 5}
        Side of the window, px.
    backend, threads
        As for :func:`weighted_median`.

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
    >>> disparity = np.full((3, 3), 7, np.float32)
    >>> disparity[1, 1] = 50
    >>> float(stereo.filters.median(disparity, 3)[1, 1])
    7.0
    """
    values = checked_map_anywhere(disparity)
    if integer("size", size, 1, 1 << 30) not in (3, 5):
        raise StereoValueError(f"size = {size} is not 3 or 5")
    _, engine = resolve_for(backend, disparity)
    count = thread_count(threads)
    result: Float32 = applied(engine, lambda on: engine.median(on, int(size), count), values)
    return result
