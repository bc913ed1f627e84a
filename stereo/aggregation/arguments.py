"""What the stages between the matching cost and the filters accept, and the errors for all else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import refuse_masked, thread_count
from ..contract import Float32
from ..costs.tone import gray_of_bytes
from ..types import StereoTypeError, StereoValueError
from ..volume import CostVolume

_PLANES = 8
"""Disparities that one piece of work takes, whatever the number of threads."""

_FARTHEST = 1 << 24
"""Disparity, px, beyond which float32 has no whole pixels."""

__all__ = [
    "disparity_map",
    "gray_guide",
    "guide_channels",
    "run_planes",
    "whole_disparities",
]


def disparity_map(name: str, disparity: Any, shape: tuple[int, ...]) -> Float32:
    """Return a map of real disparities of the given shape, NaN where there is none, as float32."""
    refuse_masked(name, disparity)
    if not isinstance(disparity, np.ndarray) or disparity.dtype not in (np.float32, np.float64):
        said = getattr(disparity, "dtype", type(disparity).__name__)
        raise StereoTypeError(f"{name} must be a float32 array, NaN = no match, got {said}")
    if disparity.shape != shape:
        raise StereoValueError(f"{name} has shape {disparity.shape}, {shape} is needed")
    if np.isinf(disparity).any():
        raise StereoValueError(f"{name} has infinite values: NaN marks a pixel without a match")
    return np.ascontiguousarray(disparity, np.float32)


def whole_disparities(name: str, disparity: Any, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Return a map without holes as whole pixels."""
    dense = disparity_map(name, disparity, shape)
    holes = np.count_nonzero(np.isnan(dense))
    if holes:
        raise StereoValueError(
            f"{name} has {holes} pixels without a disparity: fill them first (stereo.filters.fill)"
        )
    far = float(np.abs(dense).max(initial=0))
    if far > _FARTHEST:
        raise StereoValueError(f"{name} has a disparity of {far:g} px: at most {_FARTHEST} can be")
    return np.rint(dense).astype(np.int32)


def guide_channels(guide: Any, volume: CostVolume) -> npt.NDArray[np.uint8]:
    """Return the guide as uint8 (H, W, 1) or (H, W, 3), contiguous, an alpha channel left out."""
    refuse_masked("the guide", guide)
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
    return gray_of_bytes(channels[..., 0] if channels.shape[2] == 1 else channels)


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
