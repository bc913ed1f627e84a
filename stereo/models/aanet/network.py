"""AANet and AANet+: the network, from two images to disparities of growing resolution."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...arguments import number
from ...types import StereoValueError
from .aggregation import AdaptiveAggregation
from .config import AaNetConfig
from .cost_volume import correlation_volume, soft_argmax
from .features import FeaturePyramid, FeaturePyramidNetwork, HourglassFeatures, ResNetFeatures
from .refinement import DilatedRefinement, HourglassRefinement, refine

__all__ = ["AaNet"]

_MEAN = (0.485, 0.456, 0.406)  # of ImageNet, RGB
_DEVIATION = (0.229, 0.224, 0.225)
_REFINED = (2, 1)  # the refined disparities are at a half and at full size


class AaNet(nn.Module):
    """AANet (Xu and Zhang, CVPR 2020, arXiv 2004.09548), with random weights.

    Parameters
    ----------
    config : AaNetConfig, optional
        The architecture; by default AANet in its form for inference.

    Attributes
    ----------
    multiple : int
        Height and width of the images must be multiples of this.
    max_disp : int
        End of its search range, px.
    published_in_half : bool
        False: its authors run it in float32.
    exportable : bool
        False: PyTorch takes many minutes to write it as ONNX.

    Examples
    --------
    >>> import torch
    >>> network = AaNet().eval()
    >>> images = torch.zeros(2, 1, 3, 48, 96)
    >>> [tuple(disparity.shape) for disparity in network(images[0], images[1])]
    [(1, 16, 32), (1, 24, 48), (1, 48, 96)]
    """

    published_in_half = False
    exportable = False

    def __init__(self, config: AaNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AaNetConfig()
        self.multiple = config.multiple
        self.max_disp = config.max_disp
        if config.features == "resnet":
            self.feature_extractor: nn.Module = ResNetFeatures()
            self.fpn: nn.Module = FeaturePyramidNetwork(ResNetFeatures.channels)
        else:
            self.feature_extractor, self.fpn = HourglassFeatures(), FeaturePyramid()
        self.aggregation = AdaptiveAggregation(config)
        kind = DilatedRefinement if config.refinement == "dilated" else HourglassRefinement
        self.refinement = nn.ModuleList(kind() for _ in _REFINED)

    def forward(self, left: Tensor, right: Tensor) -> list[Tensor]:
        """Return disparities, the coarsest first.

        Parameters
        ----------
        left, right : Tensor, float32 (N, 3, H, W)
            Rectified RGB images, normalised by the mean and deviation of ImageNet; H and W are
            multiples of `multiple`.

        Returns
        -------
        list of Tensor
            (N, H / 12, W / 12) and (N, H / 6, W / 6), if there are training heads, then
            (N, H / 3, W / 3), (N, H / 2, W / 2) and (N, H, W), each in px of its resolution.

        Raises
        ------
        StereoValueError
            If the shapes do not fit.
        """
        self._check(left, right)
        features = [self.fpn(self.feature_extractor(image)) for image in (left, right)]
        volumes = [
            correlation_volume(of_left, of_right, candidates)
            for of_left, of_right, candidates in zip(*features, self.config.candidates, strict=True)
        ]
        disparities = [soft_argmax(volume) for volume in reversed(self.aggregation(volumes))]
        for module, factor in zip(self.refinement, _REFINED, strict=True):
            images = (_shrunk(left, factor), _shrunk(right, factor))
            disparities.append(
                refine(module, disparities[-1], *images, align_corners=self.config.align_corners)
            )
        return disparities

    def padding(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Return what `prepare` adds left, right, above and below, px."""
        return 0, -width % self.multiple, -height % self.multiple, 0

    def prepare(self, image: Tensor) -> Tensor:
        """Return RGB in [0, 1], (N, 3, H, W) of any size, as `forward` takes it.

        It is normalised, then padded by zeros.
        """
        mean, deviation = (
            torch.tensor(values, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
            for values in (_MEAN, _DEVIATION)
        )
        return functional.pad((image - mean) / deviation, self.padding(*image.shape[2:]))

    def disparity(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the disparity (N, H, W), px, of the finest scale."""
        return self(left, right)[-1]

    def adapted(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return what of a published state dict belongs in here.

        Published files hold the training heads too; they are left out where there are none.
        """
        if self.config.training_heads:
            return state
        last = f"aggregation.fusions.{self.config.fusions - 1}.fuse_layers"
        heads = tuple(
            f"{part}.{scale}." for part in (last, "aggregation.final_conv") for scale in (1, 2)
        )
        return {key: value for key, value in state.items() if not key.startswith(heads)}

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return the parameters for an optimiser: offsets learn at a tenth of the rate.

        Parameters
        ----------
        learning_rate : float
            That of all other parameters.

        Returns
        -------
        list of dict
            Two groups with "params" and "lr", as optimisers of PyTorch take them.

        Examples
        --------
        >>> [group["lr"] for group in AaNet().parameter_groups(0.5)]
        [0.5, 0.05]
        """
        rate = number("learning_rate", learning_rate, positive=True)
        groups: tuple[list[Tensor], list[Tensor]] = ([], [])
        for name, parameter in self.named_parameters():
            groups["offset_conv" in name].append(parameter)
        return [{"params": groups[0], "lr": rate}, {"params": groups[1], "lr": 0.1 * rate}]

    def _check(self, left: Tensor, right: Tensor) -> None:
        if left.shape != right.shape or left.dim() != 4 or left.shape[1] != 3:
            raise StereoValueError(
                f"left is {tuple(left.shape)} and right {tuple(right.shape)}: "
                "both must be (N, 3, H, W), of one shape"
            )
        height, width = left.shape[2:]
        if not height * width or height % self.multiple or width % self.multiple:
            raise StereoValueError(
                f"the images are {height}x{width} (height x width): both must be multiples of "
                f"{self.multiple}"
            )


def _shrunk(image: Tensor, factor: int) -> Tensor:
    if factor == 1:
        return image
    return functional.interpolate(
        image, scale_factor=1 / factor, mode="bilinear", align_corners=False
    )
