"""Training of depth networks: self-supervised from clips, supervised from pairs.

Needs the extra ``torch``; events for TensorBoard need the extra ``train``. Several processes,
one a GPU, are started by PyTorch's own ``torchrun``.
"""

from __future__ import annotations

from stereo.train.loop import Training
from stereo.train.options import Options
from stereo.train.records import read_log
from stereo.train.self_supervised import self_supervised
from stereo.train.supervised import supervised

__all__ = ["Options", "Training", "read_log", "self_supervised", "supervised"]
