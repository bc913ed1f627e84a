"""Work on bands of rows, at the same time where threads allow it."""

from __future__ import annotations

from collections.abc import Callable

from .arguments import thread_count
from .types import StereoError

__all__ = ["in_bands", "require_numba"]


def in_bands(work: Callable[[int, int], None], height: int, threads: int | None) -> None:
    """Call ``work(first, stop)``, which runs a Numba kernel, for bands of rows in threads.

    Raises
    ------
    StereoError
        If Numba can't be used here: it says why.
    """
    require_numba()
    from .backends.numba_kernels.threads import bands, run

    def job(first: int, stop: int) -> Callable[[], None]:
        return lambda: work(first, stop)

    run([job(*band) for band in bands(height, thread_count(threads))])


def require_numba() -> None:
    """Raise StereoError unless Numba can be used here."""
    from .backends.numba_ import unusable

    reason = unusable()
    if reason is not None:
        raise StereoError(f"costs and stages on volumes are computed by Numba: {reason}")
