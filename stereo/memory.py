"""Large arrays: had, or refused with the bytes that they need."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from .types import StereoError

__all__ = ["allocate", "needed_bytes", "refuse_too_large"]


def allocate(shape: tuple[int, ...], dtype: Any, what: str = "volume") -> npt.NDArray[Any]:
    """Return an uninitialised array.

    Raises
    ------
    StereoError
        If there is no memory for it, or the machine has less altogether: it says how many
        bytes are needed.
    """
    refuse_too_large(shape, dtype, what)
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError) as error:  # ValueError: beyond the address space
        raise StereoError(
            f"{needed_bytes(shape, dtype, what)}, which are not to be had now"
        ) from error


def refuse_too_large(shape: tuple[int, ...], dtype: Any, what: str = "volume") -> None:
    """Raise StereoError for an array larger than all the memory of the machine.

    More than that is often granted, and the process killed when it writes there.
    """
    machine = _physical_memory()
    if machine is not None and _bytes(shape, dtype) > machine:
        raise StereoError(
            f"{needed_bytes(shape, dtype, what)}, and the machine has {machine}: "
            "use smaller images or a smaller range"
        )


def needed_bytes(shape: tuple[int, ...], dtype: Any, what: str = "volume") -> str:
    """Say how large an array is."""
    sides = " x ".join(map(str, shape))
    return f"the {what} {sides} of {np.dtype(dtype)} needs {_bytes(shape, dtype)} bytes"


def _bytes(shape: tuple[int, ...], dtype: Any) -> int:
    size: int = math.prod(shape) * np.dtype(dtype).itemsize
    return size


def _physical_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system that does not say
        return None
