"""What a RAFT-Stereo network is made of: the published configurations, and any other."""

from __future__ import annotations

from dataclasses import dataclass

from ...arguments import flag, integer, word
from ...types import StereoTypeError, StereoValueError

__all__ = ["VARIANTS", "RaftStereoConfig"]


@dataclass(frozen=True)
class RaftStereoConfig:
    """The architecture of a RAFT-Stereo network.

    Parameters
    ----------
    levels : {3, 2, 1}
        Levels of the recurrent unit; each has half the resolution of the one before.
    downsample : {2, 3, 1, 0}
        The finest level has 1 / 2^downsample of the resolution of the images.
    shared_backbone : bool
        One encoder for features and context instead of two.
    slow_fast : bool
        Update the coarse levels more often than the fine ones.
    correlation_levels : int
        Levels of the correlation pyramid that are looked up, 1 … 8.
    radius : int
        Correlations are looked up at -radius … radius around the present disparity, 1 … 16.
    context_norm : {"batch", "instance"}
        Normalisation of the context encoder.
    encoder_channels : (int, int, int)
        Channels of the three stages of the encoders.
    hidden_channels : int
        Channels of the recurrent state, an even number of at least 4.
    feature_channels : int
        Channels of the features that are correlated.
    iterations : int
        Updates of the disparity where a call names no other number.

    Raises
    ------
    StereoError
        If a value is outside what is supported.

    Examples
    --------
    >>> RaftStereoConfig(levels=2, downsample=3).factor
    8
    """

    levels: int = 3
    downsample: int = 2
    shared_backbone: bool = False
    slow_fast: bool = False
    correlation_levels: int = 4
    radius: int = 4
    context_norm: str = "batch"
    encoder_channels: tuple[int, int, int] = (64, 96, 128)
    hidden_channels: int = 128
    feature_channels: int = 256
    iterations: int = 32

    def __post_init__(self) -> None:
        """Check all fields."""
        integer("levels", self.levels, 1, 3)
        integer("downsample", self.downsample, 0, 3)
        flag("shared_backbone", self.shared_backbone)
        flag("slow_fast", self.slow_fast)
        integer("correlation_levels", self.correlation_levels, 1, 8)
        integer("radius", self.radius, 1, 16)
        word("context_norm", self.context_norm, ("batch", "instance"))
        if not isinstance(self.encoder_channels, tuple) or len(self.encoder_channels) != 3:
            raise StereoTypeError(
                f"encoder_channels = {self.encoder_channels!r} must be a tuple of three integers"
            )
        for channels in self.encoder_channels:
            integer("encoder_channels", channels, 1, 4096)
        integer("feature_channels", self.feature_channels, 1, 4096)
        integer("iterations", self.iterations, 1, 1000)
        if integer("hidden_channels", self.hidden_channels, 4, 4096) % 2:
            raise StereoValueError(f"hidden_channels = {self.hidden_channels} must be even")

    @property
    def factor(self) -> int:
        """Side of the image over side of the finest level: 1, 2, 4 or 8."""
        return int(2**self.downsample)


VARIANTS = {
    "default": RaftStereoConfig(),
    "realtime": RaftStereoConfig(
        levels=2, downsample=3, shared_backbone=True, slow_fast=True, iterations=7
    ),
    "instance": RaftStereoConfig(context_norm="instance"),
}
"""The configurations of published checkpoints: most of them, the real-time one, and that of the
Robust Vision Challenge 2022, whose context encoder has instance norm."""
