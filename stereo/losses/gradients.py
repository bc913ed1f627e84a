"""Losses of the gradients of depth, which keep edges where they are."""

from __future__ import annotations

import torch
from torch import Tensor

from stereo.arguments import integer
from stereo.losses._inputs import as_images, checked_mask, masked_mean, same_maps
from stereo.types import StereoValueError

__all__ = ["gradient_matching", "gradient_orientation"]

_MOST_SCALES = 16


def gradient_matching(
    prediction: Tensor, target: Tensor, mask: Tensor | None = None, *, scales: int = 4
) -> Tensor:
    """Compare gradients on several scales (Li and Snavely 2018).

    Of the difference R = prediction - target, on the grids of every 1st, 2nd, 4th, ... pixel, the
    absolute differences of neighbours along both axes are summed where both count, and divided by
    the number of pixels of that grid that count, over the whole batch. The loss is the sum over
    the scales.

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Depth, inverse depth, or their logarithms.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.
    scales : int
        Number of scales, 1 to 16.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or a number of scales that can't be used.

    References
    ----------
    Li, Snavely: MegaDepth: Learning single-view depth prediction from internet photos. CVPR 2018.
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022, equation 11.

    Examples
    --------
    >>> import torch
    >>> ramp = torch.arange(8.0).expand(1, 8, 8)
    >>> float(gradient_matching(ramp + 5, ramp))
    0.0
    """
    integer("scales", scales, 1, _MOST_SCALES)
    same_maps(prediction, target)
    counts = as_images(checked_mask(mask, target))
    difference = as_images(prediction) - as_images(target)
    return _matching(torch.where(counts, difference, torch.zeros_like(difference)), counts, scales)


def _matching(difference: Tensor, counts: Tensor, scales: int) -> Tensor:
    """Sum the terms of all scales; `difference` is 0 where it doesn't count."""
    total = difference.sum() * 0
    for step in (2**k for k in range(scales)):
        r, m = difference[:, ::step, ::step], counts[:, ::step, ::step]
        down = ((r[:, 1:] - r[:, :-1]).abs() * (m[:, 1:] & m[:, :-1])).sum()
        across = ((r[:, :, 1:] - r[:, :, :-1]).abs() * (m[:, :, 1:] & m[:, :, :-1])).sum()
        total = total + (down + across) / m.sum().clamp(min=1)
    return total


def gradient_orientation(prediction: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Compare strength and direction of the gradients, as ZoeDepth's gradient loss does.

    With gx and gy the differences to the left and the upper neighbour, the loss is the mean
    absolute difference of gx² + gy² plus that of atan(gy / (gx + 1e-10)).

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Depth, at least 2 x 2 pixels.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; a gradient counts if its three pixels do.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no gradient counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or maps of less than 2 x 2 pixels.

    References
    ----------
    Bhat, Birkl, Wofk, Wonka, Müller: ZoeDepth. arXiv 2302.12288, 2023.

    Examples
    --------
    >>> import torch
    >>> ramp = torch.arange(8.0).expand(1, 8, 8)
    >>> float(gradient_orientation(2 * ramp, ramp))
    3.0
    """
    same_maps(prediction, target)
    if min(target.shape[-2:]) < 2:
        raise StereoValueError(f"maps of {tuple(target.shape)} have no gradients: 2 x 2 at least")
    counts = as_images(checked_mask(mask, target))
    m = counts[:, 1:, 1:] & counts[:, 1:, :-1] & counts[:, :-1, 1:]
    strengths, angles = zip(
        *(_polar(as_images(maps), counts) for maps in (prediction, target)), strict=True
    )
    strength = masked_mean((strengths[0] - strengths[1]).abs(), m)
    return strength + masked_mean((angles[0] - angles[1]).abs(), m)


def _polar(maps: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    shown = torch.where(counts, maps, torch.zeros_like(maps))
    gx = shown[:, 1:, 1:] - shown[:, 1:, :-1]
    gy = shown[:, 1:, 1:] - shown[:, :-1, 1:]
    return gx**2 + gy**2, torch.atan(gy / (gx + 1e-10))
