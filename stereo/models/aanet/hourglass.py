"""The stacked hourglass of GA-Net, with deformable convolutions where AANet+ has them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..deformable import DeformableConv2d

__all__ = ["BasicConv", "Hourglass"]

_CHANNELS = (32, 48, 64, 96, 128)


class BasicConv(nn.Module):
    """Convolution, or its transpose, then batch norm and ReLU."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        stride: int = 1,
        *,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        if transposed:
            self.conv = nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding=1, bias=False)
        else:
            self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the three make of (N, inputs, H, W)."""
        return self.bn(self.conv(x)).relu()


class Conv2x(nn.Module):
    """A step to half or twice the size, joined with what was there at that size before."""

    def __init__(
        self, inputs: int, outputs: int, *, up: bool = False, deformable: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = BasicConv(inputs, outputs, 4 if up else 3, 2, transposed=up)
        if deformable:
            self.conv2: nn.Module = DeformableConv2d(2 * outputs, outputs)
        else:
            self.conv2 = BasicConv(2 * outputs, outputs)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        """Return a tensor of the shape of `before`."""
        return self.conv2(torch.cat([self.conv1(x), before], dim=1))


class Hourglass(nn.Module):
    """Twice down to a sixteenth and up again; 32 channels in and out."""

    def __init__(self) -> None:
        super().__init__()
        c0, c1, c2, c3, c4 = _CHANNELS
        self.conv1a = BasicConv(c0, c1, stride=2)
        self.conv2a = BasicConv(c1, c2, stride=2)
        self.conv3a = DeformableConv2d(c2, c3, stride=2)
        self.conv4a = DeformableConv2d(c3, c4, stride=2)
        self.deconv4a = Conv2x(c4, c3, up=True)
        self.deconv3a = Conv2x(c3, c2, up=True)
        self.deconv2a = Conv2x(c2, c1, up=True)
        self.deconv1a = Conv2x(c1, c0, up=True)
        self.conv1b = Conv2x(c0, c1)
        self.conv2b = Conv2x(c1, c2)
        self.conv3b = Conv2x(c2, c3, deformable=True)
        self.conv4b = Conv2x(c3, c4, deformable=True)
        self.deconv4b = Conv2x(c4, c3, up=True)
        self.deconv3b = Conv2x(c3, c2, up=True)
        self.deconv2b = Conv2x(c2, c1, up=True)
        self.deconv1b = Conv2x(c1, c0, up=True)

    def hourglass(self, x: Tensor) -> Tensor:
        """Return (N, 32, H, W) of the same shape; H and W are multiples of 16."""
        at = [x]
        for down in (self.conv1a, self.conv2a, self.conv3a, self.conv4a):
            at.append(down(at[-1]))
        self._ascend(at, (self.deconv4a, self.deconv3a, self.deconv2a, self.deconv1a))
        for level, down in enumerate((self.conv1b, self.conv2b, self.conv3b, self.conv4b), 1):
            at[level] = down(at[level - 1], at[level])
        self._ascend(at, (self.deconv4b, self.deconv3b, self.deconv2b, self.deconv1b))
        return at[0]

    @staticmethod
    def _ascend(at: list[Tensor], ups: tuple[nn.Module, ...]) -> None:
        """Replace all but the coarsest level, from coarse to fine."""
        for level, up in zip((3, 2, 1, 0), ups, strict=True):
            at[level] = up(at[level + 1], at[level])
