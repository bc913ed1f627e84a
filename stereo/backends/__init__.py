"""The one ordered table of backends, and the choice among them.

A new backend is one module with the functions of :class:`stereo.contract.Backend`
and one row in ``_TABLE``.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from typing import cast

from ..contract import Backend
from ..types import StereoError, StereoTypeError, StereoValueError

__all__ = ["BACKEND_NAMES", "BackendInfo", "backends", "load", "resolve"]

# name -> module, in the order in which "auto" tries them.
_TABLE = {
    "cpu": "stereo.backends.cpu",
    "numba": "stereo.backends.numba_",
    "reference": "stereo.backends.reference",
}
_NEVER_AUTOMATIC = {"reference"}  # a slow oracle for tests: only by name

BACKEND_NAMES = tuple(_TABLE)


@dataclass(frozen=True)
class BackendInfo:
    """One row of :func:`backends`.

    Attributes
    ----------
    name : str
        What ``backend=`` takes.
    usable : bool
        Whether it can run here.
    detail : str
        What it runs on, or why it can't.
    """

    name: str
    usable: bool
    detail: str


def _module(name: str) -> Backend:
    if name not in _TABLE:
        raise StereoValueError(
            f"unknown backend {name!r}: choose from 'auto', "
            + ", ".join(repr(known) for known in BACKEND_NAMES)
        )
    return cast(Backend, importlib.import_module(_TABLE[name]))


def load(name: str) -> Backend:
    """Return the backend called `name`, which never falls back to another.

    Raises
    ------
    StereoError
        If there is no such backend, or it can't run here: the message says why.
    """
    backend = _module(name)
    reason = backend.unusable()
    if reason is not None:
        raise StereoError(f"backend {name!r} can't be used: {reason}")
    return backend


def resolve(name: str = "auto") -> tuple[str, Backend]:
    """Return (name, backend) for a ``backend=`` argument.

    ``"auto"`` takes the name in the environment variable ``STEREO_BACKEND`` if it is
    set, else the first usable row of the table.
    """
    if not isinstance(name, str):
        raise StereoTypeError(f"backend must be a name, got {name!r}")
    if name == "auto":
        name = os.environ.get("STEREO_BACKEND") or "auto"
    if name != "auto":
        return name, load(name)
    reasons = []
    for candidate in BACKEND_NAMES:
        if candidate in _NEVER_AUTOMATIC:
            continue
        backend = _module(candidate)
        reason = backend.unusable()
        if reason is None:
            return candidate, backend
        reasons.append(f"{candidate}: {reason}")
    raise StereoError("no backend can be used here; " + "; ".join(reasons))


def backends() -> list[BackendInfo]:
    """List every backend: usable, or why not.

    Returns
    -------
    list of BackendInfo
        In the order in which ``backend="auto"`` tries them. ``reference`` is the slow
        oracle of the tests and is never chosen automatically.

    Examples
    --------
    >>> import stereo
    >>> [row.name for row in stereo.backends()]
    ['cpu', 'numba', 'reference']
    """
    rows = []
    for name in BACKEND_NAMES:
        try:
            backend = _module(name)
            reason = backend.unusable()
            detail = backend.describe() if reason is None else reason
        except StereoError as error:  # such as a STEREO_SIMD that this CPU lacks
            reason = detail = str(error)
        rows.append(BackendInfo(name, reason is None, detail))
    return rows
