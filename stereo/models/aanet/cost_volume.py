"""From features to similarities of disparities, and from those to a disparity."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["correlation_volume", "soft_argmax"]


def correlation_volume(left: Tensor, right: Tensor, candidates: int) -> Tensor:
    """Return the mean product of the features for d = 0 … candidates - 1.

    Parameters
    ----------
    left, right : Tensor, (N, C, H, W)
        Features of both images.
    candidates : int
        Number of disparities.

    Returns
    -------
    Tensor, (N, candidates, H, W)
        Higher is more alike; 0 where x - d is outside the right image.

    Examples
    --------
    >>> import torch
    >>> correlation_volume(torch.ones(1, 4, 1, 3), torch.ones(1, 4, 1, 3), 2)[0, :, 0].tolist()
    [[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    """
    width = left.shape[3]
    volume = left.new_zeros(left.shape[0], candidates, left.shape[2], width)
    for d in range(min(candidates, width)):
        volume[:, d, :, d:] = (left[..., d:] * right[..., : width - d]).mean(dim=1)
    return volume


def soft_argmax(similarity: Tensor) -> Tensor:
    """Return the mean disparity under the softmax of the similarities (Kendall et al. 2017).

    Parameters
    ----------
    similarity : Tensor, (N, D, H, W)
        Similarities of d = 0 … D - 1.

    Returns
    -------
    Tensor, (N, H, W)
        Disparity, px of this resolution.

    Examples
    --------
    >>> import torch
    >>> soft_argmax(torch.tensor([0.0, 0.0, 50.0]).view(1, 3, 1, 1)).tolist()
    [[[2.0]]]
    """
    weights = similarity.softmax(dim=1)
    values = torch.arange(similarity.shape[1], device=weights.device, dtype=weights.dtype)
    return (weights * values.view(1, -1, 1, 1)).sum(dim=1)
