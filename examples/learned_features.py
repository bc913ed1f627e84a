"""A matching cost from the features of a PyTorch model: any module that gives (F, H, W) will do."""

from __future__ import annotations

import numpy as np

import stereo
from stereo.datasets import synthetic

try:
    import torch
except ImportError:
    print("skipped: this example needs PyTorch, pip install torch")
    raise SystemExit from None

torch.manual_seed(0)
model = torch.nn.Sequential(  # untrained: put your own here
    torch.nn.Conv2d(1, 32, 5, padding=2, padding_mode="replicate"),
    torch.nn.ReLU(),
    torch.nn.Conv2d(32, 64, 3, padding=1, padding_mode="replicate"),
)


@torch.no_grad()
def features_of(image: np.ndarray) -> torch.Tensor:
    """Return (H, W, F) on the CPU: DLPack hands it over without a copy."""
    gray = torch.from_numpy(image).float()[None, None] / 255
    return model(gray)[0].permute(1, 2, 0).cpu()


pair = synthetic.shifted(160, 120, 7.0)
cost = stereo.costs.Features(features_of(pair.left), features_of(pair.right), metric="l1")
disparity = stereo.sgm(pair.left, pair.right, max_disp=16, cost=cost)
right = np.abs(disparity - pair.disparity)[~pair.occluded] < 0.5
print(f"{right.mean():.0%} of the pixels are right")
