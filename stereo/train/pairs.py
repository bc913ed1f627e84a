"""Samples of supervised training: crops of rectified pairs with their disparity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stereo.train.augmentation import no_change, random_colours
from stereo.train.images import as_tensor, rgb
from stereo.train.task import Setting
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Pair", "PairSamples"]


class Pair(Protocol):
    """What a pair has: a sample of :mod:`stereo.datasets`, a rendered pair, or one's own."""

    @property
    def left(self) -> npt.NDArray[Any]:
        """The left image, uint8 or uint16, (H, W) or (H, W, 3)."""
        ...

    @property
    def right(self) -> npt.NDArray[Any]:
        """The right image."""
        ...

    @property
    def disparity(self) -> npt.NDArray[np.float32] | None:
        """True disparity of the left image, float32 (H, W), px; NaN = unknown."""
        ...


class PairSamples:
    """Crops of pairs: ``left`` and ``right`` (3, H, W) in 0 … 255, ``disparity`` (1, H, W) in px.

    Parameters
    ----------
    pairs : sequence of Pair
        At least one.
    size : (int, int)
        Width and height of the crops, px.
    augment : bool
        Crop anywhere and change the colours; otherwise the crop is in the middle.
    seed : int
        Chooses the augmentation.
    """

    def __init__(
        self, pairs: Sequence[Pair], size: tuple[int, int], *, augment: bool, seed: int
    ) -> None:
        try:
            count = len(pairs)
        except TypeError:
            raise StereoTypeError(
                f"pairs must be a sequence of pairs, got {type(pairs).__name__}"
            ) from None
        if not count:
            raise StereoValueError("there are no pairs to learn from")
        self._pairs, self._size, self._augment, self._seed = pairs, size, augment, seed

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._pairs)

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Tensor]:
        """Return a sample, augmented as its place in the training decides."""
        place, number = key
        if not self._augment:
            return self.plain(number)
        rng = np.random.Generator(np.random.PCG64([self._seed, place]))
        change = random_colours(rng) if rng.random() < 0.5 else no_change
        return self._sample(number, rng.random(2), change)

    def plain(self, number: int) -> dict[str, Tensor]:
        """Return the middle of a pair as it is."""
        return self._sample(number, np.array([0.5, 0.5]), no_change)

    def settings(self) -> Mapping[str, Setting]:
        """Return what decides the samples."""
        return {"size": f"{self._size[0]}x{self._size[1]}", "augment": self._augment}

    def _sample(
        self, number: int, corner: npt.NDArray[np.float64], change: Any
    ) -> dict[str, Tensor]:
        pair = self._pairs[number]
        left, right = (
            rgb(f"the {side} image of pair {number}", getattr(pair, side))
            for side in ("left", "right")
        )
        disparity = pair.disparity
        if disparity is None:
            raise StereoValueError(f"pair {number} has no true disparity")
        height, width = left.shape[:2]
        if right.shape != left.shape or disparity.shape != (height, width):
            raise StereoValueError(
                f"pair {number} has images of {left.shape} and {right.shape} and a disparity of "
                f"{disparity.shape}: all must have one size"
            )
        if width < self._size[0] or height < self._size[1]:
            raise StereoValueError(
                f"pair {number} is {width} x {height} px: smaller than the crops of "
                f"{self._size[0]} x {self._size[1]} px"
            )
        x = int(corner[0] * (width - self._size[0] + 1))
        y = int(corner[1] * (height - self._size[1] + 1))
        window = np.s_[y : y + self._size[1], x : x + self._size[0]]
        truth = np.ascontiguousarray(disparity[window], np.float32)
        return {
            "left": as_tensor(change(left[window])) * 255,
            "right": as_tensor(change(right[window])) * 255,
            "disparity": torch.from_numpy(truth)[None],
        }
