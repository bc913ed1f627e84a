"""How the kernels are compiled: one decorator, `kernel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def _probe() -> None:
    """Stand in for the kernels, which lie in the same folder."""


def _can_be_cached() -> bool:
    try:
        njit(cache=True)(_probe)
    except RuntimeError:  # neither this folder nor the user's cache folder is writable
        return False
    return True


CACHED = _can_be_cached()
"""Whether compiled kernels are kept on disk for the next process."""


def kernel(function: _Function) -> _Function:
    """Compile on the first call, without the GIL and with IEEE arithmetic.

    There is no `parallel=True`: the threading layers of Numba may abort the process when
    two threads of the caller enter them at once. Kernels work on ranges of rows, and
    :mod:`stereo.backends.numba_` runs them in ordinary threads.
    """
    decorate: Any = njit(nogil=True, cache=CACHED, error_model="numpy")
    compiled: _Function = decorate(function)
    return compiled
