"""Scores of depth maps on cases small enough to work out on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stereo import metrics
from stereo.types import StereoValueError

NAN = math.nan


def test_depth_figures() -> None:
    truth = np.array([[1.0, 2.0, 4.0, NAN], [100.0, 8.0, 0.0, -1.0]])
    prediction = np.array([[1.5, 2.0, 2.0, 9.0], [1.0, NAN, 9.0, 9.0]])
    score = metrics.depth(prediction, truth)
    # In 0.001 … 80 m lie 1, 2, 4 and 8; the 8 has no prediction. d / t = 1.5, 1, 0.5.
    assert score.pixels == 3
    assert score.coverage == 0.75
    assert score.abs_rel == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert score.sq_rel == pytest.approx((0.25 + 0 + 1) / 3)
    assert score.rmse == pytest.approx(math.sqrt((0.25 + 4) / 3))
    a, b = math.log(1.5), math.log(0.5)
    assert score.rmse_log == pytest.approx(math.sqrt((a * a + b * b) / 3))
    assert score.log10 == pytest.approx((math.log10(1.5) + math.log10(2)) / 3)
    assert score.silog == pytest.approx(math.sqrt((a * a + b * b) / 3 - ((a + b) / 3) ** 2))
    # max(d / t, t / d) = 1.5, 1, 2; 1.25² = 1.5625, 1.25³ = 1.953125.
    assert score.delta == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 2 / 3})
    assert (score.align, score.fit, score.scale, score.shift) == (None, None, 1, 0)


def test_delta_is_strict() -> None:
    assert metrics.depth(np.array([[1.25]]), np.array([[1.0]])).delta == {1: 0, 2: 1, 3: 1}


def test_depth_range_mask_and_clipping() -> None:
    truth = np.array([[1.0, 5.0, 10.0, 20.0]])
    prediction = np.array([[0.5, 5.0, 40.0, 20.0]])
    score = metrics.depth(prediction, truth, min_depth=1, max_depth=10)
    assert score.pixels == 3  # the bounds belong to the range
    assert score.abs_rel == 0  # 0.5 is clipped to 1, 40 to 10
    raw = metrics.depth(prediction, truth, min_depth=1, max_depth=10, clip=False)
    assert raw.abs_rel == pytest.approx((0.5 + 0 + 3) / 3)
    masked = metrics.depth(prediction, truth, mask=np.array([[0, 255, 0, 255]], np.uint8))
    assert (masked.pixels, masked.abs_rel) == (2, 0)


def test_depth_alignments() -> None:
    truth = np.array([[1.0, 2.0, 4.0, 5.0]])
    median = metrics.depth(truth / 4, truth, align="median")
    assert (median.scale, median.shift, median.abs_rel) == (4, 0, 0)
    affine = metrics.depth((truth - 3) / 2, truth, align="scale_shift")
    assert (affine.scale, affine.shift) == pytest.approx((2, 3))
    assert affine.abs_rel == pytest.approx(0, abs=1e-12)
    inverse = metrics.depth((1 / truth - 0.5) / -2, truth, align="inverse_scale_shift")
    assert (inverse.scale, inverse.shift) == pytest.approx((-2, 0.5))
    assert inverse.rmse == pytest.approx(0, abs=1e-12)
    assert (inverse.align, inverse.fit) == ("inverse_scale_shift", "least_squares")


def test_least_squares_on_paper() -> None:
    # Truth 1 2 6 for 0 1 2: slope 5/2, mean 3 at 1, so 0.5 + 2.5 x = 0.5, 3, 5.5.
    score = metrics.depth(
        np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 2.0, 6.0]]), align="scale_shift"
    )
    assert (score.scale, score.shift) == pytest.approx((2.5, 0.5))
    assert score.abs_rel == pytest.approx((0.5 + 0.5 + 0.5 / 6) / 3)


def test_least_absolute_leaves_outliers_alone() -> None:
    x = np.arange(1.0, 10.0)
    truth = 2 * x + 1
    truth[4] = 60  # would tilt and lift a least-squares line
    score = metrics.depth(x[None], truth[None], align="scale_shift", fit="least_absolute")
    assert (score.scale, score.shift) == pytest.approx((2, 1))
    assert score.fit == "least_absolute"
    squares = metrics.depth(x[None], truth[None], align="scale_shift")
    assert abs(squares.shift - 1) > 1
    inverse = metrics.depth(
        (1 / truth)[None], truth[None], align="inverse_scale_shift", fit="least_absolute"
    )
    assert (inverse.scale, inverse.shift) == pytest.approx((1, 0))


def test_depth_beyond_all_bounds_is_clipped_or_an_error() -> None:
    truth = np.array([[1.0, 1.0, 2.0, 50.0]])
    prediction = np.array([[1.0, 1.0, 0.5, -0.5]])  # 1 / depth falls below 0 at the last
    score = metrics.depth(prediction, truth, align="inverse_scale_shift", max_depth=60)
    assert score.rmse < 10
    with pytest.raises(StereoValueError, match="1 of 4 aligned depths are not above 0"):
        metrics.depth(prediction, truth, align="inverse_scale_shift", clip=False)


def test_depth_of_a_set() -> None:
    truth = np.array([[2.0, 4.0]])
    scores = [metrics.depth(truth * f, truth) for f in (1.0, 1.5)]
    mean = metrics.DepthScore.mean(scores)
    assert mean.abs_rel == 0.25
    assert mean.delta == {1: 0.5, 2: 1, 3: 1}
    assert mean.pixels == 4
    assert math.isnan(mean.scale)
    scores.append(metrics.depth(truth, truth, align="median"))
    with pytest.raises(StereoValueError, match="mixes alignments"):
        metrics.DepthScore.mean(scores)
