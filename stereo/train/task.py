"""What a training does, as the loop sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

__all__ = ["Batch", "Samples", "Setting", "Task"]

Batch = Mapping[str, Tensor]
Setting = str | int | float | bool


class Task(nn.Module):
    """A model and its loss: a batch goes in, named scalars come out, "loss" among them.

    Attributes
    ----------
    model : Module
        What is trained, and all that a checkpoint keeps of the task.
    learning_rate : float
        The default of the paper.
    clip_norm : float or None
        Largest norm of the gradient.
    """

    model: nn.Module
    learning_rate: float
    clip_norm: float | None = None

    def optimizer(self, learning_rate: float) -> Any:
        """Return the optimizer."""
        raise NotImplementedError

    def rate(self, step: int, steps: int) -> float:
        """Return the factor of the learning rate for a step, counted from 0."""
        raise NotImplementedError

    def settings(self) -> Mapping[str, Setting]:
        """Return what must be the same for a training to be continued."""
        raise NotImplementedError

    def picture(self, batch: Batch) -> npt.NDArray[np.uint8]:
        """Return what the model makes of a batch of one, (H, W, 3)."""
        raise NotImplementedError


class Samples(Protocol):
    """Samples by number, prepared anew each time they are asked for."""

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Tensor]:
        """Return a sample, augmented.

        `key` is its place in the whole training, which decides the augmentation, and its number.
        """
        ...

    def plain(self, number: int) -> dict[str, Tensor]:
        """Return a sample as it is."""
        ...

    def settings(self) -> Mapping[str, Setting]:
        """Return what must be the same for a training to be continued."""
        ...
