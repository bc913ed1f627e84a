"""A folder of small rendered scenes with ground truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from stereo import io
from stereo.datasets import synthetic

__all__ = ["NAMES", "write_rooms"]

NAMES = ("Den", "DenE", "Hall", "Loft")
"""Four scenes; the first two are of one family."""


def write_rooms(root: Path) -> None:
    """Write the scenes in the layout of `stereo.datasets.described`, below rooms/."""
    for seed, name in enumerate(NAMES):
        place = root / "rooms" / name
        place.mkdir(parents=True)
        pair = synthetic.render(72, 48, max_disp=14, seed=seed, noise=4.0)
        io.write_image(place / "left.png", pair.left)
        io.write_image(place / "right.png", pair.right)
        io.write_pfm(place / "truth.pfm", pair.disparity)
        io.write_image(place / "nonocc.png", np.where(pair.occluded, 128, 255).astype(np.uint8))
        meta = {
            "left": "left.png",
            "right": "right.png",
            "disp_left": "truth.pfm",
            "gt_divisor": 1,
            "disp_max": 14,
            "masks": {"nonocc.png": ""},
        }
        (place / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
