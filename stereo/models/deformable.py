"""Modulated deformable convolution, in terms of PyTorch's own operations."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..types import StereoValueError

__all__ = ["DeformableConv2d", "modulated_deformable_conv2d"]


def modulated_deformable_conv2d(
    x: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Convolve with taps that are moved and scaled per pixel (Zhu et al., CVPR 2019).

    Runs on every device and has gradients with respect to all tensors.

    Parameters
    ----------
    x : Tensor, (N, C, H, W)
        Input; 0 outside.
    offset : Tensor, (N, 2·G·K, h, w)
        How far each tap moves, px: channel = (group · K + tap) · 2 + (0: dy, 1: dx), with the K
        taps in row-major order. Each of G groups moves C / G channels.
    mask : Tensor, (N, G·K, h, w)
        What each tap is multiplied by: channel = group · K + tap.
    weight : Tensor, (O, C, kh, kw)
        The kernel, K = kh·kw.
    stride, padding, dilation : int
        As in a plain convolution, for both axes.

    Returns
    -------
    Tensor, (N, O, h, w)
        h = (H + 2·padding - dilation·(kh - 1) - 1) // stride + 1, and w likewise.

    Raises
    ------
    StereoValueError
        If the shapes do not fit each other.

    Examples
    --------
    >>> import torch
    >>> x, weight = torch.rand(1, 2, 5, 6), torch.rand(3, 2, 3, 3)
    >>> still, full = torch.zeros(1, 18, 5, 6), torch.ones(1, 9, 5, 6)
    >>> y = modulated_deformable_conv2d(x, still, full, weight, padding=1)
    >>> torch.allclose(y, torch.nn.functional.conv2d(x, weight, padding=1), atol=1e-5)
    True
    """
    groups, height, width = _checked(x, offset, mask, weight, stride, padding, dilation)
    images, channels = x.shape[:2]
    rows, columns = weight.shape[2:]
    offset = offset.reshape(images * groups, rows * columns, 2, height, width)
    mask = mask.reshape(images * groups, rows * columns, 1, height, width)
    grouped = x.reshape(images * groups, channels // groups, *x.shape[2:])
    top = torch.arange(height, device=x.device, dtype=x.dtype)[:, None] * stride - padding
    left = torch.arange(width, device=x.device, dtype=x.dtype) * stride - padding
    total = x.new_zeros(images, weight.shape[0], height, width)
    for tap in range(rows * columns):  # one at a time: all together would take K times the memory
        row, column = divmod(tap, columns)
        y_at = top + row * dilation + offset[:, tap, 0]
        x_at = left + column * dilation + offset[:, tap, 1]
        values = _sampled(grouped, y_at, x_at) * mask[:, tap]
        values = values.reshape(images, channels, height, width)
        total = total + functional.conv2d(values, weight[:, :, row : row + 1, column : column + 1])
    return total


class DeformableConv2d(nn.Module):
    """A 3x3 deformable convolution that learns its offsets and masks from its input.

    As AANet has it: two groups of channels, each with offsets from a grouped convolution of the
    same stride and dilation, and masks 2·sigmoid. At first nothing moves and all masks are 1.
    """

    groups = 2
    taps = 9

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 2) -> None:
        super().__init__()
        self.deform_conv = nn.Conv2d(
            inputs, outputs, 3, stride, padding=dilation, dilation=dilation, bias=False
        )
        self.offset_conv = nn.Conv2d(
            inputs,
            3 * self.groups * self.taps,
            3,
            stride,
            padding=dilation,
            dilation=dilation,
            groups=self.groups,
        )
        nn.init.zeros_(self.offset_conv.weight)
        nn.init.zeros_(self.offset_conv.bias)
        self.stride, self.dilation = stride, dilation

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride)."""
        moved = 2 * self.groups * self.taps
        learned = self.offset_conv(x)
        return modulated_deformable_conv2d(
            x,
            learned[:, :moved],
            2 * torch.sigmoid(learned[:, moved:]),
            self.deform_conv.weight,
            stride=self.stride,
            padding=self.dilation,
            dilation=self.dilation,
        )


def _sampled(x: Tensor, y_at: Tensor, x_at: Tensor) -> Tensor:
    """Interpolate (N, C, H, W) at (N, h, w) pixel positions; 0 outside."""
    height, width = x.shape[2:]
    grid = torch.stack([(2 * x_at + 1) / width - 1, (2 * y_at + 1) / height - 1], dim=-1)
    return functional.grid_sample(x, grid, padding_mode="zeros", align_corners=False)


def _checked(
    x: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    stride: int,
    padding: int,
    dilation: int,
) -> tuple[int, int, int]:
    """Return the number of groups and the size of the output."""
    for name, tensor in (("x", x), ("offset", offset), ("mask", mask), ("weight", weight)):
        if tensor.dim() != 4:
            raise StereoValueError(f"{name} has shape {tuple(tensor.shape)}: it must have 4 axes")
    taps = weight.shape[2] * weight.shape[3]
    height, width = (
        (x.shape[2 + axis] + 2 * padding - dilation * (weight.shape[2 + axis] - 1) - 1) // stride
        + 1
        for axis in (0, 1)
    )
    groups = mask.shape[1] // taps
    fits = (
        weight.shape[1] == x.shape[1]
        and groups > 0
        and x.shape[1] % groups == 0
        and mask.shape == (x.shape[0], groups * taps, height, width)
        and offset.shape == (x.shape[0], 2 * groups * taps, height, width)
    )
    if not fits:
        raise StereoValueError(
            f"x {tuple(x.shape)}, offset {tuple(offset.shape)}, mask {tuple(mask.shape)} and "
            f"weight {tuple(weight.shape)} do not fit: with {taps} taps and G groups, offset must "
            f"be (N, 2·G·{taps}, {height}, {width}), mask (N, G·{taps}, {height}, {width}), "
            "weight (O, C, kh, kw), and C a multiple of G"
        )
    return groups, height, width
