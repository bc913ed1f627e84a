"""The buffers of the Numba backend, kept from call to call."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...types import StereoError


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
        array: npt.NDArray[Any] = buffer[:size].view(dtype).reshape(shape)
        return array
