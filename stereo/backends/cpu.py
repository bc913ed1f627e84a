"""The native CPU backend: C++ with SIMD, `stereo._cpu`."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, MatchingParams, Pair, Selection, Tone
from ..types import StereoError, StereoValueError
from .host_arrays import confirm as confirm
from .host_arrays import download as download
from .host_arrays import fill_rows_between as fill_rows_between
from .host_arrays import holes as holes
from .host_arrays import patch as patch
from .host_arrays import prior as prior
from .host_arrays import remove_speckles as remove_speckles
from .host_arrays import tones as tones
from .host_arrays import upload as upload
from .native_arguments import matching_arguments

_NATIVE: ModuleType | None = None
_REASON = ""
if importlib.util.find_spec("stereo._cpu") is None:
    _REASON = (
        "this installation has no compiled module, because it was built with STEREO_NATIVE=OFF; "
        "reinstall without it, with a C++17 compiler at hand"
    )
else:
    try:
        _NATIVE = importlib.import_module("stereo._cpu")
    except ImportError as error:
        _REASON = f"the compiled module stereo._cpu can't be loaded: {error}"


def _choose_instruction_set() -> None:
    """Take `STEREO_SIMD`, if it is set; the module itself starts with the best set."""
    wanted = os.environ.get("STEREO_SIMD")
    if not wanted or _NATIVE is None:
        return
    supported = _NATIVE.instruction_sets()
    if wanted not in supported:
        raise StereoValueError(
            f"STEREO_SIMD={wanted!r} can't be used on this machine: "
            f"unset it or choose from {', '.join(supported)}"
        )
    _NATIVE.use(wanted)


_choose_instruction_set()


def unusable() -> str | None:
    """Why the native module can't be used, or None."""
    return _REASON if _NATIVE is None else None


def _native() -> ModuleType:
    if _NATIVE is None:
        raise StereoError(_REASON)
    return _NATIVE


def describe() -> str:
    """Name the instruction set in use."""
    native = _native()
    return f"{native.instruction_set()} (of {', '.join(native.instruction_sets())})"


def workspace() -> Any:
    """Buffers that are kept between frames: `nbytes`, `allocations`."""
    return _native().Workspace()


def gray(image: npt.NDArray[Any]) -> GrayImage:
    """Architecture, stage 1. A contiguous gray image is returned as it is."""
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    result: GrayImage = _native().gray(image)
    return result


def semiglobal(pair: Pair, params: MatchingParams, workspace: Any, details: bool) -> Selection:
    """Architecture, stages 2 to 10, fused."""
    given = matching_arguments(pair, params, lambda: np.zeros(pair.left.shape, np.uint8))
    try:
        maps = _native().semiglobal(
            pair.left, pair.right, workspace, details, threads=params.threads, **given
        )
    except RuntimeError as error:  # std::system_error
        raise StereoError(f"{params.threads} threads can't be started: {error}") from error
    return Selection(*maps)


def even_contrast(tone: Tone, threads: int) -> Tone:
    """Architecture, stage 2: the guide of adaptive penalties."""
    with _started(threads):
        result: Tone = _native().even_contrast(tone, threads)
    return result


def speckles(disparity: Float32, size: int, max_diff: float) -> npt.NDArray[np.bool_]:
    """Architecture, stage 11."""
    found: npt.NDArray[np.bool_] = _native().speckles(disparity, size, max_diff)
    return found


def median(disparity: Float32, size: int, threads: int) -> Float32:
    """Architecture, stage 12."""
    result: Float32 = _native().median(disparity, size, threads)
    return result


@contextmanager
def _started(threads: int) -> Iterator[None]:
    """Say what it means where the system gives fewer threads than asked for."""
    try:
        yield
    except RuntimeError as error:  # std::system_error
        raise StereoError(f"{threads} threads can't be started: {error}") from error


def weighted_median(
    disparity: Float32,
    guide: npt.NDArray[np.uint8],
    color_weights: npt.NDArray[np.uint8],
    color_shift: int,
    space_weights: npt.NDArray[np.uint8],
    where: npt.NDArray[np.bool_] | None,
    edges_only: bool,
    threads: int,
) -> Float32:
    """Weighted median; `stereo.filters.weighted_median` defines it."""
    chosen = None if where is None else where.view(np.uint8)
    with _started(threads):
        result: Float32 = _native().weighted_median(
            disparity, guide, color_weights, color_shift, space_weights, chosen, edges_only, threads
        )
    return result


def fill_directions(disparity: Float32, threads: int) -> Float32:
    """Fill each NaN with the lower median of what 16 directions meet first."""
    with _started(threads):
        result: Float32 = _native().fill_directions(disparity, threads)
    return result


def fill_row(disparity: Float32) -> Float32:
    """Fill each NaN with the smaller of its neighbours in the row."""
    result: Float32 = _native().fill_row(disparity)
    return result
