"""Convolutions with what follows them, and the bottleneck block."""

from __future__ import annotations

from torch import Tensor, nn

from ..deformable import DeformableConv2d

__all__ = ["Bottleneck", "conv_norm", "leaky"]


def leaky() -> nn.Module:
    """Return the activation of everything but the residual networks."""
    return nn.LeakyReLU(0.2, inplace=True)


def conv_norm(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    """Return a convolution without bias, which keeps the size up to the stride, and batch norm."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut (He et al. 2016); 3x3 may be deformable."""

    def __init__(
        self, inputs: int, width: int, outputs: int, stride: int = 1, *, deformable: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        if deformable:
            self.conv2 = DeformableConv2d(width, width, stride)
        else:
            self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(*conv_norm(inputs, outputs, 1, stride))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride)."""
        y = self.bn1(self.conv1(x)).relu()
        y = self.bn2(self.conv2(y)).relu()
        y = self.bn3(self.conv3(y))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()
