"""What lies between the stages, on NumPy arrays: shared by the backends that run on the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, Tone
from ..costs.tone import stretched
from ..types import Flag

__all__ = [
    "confirm",
    "download",
    "fill_rows_between",
    "holes",
    "patch",
    "prior",
    "remove_speckles",
    "tones",
    "upload",
]


def upload(arrays: Sequence[Any], workspace: Any) -> tuple[Any, ...]:
    """Return the arrays: they are where the stages run."""
    return tuple(arrays)


def download(maps: Sequence[Any], workspace: Any) -> tuple[Any, ...]:
    """Return the maps: they are the caller's kind of arrays."""
    return tuple(maps)


def tones(left: GrayImage, right: GrayImage, gray_level: int) -> tuple[Tone, Tone]:
    """Architecture, stage 1: the gray images of a pair on one 8-bit scale."""
    if gray_level == 1:
        return left.astype(np.uint8, copy=False), right.astype(np.uint8, copy=False)
    if gray_level == 4:
        return np.right_shift(left, 2).astype(np.uint8), np.right_shift(right, 2).astype(np.uint8)
    return stretched(left.astype(np.float32, copy=False), right.astype(np.float32, copy=False))


def remove_speckles(
    small: npt.NDArray[np.bool_],
    disparity: Float32,
    flags: npt.NDArray[np.uint8] | None,
    confidence: Float32 | None,
) -> Float32:
    """Architecture, stage 11: what follows from the small regions."""
    if flags is not None:
        np.copyto(flags, np.uint8(Flag.SPECKLE), where=small)
    if confidence is not None:
        np.copyto(confidence, 0, where=small)
    return np.where(small, np.float32(np.nan), disparity)


def prior(disparity: Float32) -> npt.NDArray[np.int32]:
    """Whole disparities, rounded half to even; 0 for NaN."""
    return np.rint(np.nan_to_num(disparity)).astype(np.int32)


def confirm(first: Float32, second: Float32) -> Float32:
    """Return the second map, with the first one's number where they differ by 1 px at most."""
    close = np.abs(first - second) <= 1  # not where either has none
    return np.where(close, first, second)


def holes(disparity: Float32) -> npt.NDArray[np.bool_]:
    """Where there is no number."""
    return np.isnan(disparity)


def patch(disparity: Float32, other: Callable[[], Float32]) -> Float32:
    """Return the map, with the numbers of another where it has none. It is made only if needed."""
    missing = np.isnan(disparity)
    return np.where(missing, other(), disparity) if missing.any() else disparity


def fill_rows_between(disparity: Float32) -> Float32:
    """Architecture, stage 14: rows without any number take those of the nearest row with some."""
    empty = np.isnan(disparity).all(axis=1)
    sources = np.flatnonzero(~empty)
    if sources.size == 0 or not empty.any():
        return disparity
    rows = np.flatnonzero(empty)
    after = np.searchsorted(sources, rows)
    below = sources[np.minimum(after, sources.size - 1)]
    above = sources[np.maximum(after - 1, 0)]
    filled: Float32 = disparity.copy()
    filled[rows] = filled[np.where(np.abs(rows - above) <= np.abs(below - rows), above, below)]
    return filled
