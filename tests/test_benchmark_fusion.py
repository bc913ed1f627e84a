"""The benchmark of fusion: the prior that it makes, and its scores."""

from __future__ import annotations

import fusion
import numpy as np
import scenes

from stereo.datasets import synthetic


def scene() -> scenes.Scene:
    """Return a rendered scene, part of whose truth is unknown."""
    pair = synthetic.render(160, 120, max_disp=32)
    truth = pair.disparity.copy()
    truth[:10, :10] = np.nan
    known = ~np.isnan(truth)
    return scenes.Scene("made", "room", pair.left, pair.right, truth, known, False, 32)


def test_the_prior_is_dense_relative_and_like_the_truth() -> None:
    truth = scene().truth
    known = ~np.isnan(truth)
    exact = fusion.degraded(truth, blur=0, warp=0, seed=0)
    assert (exact.unit, exact.is_inverse) == ("relative", True)
    np.testing.assert_allclose((exact.values[known] - 5) / 0.03, truth[known], rtol=1e-3)
    other = fusion.degraded(truth, blur=2, warp=0.1, seed=0)
    assert not np.isnan(other.values).any()
    assert 0.5 < np.corrcoef(other.values[known], truth[known])[0, 1] < 0.999
    again = fusion.degraded(truth, blur=2, warp=0.1, seed=0)
    np.testing.assert_array_equal(again.values, other.values)


def test_fusion_beats_the_fill_by_row_in_holes() -> None:
    holes, *rest = fusion.scores(scene(), blur=1.0, warp=0.05, seed=0)
    assert 0 < holes < 50
    pairs = dict(zip(("bad-1", "bad-2", "error", "holes: bad-2", "holes: error"),
                     zip(rest[::2], rest[1::2], strict=True), strict=True))  # fmt: skip
    row, fused = pairs["holes: error"]
    assert fused < row
