"""Encoder and decoders of Monodepth2 (Godard et al. 2019)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from stereo.models.resnet import ResNet18

__all__ = ["DepthDecoder", "Encoder", "PoseDecoder"]

_MEAN, _DEVIATION = 0.45, 0.225
_SCALES = 4
_POSE_SCALE = 0.01


class Encoder(nn.Module):
    """ResNet-18 with the normalisation before it."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.encoder = ResNet18(channels, width)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return features at five scales, the finest first, of images in [0, 1]."""
        features: list[Tensor] = self.encoder((images - _MEAN) / _DEVIATION)
        return features


class _Convolution(nn.Module):
    """3 x 3, with the border reflected."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(functional.pad(x, (1, 1, 1, 1), mode="reflect"))


class _Block(nn.Module):
    """A convolution and an ELU."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.conv = _Convolution(channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.elu(self.conv(x))


class DepthDecoder(nn.Module):
    """From the coarsest features up: convolve, double, add the skip, convolve."""

    def __init__(self, width: int) -> None:
        super().__init__()
        skips = [width, width, 2 * width, 4 * width]
        outputs = [width // 4, width // 2, width, 2 * width, 4 * width]
        blocks: list[nn.Module] = []
        channels = 8 * width
        for level in reversed(range(len(outputs))):
            joined = outputs[level] + (skips[level - 1] if level else 0)
            blocks += [_Block(channels, outputs[level]), _Block(joined, outputs[level])]
            channels = outputs[level]
        heads = [_Convolution(outputs[scale], 1) for scale in range(_SCALES)]
        self.decoder = nn.ModuleList([*blocks, *heads])

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Return sigmoid disparities at four scales, the finest first."""
        levels = len(features)
        x, disparities = features[-1], []
        for k, level in enumerate(reversed(range(levels))):
            x = functional.interpolate(self.decoder[2 * k](x), scale_factor=2, mode="nearest")
            if level:
                x = torch.cat([x, features[level - 1]], dim=1)
            x = self.decoder[2 * k + 1](x)
            if level < _SCALES:
                disparities.append(torch.sigmoid(self.decoder[2 * levels + level](x)))
        return disparities[::-1]


class PoseDecoder(nn.Module):
    """Four convolutions and a mean over the image: six numbers for each of two motions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = 4 * width
        self.net = nn.ModuleList(
            [
                nn.Conv2d(8 * width, inner, 1),
                nn.Conv2d(inner, inner, 3, padding=1),
                nn.Conv2d(inner, inner, 3, padding=1),
                nn.Conv2d(inner, 12, 1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return two motions (B, 2, 1, 6): axis-angle and translation."""
        for layer in self.net[:-1]:
            x = functional.relu(layer(x))
        motion = self.net[-1](x).mean(3).mean(2)
        return _POSE_SCALE * motion.view(-1, 2, 1, 6)
