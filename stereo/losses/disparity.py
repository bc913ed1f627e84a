"""Losses of disparity maps that a network gives at several scales or in several iterations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stereo.arguments import number
from stereo.losses._inputs import checked_mask, floating, images, masked_mean, same_maps
from stereo.types import StereoValueError

__all__ = ["SequenceLoss", "pyramid_smooth_l1", "sequence_loss", "smooth_l1"]

_AANET_WEIGHTS = (1 / 3, 2 / 3, 1.0, 1.0, 1.0)
_ITERATIONS_OF_GAMMA = 15  # RAFT-Stereo's decay is gamma a step for 16 iterations


class SequenceLoss(NamedTuple):
    """The loss of a sequence of disparities, and how good the last one is.

    Attributes
    ----------
    loss : Tensor, ()
        What is trained.
    epe : Tensor, ()
        Mean absolute error of the last prediction, px.
    within_1px, within_3px, within_5px : Tensor, ()
        Share of the pixels whose last error is below 1, 3 and 5 px.
    """

    loss: Tensor
    epe: Tensor
    within_1px: Tensor
    within_3px: Tensor
    within_5px: Tensor


def smooth_l1(prediction: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the mean of 0.5 e² where the error e is below 1 px, and of abs(e) - 0.5 beyond.

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Disparity, px.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or different shapes.

    References
    ----------
    Chang, Chen: Pyramid stereo matching network. CVPR 2018, equation 2.

    Examples
    --------
    >>> import torch
    >>> float(smooth_l1(torch.tensor([[0.0, 5.0]]), torch.tensor([[0.5, 3.0]])))
    0.8125
    """
    same_maps(prediction, target)
    counts = checked_mask(mask, target)
    difference = torch.where(counts, prediction - target, torch.zeros_like(target))
    values = functional.smooth_l1_loss(difference, torch.zeros_like(difference), reduction="none")
    return masked_mean(values, counts)


def pyramid_smooth_l1(
    predictions: Sequence[Tensor],
    target: Tensor,
    mask: Tensor | None = None,
    *,
    weights: Sequence[float] = _AANET_WEIGHTS,
) -> Tensor:
    """Return the weighted sum of :func:`smooth_l1` over disparities of several sizes (AANet).

    A smaller map is resized bilinearly to the target and multiplied by the ratio of the widths.

    Parameters
    ----------
    predictions : sequence of Tensor, floating point, (B, h, w)
        Disparity in pixels of their own size, the coarsest first.
    target : Tensor, floating point, (B, H, W)
        Disparity, px.
    mask : Tensor, bool, (B, H, W), optional
        The pixels that count; by default all.
    weights : sequence of float
        One a prediction; by default those of AANet for 1/12, 1/6, 1/3, 1/2 and full size.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes, or if there are not as many weights as predictions.

    References
    ----------
    Xu, Zhang: AANet: Adaptive aggregation network for efficient stereo matching. CVPR 2020,
    equations 7 and 8.

    Examples
    --------
    >>> import torch
    >>> target = torch.full((1, 8, 8), 6.0)
    >>> float(pyramid_smooth_l1([target[:, ::2, ::2] / 2, target], target, weights=[1, 1]))
    0.0
    """
    floating("target", target)
    if target.ndim != 3:
        raise StereoValueError(f"target is {tuple(target.shape)}: expected (B, H, W)")
    factors = [number("weights", weight) for weight in weights]
    if len(factors) != len(predictions) or not factors:
        raise StereoValueError(
            f"there are {len(predictions)} predictions and {len(factors)} weights: expected one "
            "a prediction, and at least one"
        )
    terms = [
        factor * smooth_l1(_full_size(prediction, target), target, mask)
        for factor, prediction in zip(factors, predictions, strict=True)
    ]
    return torch.stack(terms).sum()


def _full_size(prediction: Tensor, target: Tensor) -> Tensor:
    floating("prediction", prediction)
    if prediction.ndim != 3 or prediction.shape[0] != target.shape[0]:
        raise StereoValueError(
            f"a prediction is {tuple(prediction.shape)} and the target {tuple(target.shape)}: "
            "expected (B, h, w) and (B, H, W)"
        )
    if prediction.shape == target.shape:
        return prediction
    resized = functional.interpolate(
        prediction[:, None], size=target.shape[-2:], mode="bilinear", align_corners=False
    )
    return resized[:, 0] * (target.shape[-1] / prediction.shape[-1])


def sequence_loss(
    predictions: Sequence[Tensor],
    target: Tensor,
    mask: Tensor | None = None,
    *,
    gamma: float = 0.9,
    max_disp: float = 700.0,
) -> SequenceLoss:
    """Return RAFT's loss: absolute errors of all iterations, later ones weighing more.

    Of n predictions the i-th (from 0) has the weight g^(n - 1 - i) with g = gamma^(15 / (n - 1)),
    so that the first of them weighs the same whatever n is. A single one has the weight 1.

    Parameters
    ----------
    predictions : sequence of Tensor, floating point, (B, 1, H, W)
        Disparity, or RAFT's flow, which is its negative, of each iteration, px.
    target : Tensor, floating point, (B, 1, H, W)
        The same, true.
    mask : Tensor, bool, (B, 1, H, W), optional
        The pixels that count; by default all.
    gamma : float
        Above 0, to 1.
    max_disp : float
        True values of this size or more don't count, px.

    Returns
    -------
    SequenceLoss
        All 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, no prediction, or options out of their ranges.

    References
    ----------
    Lipson, Teed, Deng: RAFT-Stereo: Multilevel recurrent field transforms for stereo matching. 3DV
    2021, equation 5.

    Examples
    --------
    >>> import torch
    >>> target = torch.zeros(1, 1, 4, 4)
    >>> result = sequence_loss([target + 2, target + 1], target)
    >>> round(float(result.loss), 3), float(result.epe), float(result.within_3px)
    (1.412, 1.0, 1.0)
    """
    if number("gamma", gamma, positive=True) > 1:
        raise StereoValueError(f"gamma = {gamma:g} must be above 0, at most 1")
    number("max_disp", max_disp, positive=True)
    images("target", target)
    if not predictions:
        raise StereoValueError("there is no prediction: at least one is needed")
    counts = checked_mask(mask, target)
    counts = counts & (torch.where(counts, target, torch.inf).abs() < max_disp)
    decay = gamma ** (_ITERATIONS_OF_GAMMA / max(1, len(predictions) - 1))
    errors = [_absolute_error(prediction, target, counts) for prediction in predictions]
    terms = [
        decay ** (len(errors) - 1 - i) * masked_mean(error, counts)
        for i, error in enumerate(errors)
    ]
    last = errors[-1].detach()
    within = [masked_mean((last < limit).to(last.dtype), counts) for limit in (1, 3, 5)]
    return SequenceLoss(torch.stack(terms).sum(), masked_mean(last, counts), *within)


def _absolute_error(prediction: Tensor, target: Tensor, counts: Tensor) -> Tensor:
    same_maps(prediction, target)
    return torch.where(counts, prediction - target, torch.zeros_like(target)).abs()
