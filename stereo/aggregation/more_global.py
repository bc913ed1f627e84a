"""More global matching: semi-global matching in which each pixel listens to two others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import choice, thread_count
from ..memory import allocate
from ..volume import CostVolume, checked_volume
from .semiglobal import penalties_for

if TYPE_CHECKING:
    from ..backends.numba_kernels.threads import Job
    from ..backends.numba_kernels.volume_sgm import Penalties

__all__ = ["TRAVERSALS", "mgm"]

Steps = tuple[tuple[int, int], ...]

_CROSS: Steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
TRAVERSALS: dict[int, Steps] = {
    4: _CROSS,
    8: (*_CROSS, (1, 1), (-1, -1), (-1, 1), (1, -1)),
}
"""Steps r = (dx, dy) by the number of paths, opposite ones side by side; the normal of r
is (-dy, dx)."""


def mgm(
    volume: CostVolume,
    p1: int | None = None,
    p2: int | None = None,
    paths: int = 8,
    guide: Any = None,
    edge_scale: float | None = None,
    threads: int | None = None,
) -> CostVolume:
    """Sum the costs of paths that each pixel continues from two predecessors.

    As :func:`stereo.aggregation.sgm`, but with L(p, d) = C(p, d) + (E(p - r, d) +
    E(p - r', d)) / 2, where r' is the step r turned by a quarter, and E(q, d) =
    min(N(q, d), N(q, d - 1) + p1, N(q, d + 1) + p1, p2) is what the predecessor q hands on
    (Facciolo, de Franchis and Meinhardt 2015, "MGM: A significantly more global matching for
    stereovision"). L so depends on a quarter of the image rather than on a line. The half is
    rounded down. Where one of the two is outside the image the other counts in full, without
    both L = C.

    Parameters
    ----------
    volume : CostVolume
        Costs of any kind.
    p1, p2 : int, optional
        Penalties for a change of the disparity by 1 px and by more, in the unit of the
        volume, 0 <= p1 <= p2; those of the volume by default.
    paths : {4, 8}
        Steps r: along rows and columns, or on the diagonals as well.
    guide : ndarray, uint8 (H, W), (H, W, 3) or (H, W, 4), optional
        The left image. Penalties then fall where it has an edge between predecessor and pixel,
        as :mod:`stereo.penalties` says. Colours become (c0 + 2 c1 + c2) / 4, rounded down.
    edge_scale : float, optional
        Difference of the guide that halves the penalties, 5 by default; only with a guide.
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
    >>> int(mgm(CostVolume(data, maximum=9, p1=2, p2=16)).data[2, 3].argmin())
    2
    """
    checked_volume(volume)
    paths = choice("paths", paths, tuple(TRAVERSALS))
    penalties, maximum = penalties_for(volume, p1, p2, paths, guide, edge_scale)
    workers = thread_count(threads)
    total = allocate(volume.shape, np.uint16, "aggregated volume")
    steps = TRAVERSALS[paths]
    for first in range(0, paths, 2):
        pair = steps[first], steps[first + 1]
        _traverse(volume, pair, penalties, maximum // paths, total, first == 0, workers)
    return replace(volume, data=total, maximum=maximum, p1=volume.p1 * paths, p2=volume.p2 * paths)


def _traverse(
    volume: CostVolume,
    pair: Steps,
    penalties: Penalties,
    largest: int,
    total: Any,
    begins: bool,
    threads: int,
) -> None:
    """Add two opposite traversals, at the same time if they may: they meet in the middle."""
    from ..backends.numba_kernels.threads import run
    from ..backends.numba_kernels.volume_candidates import Extent
    from ..backends.numba_kernels.volume_mgm import traversal_for, traverse

    extent = Extent(*volume.shape, volume.min_disp)
    flat, sums = volume.data.reshape(-1), total.reshape(-1)
    limit = np.iinfo(np.uint8).max
    narrow = max(largest, 2 * int(penalties.p2.max())) <= limit and volume.data.dtype == np.uint8
    teams = [traversal_for(extent, step, np.uint8 if narrow else np.uint16) for step in pair]
    by_rows = teams[0].by_rows
    length = extent.height if by_rows else extent.width
    # The first predecessor that is not in the same line lies in the one before.
    step = teams[0].dy or teams[0].ey if by_rows else teams[0].dx
    order = range(length) if step > 0 else range(length)[::-1]
    orders, middle = (order, order[::-1]), length // 2

    def job(team: int, lines: range, begins: bool) -> Job:
        bounds = (lines.start, lines.stop, lines.step)
        return lambda: traverse(extent, flat, teams[team], penalties, bounds, sums, begins)

    if threads == 1:
        job(0, orders[0], begins)()
        job(1, orders[1], False)()
        return
    rest = length - middle
    run([job(0, orders[0][:middle], begins), job(1, orders[1][:rest], begins)])
    run([job(0, orders[0][middle:], False), job(1, orders[1][rest:], False)])
