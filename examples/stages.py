"""Semi-global matching stage by stage: each line can be replaced by something of your own."""

from __future__ import annotations

import numpy as np

import stereo
from stereo.datasets import synthetic

pair = synthetic.render(320, 240, max_disp=48)

cost = stereo.costs.compute("gradient_census", pair.left, pair.right, max_disp=48)
total = stereo.aggregation.sgm(cost, paths=4, guide=pair.left)
winners = stereo.selection.winner_take_all(total)
right_winners = stereo.selection.right_view(total)
flags = stereo.filters.left_right_flags(winners, right_winners, max_disp=48)

disparity = stereo.refinement.equiangular(total, winners)
disparity[flags != 0] = np.nan
disparity = stereo.filters.speckle(disparity, size=50)
disparity = stereo.filters.median(disparity, size=5)
disparity = stereo.filters.weighted_median(disparity, pair.left, edges_only=True)

# The fused pipeline does the same, faster and without a volume.
fused = stereo.sgm(pair.left, pair.right, max_disp=48)
print("staged equals fused:", np.array_equal(disparity, fused, equal_nan=True))

dense = stereo.filters.fill(disparity, guide=pair.left)
error = np.abs(dense - pair.disparity)[~pair.occluded]
print(f"{(error <= 1).mean():.0%} of the visible pixels are within 1 px")
