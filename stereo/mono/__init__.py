"""Depth from one image: networks, their alignment to metres, and fusion with stereo.

Importing this needs NumPy only; :func:`load` needs PyTorch and, for most networks, transformers.
"""

from __future__ import annotations

from .alignment import MetricAlignment, to_metric
from .checkpoints import published
from .fusion import fuse
from .loading import load
from .prediction import MonoDepth

__all__ = ["MetricAlignment", "MonoDepth", "fuse", "load", "published", "to_metric"]
