"""Training of depth networks: self-supervised from clips, supervised from pairs.

Needs the extra ``torch``; events for TensorBoard need the extra ``train``. Several processes,
one a GPU, are started by PyTorch's own ``torchrun``.
"""

from __future__ import annotations

from stereo.models.extras import require

require("torch", "torch")  # the error says how it is had

from stereo.train.loop import Training  # noqa: E402
from stereo.train.options import Options  # noqa: E402
from stereo.train.records import read_log  # noqa: E402
from stereo.train.self_supervised import self_supervised  # noqa: E402
from stereo.train.supervised import supervised  # noqa: E402

__all__ = ["Options", "Training", "read_log", "self_supervised", "supervised"]
