"""A disparity made finer, guided by the image and by what its warping leaves unexplained."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..deformable import DeformableConv2d
from ..warping import warp
from .hourglass import Hourglass
from .layers import conv_norm, leaky

__all__ = ["DilatedRefinement", "HourglassRefinement", "refine"]


class DilatedRefinement(nn.Module):
    """Residual blocks of growing dilation (Chabra et al., StereoDRNet, CVPR 2019)."""

    dilations = (1, 2, 4, 8, 1, 1)

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(*conv_norm(6, 16), leaky())
        self.conv2 = nn.Sequential(*conv_norm(1, 16), leaky())
        self.dilated_blocks = nn.Sequential(*(DilatedBlock(32, d) for d in self.dilations))
        self.final_conv = nn.Conv2d(32, 1, 3, padding=1)

    def forward(self, guide: Tensor, disparity: Tensor) -> Tensor:
        """Return the residual (N, 1, H, W) of a disparity, given (N, 6, H, W)."""
        x = torch.cat([self.conv1(guide), self.conv2(disparity)], dim=1)
        return self.final_conv(self.dilated_blocks(x))


class DilatedBlock(nn.Module):
    """Two dilated 3x3 convolutions beside a shortcut."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = _dilated(channels, dilation)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _dilated(channels, dilation)
        self.bn2 = nn.BatchNorm2d(channels)
        self.activation = leaky()

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        y = self.activation(self.bn1(self.conv1(x)))
        return self.activation(self.bn2(self.conv2(y)) + x)


class HourglassRefinement(Hourglass):
    """The stacked hourglass on the same input."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(*conv_norm(6, 16), leaky())
        self.conv2 = nn.Sequential(*conv_norm(1, 16), leaky())
        self.conv_start = DeformableConv2d(32, 32)
        self.final_conv = nn.Conv2d(32, 1, 3, padding=1)

    def forward(self, guide: Tensor, disparity: Tensor) -> Tensor:
        """Return the residual (N, 1, H, W) of a disparity, given (N, 6, H, W)."""
        x = torch.cat([self.conv1(guide), self.conv2(disparity)], dim=1)
        return self.final_conv(self.hourglass(self.conv_start(x)))


def refine(
    module: nn.Module, disparity: Tensor, left: Tensor, right: Tensor, *, align_corners: bool
) -> Tensor:
    """Bring a disparity (N, h, w) to the size of the images, (N, H, W), and refine it."""
    size = left.shape[2:]
    scale = size[1] / disparity.shape[2]
    coarse = functional.interpolate(
        disparity[:, None] * scale, size, mode="bilinear", align_corners=False
    )
    unexplained = warp(right, coarse, align_corners=align_corners) - left
    residual = module(torch.cat([unexplained, left], dim=1), coarse)
    return (coarse + residual).relu()[:, 0]


def _dilated(channels: int, dilation: int) -> nn.Module:
    return nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
