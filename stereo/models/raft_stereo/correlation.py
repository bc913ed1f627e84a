"""Correlation of both images' features along the rows, and looking it up around a position."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["CORRELATIONS", "Correlation", "CorrelationOnTheFly", "CorrelationVolume"]

_BLOCK_ELEMENTS = 1 << 24
"""Correlations that are made at a time without a volume: 64 MiB of them."""


class Correlation(ABC):
    """Correlations of each left pixel with the right pixels of its row, at several scales.

    Level l has the mean over 2^l neighbouring right columns; a column that is left over at the
    end of an odd row is dropped.
    """

    def __init__(self, left: Tensor, right: Tensor, levels: int, radius: int) -> None:
        """Take the features of both images, (N, C, h, w) float32."""
        self.left = left.permute(0, 2, 3, 1) / math.sqrt(left.shape[1])  # (N, h, w, C)
        self.pyramid = [right.permute(0, 2, 1, 3)]  # (N, h, C, w)
        for _ in range(levels - 1):
            self.pyramid.append(_halved(self.pyramid[-1]))
        self.radius = radius

    @abstractmethod
    def __call__(self, x: Tensor) -> Tensor:
        """Look up the correlations around the right column `x` of each left pixel.

        Parameters
        ----------
        x : Tensor, (N, 1, h, w)
            Positions, in columns of level 0.

        Returns
        -------
        Tensor, (N, levels * (2 * radius + 1), h, w)
            Interpolated at x / 2^level - radius … x / 2^level + radius, level by level; 0
            outside the image.
        """


class CorrelationVolume(Correlation):
    """All correlations are made once and kept: N·h·w·w numbers, and the same again above."""

    def __init__(self, left: Tensor, right: Tensor, levels: int, radius: int) -> None:
        super().__init__(left, right, levels, radius)
        self.volumes = [torch.matmul(self.left, self.pyramid[0])]  # (N, h, w, w of the level)
        for _ in range(levels - 1):
            self.volumes.append(_halved(self.volumes[-1]))

    def __call__(self, x: Tensor) -> Tensor:
        """Look up, see :class:`Correlation`."""
        found = [
            _sampled(volume, x[:, 0] / 2**level, self.radius)
            for level, volume in enumerate(self.volumes)
        ]
        return torch.cat(found, dim=-1).permute(0, 3, 1, 2)


class CorrelationOnTheFly(Correlation):
    """Correlations are made anew for each look-up, some rows at a time, and not kept.

    Averages of correlations are correlations with averages, so that the numbers are those of the
    volume but for rounding.
    """

    def __call__(self, x: Tensor) -> Tensor:
        """Look up, see :class:`Correlation`."""
        images, height, width, _ = self.left.shape
        rows = max(1, _BLOCK_ELEMENTS // (images * width * width))
        blocks = []
        for top in range(0, height, rows):
            block = slice(top, top + rows)
            found = [
                _sampled(
                    torch.matmul(self.left[:, block], right[:, block]),
                    x[:, 0, block] / 2**level,
                    self.radius,
                )
                for level, right in enumerate(self.pyramid)
            ]
            blocks.append(torch.cat(found, dim=-1))
        return torch.cat(blocks, dim=1).permute(0, 3, 1, 2)


CORRELATIONS: dict[str, type[Correlation]] = {
    "volume": CorrelationVolume,
    "on_the_fly": CorrelationOnTheFly,
}


def _halved(x: Tensor) -> Tensor:
    """Return the means of two neighbours along the last axis."""
    return functional.avg_pool2d(x, (1, 2), (1, 2)) if x.shape[-1] > 1 else x[..., :0]


def _sampled(volume: Tensor, x: Tensor, radius: int) -> Tensor:
    """Interpolate (N, h, w, columns) at x + offset, (N, h, w, offsets); 0 outside."""
    columns = volume.shape[-1]
    if columns == 0:  # an image too narrow for this level
        return volume.new_zeros(*x.shape, 2 * radius + 1)
    start = torch.floor(x)
    offsets = torch.arange(-radius, radius + 2, device=x.device, dtype=x.dtype)
    taps = start[..., None] + offsets
    inside = (taps >= 0) & (taps <= columns - 1)
    values = volume.gather(-1, taps.clamp(0, columns - 1).long()) * inside
    fraction = (x - start)[..., None]
    return (1 - fraction) * values[..., :-1] + fraction * values[..., 1:]
