"""Photometric errors of warped images, of Monodepth2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stereo.arguments import number
from stereo.losses._inputs import images
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Reprojection", "minimum_reprojection", "photometric_error", "ssim_error"]

_C1, _C2 = 0.01**2, 0.03**2


class Reprojection(NamedTuple):
    """The photometric loss of one scale.

    Attributes
    ----------
    loss : Tensor, ()
        Mean over all pixels of the smallest error.
    error : Tensor, (B, 1, H, W)
        The smallest error of each pixel.
    warped : Tensor, bool, (B, 1, H, W)
        True where a warped image explains the pixel best; False where an image does that wasn't
        warped at all, and the pixel teaches nothing (auto-masking).
    """

    loss: Tensor
    error: Tensor
    warped: Tensor


def ssim_error(first: Tensor, second: Tensor) -> Tensor:
    """Return (1 - SSIM) / 2 of two images, clipped to [0, 1].

    Means and variances are those of 3 x 3 pixels with equal weights; the border is reflected.

    Parameters
    ----------
    first, second : Tensor, floating point, (B, C, H, W)
        Images in [0, 1], at least 2 x 2 pixels.

    Returns
    -------
    Tensor, (B, C, H, W)
        0 where the images agree.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or different shapes.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli: Image quality assessment: from error visibility to structural
    similarity. TIP 2004. Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised
    monocular depth estimation. ICCV 2019.

    Examples
    --------
    >>> import torch
    >>> image = torch.rand(1, 3, 8, 8)
    >>> float(ssim_error(image, image).max())
    0.0
    """
    a, b = _pair(first, second)
    a, b = (functional.pad(image, (1, 1, 1, 1), mode="reflect") for image in (a, b))
    mean_a, mean_b = _mean(a), _mean(b)
    variance_a = _mean(a**2) - mean_a**2
    variance_b = _mean(b**2) - mean_b**2
    covariance = _mean(a * b) - mean_a * mean_b
    similarity = ((2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)) / (
        (mean_a**2 + mean_b**2 + _C1) * (variance_a + variance_b + _C2)
    )
    return ((1 - similarity) / 2).clamp(0, 1)


def photometric_error(first: Tensor, second: Tensor, *, ssim_weight: float = 0.85) -> Tensor:
    """Return ssim_weight * SSIM error + (1 - ssim_weight) * L1, the mean over the channels.

    Parameters
    ----------
    first, second : Tensor, floating point, (B, C, H, W)
        Images in [0, 1], at least 2 x 2 pixels.
    ssim_weight : float
        0 to 1; 0 = absolute differences alone.

    Returns
    -------
    Tensor, (B, 1, H, W)
        0 where the images agree.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or a weight that isn't in 0 … 1.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019, equation 2.

    Examples
    --------
    >>> import torch
    >>> image = torch.full((1, 3, 4, 4), 0.25)
    >>> photometric_error(image, image + 0.5, ssim_weight=0.0)[0, 0, 0, 0].item()
    0.5
    """
    if number("ssim_weight", ssim_weight) > 1:
        raise StereoValueError(f"ssim_weight = {ssim_weight:g} must be in 0 … 1")
    a, b = _pair(first, second)
    absolute = (a - b).abs().mean(1, keepdim=True)
    if ssim_weight == 0:
        return absolute
    structural = ssim_error(a, b).mean(1, keepdim=True)
    return ssim_weight * structural + (1 - ssim_weight) * absolute


def minimum_reprojection(
    target: Tensor,
    warped: Sequence[Tensor],
    unwarped: Sequence[Tensor] = (),
    *,
    ssim_weight: float = 0.85,
    tie_noise: Tensor | None = None,
) -> Reprojection:
    """Compare an image with several that were warped to it, each pixel with the best (Monodepth2).

    With `unwarped`, the same images as they were before, a pixel that one of them explains at
    least as well as any warped one is masked: it is at rest relative to the camera, or without
    texture. It still counts in the mean, as a constant.

    Parameters
    ----------
    target : Tensor, floating point, (B, C, H, W)
        The image, in [0, 1].
    warped : sequence of Tensor, (B, C, H, W)
        At least one source image, seen from the camera of the target.
    unwarped : sequence of Tensor, (B, C, H, W)
        The source images themselves; empty = no auto-masking.
    ssim_weight : float
        As in :func:`photometric_error`.
    tie_noise : Tensor, (B, len(unwarped), H, W), optional
        Added to the errors of the unwarped images, to break ties: 1e-5 times normal noise in
        training.

    Returns
    -------
    Reprojection
        Loss, error and mask. Only pixels that are not masked have a gradient.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors, different shapes, or no warped image.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019, sections 3.1 and 3.2.

    Examples
    --------
    >>> import torch
    >>> target = torch.rand(1, 3, 8, 8)
    >>> result = minimum_reprojection(target, [target], [torch.zeros_like(target)])
    >>> float(result.loss), bool(result.warped.all())
    (0.0, True)
    """
    if not warped:
        raise StereoValueError("there is no warped image: at least one is needed")
    errors = [photometric_error(source, target, ssim_weight=ssim_weight) for source in warped]
    at_rest = [photometric_error(source, target, ssim_weight=ssim_weight) for source in unwarped]
    if tie_noise is not None:
        at_rest = _noisy(at_rest, tie_noise)
    error, best = torch.cat(at_rest + errors, dim=1).min(dim=1, keepdim=True)
    return Reprojection(error.mean(), error, best >= len(at_rest))


def _noisy(errors: list[Tensor], noise: Tensor) -> list[Tensor]:
    if not errors:
        raise StereoValueError("tie_noise is for unwarped images, and there are none")
    stacked = torch.cat(errors, dim=1)
    if not isinstance(noise, torch.Tensor):
        raise StereoTypeError(f"tie_noise must be a torch.Tensor, got {type(noise).__name__}")
    if noise.shape != stacked.shape:
        raise StereoValueError(
            f"tie_noise is {tuple(noise.shape)}: expected {tuple(stacked.shape)}"
        )
    return [stacked + noise]


def _mean(image: Tensor) -> Tensor:
    """Return means of 3 x 3 pixels; sums of shifted images are faster than pooling on a CPU."""
    rows = image[:, :, :-2] + image[:, :, 1:-1] + image[:, :, 2:]
    return (rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]) / 9


def _pair(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    images("first", first)
    images("second", second)
    if first.shape != second.shape or min(first.shape[-2:]) < 2:
        raise StereoValueError(
            f"the images are {tuple(first.shape)} and {tuple(second.shape)}: both must have one "
            "shape (B, C, H, W) of at least 2 x 2 pixels"
        )
    return first, second
