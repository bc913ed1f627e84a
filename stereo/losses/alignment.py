"""Losses of depth up to scale and shift, of MiDaS."""

from __future__ import annotations

import torch
from torch import Tensor

from stereo.arguments import integer, number, word
from stereo.losses._inputs import as_images, checked_mask, same_maps
from stereo.losses.gradients import gradient_matching
from stereo.types import StereoValueError

__all__ = ["scale_and_shift", "scale_shift_invariant", "trimmed_scale_shift_invariant"]


def scale_and_shift(
    prediction: Tensor, target: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Fit scale * prediction + shift to the target, for each image by least squares.

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Usually inverse depth; the dimensions before the last two are those of a batch.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.

    Returns
    -------
    scale, shift : Tensor, (N,)
        N is the product of the first dimensions. Of a prediction that is constant to rounding the
        scale is 0 and the shift the mean of the target; without a pixel both are 0.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or different shapes.

    References
    ----------
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022, equation 4.

    Examples
    --------
    >>> import torch
    >>> prediction = torch.tensor([[[0.0, 1.0], [2.0, 3.0]]])
    >>> scale, shift = scale_and_shift(prediction, 2 * prediction - 1)
    >>> scale.tolist(), shift.tolist()
    ([2.0], [-1.0])
    """
    same_maps(prediction, target)
    counts = as_images(checked_mask(mask, target))
    p, t = (_shown(as_images(maps), counts) for maps in (prediction, target))
    pixels = counts.sum((1, 2)).clamp(min=1)
    p_mean, t_mean = p.sum((1, 2)) / pixels, t.sum((1, 2)) / pixels
    p_centred = _shown(p - p_mean[:, None, None], counts)
    t_centred = _shown(t - t_mean[:, None, None], counts)
    spread = (p_centred**2).sum((1, 2))
    rounding = (torch.finfo(p.dtype).eps * p.detach().abs().amax((1, 2))) ** 2 * pixels
    varies = spread > 16 * rounding
    product = (p_centred * t_centred).sum((1, 2))
    scale = torch.where(varies, product / torch.where(varies, spread, 1.0), 0.0)
    return scale, t_mean - scale * p_mean


def scale_shift_invariant(
    prediction: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    alpha: float = 0.5,
    scales: int = 4,
) -> Tensor:
    """Compare what is left after the best scale and shift of each image (MiDaS).

    Half the mean square of the aligned difference, over all pixels of the batch that count, plus
    `alpha` times :func:`gradient_matching` of the aligned prediction. Gradients go through the
    alignment too.

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Inverse depth, the prediction up to scale and shift.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.
    alpha : float
        Weight of the gradients, at least 0.
    scales : int
        Number of scales of the gradients, 1 to 16.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or options out of their ranges.

    References
    ----------
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022, equations 3 to 5 and 11.

    Examples
    --------
    >>> import torch
    >>> target = torch.rand(2, 8, 8)
    >>> float(scale_shift_invariant(5 - 3 * target, target)) < 1e-6
    True
    """
    number("alpha", alpha)
    integer("scales", scales, 1, 16)
    scale, shift = scale_and_shift(prediction, target, mask)
    counts = as_images(checked_mask(mask, target))
    p, t = (_shown(as_images(maps), counts) for maps in (prediction, target))
    aligned = scale[:, None, None] * p + shift[:, None, None]
    difference = _shown(aligned - t, counts)
    data = (difference**2).sum() / (2 * counts.sum().clamp(min=1))
    return data + alpha * gradient_matching(aligned, t, counts, scales=scales)


def trimmed_scale_shift_invariant(
    prediction: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    trim: float = 0.2,
    alpha: float = 0.0,
    scales: int = 4,
    median: str = "counted",
) -> Tensor:
    """Compare robustly normalised maps and leave the largest differences out (MiDaS).

    Each map has its median subtracted and is divided by its mean absolute deviation from it. Of the
    absolute differences of the batch the largest share `trim` is dropped; the sum of the others
    is divided by twice the number of all pixels that count. `alpha` times
    :func:`gradient_matching` of the normalised maps is added.

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Inverse depth, each up to a shift and a scale above 0.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.
    trim : float
        Share of the differences that is dropped, from 0 to below 1.
    alpha : float
        Weight of the gradients, at least 0.
    scales : int
        Number of scales of the gradients, 1 to 16.
    median : {"counted", "zeros"}
        The median is that of the pixels that count, the lower one of an even number; or that
        of all pixels, the others taken as 0, as in an implementation by the authors.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts. A constant map is only shifted.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or options out of their ranges.

    References
    ----------
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022, equations 6 to 8.

    Examples
    --------
    >>> import torch
    >>> target = torch.rand(2, 8, 8)
    >>> float(trimmed_scale_shift_invariant(3 * target + 5, target)) < 1e-6
    True
    """
    number("alpha", alpha)
    word("median", median, ("counted", "zeros"))
    if number("trim", trim) >= 1:
        raise StereoValueError(f"trim = {trim:g} must be from 0 to below 1")
    integer("scales", scales, 1, 16)
    same_maps(prediction, target)
    counts = as_images(checked_mask(mask, target))
    p, t = (
        _normalised(_shown(as_images(maps), counts), counts, median)
        for maps in (prediction, target)
    )
    errors = (p - t).abs()[counts]
    kept = errors.sort().values[: int(errors.numel() * (1 - trim))]
    data = kept.sum() / (2 * counts.sum().clamp(min=1))
    return data + alpha * gradient_matching(p, t, counts, scales=scales) if alpha else data


def _normalised(maps: Tensor, counts: Tensor, median: str) -> Tensor:
    """Subtract the median of each map and divide by the mean absolute deviation from it."""
    pixels = counts.sum((1, 2))
    if median == "zeros":
        middle = maps.flatten(1).median(dim=1).values
    else:
        ranked = torch.where(counts, maps, torch.inf).flatten(1).sort(dim=1).values
        place = ((pixels - 1).clamp(min=0) // 2)[:, None]
        middle = ranked.gather(1, place)[:, 0]
        middle = torch.where(pixels > 0, middle, 0.0)
    shifted = _shown(maps - middle[:, None, None], counts)
    deviation = shifted.abs().sum((1, 2)) / pixels.clamp(min=1)
    return shifted / torch.where(deviation > 0, deviation, 1.0)[:, None, None]


def _shown(maps: Tensor, counts: Tensor) -> Tensor:
    return torch.where(counts, maps, torch.zeros_like(maps))
