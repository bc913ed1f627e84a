"""Semi-global matching: the smoothness of a disparity map, one dimension at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import choice, integer, number, thread_count
from ..contract import MAX_AGGREGATED, Float32
from ..memory import allocate
from ..penalties import tables
from ..types import StereoValueError
from ..volume import CostVolume, checked_volume
from . import arguments

if TYPE_CHECKING:
    from ..backends.numba_kernels.threads import Job
    from ..backends.numba_kernels.volume_sgm import Penalties

__all__ = ["PATHS", "penalties_for", "sgm", "sgm_with_path_winners"]

Steps = tuple[tuple[int, int], ...]

_EDGE_SCALE = 5.0  # with a guide

_CROSS: Steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
_STAR: Steps = (*_CROSS, (1, 1), (-1, 1), (1, -1), (-1, -1))
_KNIGHT: Steps = ((1, 2), (-1, 2), (2, 1), (-2, 1), (1, -2), (-1, -2), (2, -1), (-2, -1))

PATHS: dict[int, Steps] = {
    4: _CROSS,
    5: ((1, 0), (-1, 0), (0, 1), (1, 1), (-1, 1)),
    8: _STAR,
    16: (*_STAR, *_KNIGHT),
}
"""Steps (dx, dy) of the paths, by their number."""


def sgm(
    volume: CostVolume,
    p1: int | None = None,
    p2: int | None = None,
    paths: int = 8,
    guide: Any = None,
    edge_scale: float | None = None,
    prior: Any = None,
    threads: int | None = None,
) -> CostVolume:
    """Sum the costs of the best paths to each pixel at each disparity.

    Along each path with the step r, L(p, d) = C(p, d) + min(N(q, d), N(q, d - 1) + p1,
    N(q, d + 1) + p1, p2) with q = p - r and N(q, d) = L(q, d) - min over k of L(q, k); outside
    the image N is 0. The result is the sum of L over the paths (Hirschmüller 2008, "Stereo
    processing by semiglobal matching and mutual information"). It is what :func:`stereo.sgm`
    computes without a volume.

    Parameters
    ----------
    volume : CostVolume
        Costs of any kind.
    p1, p2 : int, optional
        Penalties for a change of the disparity by 1 px and by more, in the unit of the
        volume, 0 <= p1 <= p2; those of the volume by default.
    paths : {4, 5, 8, 16}
        4 = along rows and columns; 5 = rows both ways, and downwards straight and on both
        diagonals; 8 = rows, columns and diagonals both ways; 16 = those and the knight's moves.
    guide : ndarray, uint8 (H, W), (H, W, 3) or (H, W, 4), optional
        The left image. Penalties then fall where it has an edge between q and p, as
        :mod:`stereo.penalties` says. Colours become (c0 + 2 c1 + c2) / 4, rounded down.
    edge_scale : float, optional
        Difference of the guide that halves the penalties, 5 by default; only with a guide.
    prior : ndarray, float32 (H, W), optional
        A disparity map without holes, px, such as a first result that was filtered and filled.
        Where it rounds to 1 px more or less at p than at q, N(q, .) shifts along, so that a
        slanted surface pays no penalty; what would leave the range stays at its end (after
        Scharstein, Taniai and Sinha 2017, "Semi-global stereo matching with surface orientation
        priors").
    threads : int, optional
        All cores by default; at most two are of use. The result does not depend on it.

    Returns
    -------
    CostVolume, uint16
        Of the same shape, with ``maximum = paths * (volume.maximum + p2)`` and penalties
        `paths` times those of the volume.

    Raises
    ------
    StereoError
        For an argument that can't be used, such as penalties with which the sum would not
        fit 16 bits (its maximum may be 65534), or without the memory for the result.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.full((5, 7, 4), 9, np.uint8)
    >>> data[:, :, 2] = 0
    >>> data[2, 3] = [0, 9, 9, 9]  # one pixel that is wrong
    >>> total = sgm(CostVolume(data, maximum=9, p1=2, p2=16))
    >>> int(total.data[2, 3].argmin()), total.maximum
    (2, 200)
    """
    return _aggregate(volume, p1, p2, paths, guide, edge_scale, prior, threads, False)[0]


def sgm_with_path_winners(
    volume: CostVolume,
    p1: int | None = None,
    p2: int | None = None,
    paths: int = 8,
    guide: Any = None,
    edge_scale: float | None = None,
    prior: Any = None,
    threads: int | None = None,
) -> tuple[CostVolume, Float32]:
    """Return what :func:`sgm` returns, and the disparity that each path alone would choose.

    :func:`stereo.confidence.path_agreement` makes a confidence of the choices. No volume is
    stored for a path. The parameters and errors are those of :func:`sgm`.

    Returns
    -------
    total : CostVolume, uint16
        Sum of L over the paths.
    winners : ndarray, float32 (paths, H, W)
        Disparity of the smallest L of each path among the candidates, in px; the smallest on
        ties, NaN where a pixel has no candidate. ``PATHS[paths]`` has the steps in this order.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.full((5, 7, 4), 9, np.uint8)
    >>> data[:, :, 2] = 0
    >>> _, winners = sgm_with_path_winners(CostVolume(data, maximum=9, p1=2, p2=8), paths=4)
    >>> winners[:, 2, 3].tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    return _aggregate(volume, p1, p2, paths, guide, edge_scale, prior, threads, True)


def _aggregate(
    volume: CostVolume,
    p1: int | None,
    p2: int | None,
    paths: int,
    guide: Any,
    edge_scale: float | None,
    prior: Any,
    threads: int | None,
    with_winners: bool,
) -> tuple[CostVolume, Float32]:
    checked_volume(volume)
    paths = choice("paths", paths, tuple(PATHS))
    penalties, maximum = penalties_for(volume, p1, p2, paths, guide, edge_scale)
    if prior is not None:
        whole = arguments.whole_disparities("prior", prior, volume.shape[:2])
        penalties = penalties._replace(prior=whole, slanted=True)
    workers = thread_count(threads)
    total = allocate(volume.shape, np.uint16, "aggregated volume")
    height, width, _ = volume.shape
    count = paths if with_winners else 0
    winners = allocate((count, height, width), np.float32, "winners of the paths")
    _sweep(volume, PATHS[paths], penalties, maximum // paths, total, winners, workers)
    result = replace(
        volume, data=total, maximum=maximum, p1=volume.p1 * paths, p2=volume.p2 * paths
    )
    return result, winners


def penalties_for(
    volume: CostVolume, p1: Any, p2: Any, paths: int, guide: Any, edge_scale: Any
) -> tuple[Penalties, int]:
    """Return the penalties as the kernels take them, and the largest sum over the paths."""
    from ..backends.numba_ import even_contrast
    from ..backends.numba_kernels.volume_sgm import Penalties

    small = volume.p1 if p1 is None else integer("p1", p1, 0, MAX_AGGREGATED)
    large = volume.p2 if p2 is None else integer("p2", p2, 0, MAX_AGGREGATED)
    if small > large:
        raise StereoValueError(f"p1 = {small} is larger than p2 = {large}: p1 <= p2 is needed")
    maximum = paths * (volume.maximum + large)
    if maximum > MAX_AGGREGATED:
        raise StereoValueError(
            f"{paths} paths of costs up to {volume.maximum} with p2 = {large} may sum up to "
            f"{maximum}: {MAX_AGGREGATED} is the most, paths * (maximum + p2) must not exceed it"
        )
    scale, even = None, np.zeros((1, 1), np.uint8)
    if guide is not None:
        wanted = _EDGE_SCALE if edge_scale is None else edge_scale
        scale = number("edge_scale", wanted, positive=True)
        even = even_contrast(arguments.gray_guide(guide, volume), thread_count(None))
    elif edge_scale is not None:
        raise StereoValueError(
            f"edge_scale = {edge_scale} needs a guide: without one the penalties are constant"
        )
    low, high = tables(small, large, scale)
    flat = np.zeros((1, 1), np.int32)
    adaptive = guide is not None
    each = low.astype(np.int64), high.astype(np.int64)
    return Penalties(*each, even, adaptive, prior=flat, slanted=False), maximum


def _sweep(
    volume: CostVolume,
    steps: Steps,
    penalties: Penalties,
    largest: int,
    total: Any,
    winners: Float32,
    threads: int,
) -> None:
    """Follow half of the paths downwards and the others upwards, at the same time if they may.

    Each sweep first does its own half of the rows, where it begins S; when both have, each
    goes on into the half of the other and adds.
    """
    from ..backends.numba_kernels.threads import run
    from ..backends.numba_kernels.volume_candidates import Extent
    from ..backends.numba_kernels.volume_sgm import sweep, tracks_for

    extent = Extent(*volume.shape, volume.min_disp)
    flat, sums = volume.data.reshape(-1), total.reshape(-1)
    narrow = volume.data.dtype == np.uint8 and largest <= np.iinfo(np.uint8).max
    dtype = np.uint8 if narrow else np.uint16
    down = [k for k, (dx, dy) in enumerate(steps) if dy > 0 or (dy == 0 and dx > 0)]
    up = [k for k in range(len(steps)) if k not in down]
    teams = []
    for half in (down, up):
        own = np.empty((len(half) if winners.size else 0, *winners.shape[1:]), np.float32)
        teams.append(tracks_for(extent, tuple(steps[k] for k in half), dtype, own))

    def job(team: int, rows: range, begins: bool) -> Job:
        bounds = (rows.start, rows.stop, rows.step)
        return lambda: sweep(extent, flat, teams[team], penalties, bounds, sums, begins)

    downwards = range(extent.height)
    upwards, middle = downwards[::-1], extent.height // 2
    if threads == 1:
        job(0, downwards, True)()
        job(1, upwards, False)()
    else:
        rest = extent.height - middle
        run([job(0, downwards[:middle], True), job(1, upwards[:rest], True)])
        run([job(0, downwards[middle:], False), job(1, upwards[rest:], False)])
    for half, team in zip((down, up), teams, strict=True):
        if winners.size:
            winners[half] = team.winners
