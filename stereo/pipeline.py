"""`sgm` and `SGM`: semi-global matching, from two rectified images to a disparity map."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .backends import resolve
from .inputs import checked_pair
from .options import Options
from .types import Flag, Match, StereoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .contract import Float32, Selection, SubPixel

__all__ = ["SGM", "sgm"]


class SGM:
    """A semi-global matcher that keeps its workspace from frame to frame.

    Semi-global matching after Hirschmüller (PAMI 2008): a census matching cost,
    aggregated along `paths` directions, winner-take-all, left-right check and sub-pixel
    interpolation. One object may be used by many threads at once: each running call has
    a workspace of its own, and they are kept for the next calls.

    Parameters
    ----------
    max_disp : int
        End of the search range, px, exclusive. Any value above `min_disp`.
    min_disp : int
        Start of the search range, px, inclusive; may be negative.
    cost : {"census", "census5x5", "census7x7", "census9x7"}
        Matching cost, in bits. "census" is census7x7; census5x5 is the fastest, census9x7
        the most robust.
    p1, p2 : int, optional
        Penalties for a change of the disparity along a path by 1 px and by more, in
        units of the matching cost; 0 <= p1 <= p2. By default those of the cost.
    paths : {8, 5, 4}
        Number of aggregation directions.
    uniqueness : int
        Reject a pixel if another disparity, more than 1 px away, costs at most this many
        per cent more than the winner (as (1 - S1/S2) * 100). 0 = off.
    lr_max_diff : int or None
        Largest difference between left and right disparity, px; None = no check.
    subpixel : {"equiangular", "parabola", "none"}
        Interpolation between whole disparities.
    median : {5, 3, 0}
        Side of the median window, px; 0 = off.
    speckle_size : int
        Regions of fewer pixels than this are removed; 0 = off.
    speckle_range : float
        Largest difference between neighbours of one region, px.
    backend : str
        "auto", or a name that `stereo.backends()` lists; a named one never falls back.
    threads : int, optional
        Number of threads; by default every core this process may use. The result does
        not depend on it.

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
        cost: str = "census",
        p1: int | None = None,
        p2: int | None = None,
        paths: int = 8,
        uniqueness: int = 0,
        lr_max_diff: int | None = 1,
        subpixel: SubPixel = "equiangular",
        median: int = 5,
        speckle_size: int = 50,
        speckle_range: float = 2.0,
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        self.options = Options(
            max_disp=max_disp,
            min_disp=min_disp,
            cost=cost,
            p1=p1,
            p2=p2,
            paths=paths,
            uniqueness=uniqueness,
            lr_max_diff=lr_max_diff,
            subpixel=subpixel,
            median=median,
            speckle_size=speckle_size,
            speckle_range=speckle_range,
            threads=threads,
        )
        self.backend, self._backend = resolve(backend)
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    def compute(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Float32:
        """Return the disparity of the left image.

        Parameters
        ----------
        left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
            Rectified images of one shape and dtype: uint8, uint16, float32 or float64
            (rounded to float32), any strides. Colour may be RGB or BGR.

        Returns
        -------
        ndarray, float32 (H, W)
            x_left - x_right in pixels; NaN where there is no match.

        Raises
        ------
        StereoError
            If the images can't be used; the message says what was seen.
        """
        disparity = self._select(left, right, details=False).disparity
        self._remove_speckles(disparity)
        return self._smooth(disparity)

    def match(self, left: npt.ArrayLike, right: npt.ArrayLike) -> Match:
        """Return both disparity maps, confidence, flags and the time it took.

        Parameters and errors are those of :meth:`compute`; its disparity is the same.
        """
        start = time.perf_counter()
        found = self._select(left, right, details=True)
        disparity, flags = found.disparity, found.flags
        right_disparity, confidence = found.right_disparity, found.confidence
        assert flags is not None  # details=True gives all of them
        assert right_disparity is not None
        assert confidence is not None

        speckles = self._remove_speckles(disparity)
        if speckles is not None:
            np.copyto(flags, np.uint8(Flag.SPECKLE), where=speckles)
            np.copyto(confidence, 0, where=speckles)
        self._remove_speckles(right_disparity)
        return Match(
            disparity=self._smooth(disparity),
            right_disparity=self._smooth(right_disparity),
            confidence=confidence,
            flags=flags,
            seconds=time.perf_counter() - start,
        )

    @property
    def workspace_bytes(self) -> int:
        """Bytes that are kept for the next calls."""
        with self._lock:
            return sum(int(workspace.nbytes) for workspace in self._idle)

    @property
    def workspace_allocations(self) -> int:
        """How often a workspace had to be allocated or to grow."""
        with self._lock:
            return sum(int(workspace.allocations) for workspace in self._idle)

    def _select(self, left: npt.ArrayLike, right: npt.ArrayLike, *, details: bool) -> Selection:
        """Match up to the sub-pixel: everything but the filters."""
        params = self.options.params()
        try:
            checked_left, checked_right = checked_pair(left, right)
            with self._workspace() as workspace:
                return self._backend.semiglobal(
                    self._backend.gray(checked_left),
                    self._backend.gray(checked_right),
                    params,
                    workspace,
                    details,
                )
        except MemoryError as error:
            raise StereoError(
                f"images of shape {np.shape(left)} with {params.disparities} disparities "
                f"don't fit in memory: {error}"
            ) from error

    def _remove_speckles(self, disparity: Float32) -> npt.NDArray[np.bool_] | None:
        """Set small regions to NaN; return where they were, or None if the filter is off."""
        options = self.options
        if options.speckle_size == 0:
            return None
        speckles = self._backend.speckles(
            disparity, int(options.speckle_size), float(options.speckle_range)
        )
        np.copyto(disparity, np.nan, where=speckles)
        return speckles

    def _smooth(self, disparity: Float32) -> Float32:
        if self.options.median == 0:
            return disparity
        return self._backend.median(
            disparity, int(self.options.median), self.options.params().threads
        )

    @contextmanager
    def _workspace(self) -> Iterator[Any]:
        """Lend an idle workspace, or a new one where all are in use."""
        with self._lock:
            workspace = self._idle.pop() if self._idle else self._backend.workspace()
        try:
            yield workspace
        finally:
            with self._lock:
                self._idle.append(workspace)


def sgm(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    max_disp: int = 192,
    *,
    min_disp: int = 0,
    cost: str = "census",
    p1: int | None = None,
    p2: int | None = None,
    paths: int = 8,
    uniqueness: int = 0,
    lr_max_diff: int | None = 1,
    subpixel: SubPixel = "equiangular",
    median: int = 5,
    speckle_size: int = 50,
    speckle_range: float = 2.0,
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
    cost, p1, p2, paths, uniqueness, lr_max_diff, subpixel, median, speckle_size, \
    speckle_range, backend, threads
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
        cost=cost,
        p1=p1,
        p2=p2,
        paths=paths,
        uniqueness=uniqueness,
        lr_max_diff=lr_max_diff,
        subpixel=subpixel,
        median=median,
        speckle_size=speckle_size,
        speckle_range=speckle_range,
        threads=threads,
    )
    matcher = _last.take(options, backend)
    disparity = matcher.compute(left, right)
    _last.keep(matcher)
    return disparity


class _LastMatcher:
    """The matcher that `sgm` used last, since allocating its workspace costs more than matching."""

    _LARGEST = 512 << 20  # bytes that may be kept though nobody holds the matcher

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._matcher: SGM | None = None

    def take(self, options: Options, backend: str) -> SGM:
        """Return the last matcher if it is the same, else a new one."""
        name, _ = resolve(backend)
        with self._lock:
            last = self._matcher
        if last is not None and last.options == options and last.backend == name:
            return last
        return SGM(**vars(options), backend=name)

    def keep(self, matcher: SGM) -> None:
        """Keep `matcher` for the next call, unless it holds too much."""
        with self._lock:
            self._matcher = matcher if matcher.workspace_bytes <= self._LARGEST else None


_last = _LastMatcher()
