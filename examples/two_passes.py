"""The preset "accurate" stage by stage: a first result tells the paths how surfaces slant."""

from __future__ import annotations

import numpy as np

import stereo
from stereo import aggregation, filters, refinement, selection
from stereo.datasets import synthetic
from stereo.volume import CostVolume

pair = synthetic.render(320, 240, max_disp=48)


def selected(total: CostVolume) -> np.ndarray:
    """Return what both views agree on, to fractions of a pixel."""
    winners = selection.winner_take_all(total)
    checked = filters.left_right_check(winners, selection.right_view(total))
    return np.where(np.isnan(checked), checked, refinement.equiangular(total, winners))


cost = stereo.costs.compute("gradient_census", pair.left, pair.right, max_disp=48)
first = selected(aggregation.sgm(cost, paths=4, guide=pair.left))
prior = filters.fill(filters.median(filters.speckle(first)), method="directions")
second = selected(aggregation.sgm(cost, paths=4, guide=pair.left, prior=prior))
disparity = np.where(np.abs(first - second) <= 1, first, second)

disparity = filters.median(filters.speckle(disparity))
disparity = filters.weighted_median(disparity, pair.left, edges_only=True)

fused = stereo.sgm(pair.left, pair.right, max_disp=48, preset="accurate")
print("staged equals fused:", np.array_equal(disparity, fused, equal_nan=True))
