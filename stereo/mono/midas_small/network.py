"""The decoder: features of four scales, refined from the coarsest to the finest."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import CHANNELS, stages

__all__ = ["MidasSmall"]

_WIDTHS = (64, 128, 256, 512)  # of the decoder, from the finest scale


class MidasSmall(nn.Module):
    """MiDaS v2.1-small: inverse depth up to scale and shift, from one image.

    The names of the parameters are those of the published checkpoint,
    ``midas_v21_small_256.pt``.

    References
    ----------
    Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular depth estimation. TPAMI
    2022, arXiv 1907.01341. Encoder: Tan, Le: EfficientNet. ICML 2019, in its "lite" form.

    Examples
    --------
    >>> import torch
    >>> network = MidasSmall().eval()
    >>> with torch.inference_mode():
    ...     network(torch.zeros(1, 3, 32, 64)).shape
    torch.Size([1, 32, 64])
    """

    def __init__(self) -> None:
        super().__init__()
        self.pretrained = nn.Module()
        self.scratch = nn.Module()
        for number, stage in enumerate(stages(), 1):
            setattr(self.pretrained, f"layer{number}", stage)
        for number, (channels, width) in enumerate(zip(CHANNELS, _WIDTHS, strict=True), 1):
            narrow = nn.Conv2d(channels, width, 3, padding=1, bias=False)
            setattr(self.scratch, f"layer{number}_rn", narrow)
        for number in (4, 3, 2, 1):
            width = _WIDTHS[number - 1]
            refine = Refinement(width, _WIDTHS[max(number - 2, 0)])
            setattr(self.scratch, f"refinenet{number}", refine)
        self.scratch.output_conv = nn.Sequential(
            nn.Conv2d(64, 32, 3, padding=1),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 1, 1),
            nn.ReLU(),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Return the relative inverse depth.

        Parameters
        ----------
        image : Tensor, float32 (N, 3, H, W)
            RGB, normalised with ImageNet's mean and deviation; H and W are multiples of 32.

        Returns
        -------
        Tensor, float32 (N, H, W)
            At least 0; larger is nearer.
        """
        features = []
        x = image
        for number in range(1, 5):
            x = getattr(self.pretrained, f"layer{number}")(x)
            features.append(getattr(self.scratch, f"layer{number}_rn")(x))
        path = self.scratch.refinenet4(features[3])
        for number in (3, 2, 1):
            path = getattr(self.scratch, f"refinenet{number}")(path, features[number - 1])
        return self.scratch.output_conv(path).squeeze(1)


class Refinement(nn.Module):
    """Adds the features of a scale to what came from the coarser one; doubles the size."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.out_conv = nn.Conv2d(width, outputs, 1)
        self.resConfUnit1 = ResidualUnit(width)  # the coarsest one's has weights but no use
        self.resConfUnit2 = ResidualUnit(width)

    def forward(self, path: Tensor, features: Tensor | None = None) -> Tensor:
        """Return (N, outputs, 2 H, 2 W)."""
        if features is not None:
            path = path + self.resConfUnit1(features)
        path = self.resConfUnit2(path)
        large = F.interpolate(path, scale_factor=2, mode="bilinear", align_corners=True)
        return self.out_conv(large)


class ResidualUnit(nn.Module):
    """Two 3x3 convolutions, each after a ReLU, beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width, H, W)."""
        return self.conv2(F.relu(self.conv1(F.relu(x)))) + x
