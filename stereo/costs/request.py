"""One request for a volume: what was asked for, checked, and how a kernel fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import search_range, thread_count
from ..bands import in_bands, require_numba
from ..inputs import checked_pair
from ..memory import allocate
from ..volume import CostVolume
from .protocol import MatchingCost

__all__ = [
    "Request",
    "flipped",
    "volume_dtype",
]

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
        require_numba()
        first, stop = search_range(min_disp, max_disp)
        count = thread_count(threads)
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


def flipped(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a copy (H, W) with the columns in reverse order: right columns as d grows."""
    copied: npt.NDArray[Any] = image[:, ::-1].copy(order="C")
    return copied
