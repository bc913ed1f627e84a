"""Filters that an image guides: neighbours count more if they look alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import flag, integer, number, thread_count
from ..backends import applied, resolve_for
from ..contract import Backend, Float32, Tone
from ..devices import DeviceView
from ..types import StereoTypeError
from ._arguments import (
    checked_guide,
    checked_guide_beside,
    checked_map,
    checked_map_anywhere,
    checked_mask,
)

__all__ = ["MAX_RADIUS", "along_edges", "bilateral", "weight_tables", "weighted_median"]

MAX_RADIUS = 32
"""Largest radius of a window, px: sums of weights fit 31 bits."""

Tables = tuple[npt.NDArray[np.uint8], int, npt.NDArray[np.uint8]]

_RADIUS, _SIGMA_COLOR, _SIGMA_SPACE = 3, 10.0, 7.0
_STEPS = 16
_LARGEST_SHIFT = 4  # 16 steps of 16 levels are all there are
_LARGEST_WEIGHT = 255


def weight_tables(radius: int, sigma_color: float, sigma_space: float) -> Tables:
    """Return integer weights over gray differences and offsets: (color, shift, space).

    Integers make sums of weights exact, hence the same on every backend. Differences of gray
    levels are counted in 16 steps of 1, 2, 4, 8 or 16 levels, the finest steps that reach
    where the weight is nothing.

    Parameters
    ----------
    radius : int
        Of the window, px.
    sigma_color : float
        Gray levels.
    sigma_space : float
        Pixels.

    Examples
    --------
    >>> color, shift, space = weight_tables(1, 10.0, 7.0)
    >>> 1 << shift, color[:4].tolist(), space[0].tolist()
    (4, [219, 147, 99, 66], [208, 221, 208])
    """
    reach = sigma_color * math.log(2 * _LARGEST_WEIGHT)  # there the weight rounds to 0
    shift = 0
    while shift < _LARGEST_SHIFT and _STEPS << shift <= reach:
        shift += 1
    middles = (np.arange(_STEPS) << shift) + ((1 << shift) - 1) / 2
    offsets = np.arange(-radius, radius + 1)
    distances = np.hypot(offsets[:, None], offsets)
    with np.errstate(over="ignore", under="ignore"):  # of tiny sigmas: weights of 0
        color = np.rint(_LARGEST_WEIGHT * np.exp(-middles / sigma_color))
        space = np.rint(_LARGEST_WEIGHT * np.exp(-distances / sigma_space))
    return color.astype(np.uint8), shift, space.astype(np.uint8)


def weighted_median(
    disparity: npt.ArrayLike,
    guide: npt.ArrayLike,
    *,
    radius: int = _RADIUS,
    sigma_color: float = _SIGMA_COLOR,
    sigma_space: float = _SIGMA_SPACE,
    edges_only: bool = False,
    where: npt.ArrayLike | None = None,
    backend: str = "auto",
    threads: int | None = None,
) -> Float32:
    """Return the weighted median of the valid pixels of each window.

    A median moves edges of the disparity off those of the image; one whose weights fall with the
    difference in brightness moves them back (Ma et al., ICCV 2013). The weight of pixel q in the
    window of p is ``color[|guide(p) - guide(q)|] * space[|p - q|]``, both exponentials, as
    integers in 0 … 255 (differences of the guide in steps of `sigma_color` / 2.6 levels or
    finer). The result is the smallest value of the window for which the weights of the values up
    to it are at least half of all: an existing value, the same on every backend.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Pixels; NaN where there is no match, which stays and has no weight. A map in the memory of
        a CUDA device stays there.
    guide : array_like, uint8, (H, W), (H, W, 3) or (H, W, 4)
        The image that the disparity belongs to; of colour, (c0 + 2 c1 + c2) // 4 counts. On a
        CUDA device (H, W).
    radius : int
        The window has 2 radius + 1 pixels a side, cut at the border; 1 … 32.
    sigma_color : float
        Difference at which a weight has fallen to 1/e, gray levels.
    sigma_space : float
        Distance at which a weight has fallen to 1/e, px.
    edges_only : bool
        Change only pixels whose 5x5 window (cut at the border) spans more than 1 px or has a NaN.
        After a median filter this is where there is something to mend, at half the time.
    where : array_like, bool (H, W), optional
        Change only these pixels.
    backend : str
        "auto", or a name that `stereo.backends()` lists.
    threads : int, optional
        By default every core this process may use. The result does not depend on it.

    Returns
    -------
    ndarray, float32 (H, W)

    Raises
    ------
    StereoError
        If an argument can't be used; infinite disparities can't.

    Examples
    --------
    The dark half takes back the pixel that the disparity gave to the bright one.

    >>> import numpy as np, stereo
    >>> guide = np.repeat(np.uint8([[20, 20, 20, 200, 200, 200]]), 6, axis=0)
    >>> disparity = np.where(guide > 100, 9, 5).astype(np.float32)
    >>> disparity[:, 2] = 9
    >>> stereo.filters.weighted_median(disparity, guide)[3].tolist()
    [5.0, 5.0, 5.0, 9.0, 9.0, 9.0]
    """
    values = checked_map_anywhere(disparity)
    gray = checked_guide_beside(values, guide)
    color, shift, space = _checked_tables(radius, sigma_color, sigma_space)
    if where is not None and isinstance(values, DeviceView):
        raise StereoTypeError("where can't be used for a map on a CUDA device: filter all of it")
    chosen = None if where is None else checked_mask(where, values.shape, "where")
    edges, count = flag("edges_only", edges_only), thread_count(threads)
    _, engine = resolve_for(backend, disparity)

    def filtered(on: Any, guide: Any, where: Any) -> Any:
        return engine.weighted_median(on, guide, color, shift, space, where, edges, count)

    result: Float32 = applied(engine, filtered, values, gray, chosen)
    return result


def along_edges(
    engine: Backend,
    disparity: Float32,
    guide: Tone,
    threads: int,
    *,
    radius: int = _RADIUS,
    where: npt.NDArray[np.bool_] | None = None,
    edges_only: bool = False,
) -> Float32:
    """Do as :func:`weighted_median` with its default sigmas, on arrays of a backend."""
    color, shift, space = weight_tables(radius, _SIGMA_COLOR, _SIGMA_SPACE)
    return engine.weighted_median(disparity, guide, color, shift, space, where, edges_only, threads)


def bilateral(
    disparity: npt.ArrayLike,
    guide: npt.ArrayLike,
    *,
    radius: int = _RADIUS,
    sigma_color: float = _SIGMA_COLOR,
    sigma_space: float = _SIGMA_SPACE,
) -> Float32:
    """Return the weighted mean of the valid pixels of each window.

    The joint bilateral filter (Petschnigg et al., SIGGRAPH 2004): the weights are those of
    :func:`weighted_median`, from the guide instead of the map itself. It smooths noise along
    edges of the guide, but unlike a median it lets outliers through. Sums are float64,
    window rows from top to bottom, the mean is rounded to float32.

    Parameters
    ----------
    disparity, guide, radius, sigma_color, sigma_space
        As for :func:`weighted_median`.

    Returns
    -------
    ndarray, float32 (H, W)
        NaN where `disparity` is NaN.

    Raises
    ------
    StereoError
        If an argument can't be used.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> guide = np.zeros((3, 4), np.uint8)
    >>> disparity = np.float32([[4, 6, 4, 6]] * 3)
    >>> smooth = stereo.filters.bilateral(disparity, guide, radius=1)
    >>> bool((np.abs(smooth - 5) < 0.5).all())
    True
    """
    values = checked_map(disparity)
    gray = checked_guide(guide, values.shape).astype(np.int16)
    color, shift, space = _checked_tables(radius, sigma_color, sigma_space)
    table = np.zeros(256, np.float64)
    table[: color.size] = color
    valid = ~np.isnan(values)
    numbers = np.where(valid, values, 0).astype(np.float64)
    total, sums = np.zeros(values.shape), np.zeros(values.shape)
    for (row, column), weight in np.ndenumerate(space):
        here, there = _overlap(values.shape, row - radius, column - radius)
        weights = table[np.abs(gray[here] - gray[there]) >> shift] * float(weight) * valid[there]
        total[here] += weights
        sums[here] += weights * numbers[there]
    mean = sums / np.where(valid, total, 1)  # the pixel itself always has a weight
    return np.where(valid, mean, np.nan).astype(np.float32)


def _checked_tables(radius: Any, sigma_color: Any, sigma_space: Any) -> Tables:
    return weight_tables(
        integer("radius", radius, 1, MAX_RADIUS),
        number("sigma_color", sigma_color, positive=True),
        number("sigma_space", sigma_space, positive=True),
    )


def _overlap(
    shape: tuple[int, ...], dy: int, dx: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the pixels p for which p + (dy, dx) is in the image, and the latter."""
    here, there = [], []
    for size, step in zip(shape, (dy, dx), strict=True):
        first, stop = max(0, -step), max(size - max(0, step), 0)
        here.append(slice(first, max(first, stop)))
        there.append(slice(first + step, max(first, stop) + step))
    return (here[0], here[1]), (there[0], there[1])
