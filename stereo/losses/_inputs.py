"""Checks of the tensors that losses are given, and sums under a mask."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from stereo.types import StereoTypeError, StereoValueError

__all__ = [
    "as_images",
    "checked_mask",
    "floating",
    "images",
    "masked_mean",
    "same_maps",
]


def floating(name: str, value: Any) -> Tensor:
    """Return a tensor of floating-point numbers; StereoTypeError if it is none."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        kind = value.dtype if isinstance(value, torch.Tensor) else type(value).__name__
        raise StereoTypeError(f"{name} must be a floating-point torch.Tensor, got {kind}")
    if value.numel() == 0:
        raise StereoValueError(f"{name} is empty: its shape is {tuple(value.shape)}")
    return value


def same_maps(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return two tensors (..., H, W) of one shape."""
    floating("prediction", prediction)
    floating("target", target)
    if prediction.shape != target.shape or prediction.ndim < 2:
        raise StereoValueError(
            f"prediction is {tuple(prediction.shape)} and target {tuple(target.shape)}: "
            "both must have one shape (..., H, W)"
        )
    return prediction, target


def images(name: str, value: Tensor) -> Tensor:
    """Return a tensor (B, C, H, W)."""
    floating(name, value)
    if value.ndim != 4:
        raise StereoValueError(f"{name} is {tuple(value.shape)}: expected (B, C, H, W)")
    return value


def checked_mask(mask: Tensor, like: Tensor) -> Tensor:
    """Return a mask of booleans of the shape of `like`; None is all True."""
    if mask is None:
        return torch.ones_like(like, dtype=torch.bool)
    if not isinstance(mask, torch.Tensor) or mask.dtype != torch.bool:
        kind = mask.dtype if isinstance(mask, torch.Tensor) else type(mask).__name__
        raise StereoTypeError(f"mask must be a bool torch.Tensor, got {kind}")
    if mask.shape != like.shape:
        raise StereoValueError(
            f"mask is {tuple(mask.shape)} and the target {tuple(like.shape)}: "
            "both must have one shape"
        )
    return mask


def as_images(maps: Tensor) -> Tensor:
    """Return maps (..., H, W) as (N, H, W)."""
    return maps.reshape(-1, *maps.shape[-2:])


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of what the mask selects; 0, with a gradient of 0, where it selects none.

    `values` are finite under the mask's zeros too: select before computing.
    """
    return (values * mask).sum() / mask.sum().clamp(min=1)
