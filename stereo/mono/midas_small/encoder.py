"""EfficientNet-Lite3, the encoder, as TensorFlow pads and normalises it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CHANNELS", "stages"]

CHANNELS = (32, 48, 136, 384)
"""Channels that the four stages give, at 1/4, 1/8, 1/16 and 1/32 of the image."""

_EPSILON = 1e-3  # TensorFlow's
_EXPANSION = 6


class SameConvolution(nn.Conv2d):
    """A convolution that pads so that the output has ceil(size / stride) pixels.

    Where the padding is odd, the larger part is at the right and the bottom.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, ceil(H / stride), ceil(W / stride))."""
        across, down = self._padding(x.shape[-1]), self._padding(x.shape[-2])
        return super().forward(F.pad(x, (*across, *down)))

    def _padding(self, size: int) -> tuple[int, int]:
        stride, kernel = self.stride[0], self.kernel_size[0]
        missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return missing // 2, missing - missing // 2


class SeparableBlock(nn.Module):
    """A convolution per channel and one across them."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv_dw = SameConvolution(inputs, inputs, kernel, groups=inputs)
        self.bn1 = nn.BatchNorm2d(inputs, _EPSILON)
        self.conv_pw = SameConvolution(inputs, outputs, 1)
        self.bn2 = nn.BatchNorm2d(outputs, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H, W)."""
        return self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))


class InvertedResidual(nn.Module):
    """More channels, a convolution per channel, fewer channels; a shortcut where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = _EXPANSION * inputs
        self.conv_pw = SameConvolution(inputs, inner, 1)
        self.bn1 = nn.BatchNorm2d(inner, _EPSILON)
        self.conv_dw = SameConvolution(inner, inner, kernel, stride, groups=inner)
        self.bn2 = nn.BatchNorm2d(inner, _EPSILON)
        self.conv_pwl = SameConvolution(inner, outputs, 1)
        self.bn3 = nn.BatchNorm2d(outputs, _EPSILON)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride)."""
        y = F.relu6(self.bn1(self.conv_pw(x)))
        y = F.relu6(self.bn2(self.conv_dw(y)))
        y = self.bn3(self.conv_pwl(y))
        return x + y if self.shortcut else y


def stages() -> tuple[nn.Sequential, nn.Sequential, nn.Sequential, nn.Sequential]:
    """Return the encoder in the four parts that the decoder looks at."""
    first = nn.Sequential(
        SameConvolution(3, 32, 3, stride=2),
        nn.BatchNorm2d(32, _EPSILON),
        nn.ReLU6(),
        nn.Sequential(SeparableBlock(32, 24, 3)),
        _blocks(3, 24, 32, 3, 2),
    )
    return (
        first,
        nn.Sequential(_blocks(3, 32, 48, 5, 2)),
        nn.Sequential(_blocks(5, 48, 96, 3, 2), _blocks(5, 96, 136, 5, 1)),
        nn.Sequential(_blocks(6, 136, 232, 5, 2), _blocks(1, 232, 384, 3, 1)),
    )


def _blocks(count: int, inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    first = InvertedResidual(inputs, outputs, kernel, stride)
    others = [InvertedResidual(outputs, outputs, kernel, 1) for _ in range(count - 1)]
    return nn.Sequential(first, *others)
