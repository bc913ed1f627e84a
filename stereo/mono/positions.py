"""The position table of DINOv2, resized as the published networks resize it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["published_positions"]

_OFFSET = 0.1  # patches: with it the resized table has the right size in spite of rounding


def published_positions(embeddings: Any) -> Callable[[Tensor, int, int], Tensor]:
    """Return the function that gives an image its position encodings.

    The published code hands the factor (n + 0.1) / N to the bicubic resize from N x N to n x n
    patches, and the resize samples by that factor; a resize to the size alone, which transformers
    does, differs by 1e-4 of the result. At the size of the training both do nothing.

    Parameters
    ----------
    embeddings : transformers.models.dinov2.Dinov2Embeddings
        Its `position_embeddings` are (1, 1 + N², C), the class token's first.

    Returns
    -------
    callable
        Takes the tokens (any tensor), height and width of the image in px; gives
        (1, 1 + patches, C).

    References
    ----------
    Oquab et al.: DINOv2: Learning robust visual features without supervision. TMLR 2024.
    """
    patch = int(embeddings.config.patch_size)

    def positions(tokens: Tensor, height: int, width: int) -> Tensor:
        del tokens
        table = embeddings.position_embeddings
        side = round((table.shape[1] - 1) ** 0.5)
        rows, columns = height // patch, width // patch
        if (rows, columns) == (side, side):
            return table
        square = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        factors = ((rows + _OFFSET) / side, (columns + _OFFSET) / side)
        resized = F.interpolate(square, scale_factor=factors, mode="bicubic")
        return torch.cat((table[:, :1], resized.flatten(2).transpose(1, 2)), dim=1)

    return positions
