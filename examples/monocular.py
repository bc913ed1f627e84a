"""Depth from one image beside stereo: metres for a relative prediction, and a map without holes.

Give the folder or file of a network: ``python examples/monocular.py WEIGHTS [MODEL]``.
Without one a prediction is made up from the truth, relative and smooth as that of a network.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np

import stereo
from stereo.datasets import synthetic

pair = synthetic.render(320, 240, max_disp=48)
if len(sys.argv) > 1:
    network = stereo.mono.load(sys.argv[1], model=sys.argv[2] if len(sys.argv) > 2 else None)
    prediction = network(pair.left)
else:
    smooth = cv2.GaussianBlur(pair.disparity, None, 1.5)
    prediction = stereo.mono.MonoDepth(smooth / 40 + 3, is_metric=False, is_inverse=True)

match = stereo.SGM(max_disp=48).match(pair.left, pair.right)
calibration = stereo.geometry.StereoGeometry.from_doffs(500.0, 0.1, 159.5, 119.5, (320, 240))

metric = stereo.mono.to_metric(prediction, disparity=match.disparity, calibration=calibration)
print(f"{metric.inlier_share:.0%} of the disparities agree to a tenth with the prediction")
print(f"median difference {1000 * metric.median_residual:.0f} mm")

fused = stereo.mono.fuse(match.disparity, prediction, confidence=match.confidence, guide=pair.left)
holes = np.isnan(match.disparity)
filled = stereo.filters.fill(match.disparity, method="row")
for name, found in (("filled by row", filled), ("fused", fused)):
    error = np.abs(found - pair.disparity)[holes].mean()
    print(f"mean error in the holes, {name}: {error:.2f} px")
