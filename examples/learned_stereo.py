"""Match a pair with RAFT-Stereo: weights from a file, or random ones that only show the steps."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import stereo
from stereo.datasets import synthetic

try:
    import torch
except ImportError:
    print("skipped: this example needs PyTorch, pip install 'stereo-depth[torch]'")
    raise SystemExit from None

pair = synthetic.render(160, 128, max_disp=24)
if len(sys.argv) > 1:  # such as raftstereo-middlebury.pth
    network = stereo.models.load("raft-stereo", weights=sys.argv[1])
else:
    print("random weights: what follows is no disparity; give a file, such as raftstereo-*.pth")
    torch.manual_seed(0)
    module = stereo.models.build("raft-stereo", variant="realtime")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "random.pth"
        torch.save(module.state_dict(), file)
        network = stereo.models.load("raft-stereo", weights=file, variant="realtime")

disparity = network(pair.left, pair.right, max_disp=24)
valid = np.isfinite(disparity)
error = np.abs(disparity - pair.disparity)[valid & ~pair.occluded]
print(f"{valid.mean():.0%} of the pixels have a disparity")
print(f"mean error {error.mean() if error.size else np.nan:.2f} px")
