"""AANet and AANet+ (Xu and Zhang 2020) as a PyTorch module. Importing this needs torch."""

from __future__ import annotations

from .config import VARIANTS, AaNetConfig
from .cost_volume import correlation_volume, soft_argmax
from .network import AaNet

__all__ = ["VARIANTS", "AaNet", "AaNetConfig", "correlation_volume", "soft_argmax"]
