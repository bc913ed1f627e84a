"""The Numba backend: the native backend's algorithm for installs without a compiler.

Numba is imported, and the kernels compiled, only when the backend is used. Two sweeps
with half of the paths each share one volume of sums: the first stores, the second
adds and selects. With two threads or more the sweeps run at the same time: each
stores its own half of the rows, and when both have done so each goes on into the
half of the other.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, MatchingParams, Pair, Selection, Tone
from ..penalties import tables
from .host_arrays import confirm as confirm
from .host_arrays import download as download
from .host_arrays import fill_rows_between as fill_rows_between
from .host_arrays import holes as holes
from .host_arrays import patch as patch
from .host_arrays import prior as prior
from .host_arrays import remove_speckles as remove_speckles
from .host_arrays import tones as tones
from .host_arrays import upload as upload
from .numba_kernels.threads import Job, bands, cores, run
from .numba_kernels.workspace import Workspace

_OLDEST = (0, 60)

# (dx, dy) of the paths that each of the two sweeps follows, by their number.
_SWEEPS = {
    4: (((1, 0), (0, 1)), ((-1, 0), (0, -1))),
    5: (((1, 0), (0, 1), (1, 1), (-1, 1)), ((-1, 0),)),
    8: (
        ((1, 0), (0, 1), (1, 1), (-1, 1)),
        ((-1, 0), (0, -1), (-1, -1), (1, -1)),
    ),
}


def unusable() -> str | None:
    """Why Numba can't be used here, or None."""
    if importlib.util.find_spec("numba") is None:
        return "Numba is not installed: pip install numba"
    try:
        import numba
    except ImportError as error:  # such as a NumPy that is too new for it
        return f"Numba can't be imported ({error})"
    if tuple(map(int, numba.__version__.split(".")[:2])) < _OLDEST:
        return f"Numba {numba.__version__} is too old: {_OLDEST[0]}.{_OLDEST[1]} or later is needed"
    if getattr(numba.config, "DISABLE_JIT", 0):
        return "NUMBA_DISABLE_JIT is set: unset it"
    return None


def describe() -> str:
    """Name Numba's version and the number of cores."""
    import numba

    from .numba_kernels.compile import CACHED

    note = "" if CACHED else ", compiled anew in each process: set NUMBA_CACHE_DIR to keep kernels"
    return f"Numba {numba.__version__}, {cores()} threads{note}"


def workspace() -> Workspace:
    """Return an empty workspace."""
    return Workspace()


def gray(image: npt.NDArray[Any]) -> GrayImage:
    """Architecture, stage 1. A contiguous gray image is returned as it is."""
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    c0, c1, c2 = image[..., 0], image[..., 1], image[..., 2]
    if image.dtype == np.float32:
        mean: Float32 = np.multiply(c0, np.float32(0.25), order="C")
        mean += c2 * np.float32(0.25)
        mean += c1 * np.float32(0.5)
        return mean
    dtype = np.uint16 if image.dtype == np.uint8 else np.float32
    total: npt.NDArray[Any] = c0.astype(dtype, order="C")
    for channel in (c1, c1, c2):
        total += channel
    summed: GrayImage = total
    return summed


def semiglobal(
    pair: Pair, params: MatchingParams, workspace: Workspace, details: bool
) -> Selection:
    """Architecture, stages 2 to 10, fused."""
    from .numba_kernels.census import descriptors
    from .numba_kernels.plan import plan_for
    from .numba_kernels.selection import Maps, finish, row_for
    from .numba_kernels.sweep import Views, accumulate, tracks_for

    shape = pair.left.shape
    plan = plan_for(pair, params)
    # The largest buffer first: where it can't be had, nothing else has been done for it.
    sums = workspace.array("volume", (plan.height * plan.width * plan.padded,), np.uint16)
    guide, prior, volume = pair.guide, pair.prior, pair.volume
    views = Views(
        *descriptors(pair, plan, params, workspace),
        np.empty(0, np.uint8) if volume is None else np.require(volume, None, "W").reshape(-1),
        # For read-only arrays the kernels would be compiled once more.
        np.empty((0, 0), np.uint8) if guide is None else np.require(guide, None, "W"),
        np.empty((0, 0), np.int32) if prior is None else np.require(prior, None, "W"),
        *tables(params.p1, params.p2, params.edge_scale),
    )
    teams = [
        (tracks_for(plan, steps, workspace, team), row_for(plan, workspace, team))
        for team, steps in enumerate(_SWEEPS[params.paths])
    ]
    detail_shape = shape if details else (0, 0)
    maps = Maps(
        np.empty(shape, np.float32),
        np.empty(shape, np.uint8),
        np.empty(detail_shape, np.float32),
        np.empty(detail_shape, np.float32),
    )

    def store(team: int, rows: range) -> Job:
        tracks, _ = teams[team]
        return lambda: accumulate(plan, views, tracks, (rows.start, rows.stop, rows.step), sums)

    def select(team: int, rows: range) -> Job:
        tracks, row = teams[team]
        return lambda: finish(
            plan, views, tracks, (rows.start, rows.stop, rows.step), sums, row, maps, details
        )

    down = range(plan.height)
    up, half = down[::-1], plan.height // 2
    if params.threads == 1:
        store(0, down)()
        select(1, up)()
    else:
        run([store(0, down[:half]), store(1, up[: plan.height - half])])
        run([select(0, down[half:]), select(1, up[plan.height - half :])])
    if not details:
        return Selection(maps.disparity, maps.flags)
    return Selection(*maps)


