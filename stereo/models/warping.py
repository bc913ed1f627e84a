"""The right image seen from the left one, by a disparity."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["seen_by_both", "warp"]

_INSIDE = 0.9999  # interpolated ones: less where the border took part


def warp(right: Tensor, disparity: Tensor, *, align_corners: bool = True) -> Tensor:
    """Sample the right image at x - d, linearly; its border is repeated outside.

    Parameters
    ----------
    right : Tensor, (N, C, H, W)
        Right image or its features.
    disparity : Tensor, (N, 1, H, W)
        Disparity of the left image, px.
    align_corners : bool
        True samples at x - d. False repeats what networks do whose positions were normalised
        with W - 1 and H - 1 and then read as if the outer edges of the image were at -1 and 1,
        which is off by up to half a pixel.

    Returns
    -------
    Tensor, (N, C, H, W)
        Right image seen from the left.

    Examples
    --------
    >>> import torch
    >>> right = torch.arange(5.0).expand(1, 1, 2, 5)
    >>> warp(right, torch.full((1, 1, 2, 5), 1.0))[0, 0, 0].round(decimals=3).tolist()
    [0.0, 0.0, 1.0, 2.0, 3.0]
    """
    return functional.grid_sample(
        right, _grid(disparity), padding_mode="border", align_corners=align_corners
    )


def seen_by_both(disparity: Tensor, *, align_corners: bool = True) -> Tensor:
    """Return 1 where `warp` samples inside the right image, else 0.

    Parameters
    ----------
    disparity : Tensor, (N, 1, H, W)
        Disparity of the left image, px.
    align_corners : bool
        As in :func:`warp`.

    Returns
    -------
    Tensor, (N, 1, H, W)
        Of the dtype of `disparity`.

    Examples
    --------
    >>> import torch
    >>> seen_by_both(torch.full((1, 1, 2, 5), 2.0))[0, 0, 0].tolist()
    [0.0, 0.0, 1.0, 1.0, 1.0]
    """
    ones = torch.ones_like(disparity)
    seen = functional.grid_sample(
        ones, _grid(disparity), padding_mode="zeros", align_corners=align_corners
    )
    return (seen >= _INSIDE).to(disparity.dtype)


def _grid(disparity: Tensor) -> Tensor:
    """Return the positions (x - d, y), normalised so that corner pixels are at -1 and 1."""
    height, width = disparity.shape[2:]
    x = torch.arange(width, device=disparity.device, dtype=disparity.dtype) - disparity[:, 0]
    y = torch.arange(height, device=disparity.device, dtype=disparity.dtype)
    y = y[:, None].expand_as(x)
    return torch.stack([2 * x / max(width - 1, 1) - 1, 2 * y / max(height - 1, 1) - 1], dim=-1)
