"""Learn metric depth from a rendered stereo clip, without any ground truth (Monodepth2)."""

from __future__ import annotations

import tempfile

import numpy as np
import torch

from stereo import metrics, train
from stereo.datasets import clips
from stereo.models.monodepth2 import Monodepth2

SIZE = (96, 64)  # width, height

clip = clips.render(*SIZE, frames=6, max_disp=5)
torch.manual_seed(0)
model = Monodepth2(width=16, min_depth=1.0, max_depth=20.0)


def error() -> float:
    """Return the mean relative error of the depth, in the unit of the baseline."""
    depths = [model.predict(image, size=SIZE) for image in clip.left]
    scores = [metrics.depth(depth, truth) for depth, truth in zip(depths, clip.depth, strict=True)]
    return float(np.mean([score.abs_rel for score in scores]))


before = error()
options = train.Options(steps=80, batch_size=2, learning_rate=2e-3, device="cpu")
with tempfile.TemporaryDirectory() as folder:
    # Each left image is explained by its right one, which gives the scale.
    training = train.self_supervised(
        model, clip, output=folder, size=SIZE, sources=["right"], augment=False, options=options
    )
print(f"photometric error {training.rows[0]['photometric']:.3f}", end=" ")
print(f"-> {training.rows[-1]['photometric']:.3f}")
print(f"AbsRel {before:.2f} -> {error():.2f}; it learns: {error() < 0.8 * before}")
