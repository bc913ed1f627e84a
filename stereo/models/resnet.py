"""ResNet-18 as an encoder: features at five scales."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ResNet18"]

_CLASSES = 1000


class ResNet18(nn.Module):
    """The network of He et al. (CVPR 2016) with 18 layers, without its classification.

    Parameters
    ----------
    channels : int
        Channels of the input.
    width : int
        Channels of the first stage; 64 in the paper.

    Notes
    -----
    The last layer, ``fc``, is kept for the names of published state dicts. It is never used.

    Examples
    --------
    >>> import torch
    >>> [tuple(f.shape[1:]) for f in ResNet18(3, 8)(torch.zeros(1, 3, 32, 64))]
    [(8, 16, 32), (8, 8, 16), (16, 4, 8), (32, 2, 4), (64, 1, 2)]
    """

    def __init__(self, channels: int = 3, width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, 1)
        self.layer2 = _stage(width, 2 * width, 2)
        self.layer3 = _stage(2 * width, 4 * width, 2)
        self.layer4 = _stage(4 * width, 8 * width, 2)
        self.fc = nn.Linear(8 * width, _CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size."""
        features = [functional.relu(self.bn1(self.conv1(x)))]
        features.append(self.layer1(functional.max_pool2d(features[0], 3, 2, 1)))
        for stage in (self.layer2, self.layer3, self.layer4):
            features.append(stage(features[-1]))
        return features


def _stage(channels: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(_Block(channels, outputs, stride), _Block(outputs, outputs, 1))


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or channels != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))
