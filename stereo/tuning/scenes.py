"""The scenes of a data set that can be tuned on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import search_range
from stereo.datasets.sample import Sample
from stereo.evaluation.results import Failure
from stereo.inputs import checked_pair
from stereo.types import StereoError, StereoFileError

__all__ = ["Pixels", "Scene", "read", "usable"]


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene that was read once, and found to be complete.

    Attributes
    ----------
    sample : Sample
        Its files; they are read anew each time, for a data set may not fit in memory.
    max_disp : int
        End of the search range, px, exclusive; it starts at 0.
    digest : str
        Of all that a score depends on.
    """

    sample: Sample
    max_disp: int
    digest: str

    @property
    def name(self) -> str:
        """Name of the sample."""
        return self.sample.name


@dataclass(frozen=True, eq=False)
class Pixels:
    """What the files of a scene hold.

    Attributes
    ----------
    left, right : ndarray, uint8 or uint16, (H, W) or (H, W, 3)
    truth : ndarray, float32 (H, W)
        px; NaN = unknown.
    evaluated : ndarray, bool (H, W)
        Where the truth is known, and not occluded if the data set says what is.
    """

    left: npt.NDArray[Any]
    right: npt.NDArray[Any]
    truth: npt.NDArray[np.float32]
    evaluated: npt.NDArray[np.bool_]


def usable(
    samples: Sequence[Sample], max_disp: int | None = None
) -> tuple[list[Scene], tuple[Failure, ...]]:
    """Read all scenes once; return those that can be used, and why the others can't.

    Parameters
    ----------
    samples : sequence of Sample
    max_disp : int, optional
        End of the search range for all scenes, px; by default what the data set says of each.

    Raises
    ------
    StereoFileError
        If there are none.
    """
    if max_disp is not None:
        search_range(0, max_disp)
    scenes, failures = [], []
    for sample in samples:
        try:
            scenes.append(_scene(sample, max_disp))
        except StereoError as error:
            failures.append(Failure(sample.name, " ".join(str(error).split())))
    if not scenes:
        raise StereoFileError(
            f"none of {len(samples)} scenes can be used; the first one: "
            f"{failures[0].name}: {failures[0].reason}"
        )
    return scenes, tuple(failures)


def read(sample: Sample) -> Pixels:
    """Read the files of a scene.

    Raises
    ------
    StereoFileError
        If one is missing or damaged, or no pixel can be evaluated.
    """
    truth, nonocc = sample.disparity, sample.nonocc
    if truth is None:
        raise StereoFileError(f"{sample.dataset} {sample.name} has no ground truth")
    evaluated = np.isfinite(truth)
    if nonocc is not None:
        evaluated &= nonocc
    if not evaluated.any():
        raise StereoFileError(
            f"{sample.dataset} {sample.name} has no pixel that is known and not occluded"
        )
    left, right = checked_pair(sample.left, sample.right)
    return Pixels(left, right, truth, evaluated)


def _scene(sample: Sample, max_disp: int | None) -> Scene:
    pixels = read(sample)
    stop = sample.max_disp if max_disp is None else max_disp
    if stop is None:
        raise StereoFileError(
            f"{sample.dataset} says nothing of the search range of {sample.name}: give max_disp"
        )
    search_range(0, stop)
    digest = hashlib.sha256(f"{stop}".encode())
    for array in vars(pixels).values():
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return Scene(sample, stop, digest.hexdigest())
