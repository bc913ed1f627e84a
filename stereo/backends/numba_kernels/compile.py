"""How the kernels are compiled: one decorator, `kernel`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache

_Function = TypeVar("_Function", bound=Callable[..., object])
_FOLDER = Path(__file__).parent


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for path in [*sorted(_FOLDER.glob("*.py")), _FOLDER.parents[1] / "types.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


_SOURCES = _digest_of_sources()


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache on disk, except that a change to any kernel makes all of them stale.

    Numba itself looks at the file of a function, not at the kernels that it calls.
    """

    def _index_key(self, signature: Any, codegen: Any) -> Any:
        return (*super()._index_key(signature, codegen), _SOURCES)


def _can_be_cached() -> bool:
    try:
        _Cache(_digest_of_sources)
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
    decorate: Any = njit(nogil=True, error_model="numpy")
    dispatcher = decorate(function)
    if CACHED:
        dispatcher._cache = _Cache(function)
    compiled: _Function = dispatcher
    return compiled
