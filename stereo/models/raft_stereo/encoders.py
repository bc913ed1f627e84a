"""The encoders: residual networks for what is correlated and for the context."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["ContextEncoder", "FeatureEncoder", "ResidualBlock"]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut; ReLU after each norm and after the sum."""

    def __init__(self, inputs: int, outputs: int, norm: str, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm1 = normalisation(norm, outputs)
        self.norm2 = normalisation(norm, outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.norm3 = normalisation(norm, outputs)  # checkpoints have it under both names
            shortcut = nn.Conv2d(inputs, outputs, 1, stride)
            self.downsample = nn.Sequential(shortcut, self.norm3)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride)."""
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y)).relu()
        return ((x if self.downsample is None else self.downsample(x)) + y).relu()


class _Backbone(nn.Module):
    """Stem and three stages, which bring an image to 1 / 2^downsample of its size."""

    def __init__(self, channels: tuple[int, int, int], downsample: int, norm: str) -> None:
        super().__init__()
        first, second, third = channels
        self.norm1 = normalisation(norm, first)
        self.conv1 = nn.Conv2d(3, first, 7, 2 if downsample > 2 else 1, padding=3)
        self.layer1 = _stage(first, first, norm, 1)
        self.layer2 = _stage(first, second, norm, 2 if downsample > 1 else 1)
        self.layer3 = _stage(second, third, norm, 2 if downsample > 0 else 1)

    def trunk(self, image: Tensor) -> Tensor:
        """Return what the three stages make of (N, 3, H, W)."""
        x = self.norm1(self.conv1(image)).relu()
        return self.layer3(self.layer2(self.layer1(x)))


class FeatureEncoder(_Backbone):
    """Features to be correlated; instance norm, which has no state."""

    def __init__(self, channels: tuple[int, int, int], outputs: int, downsample: int) -> None:
        super().__init__(channels, downsample, "instance")
        self.conv2 = nn.Conv2d(channels[2], outputs, 1)
        initialise(self)

    def forward(self, image: Tensor) -> Tensor:
        """Return (N, outputs, h, w)."""
        return self.conv2(self.trunk(image))


class ContextEncoder(_Backbone):
    """Initial state and context of the recurrent unit, at three resolutions.

    Checkpoints hold all three, also where fewer are used: the names say 08, 16 and 32 whatever
    the resolution is.
    """

    def __init__(
        self, channels: tuple[int, int, int], hidden: int, downsample: int, norm: str
    ) -> None:
        super().__init__(channels, downsample, norm)
        width = channels[2]
        self.layer4 = _stage(width, width, norm, 2)
        self.layer5 = _stage(width, width, norm, 2)

        def head() -> nn.Module:
            block = ResidualBlock(width, width, norm)
            return nn.Sequential(block, nn.Conv2d(width, hidden, 3, padding=1))

        self.outputs08 = nn.ModuleList([head(), head()])
        self.outputs16 = nn.ModuleList([head(), head()])
        self.outputs32 = nn.ModuleList(
            [nn.Conv2d(width, hidden, 3, padding=1), nn.Conv2d(width, hidden, 3, padding=1)]
        )
        initialise(self)

    def heads(self, trunk: Tensor, levels: int) -> list[tuple[Tensor, Tensor]]:
        """Return (state, context) before their activations, per level, the finest first."""
        x, found = trunk, []
        further = (None, self.layer4, self.layer5)
        outputs = (self.outputs08, self.outputs16, self.outputs32)
        for layer, (state, context) in list(zip(further, outputs, strict=True))[:levels]:
            x = x if layer is None else layer(x)
            found.append((state(x), context(x)))
        return found


def normalisation(norm: str, channels: int) -> nn.Module:
    """Return batch norm, or instance norm without parameters and running statistics."""
    return nn.BatchNorm2d(channels) if norm == "batch" else nn.InstanceNorm2d(channels)


def initialise(module: nn.Module) -> None:
    """Give convolutions the weights that He et al. (2015) propose for ReLUs."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")


def _stage(inputs: int, outputs: int, norm: str, stride: int) -> nn.Module:
    return nn.Sequential(
        ResidualBlock(inputs, outputs, norm, stride), ResidualBlock(outputs, outputs, norm)
    )
