"""Adaptive aggregation of cost volumes, within each scale and across the scales."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from .config import AaNetConfig
from .layers import Bottleneck, conv_norm, leaky

__all__ = ["AdaptiveAggregation"]


class AdaptiveAggregationModule(nn.Module):
    """One step: a bottleneck in each scale, then each scale becomes the sum of all of them."""

    def __init__(self, channels: Sequence[int], outputs: int, *, deformable: bool) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(Bottleneck(c, c, c, deformable=deformable)) for c in channels
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_between(channels, source, target) for source in range(len(channels)))
            for target in range(outputs)
        )
        self.activation = leaky()

    def forward(self, volumes: list[Tensor]) -> list[Tensor]:
        """Return the volumes of the scales that are wanted, the finest first."""
        volumes = [branch(volume) for branch, volume in zip(self.branches, volumes, strict=True)]
        fused = []
        for target, layers in enumerate(self.fuse_layers):
            total: Tensor | None = None
            for source, layer in enumerate(layers):
                term = layer(volumes[source])
                if source > target:
                    size = volumes[target].shape[2:]
                    term = functional.interpolate(term, size, mode="bilinear", align_corners=False)
                total = term if total is None else total + term
            fused.append(self.activation(total))
        return fused


class AdaptiveAggregation(nn.Module):
    """All steps, and a last convolution per scale."""

    def __init__(self, config: AaNetConfig) -> None:
        super().__init__()
        channels = config.candidates
        outputs = len(channels) if config.training_heads else 1
        plain = config.fusions - config.deformable_fusions
        self.fusions = nn.ModuleList(
            AdaptiveAggregationModule(
                channels,
                outputs if step == config.fusions - 1 else len(channels),
                deformable=step >= plain,
            )
            for step in range(config.fusions)
        )
        self.final_conv = nn.ModuleList(nn.Conv2d(c, c, 1) for c in channels[:outputs])

    def forward(self, volumes: list[Tensor]) -> list[Tensor]:
        """Return the aggregated volumes, of all scales or of the finest alone."""
        for fusion in self.fusions:
            volumes = fusion(volumes)
        return [conv(volume) for conv, volume in zip(self.final_conv, volumes, strict=True)]


def _between(channels: Sequence[int], source: int, target: int) -> nn.Module:
    """Return what brings a volume from one scale to another, but for the upsampling."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(*conv_norm(channels[source], channels[target], 1))
    width = channels[source]
    steps = [
        nn.Sequential(*conv_norm(width, width, stride=2), leaky())
        for _ in range(target - source - 1)
    ]
    last = nn.Sequential(*conv_norm(width, channels[target], stride=2))
    return nn.Sequential(*steps, last)
