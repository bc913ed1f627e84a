"""What the stages between the matching cost and the filters accept, and the errors for all else."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32
from ..cores import available_cores
from ..types import StereoError, StereoTypeError, StereoValueError
from ..volume import CostVolume

_PLANES = 8
"""Disparities that one piece of work takes, whatever the number of threads."""

__all__ = [
    "allocated",
    "checked_volume",
    "choice",
    "disparity_map",
    "gray_guide",
    "guide_channels",
    "integer",
    "number",
    "run_planes",
    "run_rows",
    "thread_count",
]


def checked_volume(volume: Any) -> CostVolume:
    """Return the volume if it is one and no element exceeds its maximum."""
    if not isinstance(volume, CostVolume):
        raise StereoTypeError(
            f"a stereo.volume.CostVolume is needed, got {type(volume).__name__}: "
            "CostVolume(data, min_disp=...) makes one of an array (H, W, D)"
        )
    if volume.maximum < np.iinfo(volume.data.dtype).max:
        largest = int(volume.data.max())
        if largest > volume.maximum:
            raise StereoValueError(
                f"the volume holds a cost of {largest}, more than its maximum = {volume.maximum}"
            )
    return volume


def disparity_map(name: str, disparity: Any, shape: tuple[int, ...]) -> Float32:
    """Return a map of real disparities of the given shape, NaN where there is none, as float32."""
    if not isinstance(disparity, np.ndarray) or disparity.dtype not in (np.float32, np.float64):
        said = getattr(disparity, "dtype", type(disparity).__name__)
        raise StereoTypeError(f"{name} must be a float32 array, NaN = no match, got {said}")
    if disparity.shape != shape:
        raise StereoValueError(f"{name} has shape {disparity.shape}, {shape} is needed")
    if np.isinf(disparity).any():
        raise StereoValueError(f"{name} has infinite values: NaN marks a pixel without a match")
    return np.ascontiguousarray(disparity, np.float32)


def guide_channels(guide: Any, volume: CostVolume) -> npt.NDArray[np.uint8]:
    """Return the guide as uint8 (H, W, 1) or (H, W, 3), contiguous, an alpha channel left out."""
    if not isinstance(guide, np.ndarray):
        raise StereoTypeError(f"the guide must be an image, got {type(guide).__name__}")
    if guide.ndim not in (2, 3) or (guide.ndim == 3 and guide.shape[2] not in (3, 4)):
        raise StereoValueError(
            f"the guide has shape {guide.shape}: expected (H, W), (H, W, 3) or (H, W, 4)"
        )
    if guide.shape[:2] != volume.shape[:2]:
        raise StereoValueError(
            f"the guide is {guide.shape[0]} x {guide.shape[1]} and the volume "
            f"{volume.shape[0]} x {volume.shape[1]} (height x width): they must have one size"
        )
    if guide.dtype != np.uint8:
        raise StereoTypeError(
            f"the guide is {guide.dtype}: only uint8 is taken, scale it to 0 … 255 first"
        )
    planes = guide[..., None] if guide.ndim == 2 else guide[..., :3]
    return np.ascontiguousarray(planes)


def gray_guide(guide: Any, volume: CostVolume) -> npt.NDArray[np.uint8]:
    """Return the guide as uint8 (H, W): of three channels (c0 + 2 c1 + c2) / 4, rounded down."""
    channels = guide_channels(guide, volume)
    if channels.shape[2] == 1:
        return channels[..., 0]
    c0, c1, c2 = (channels[..., k].astype(np.uint16) for k in range(3))
    return np.ascontiguousarray(((c0 + 2 * c1 + c2) >> 2).astype(np.uint8))


def integer(name: str, value: Any, smallest: int, largest: int) -> int:
    """Return an integer option that lies in its range."""
    try:
        if isinstance(value, bool):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise StereoTypeError(f"{name} must be an integer, got {value!r}") from None
    if not smallest <= whole <= largest:
        raise StereoValueError(f"{name} = {whole} is not in {smallest} … {largest}")
    return whole


def choice(name: str, value: Any, choices: tuple[int, ...]) -> int:
    """Return an option that is one of a few integers."""
    whole = integer(name, value, -(1 << 62), 1 << 62)
    if whole not in choices:
        raise StereoValueError(f"{name} = {whole} is not one of {', '.join(map(str, choices))}")
    return whole


def number(name: str, value: Any) -> float:
    """Return an option that is a finite number above 0."""
    try:
        if isinstance(value, bool | str | bytes):
            raise TypeError
        real = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name} must be a number, got {value!r}") from None
    if not (math.isfinite(real) and real > 0):
        raise StereoValueError(f"{name} = {value} must be finite and above 0")
    return real


def thread_count(threads: Any) -> int:
    """Return the number of threads; None = one a core."""
    return available_cores() if threads is None else integer("threads", threads, 1, 4096)


def allocated(shape: tuple[int, ...], dtype: Any, what: str) -> npt.NDArray[Any]:
    """Return an array with undefined content, or say how many bytes were not to be had."""
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError) as error:  # ValueError: beyond the address space
        size = math.prod(shape) * np.dtype(dtype).itemsize
        raise StereoError(f"no memory for {size} bytes of {what}") from error


def run_rows(work: Callable[[int, int], None], height: int, threads: Any) -> None:
    """Call work(first, stop) for bands of the rows, at the same time where threads allow it."""
    from ..backends.numba_kernels.threads import Job, bands, run

    def job(first: int, stop: int) -> Job:
        return lambda: work(first, stop)

    run([job(*band) for band in bands(height, thread_count(threads))])


def run_planes(work: Callable[[slice], None], disparities: int, threads: Any) -> None:
    """Call work(planes) for a few disparities at a time, by as many threads as are allowed."""
    from ..backends.numba_kernels.threads import Job, cores, run

    pieces = [slice(k, min(k + _PLANES, disparities)) for k in range(0, disparities, _PLANES)]
    count = min(len(pieces), thread_count(threads), cores())

    def job(team: int) -> Job:
        def all_of_team() -> None:
            for planes in pieces[team::count]:
                work(planes)

        return all_of_team

    run([job(team) for team in range(count)])
