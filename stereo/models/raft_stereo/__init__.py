"""RAFT-Stereo (Lipson, Teed and Deng 2021) as a PyTorch module. Importing this needs torch."""

from __future__ import annotations

from .config import VARIANTS, RaftStereoConfig
from .correlation import CorrelationOnTheFly, CorrelationVolume
from .network import RaftStereo
from .update import convex_upsample

__all__ = [
    "VARIANTS",
    "CorrelationOnTheFly",
    "CorrelationVolume",
    "RaftStereo",
    "RaftStereoConfig",
    "convex_upsample",
]
