"""One request for a volume: what was asked for, checked, and how a kernel fills it."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import MAX_DISPARITIES
from ..inputs import checked_pair
from ..types import StereoError, StereoTypeError, StereoValueError
from ..volume import CostVolume
from .protocol import MatchingCost

__all__ = [
    "Request",
    "allocate",
    "flipped",
    "in_bands",
    "needed_bytes",
    "refuse_too_large",
    "volume_dtype",
]

_MAX_OFFSET = 1 << 20  # of min_disp: float32 still holds such a disparity to 1/8 px
_MAX_THREADS = 4096

Kernel = Callable[..., None]


@dataclass(frozen=True)
class Request:
    """A pair and a search range, checked.

    Attributes
    ----------
    left, right : ndarray, uint8, uint16 or float32, (H, W), (H, W, 3) or (H, W, 4)
    min_disp : int
        Disparity of the first plane, px.
    disparities : int
        D.
    threads : int
        Number of threads, at least 1; the result does not depend on it.
    """

    left: npt.NDArray[Any]
    right: npt.NDArray[Any]
    min_disp: int
    disparities: int
    threads: int

    @classmethod
    def checked(cls, left: Any, right: Any, min_disp: Any, max_disp: Any, threads: Any) -> Request:
        """Return the request for ``min_disp <= d < max_disp``.

        Raises
        ------
        StereoTypeError, StereoValueError
            For images, a range or a number of threads that can't be used.
        StereoError
            If there is no Numba to compute anything.
        """
        from ..backends.numba_ import unusable

        reason = unusable()
        if reason is not None:
            raise StereoError(f"the matching costs are computed by Numba: {reason}")
        first = _integer("min_disp", min_disp, -_MAX_OFFSET, _MAX_OFFSET)
        stop = _integer("max_disp", max_disp, -_MAX_OFFSET, _MAX_OFFSET + MAX_DISPARITIES)
        if not 0 < stop - first <= MAX_DISPARITIES:
            raise StereoValueError(
                f"min_disp = {first} and max_disp = {stop} make {stop - first} disparities: "
                f"1 … {MAX_DISPARITIES} are possible, min_disp <= d < max_disp"
            )
        count = _cores() if threads is None else _integer("threads", threads, 1, _MAX_THREADS)
        return cls(*checked_pair(left, right), first, stop - first, count)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, D)."""
        return self.left.shape[0], self.left.shape[1], self.disparities

    @property
    def max_disp(self) -> int:
        """End of the search range, px, exclusive."""
        return self.min_disp + self.disparities

    def volume(self, cost: MatchingCost, kernel: Kernel, *arguments: Any) -> CostVolume:
        """Return the volume of `cost`, which `kernel` fills where there is a counterpart.

        Parameters
        ----------
        cost : MatchingCost
            Gives the unit, the maximum, which decides the dtype, and the penalties.
        kernel : callable
            Called as ``kernel(*arguments, min_disp, data, first, stop)`` for bands of rows.
        *arguments : ndarray or number
            Arrays are handed over C-contiguous and writable.
        """
        from ..backends.numba_kernels.cost_candidates import copy_outside

        data = allocate(self.shape, volume_dtype(cost))
        # For an array of another layout, or a read-only one, the kernel would be compiled anew.
        plain = [
            np.require(a, None, ["C", "W"]) if isinstance(a, np.ndarray) else a for a in arguments
        ]

        def band(first: int, stop: int) -> None:
            kernel(*plain, self.min_disp, data, first, stop)
            copy_outside(data, self.min_disp, cost.maximum, first, stop)

        in_bands(band, self.shape[0], self.threads)
        return CostVolume(data, self.min_disp, cost.maximum, cost.unit, cost.p1, cost.p2)


def volume_dtype(cost: MatchingCost) -> type[np.uint8] | type[np.uint16]:
    """Return the dtype of the volumes of `cost`."""
    return np.uint8 if cost.maximum <= 255 else np.uint16


def in_bands(work: Callable[[int, int], None], height: int, threads: int) -> None:
    """Call ``work(first, stop)`` for bands of rows, in threads."""
    from ..backends.numba_kernels.threads import bands, run

    def job(first: int, stop: int) -> Callable[[], None]:
        return lambda: work(first, stop)

    run([job(*band) for band in bands(height, threads)])


def allocate(shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
    """Return an uninitialised array for a volume.

    Raises
    ------
    StereoError
        If there is no memory for it, or the machine has less altogether: it says how many
        bytes are needed.
    """
    refuse_too_large(shape, dtype)
    try:
        return np.empty(shape, dtype)
    except MemoryError as error:
        raise StereoError(f"{needed_bytes(shape, dtype)}, which are not to be had now") from error


def refuse_too_large(shape: tuple[int, ...], dtype: Any) -> None:
    """Raise StereoError for an array larger than all the memory of the machine.

    More than that is often granted, and the process killed when it writes there.
    """
    machine = _physical_memory()
    if machine is not None and _bytes(shape, dtype) > machine:
        raise StereoError(
            f"{needed_bytes(shape, dtype)}, and the machine has {machine}: "
            "use smaller images or a smaller range"
        )


def needed_bytes(shape: tuple[int, ...], dtype: Any) -> str:
    """Say how large an array is."""
    sides = " x ".join(map(str, shape))
    return f"a volume {sides} of {np.dtype(dtype)} needs {_bytes(shape, dtype)} bytes"


def _bytes(shape: tuple[int, ...], dtype: Any) -> int:
    size: int = math.prod(shape) * np.dtype(dtype).itemsize
    return size


def flipped(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a copy (H, W) with the columns in reverse order: right columns as d grows."""
    copied: npt.NDArray[Any] = image[:, ::-1].copy(order="C")
    return copied


def _physical_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system that does not say
        return None


def _cores() -> int:
    from ..backends.numba_kernels.threads import cores

    return cores()


def _integer(name: str, value: Any, smallest: int, largest: int) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise StereoTypeError(f"{name} must be an integer, got {value!r}") from None
    if not smallest <= whole <= largest:
        raise StereoValueError(f"{name} = {whole} is not in {smallest} … {largest}")
    return whole
