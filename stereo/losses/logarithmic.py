"""Scale-invariant losses of the logarithm of depth."""

from __future__ import annotations

import torch
from torch import Tensor

from stereo.arguments import flag, number
from stereo.losses._inputs import checked_mask, floating, masked_mean, same_maps
from stereo.types import StereoValueError

__all__ = ["scale_invariant_log", "zoedepth_silog"]

_ZOEDEPTH_EPSILON = 1e-7
_ZOEDEPTH_FACTOR = 10.0


def scale_invariant_log(
    prediction: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    weight: float = 0.5,
    root: bool = False,
) -> Tensor:
    """Compare depths up to a part of their common scale.

    With d = ln prediction - ln target over all n pixels that count, the loss is
    mean(d²) - weight * mean(d)² (Eigen et al. 2014, equation 4).

    Parameters
    ----------
    prediction, target : Tensor, floating point, (..., H, W)
        Depth, above 0 where it counts.
    mask : Tensor, bool, (..., H, W), optional
        The pixels that count; by default all.
    weight : float
        0 to 1. 0 = the mean square of the logarithms; 1 = a common factor costs nothing.
    root : bool
        Return the square root, as Depth Anything V2 does for metric depth.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or a depth that counts and isn't above 0.

    References
    ----------
    Eigen, Puhrsch, Fergus: Depth map prediction from a single image using a multi-scale deep
    network. NIPS 2014. Yang et al.: Depth Anything V2. NeurIPS 2024.

    Examples
    --------
    >>> import torch
    >>> target = torch.tensor([[1.0, 2.0, 4.0]])
    >>> float(scale_invariant_log(3 * target, target, weight=1.0)) < 1e-6
    True
    """
    _checked_weight(weight)
    flag("root", root)
    same_maps(prediction, target)
    counts = checked_mask(mask, target)
    difference = _log(prediction, counts, "prediction") - _log(target, counts, "target")
    square = masked_mean(difference**2, counts)
    loss = square - weight * masked_mean(difference, counts) ** 2
    return _safe_root(loss) if root else loss


def zoedepth_silog(
    prediction: Tensor, target: Tensor, mask: Tensor | None = None, *, beta: float = 0.15
) -> Tensor:
    """Compare metric depths as ZoeDepth is trained.

    With d = ln(prediction + ε) - ln(target + ε), ε = 1e-7, the loss is
    10 * sqrt(var(d) + beta * mean(d)²), the variance being the unbiased one.

    Parameters
    ----------
    prediction : Tensor, floating point, (B, 1, h, w)
        Metric depth, at least 0. One of another size than the target is resized bilinearly, with
        the centres of the corner pixels on one another.
    target : Tensor, floating point, (B, 1, H, W)
        Metric depth, at least 0 where it counts.
    mask : Tensor, bool, (B, 1, H, W), optional
        The pixels that count; by default all.
    beta : float
        Weight of the common scale, at least 0.

    Returns
    -------
    Tensor, ()
        The loss; 0 where no pixel counts. A single pixel has no variance.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or a depth that counts and is negative or NaN.

    References
    ----------
    Bhat, Birkl, Wofk, Wonka, Müller: ZoeDepth: Zero-shot transfer by combining relative and
    metric depth. arXiv 2302.12288, 2023.

    Examples
    --------
    >>> import torch
    >>> target = torch.full((1, 1, 4, 4), 2.0)
    >>> float(zoedepth_silog(target, target))
    0.0
    """
    number("beta", beta)
    predicted = _resized(floating("prediction", prediction), floating("target", target))
    counts = checked_mask(mask, target)
    difference = _log(predicted, counts, "prediction", _ZOEDEPTH_EPSILON)
    difference = difference - _log(target, counts, "target", _ZOEDEPTH_EPSILON)
    mean = masked_mean(difference, counts)
    squares = ((difference - mean) ** 2 * counts).sum()
    variance = squares / (counts.sum() - 1).clamp(min=1)
    return _ZOEDEPTH_FACTOR * _safe_root(variance + beta * mean**2)


def _resized(prediction: Tensor, target: Tensor) -> Tensor:
    if target.ndim != 4 or prediction.ndim != 4 or prediction.shape[:2] != target.shape[:2]:
        raise StereoValueError(
            f"prediction is {tuple(prediction.shape)} and target {tuple(target.shape)}: expected "
            "(B, 1, h, w) and (B, 1, H, W)"
        )
    if prediction.shape == target.shape:
        return prediction
    return torch.nn.functional.interpolate(
        prediction, size=target.shape[-2:], mode="bilinear", align_corners=True
    )


def _log(depth: Tensor, counts: Tensor, name: str, epsilon: float = 0.0) -> Tensor:
    """Return ln(depth + epsilon), and 0 where the pixel doesn't count."""
    shown = torch.where(counts, depth, torch.ones_like(depth))
    usable = shown >= 0 if epsilon else shown > 0
    if not bool((usable & shown.isfinite()).all()):
        wanted = "at least 0" if epsilon else "above 0"
        raise StereoValueError(
            f"{name} has depths that count and are not finite and {wanted}: mask them"
        )
    return torch.where(counts, torch.log(shown + epsilon), torch.zeros_like(depth))


def _safe_root(value: Tensor) -> Tensor:
    """Return the square root; 0, with a gradient of 0, where rounding left nothing above 0."""
    positive = value > 0
    return torch.where(
        positive, torch.sqrt(torch.where(positive, value, torch.ones_like(value))), 0 * value
    )


def _checked_weight(weight: float) -> None:
    if number("weight", weight) > 1:
        raise StereoValueError(f"weight = {weight:g} must be in 0 … 1")
