"""The loss of Monodepth2: an image explained by others, through depth and motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stereo.arguments import number
from stereo.losses import Reprojection, edge_aware_smoothness, minimum_reprojection
from stereo.models.monodepth2 import disparity_to_depth
from stereo.train.warping import back_project, project, sample
from stereo.types import StereoValueError

__all__ = ["Explanation", "Source", "explain"]


class Source(NamedTuple):
    """An image that is to explain the target.

    Attributes
    ----------
    image : Tensor, floating point, (B, 3, H, W)
        RGB in [0, 1], of the size of the target.
    K : Tensor, floating point, (B, 3, 3)
        Its camera matrices, px.
    source_from_target : Tensor, floating point, (B, 4, 4)
        Rigid transforms from the camera of the target to that of this image.
    """

    image: Tensor
    K: Tensor
    source_from_target: Tensor


class Explanation(NamedTuple):
    """What the loss was made of.

    Attributes
    ----------
    loss : Tensor, ()
        The mean over the scales of photometric and smoothness terms.
    photometric : Tensor, ()
        The mean over the scales of the photometric terms alone.
    scales : list of Reprojection
        The photometric result of each scale, the finest first.
    losses : list of Tensor, ()
        The loss of each scale.
    warped : list of Tensor, (B, 3, H, W)
        Each source, warped with the finest disparity.
    depth : Tensor, (B, 1, H, W)
        Depth of the finest disparity.
    """

    loss: Tensor
    photometric: Tensor
    scales: list[Reprojection]
    losses: list[Tensor]
    warped: list[Tensor]
    depth: Tensor


def explain(
    target: Tensor,
    K: Tensor,
    disparities: Sequence[Tensor],
    sources: Sequence[Source],
    *,
    min_depth: float = 0.1,
    max_depth: float = 100.0,
    smoothness: float = 1e-3,
    ssim_weight: float = 0.85,
    auto_mask: bool = True,
    tie_noise: Tensor | None = None,
    align_corners: bool = True,
) -> Explanation:
    """Warp the sources to the target with the depth of each scale, and compare.

    Every disparity is resized to full size first, and compared there (multi-scale estimation at
    full resolution); its smoothness is that of its own size.

    Parameters
    ----------
    target : Tensor, floating point, (B, 3, H, W)
        RGB in [0, 1].
    K : Tensor, floating point, (B, 3, 3)
        Camera matrices of the target, px.
    disparities : sequence of Tensor, (B, 1, h, w)
        Sigmoid outputs, the finest first; the s-th is 2^s times smaller than the target.
    sources : sequence of Source
        At least one.
    min_depth, max_depth : float
        The range of depth.
    smoothness : float
        Weight of the smoothness term, halved from scale to scale.
    ssim_weight : float
        Part of SSIM in the photometric error, 0 to 1.
    auto_mask : bool
        Mask pixels that the unwarped sources explain as well.
    tie_noise : Tensor, (B, len(sources), H, W), optional
        Added to the errors of the unwarped sources.
    align_corners : bool
        As in :func:`stereo.train.warping.sample`.

    Returns
    -------
    Explanation
        The loss and its parts.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes, no source, or options out of their ranges.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019, section 3.

    Examples
    --------
    >>> import torch
    >>> target = torch.rand(1, 3, 32, 32)
    >>> K = torch.tensor([[[30.0, 0, 16], [0, 30, 16], [0, 0, 1]]])
    >>> source = Source(target, K, torch.eye(4)[None])
    >>> disparity = torch.full((1, 1, 32, 32), 0.5)
    >>> float(explain(target, K, [disparity], [source], auto_mask=False).loss) < 1e-3
    True
    """
    number("smoothness", smoothness)
    if not sources or not disparities:
        raise StereoValueError("there must be at least one source and one disparity")
    unwarped = [source.image for source in sources] if auto_mask else []
    scales, losses, first = [], [], None
    for scale, disparity in enumerate(disparities):
        full = functional.interpolate(
            disparity, size=target.shape[-2:], mode="bilinear", align_corners=False
        )
        _, depth = disparity_to_depth(full, min_depth, max_depth)
        warped = _warped(depth, K, sources, align_corners)
        first = first or (warped, depth)
        scales.append(
            minimum_reprojection(
                target, warped, unwarped, ssim_weight=ssim_weight, tie_noise=tie_noise
            )
        )
        small = functional.avg_pool2d(target, 2**scale)
        smooth = edge_aware_smoothness(disparity, small)
        losses.append(scales[-1].loss + smoothness / 2**scale * smooth)
    assert first is not None  # there is a disparity
    photometric = torch.stack([scale.loss for scale in scales]).mean()
    return Explanation(torch.stack(losses).mean(), photometric, scales, losses, *first)


def _warped(
    depth: Tensor, K: Tensor, sources: Sequence[Source], align_corners: bool
) -> list[Tensor]:
    points = back_project(depth, K)
    return [
        sample(
            source.image,
            project(points, source.K, source.source_from_target),
            align_corners=align_corners,
        )
        for source in sources
    ]
