"""The Numba backend: the native backend's algorithm for installs without a compiler.

Numba is imported, and the kernels compiled, only when the backend is used. Two sweeps
with half of the paths each share one volume of sums: the first stores, the second
adds and selects. With two threads or more the sweeps run at the same time: each
stores its own half of the rows, and when both have done so each goes on into the
half of the other.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, MatchingParams, Selection
from ..types import StereoError

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
_SUBPIXEL = {"none": 0, "parabola": 1, "equiangular": 2}


class Workspace:
    """Named buffers that are kept between calls and grow when they must.

    Attributes
    ----------
    nbytes : int
        Bytes held.
    allocations : int
        How often a buffer had to be allocated or to grow.
    """

    def __init__(self) -> None:
        self.allocations = 0
        self._buffers: dict[str, npt.NDArray[np.uint8]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(buffer.nbytes for buffer in self._buffers.values())

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
        """Return an array with undefined content; the last one of that name is given up."""
        size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.nbytes < size:
            self._buffers.pop(name, None)
            try:
                buffer = self._buffers[name] = np.empty(size, np.uint8)
            except MemoryError as error:
                raise StereoError(f"no memory for {size} bytes of workspace") from error
            self.allocations += 1
        return buffer[:size].view(dtype).reshape(shape)
