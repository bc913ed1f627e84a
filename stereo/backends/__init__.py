"""The one ordered table of backends, and the choice among them.

A new backend is one module with the functions of :class:`stereo.contract.Backend`, or with an
object BACKEND that has them, and one row in ``_TABLE``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..contract import Backend
from ..devices import on_device
from ..types import StereoError, StereoTypeError, StereoValueError

__all__ = [
    "BACKEND_NAMES",
    "BackendInfo",
    "applied",
    "backends",
    "first_usable",
    "load",
    "resolve",
    "resolve_for",
]

# name -> module, in the order in which "auto" tries them.
_TABLE = {
    "cuda": "stereo.backends.cuda",
    "cpu": "stereo.backends.cpu",
    "numba": "stereo.backends.numba_",
    "reference": "stereo.backends.reference",
}
_ON_DEVICE = "cuda"  # the backend that takes arrays in the memory of a device
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
    module = importlib.import_module(_TABLE[name])
    return cast(Backend, getattr(module, "BACKEND", module))


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
    return first_usable(tuple(row for row in BACKEND_NAMES if row not in _NEVER_AUTOMATIC))


def first_usable(names: tuple[str, ...]) -> tuple[str, Backend]:
    """Return (name, backend) of the first that can run here.

    Raises
    ------
    StereoError
        If none can: it says why.
    """
    reasons = []
    for name in names:
        backend = _module(name)
        reason = backend.unusable()
        if reason is None:
            return name, backend
        reasons.append(f"{name}: {reason}")
    raise StereoError("no backend can be used here; " + "; ".join(reasons))


def resolve_for(name: str, *arrays: Any) -> tuple[str, Backend]:
    """Return (name, backend) for a ``backend=`` argument and the arrays of a call.

    ``"auto"`` follows the device of the arrays: those in the memory of a CUDA device stay there.

    Raises
    ------
    StereoError
        As :func:`resolve`; also if arrays are on a device and the backend is not.
    """
    if not any(on_device(array) for array in arrays):
        return resolve(name)
    asked = name
    if name == "auto":
        asked = os.environ.get("STEREO_BACKEND") or _ON_DEVICE
    if isinstance(asked, str) and asked in BACKEND_NAMES and asked != _ON_DEVICE:
        raise StereoTypeError(
            f"the arrays are on a CUDA device, and backend {asked!r} runs on the host: copy them "
            f"there first, with .cpu() in PyTorch or .get() in CuPy, or use {_ON_DEVICE!r}"
        )
    return resolve(asked)


def applied(engine: Backend, stage: Callable[..., Any], *arrays: Any) -> Any:
    """Return the map that a stage makes of arrays of the caller, as an array of his kind."""
    workspace = engine.workspace()
    (result,) = engine.download((stage(*engine.upload(arrays, workspace)),), workspace)
    return result


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
    ['cuda', 'cpu', 'numba', 'reference']
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
