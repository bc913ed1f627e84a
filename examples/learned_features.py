"""A matching cost from the features of a PyTorch model: any module that gives (F, H, W) will do."""

from __future__ import annotations

import numpy as np

from stereo.datasets import synthetic
from stereo.learned import Features

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
cost = Features(features_of(pair.left), features_of(pair.right), metric="l1")
volume = cost.volume(pair.left, pair.right, 0, 16)
winners = volume.data.argmin(axis=2)[10:-10, 20:-10]
print(f"{volume.shape} {volume.data.dtype}: {np.mean(winners == 7):.0%} of the winners are right")
