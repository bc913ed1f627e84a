"""`sgm` and `SGM`: semi-global matching, from two rectified images to a disparity map."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .backends import resolve, resolve_for
from .contract import Pair, Selection
from .costs.tone import gray_level
from .devices import on_device
from .filters.filling import from_rows
from .filters.guided import along_edges
from .inputs import checked_pair
from .matching_cost import costs_for
from .options import Options
from .passes import matched, without_speckles
from .types import Match, StereoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from .contract import Backend, Float32, SubPixel, Tone

__all__ = ["SGM", "sgm"]


class SGM:
    """A semi-global matcher that keeps its workspace from frame to frame.

    Semi-global matching after Hirschmüller (PAMI 2008): a matching cost, aggregated along
    `paths` directions, winner-take-all, left-right check and sub-pixel interpolation, then
    filters. One object may be used by many threads at once: each running call has
    a workspace of its own, and they are kept for the next calls.

    Parameters
    ----------
    max_disp : int
        End of the search range, px, exclusive. Any value above `min_disp`.
    min_disp : int
        Start of the search range, px, inclusive; may be negative.
    preset : {"default", "fast", "accurate", "learned"}, optional
        Options that were chosen together: `cost`, `p1`, `p2`, `paths`, `passes`, `edge_scale`,
        `median` and `weighted_median`, as far as they are not given. By default "default"; where
        `cost` is given, the first preset that has it, else 8 paths, constant penalties and a
        median.
    cost : str, MatchingCost, Features, array (H, W, D) or callable, optional
        Matching cost: a name of :func:`stereo.costs.names`, an object such as those of
        :func:`stereo.costs.mix`, :class:`stereo.costs.Features`, the costs themselves, or a
        function (left, right, min_disp, max_disp) -> costs.
    p1, p2 : int, optional
        Penalties for a change of the disparity along a path by 1 px and by more, in
        units of the matching cost; 0 <= p1 <= p2. By default those of the cost.
    paths : {8, 5, 4}, optional
        Number of aggregation directions.
    passes : {1, 2}, optional
        2: match again along the slanted surfaces that the first result shows
        (:mod:`stereo.passes`).
    edge_scale : float, optional
        Difference of neighbours at which the penalties are half as large, on a scale of 0 … 255
        where the local contrast is even (:mod:`stereo.penalties`); 0 = they are constant.
    uniqueness : int
        Reject a pixel if another disparity, more than 1 px away, costs at most this many
        per cent more than the winner (as (1 - S1/S2) * 100). 0 = off.
    lr_max_diff : int or None
        Largest difference between left and right disparity, px; None = no check.
    subpixel : {"equiangular", "parabola", "none"}
        Interpolation between whole disparities.
    median : {5, 3, 0}, optional
        Side of the median window, px; 0 = off.
    weighted_median : int, optional
        Radius, px, of a median weighted by likeness to the left image, at the edges of the
        disparity (:func:`stereo.filters.weighted_median`); 0 = off.
    speckle_size : int
        Regions of fewer pixels than this are removed; 0 = off.
    speckle_range : float
        Largest difference between neighbours of one region, px.
    fill : bool
        Give pixels without a match the smaller of their neighbours in the row, which is the
        background, smoothed along the edges of the image (:func:`stereo.filters.fill`). Flags and
        confidence still tell them.
    backend : str
        "auto", or a name that `stereo.backends()` lists; a named one never falls back. "auto"
        follows images that are in the memory of a CUDA device; for others it is the first that can
        be used here.
    threads : int, optional
        Number of threads on the host; by default every core this process may use. The result
        does not depend on it.

    Raises
    ------
    StereoError
        If an option can't be used (also a ValueError or a TypeError), or the backend.

    Examples
    --------
    >>> import stereo
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 48, 5.0)
    >>> matcher = stereo.SGM(max_disp=16)
    >>> round(float(matcher.compute(pair.left, pair.right)[24, 40]), 1)
    5.0
    """

    def __init__(
        self,
        max_disp: int = 192,
        *,
        min_disp: int = 0,
        preset: str | None = None,
        cost: Any = None,
        p1: int | None = None,
        p2: int | None = None,
        paths: int | None = None,
        passes: int | None = None,
        edge_scale: float | None = None,
        uniqueness: int = 0,
        lr_max_diff: int | None = 1,
        subpixel: SubPixel = "equiangular",
        median: int | None = None,
        weighted_median: int | None = None,
        speckle_size: int = 50,
        speckle_range: float = 2.0,
        fill: bool = False,
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        self.options = Options(
            max_disp=max_disp,
            min_disp=min_disp,
            preset=preset,
            cost=cost,
            p1=p1,
            p2=p2,
            paths=paths,
            passes=passes,
            edge_scale=edge_scale,
            uniqueness=uniqueness,
            lr_max_diff=lr_max_diff,
            subpixel=subpixel,
            median=median,
            weighted_median=weighted_median,
            speckle_size=speckle_size,
            speckle_range=speckle_range,
            fill=fill,
            threads=threads,
        )
        self.backend, self._backend = resolve(backend)
        self._asked = backend
        self._idle: dict[str, list[Any]] = defaultdict(list)
        self._lock = threading.Lock()

    def compute(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Float32:
        """Return the disparity of the left image.

        Parameters
        ----------
        left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
            Rectified images of one shape and dtype: uint8, uint16, float32 or float64
            (rounded to float32), any strides. Colour may be RGB or BGR. Images in the memory of
            a CUDA device (CuPy, PyTorch, whatever has ``__cuda_array_interface__``; not float64)
            are matched there, on the current stream of the caller.

        Returns
        -------
        ndarray, float32 (H, W)
            x_left - x_right in pixels; NaN where there is no match. For images on a CUDA device
            an array there: CuPy's or PyTorch's for theirs, else one with
            ``__cuda_array_interface__``. The call returns while the work goes on, except that it
            waits for checks of float images and of given costs.

        Raises
        ------
        StereoError
            If the images can't be used; the message says what was seen.
        """
        with self._lent(left, right) as (backend, workspace):
            found = self._select(backend, workspace, left, right, details=False)
            disparity = without_speckles(backend, self.options, found.disparity)
            smooth = self._smooth(backend, disparity, found.left_tone)
            result: Float32
            (result,) = backend.download((smooth,), workspace)
        return result

    def match(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Match:
        """Return both disparity maps, confidence, flags and the time it took.

        Parameters and errors are those of :meth:`compute`; its disparity is the same.
        """
        start = time.perf_counter()
        with self._lent(left, right) as (backend, workspace):
            found = self._select(backend, workspace, left, right, details=True)
            assert found.right_disparity is not None  # details=True gives all of them
            clean = backend, self.options
            disparity = without_speckles(*clean, found.disparity, found.flags, found.confidence)
            right_disparity = without_speckles(*clean, found.right_disparity)
            maps = (
                self._smooth(backend, disparity, found.left_tone),
                self._smooth(backend, right_disparity, found.right_tone),
                found.confidence,
                found.flags,
            )
            left_map, right_map, confidence, flags = backend.download(maps, workspace)
        seconds = time.perf_counter() - start
        return Match(left_map, right_map, confidence, flags, seconds)

    @property
    def workspace_bytes(self) -> int:
        """Bytes that are kept for the next calls."""
        with self._lock:
            return sum(int(workspace.nbytes) for workspace in self._workspaces())

    @property
    def workspace_allocations(self) -> int:
        """How often a workspace had to be allocated or to grow."""
        with self._lock:
            return sum(int(workspace.allocations) for workspace in self._workspaces())

    def _select(
        self,
        backend: Backend,
        workspace: Any,
        left: npt.ArrayLike,
        right: npt.ArrayLike,
        *,
        details: bool,
    ) -> _Found:
        """Match up to the sub-pixel: everything but the filters."""
        options = self.options
        views = checked_pair(left, right)
        search = int(options.min_disp), int(options.max_disp)
        costs = costs_for(options.chosen, backend, *views, *search, options.worker_count)
        left_view, right_view, *given = backend.upload((*views, *costs.arrays), workspace)
        volume, known = costs.volume(given)
        params = options.params(known)
        left_gray, right_gray = backend.gray(left_view), backend.gray(right_view)
        level = gray_level(views[0])
        left_tone, right_tone, guide = None, None, None
        if options.guided or options.chosen.kind == "gradient_census":
            left_tone, right_tone = backend.tones(left_gray, right_gray, level)
            if params.edge_scale is not None:
                guide = backend.even_contrast(left_tone, params.threads)
        pair = Pair(left_gray, right_gray, level, left_tone, right_tone, guide, volume=volume)
        selection = matched(backend, options, pair, params, workspace, details)
        return _Found(**vars(selection), left_tone=left_tone, right_tone=right_tone)

    def _smooth(self, backend: Backend, disparity: Float32, tone: Tone | None) -> Float32:
        """Filter a map along the edges of its image, and fill it."""
        recipe, threads = self.options.recipe, self.options.worker_count
        if recipe.median > 0:
            disparity = backend.median(disparity, int(recipe.median), threads)
        if recipe.weighted_median > 0:
            assert tone is not None
            disparity = along_edges(
                backend,
                disparity,
                tone,
                threads,
                radius=int(recipe.weighted_median),
                edges_only=True,
            )
        if self.options.fill:
            assert tone is not None
            missing = backend.holes(disparity)
            dense = from_rows(backend, disparity)
            disparity = along_edges(backend, dense, tone, threads, where=missing)
        return disparity

    @contextmanager
    def _lent(self, left: Any, right: Any) -> Iterator[tuple[Backend, Any]]:
        """Lend a backend for the images and an idle workspace, or a new one if all are in use."""
        name, backend = self.backend, self._backend
        if on_device(left) or on_device(right):
            name, backend = resolve_for(self._asked, left, right)
        with self._lock:
            idle = self._idle[name]
            workspace = idle.pop() if idle else backend.workspace()
        try:
            yield backend, workspace
        except MemoryError as error:
            disparities = int(self.options.max_disp) - int(self.options.min_disp)
            raise StereoError(
                f"images of shape {np.shape(left)} with {disparities} disparities "
                f"don't fit in memory: {error}"
            ) from error
        finally:
            with self._lock:
                idle.append(workspace)

    def _workspaces(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self._idle.values())


def sgm(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    max_disp: int = 192,
    *,
    min_disp: int = 0,
    preset: str | None = None,
    cost: Any = None,
    p1: int | None = None,
    p2: int | None = None,
    paths: int | None = None,
    passes: int | None = None,
    edge_scale: float | None = None,
    uniqueness: int = 0,
    lr_max_diff: int | None = 1,
    subpixel: SubPixel = "equiangular",
    median: int | None = None,
    weighted_median: int | None = None,
    speckle_size: int = 50,
    speckle_range: float = 2.0,
    fill: bool = False,
    backend: str = "auto",
    threads: int | None = None,
) -> Float32:
    """Return the disparity of a rectified pair by semi-global matching.

    The options are those of :class:`SGM`, the images and the result those of
    :meth:`SGM.compute`. The matcher of the last call is kept for the next one with the same
    options, unless its workspace exceeds 512 MiB.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        Rectified images of one shape and dtype: uint8, uint16, float32 or float64.
    max_disp : int
        End of the search range, px, exclusive.
    min_disp : int
        Start of the search range, px, inclusive.
    preset, cost, p1, p2, paths, passes, edge_scale, uniqueness, lr_max_diff, subpixel, median, \
    weighted_median, speckle_size, speckle_range, fill, backend, threads
        See :class:`SGM`.

    Returns
    -------
    ndarray, float32 (H, W)
        x_left - x_right in pixels; NaN where there is no match.

    Raises
    ------
    StereoError
        If an option, the images or the backend can't be used.

    Examples
    --------
    >>> import stereo
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 48, 3.0)
    >>> disparity = stereo.sgm(pair.left, pair.right, max_disp=16)
    >>> disparity.dtype, disparity.shape
    (dtype('float32'), (48, 64))
    """
    options = Options(
        max_disp=max_disp,
        min_disp=min_disp,
        preset=preset,
        cost=cost,
        p1=p1,
        p2=p2,
        paths=paths,
        passes=passes,
        edge_scale=edge_scale,
        uniqueness=uniqueness,
        lr_max_diff=lr_max_diff,
        subpixel=subpixel,
        median=median,
        weighted_median=weighted_median,
        speckle_size=speckle_size,
        speckle_range=speckle_range,
        fill=fill,
        threads=threads,
    )
    if not isinstance(options.cost, str | None):  # it may hold an array: nothing to keep or compare
        return SGM(**options.given, backend=backend).compute(left, right)
    matcher = _last.take(options, resolve_for(backend, left, right)[0])
    disparity = matcher.compute(left, right)
    _last.keep(matcher)
    return disparity


@dataclass(frozen=True)
class _Found(Selection):
    """A selection, and what guides the filters."""

    left_tone: Tone | None = None
    right_tone: Tone | None = None


class _LastMatcher:
    """The matcher that `sgm` used last, since allocating its workspace costs more than matching."""

    _LARGEST = 512 << 20  # bytes that may be kept though nobody holds the matcher

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._matcher: SGM | None = None

    def take(self, options: Options, backend: str) -> SGM:
        """Return the last matcher if it has these options and this backend, else a new one."""
        with self._lock:
            last = self._matcher
        if last is not None and last.options == options and last.backend == backend:
            return last
        return SGM(**options.given, backend=backend)

    def keep(self, matcher: SGM) -> None:
        """Keep `matcher` for the next call, unless it holds too much."""
        with self._lock:
            self._matcher = matcher if matcher.workspace_bytes <= self._LARGEST else None


_last = _LastMatcher()