def even_contrast(tone: Tone, threads: int) -> Tone:
    """Architecture, stage 2: the guide of adaptive penalties."""
    from .numba_kernels import contrast

    padded = np.pad(tone, contrast.SIDE // 2, mode="edge")
    result = np.empty(tone.shape, np.uint8)

    def job(first: int, stop: int) -> Job:
        return lambda: contrast.even_contrast(padded, result, first, stop)

    run([job(*band) for band in bands(tone.shape[0], threads)])
    return result


def speckles(disparity: Float32, size: int, max_diff: float) -> npt.NDArray[np.bool_]:
    """Architecture, stage 11."""
    from .numba_kernels import filters

    with np.errstate(over="ignore"):  # beyond float32 there is no limit
        limit = np.float32(max_diff)
    # For a read-only array the kernel would be compiled once more.
    writable = disparity if disparity.flags.writeable else disparity.copy()
    found: npt.NDArray[np.bool_] = filters.speckles(writable, size, limit)
    return found


def median(disparity: Float32, size: int, threads: int) -> Float32:
    """Architecture, stage 12."""
    from .numba_kernels import filters

    height, width = disparity.shape
    reach = size // 2
    padded = np.full((height + 2 * reach, width + 2 * reach), np.inf, np.float32)
    inner = padded[reach : reach + height, reach : reach + width]
    np.copyto(inner, disparity, where=~np.isnan(disparity))
    result = np.empty((height, width), np.float32)

    def job(first: int, stop: int) -> Job:
        return lambda: filters.median(padded, size, result, first, stop)

    run([job(*band) for band in bands(height, threads)])
    return result


def weighted_median(
    disparity: Float32,
    guide: npt.NDArray[np.uint8],
    color_weights: npt.NDArray[np.uint8],
    color_shift: int,
    space_weights: npt.NDArray[np.uint8],
    where: npt.NDArray[np.bool_] | None,
    edges_only: bool,
    threads: int,
) -> Float32:
    """Weighted median; `stereo.filters.weighted_median` defines it."""
    from .numba_kernels import filter_weighted_median as kernels

    values = disparity + np.float32(0)  # -0 becomes 0; never read-only, as the other arrays here
    shades = np.array(guide)
    changes = ~np.isnan(disparity)
    if edges_only:
        changes &= kernels.edges(values)
    if where is not None:
        changes &= where
    table = np.zeros(256, np.int32)
    steps = np.arange(256) >> color_shift
    table[steps < color_weights.size] = color_weights[steps[steps < color_weights.size]]
    space = space_weights.astype(np.int32)
    result: Float32 = disparity.copy()

    def job(first: int, stop: int) -> Job:
        return lambda: kernels.weighted_median(
            values, shades, changes, table, space, result, first, stop
        )

    run([job(*band) for band in bands(disparity.shape[0], threads)])
    return result


def fill_directions(disparity: Float32, threads: int) -> Float32:
    """Fill each NaN with the lower median of what 16 directions meet first."""
    from .numba_kernels import filter_fill as kernels

    values = disparity.copy()
    rows, columns = np.nonzero(np.isnan(values))
    seen = np.full((kernels.DIRECTIONS, rows.size), np.nan, np.float32)
    begin = np.searchsorted(rows, np.arange(values.shape[0] + 1))
    jobs: list[Job] = [
        lambda: kernels.sweep(values, begin, columns, 1, seen[: kernels.LOOKING_BACK]),
        lambda: kernels.sweep(
            values, begin, columns, -1, seen[kernels.LOOKING_BACK : 2 * kernels.LOOKING_BACK]
        ),
    ]
    if threads == 1:
        for each in jobs:
            each()
    else:
        run(jobs)
    kernels.along_rows(values, begin, columns, seen[2 * kernels.LOOKING_BACK :])
    result: Float32 = values.copy()
    result[rows, columns] = kernels.lower_medians(seen)
    return result


def fill_row(disparity: Float32) -> Float32:
    """Fill each NaN with the smaller of its neighbours in the row."""
    from .numba_kernels import filter_fill as kernels

    values = disparity.copy()
    rows, columns = np.nonzero(np.isnan(values))
    seen = np.full((2, rows.size), np.nan, np.float32)
    begin = np.searchsorted(rows, np.arange(values.shape[0] + 1))
    kernels.along_rows(values, begin, columns, seen)
    result: Float32 = values.copy()
    result[rows, columns] = np.fmin(seen[0], seen[1]) + np.float32(0)
    return result
