"""Features of an image at a third, a sixth and a twelfth of its size."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from ..deformable import DeformableConv2d
from .hourglass import BasicConv, Hourglass
from .layers import Bottleneck, conv_norm, leaky

__all__ = ["FeaturePyramid", "FeaturePyramidNetwork", "HourglassFeatures", "ResNetFeatures"]


class ResNetFeatures(nn.Module):
    """Three stages of bottlenecks; the last one with deformable convolutions."""

    channels = (128, 256, 512)

    def __init__(self) -> None:
        super().__init__()
        stem = nn.Conv2d(3, 32, 7, 3, padding=3, bias=False)
        self.conv1 = nn.Sequential(stem, nn.BatchNorm2d(32), nn.ReLU(inplace=True))
        self.layer1 = _stage(32, 32, blocks=3, stride=1)
        self.layer2 = _stage(128, 64, blocks=4, stride=2)
        self.layer3 = _stage(256, 128, blocks=6, stride=2, deformable=True)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return three feature maps of (N, 3, H, W), the finest first."""
        fine = self.layer1(self.conv1(image))
        middle = self.layer2(fine)
        return [fine, middle, self.layer3(middle)]


class FeaturePyramidNetwork(nn.Module):
    """Coarse features added to fine ones (Lin et al. 2017); 128 channels at each scale."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.lateral_convs = nn.ModuleList(nn.Conv2d(inputs, 128, 1) for inputs in channels)
        self.fpn_convs = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(128, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(inplace=True)
            )
            for _ in channels
        )

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Return feature maps of the same sizes, the finest first."""
        maps = [lateral(x) for lateral, x in zip(self.lateral_convs, features, strict=True)]
        for scale in range(len(maps) - 1, 0, -1):
            larger = functional.interpolate(maps[scale], scale_factor=2, mode="nearest")
            maps[scale - 1] = maps[scale - 1] + larger
        return [smooth(x) for smooth, x in zip(self.fpn_convs, maps, strict=True)]


class HourglassFeatures(Hourglass):
    """The feature network of GA-Net: a stem to a third of the size and a stacked hourglass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_start = nn.Sequential(
            BasicConv(3, 32), BasicConv(32, 32, 5, 3), DeformableConv2d(32, 32)
        )

    def forward(self, image: Tensor) -> Tensor:
        """Return (N, 32, H / 3, W / 3)."""
        return self.hourglass(self.conv_start(image))


class FeaturePyramid(nn.Module):
    """Coarser features from fine ones, twice the channels at half the size."""

    def __init__(self) -> None:
        super().__init__()
        self.out1 = _halving(32, 64)
        self.out2 = _halving(64, 128)

    def forward(self, fine: Tensor) -> list[Tensor]:
        """Return three feature maps, the finest being the given one."""
        middle = self.out1(fine)
        return [fine, middle, self.out2(middle)]


def _halving(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        *conv_norm(inputs, outputs, stride=2), leaky(), *conv_norm(outputs, outputs, 1), leaky()
    )


def _stage(
    inputs: int, width: int, *, blocks: int, stride: int, deformable: bool = False
) -> nn.Module:
    outputs = 4 * width
    first = Bottleneck(inputs, width, outputs, stride, deformable=deformable)
    others = (Bottleneck(outputs, width, outputs, deformable=deformable) for _ in range(blocks - 1))
    return nn.Sequential(first, *others)
