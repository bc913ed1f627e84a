"""Learned stereo networks: weights from a file of yours, disparity from a pair of images.

Importing this loads neither PyTorch nor onnxruntime; they are needed when a network is built:
``pip install 'stereo-depth[torch]'`` or ``'stereo-depth[onnx]'``. Nothing is ever downloaded.

>>> from stereo import models
>>> models.names()
('raft-stereo', 'aanet', 'aanet+')
"""

from __future__ import annotations

from .checkpoints import Checkpoint, checkpoints
from .network import Network
from .registry import build, load, names

__all__ = ["Checkpoint", "Network", "build", "checkpoints", "load", "names"]
