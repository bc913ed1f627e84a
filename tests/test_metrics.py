"""Metrics on cases small enough to work out on paper."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stereo import metrics
from stereo.types import StereoError, StereoTypeError, StereoValueError

NAN, INF = math.nan, math.inf


def maps(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32)


# ---------------------------------------------------------------------------- Middlebury

TRUTH = maps(
    [
        [10, 10, 10, 10, INF],
        [20, 20, 20, 20, INF],
        [30, 30, 30, 30, NAN],
        [40, 40, 40, 40, 40],
        [50, 50, 50, 50, 50],
    ]
)
# 22 pixels are known. Errors, "-" a hole:
#   0    0.5  0.75 1     (the fifth is unknown)
#   1.5  2    3    4
#   5    -    -    0
#   0    0    0    0    0
#   0    0    0    0    0
RESULT = maps(
    [
        [10, 10.5, 9.25, 11, 99],
        [21.5, 18, 23, 24, NAN],
        [25, NAN, INF, 30, 1],
        [40, 40, 40, 40, 40],
        [50, 50, 50, 50, 50],
    ]
)


def test_middlebury_counts_holes_apart() -> None:
    score = metrics.middlebury(RESULT, TRUTH)
    assert score.pixels == 22
    # Above 0.5: 0.75 1 1.5 2 3 4 5; above 1: 1.5 2 3 4 5; above 2: 3 4 5; above 4: 5.
    assert score.bad == pytest.approx({0.5: 700 / 22, 1.0: 500 / 22, 2.0: 300 / 22, 4.0: 100 / 22})
    assert score.invalid == pytest.approx(200 / 22)
    assert score.total_bad == pytest.approx(
        {0.5: 900 / 22, 1.0: 700 / 22, 2.0: 500 / 22, 4.0: 300 / 22}
    )
    # 0.5 + 0.75 + 1 + 1.5 + 2 + 3 + 4 + 5 = 17.75 over the 20 pixels that have a result;
    # the squares: 0.25 + 0.5625 + 1 + 2.25 + 4 + 9 + 16 + 25 = 58.0625.
    assert score.avg_error == pytest.approx(17.75 / 20)
    assert score.rms == pytest.approx(math.sqrt(58.0625 / 20))
    # Sorted: 12 zeros, 0.5 0.75 1 1.5 2 3 4 5; numbers 10, 18, 19 and 19 (20 * 0.99 = 19.8).
    assert score.quantiles == {0.5: 0, 0.9: 4, 0.95: 5, 0.99: 5}


def test_middlebury_nonocc_counts_only_255() -> None:
    mask = np.full((5, 5), 128, np.uint8)  # 128 = occluded
    mask[0] = 255
    mask[2, :3] = 255
    mask[2, 0] = 254
    # Row 0 without the unknown pixel, and the two holes of row 2.
    score = metrics.middlebury(RESULT, TRUTH, nonocc=mask)
    assert score.pixels == 6
    assert score.bad == pytest.approx({0.5: 200 / 6, 1.0: 0, 2.0: 0, 4.0: 0})
    assert score.invalid == pytest.approx(200 / 6)
    assert score == metrics.middlebury(RESULT, TRUTH, nonocc=mask == 255)


def test_middlebury_clips_to_the_range() -> None:
    truth = maps([[0, 0, 16, 16, 15]])
    result = maps([[-3, -0.25, 40, 16.5, 15]])
    # Clipped to 0 … 16: 0 0 16 16 15, so all are right.
    assert metrics.middlebury(result, truth, ndisp=16).avg_error == 0
    # Without ndisp only at 0: errors 0 0 24 0.5 0.
    assert metrics.middlebury(result, truth).avg_error == pytest.approx(24.5 / 5)
    # The range is that of the result's size: 4 * 4 = 16.
    quarter = maps([[-1, 40]])
    large = np.array([[0] * 4 + [16] * 4] * 4, np.float32)
    assert metrics.middlebury(quarter, large, ndisp=4).avg_error == 0
    assert metrics.middlebury(quarter, large, ndisp=5).avg_error == 2  # 20 on half of them


def test_middlebury_rounds_for_whole_ground_truth() -> None:
    truth = maps([[1, 1, 2, 3, 3]])
    result = maps([[0.5, 1.49, 2.5, 2.5, 3.6]])
    # Halves go away from 0: 1 1 3 3 4, with errors 0 0 1 0 1.
    score = metrics.middlebury(result, truth, isint=True)
    assert score.bad == {0.5: 40, 1.0: 0, 2.0: 0, 4.0: 0}
    # As they are: 0.5 0.49 0.5 0.5 0.6.
    assert metrics.middlebury(result, truth).bad[0.5] == 20
    # Rounded at the ground truth's size: 2 * 1.3 = 2.6 is 3, and 2 * 1.2 = 2.4 is 2.
    twice = metrics.middlebury(maps([[1.3, 1.2]]), maps([[3, 3, 2, 2]] * 2), isint=True)
    assert twice.avg_error == 0
    # Clipped first, to 2.
    assert metrics.middlebury(maps([[2.6]]), maps([[2]]), isint=True, ndisp=2).avg_error == 0


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_middlebury_compares_at_the_size_of_the_ground_truth(scale: int) -> None:
    # Each pixel of the result stands for scale² pixels; its error is scale times as large.
    result = maps([[5, 6, 7, 8, NAN]] * 5)
    exact = np.kron(result, np.ones((scale, scale), np.float32)) * scale
    truth = np.nan_to_num(exact, nan=1) + np.float32(0.75 * scale)
    score = metrics.middlebury(result, truth, scale=scale)
    assert score.pixels == 25 * scale**2
    assert score.invalid == 20
    assert score.avg_error == 0.75 * scale
    # 0.75, 1.5 or 3 px of the ground truth.
    above = {1: [0.5], 2: [0.5, 1.0], 4: [0.5, 1.0, 2.0]}[scale]
    assert score.bad == {t: 80.0 if t in above else 0.0 for t in (0.5, 1.0, 2.0, 4.0)}
    assert score == metrics.middlebury(result, truth)  # the scale is found from the shapes


def test_middlebury_finds_the_pixel_of_a_smaller_result() -> None:
    # (y // 2, x // 2): the result's pixel (0, 1) is columns 2 and 3 of rows 0 and 1.
    truth = maps([[2, 2, 4, 4], [2, 2, 4, 4], [6, 6, 8, 8], [6, 6, 8, 8]])
    assert metrics.middlebury(maps([[1, 2], [3, 4]]), truth).avg_error == 0


def test_middlebury_without_any_result() -> None:
    score = metrics.middlebury(np.full((5, 5), NAN), TRUTH)
    assert score.bad[1.0] == 0
    assert score.invalid == score.total_bad[1.0] == 100
    assert math.isnan(score.avg_error)
    assert math.isnan(score.rms)
    assert math.isnan(score.quantiles[0.5])


def test_middlebury_weights_the_scenes_of_the_training_set() -> None:
    def rate(wrong: int) -> metrics.MiddleburyScore:
        """Score `wrong` of 4 pixels as bad, and one as a hole."""
        result = np.array([[8.0 + 5 * (k < wrong) for k in range(4)] + [NAN]])
        return metrics.middlebury(result, np.full((1, 5), 8.0))

    scores = {"Adirondack": rate(0), "Piano": rate(1), "PianoL": rate(2), "Vintage": rate(4)}
    # bad: 0, 20, 40, 80 with the weights 1, 1, 0.5, 0.5: (20 + 20 + 40) / 3.
    mean = metrics.MiddleburyScore.mean(scores)
    assert mean.bad[2.0] == pytest.approx(80 / 3)
    assert mean.invalid == pytest.approx(20)
    assert mean.total_bad[2.0] == pytest.approx(80 / 3 + 20)
    # avg_error: 0, 1.25, 2.5, 5.
    assert mean.avg_error == pytest.approx((1.25 + 1.25 + 2.5) / 3)
    assert mean.pixels == 20
    assert metrics.MiddleburyScore.mean(scores, weights={}).bad[2.0] == pytest.approx(35)
    assert metrics.over_set(scores) == mean
    assert set(metrics.MIDDLEBURY_WEIGHTS) == {
        "PianoL",
        "Playroom",
        "Playtable",
        "Shelves",
        "Vintage",
    }
    with pytest.raises(StereoTypeError, match="names of the scenes"):
        metrics.MiddleburyScore.mean(list(scores.values()))  # type: ignore[arg-type]
    with pytest.raises(StereoValueError, match="weight of Piano = 0"):
        metrics.MiddleburyScore.mean(scores, weights={"Piano": 0})


# --------------------------------------------------------------------------------- KITTI


def test_kitti_fills_gaps_then_the_ends_of_rows_then_those_of_columns() -> None:
    holes = maps(
        [
            [NAN, NAN, NAN, NAN, NAN],  # takes row 1
            [NAN, 7, NAN, 5, NAN],
            [NAN, NAN, NAN, NAN, NAN],  # between filled rows: stays
            [4, NAN, NAN, 9, 1],
            [-1, NAN, INF, NAN, NAN],  # takes row 3
        ]
    )
    filled = maps(
        [
            [7, 7, 5, 5, 5],
            [7, 7, 5, 5, 5],
            [NAN, NAN, NAN, NAN, NAN],
            [4, 4, 4, 9, 1],
            [4, 4, 4, 9, 1],
        ]
    )
    assert np.array_equal(metrics.kitti_filled(holes), filled, equal_nan=True)
    assert np.isnan(metrics.kitti_filled(np.full((2, 3), NAN))).all()
    assert metrics.kitti_filled(maps([[0, NAN, 3]])).tolist() == [[0, 0, 3]]  # 0 is a result


KITTI_TRUTH = maps(
    [
        [50, 50, 50, 50, NAN],
        [100, 100, 100, 100, 0],
        [NAN, NAN, NAN, NAN, NAN],
        [20, 20, 20, 20, 20],
        [1, NAN, NAN, NAN, NAN],
    ]
)
# 14 pixels are known: 0 is not. After the row's gap is filled with its smaller end:
#   errors  0   3   5.5  5.5 (filled from 44.5)      50:  3 is not above 3 px, 5.5 is 11 %
#           4   6   5    0                          100:  4 %, 6 %, 5 %
#           0   2   2    2   4 (filled: 18, 18, 16)  20:  4 is 20 %
#           0                                         1
KITTI_RESULT = maps(
    [
        [50, 47, 44.5, NAN, 48],
        [104, 106, 95, 100, 3],
        [NAN, NAN, NAN, NAN, NAN],
        [20, 18, NAN, 22, 16],
        [1, NAN, NAN, NAN, 200],
    ]
)


def test_kitti2012() -> None:
    score = metrics.kitti2012(KITTI_RESULT, KITTI_TRUTH)
    assert score.pixels == 14
    # 0 3 5.5 5.5 | 4 6 5 0 | 0 2 2 2 4 | 0: above 1: 10, 2: 7, 3: 6, 4: 4, 5: 3.
    assert score.outliers == pytest.approx(
        {1.0: 1000 / 14, 2.0: 700 / 14, 3.0: 600 / 14, 4.0: 400 / 14, 5.0: 300 / 14}
    )
    # The two filled pixels had the errors 5.5 and 2; 12 remain.
    assert score.outliers_estimated == pytest.approx(
        {1.0: 800 / 12, 2.0: 600 / 12, 3.0: 500 / 12, 4.0: 300 / 12, 5.0: 200 / 12}
    )
    assert score.density == pytest.approx(1200 / 14)
    assert score.avg_error == pytest.approx((3 + 5.5 + 5.5 + 4 + 6 + 5 + 2 + 2 + 2 + 4) / 14)
    assert score.avg_error_estimated == pytest.approx((39 - 5.5 - 2) / 12)


def test_kitti2015_needs_3_px_and_5_per_cent() -> None:
    objects = np.zeros((5, 5), np.uint8)
    objects[1] = 3  # the row of 100 px
    objects[3, 4] = 1
    score = metrics.kitti2015(KITTI_RESULT, KITTI_TRUTH, objects=objects)
    # Outliers: 5.5 and 5.5 of 50, 6 of 100 (5 is just 5 %), 4 of 20. Foreground: 4 + 1 pixels.
    assert score.d1_all == pytest.approx(400 / 14)
    assert score.d1_bg == pytest.approx(200 / 9)
    assert score.d1_fg == pytest.approx(200 / 5)
    # Without the filled ones: 5.5 of row 0 and 2 of row 3, both background.
    assert score.d1_all_estimated == pytest.approx(300 / 12)
    assert score.d1_bg_estimated == pytest.approx(100 / 7)
    assert score.d1_fg_estimated == pytest.approx(200 / 5)
    assert score.density == pytest.approx(1200 / 14)
    assert score.counts.pixels_bg_estimated == 7
    assert score == metrics.kitti2015(KITTI_RESULT, KITTI_TRUTH, objects=objects.astype(np.int64))
    plain = metrics.kitti2015(KITTI_RESULT, KITTI_TRUTH)
    assert plain.d1_all == score.d1_all
    assert math.isnan(plain.d1_bg)
    assert math.isnan(plain.d1_fg)


@pytest.mark.parametrize(
    ("truth", "result", "outlier"),
    [
        (50, 53, False),  # 3 px is not above 3 px
        (50, 53.01, True),  # 3.01 px, 6 %
        (80, 83.5, False),  # 3.5 px, 4.4 %
        (100, 105, False),  # 5 % is not above 5 %
        (100, 105.1, True),
        (10, 12.9, False),  # 29 %, 2.9 px
        (200, 191, False),  # 9 px, 4.5 %
        (200, 189, True),  # 11 px, 5.5 %
    ],
)
def test_the_rule_of_kitti_2015(truth: float, result: float, outlier: bool) -> None:
    score = metrics.kitti2015(maps([[result]]), maps([[truth]]))
    assert score.d1_all == 100.0 * outlier


def test_kitti_counts_what_can_not_be_filled_as_minus_1() -> None:
    empty = np.full((5, 5), NAN)
    score = metrics.kitti2012(empty, KITTI_TRUTH)
    # All errors are truth + 1; the truth of 1 has the error 2.
    assert score.outliers == pytest.approx(
        {1.0: 100, 2.0: 1300 / 14, 3.0: 1300 / 14, 4.0: 1300 / 14, 5.0: 1300 / 14}
    )
    assert score.density == 0
    assert math.isnan(score.outliers_estimated[3.0])
    assert math.isnan(score.avg_error_estimated)
    assert math.isnan(metrics.kitti2015(empty, KITTI_TRUTH).d1_all_estimated)


def test_kitti_2012_averages_rates_and_2015_pools_pixels() -> None:
    small, large = np.full((1, 1), 50.0), np.full((3, 3), 50.0)
    objects = [np.zeros((1, 1), int), np.eye(3, dtype=int)]
    pairs = [(small + 10, small), (large, large)]
    of_2012 = [metrics.kitti2012(*pair) for pair in pairs]
    of_2015 = [metrics.kitti2015(*p, objects=o) for p, o in zip(pairs, objects, strict=True)]
    # Rates 100 and 0; 1 wrong pixel of 10, 1 of 7 in the background, 0 of 3 in front.
    assert metrics.Kitti2012Score.mean(of_2012).outliers[3.0] == 50
    assert metrics.Kitti2012Score.mean(of_2012).avg_error == 5
    pooled = metrics.Kitti2015Score.pooled(of_2015)
    assert pooled.d1_all == 10
    assert pooled.d1_bg == pytest.approx(100 / 7)
    assert pooled.d1_fg == 0
    assert math.isnan(of_2015[0].d1_fg)  # one image may well have no object
    assert metrics.over_set(dict(zip("ab", of_2015, strict=True))) == pooled
    assert metrics.over_set(dict(zip("ab", of_2012, strict=True))).density == 100


def test_kitti_noc_is_occ_with_a_mask() -> None:
    occ = np.where(KITTI_TRUTH > 0, KITTI_TRUTH, NAN)
    noc = occ.copy()
    noc[:, 2:] = NAN
    for score in (metrics.kitti2012, metrics.kitti2015):
        masked: Any = score(KITTI_RESULT, occ, nonocc=np.isfinite(noc))
        assert repr(masked) == repr(score(KITTI_RESULT, noc))


# --------------------------------------------------------------------------------- ETH3D


def test_eth3d_rates_are_over_estimated_pixels() -> None:
    truth = np.full((5, 5), 3.0)
    truth[4, 4] = INF
    result = truth.copy()
    result[0] = [NAN, INF, -INF, 5.5, -5.5]  # 5 px is the width: no results
    result[1] = [3.5, 4, 5, -2, 3]  # errors 0.5 1 2 5 0
    result[2] = [3.75, 4.5, 0.5, 3, 3]  # errors 0.75 1.5 2.5 0 0
    score = metrics.eth3d(result, truth)
    assert score.pixels == 24
    assert score.coverage == pytest.approx(1900 / 24)
    assert score.bad == pytest.approx({0.5: 600 / 19, 1.0: 400 / 19, 2.0: 200 / 19, 4.0: 100 / 19})
    # 0.5 + 1 + 2 + 5 + 0.75 + 1.5 + 2.5; squares 0.25 + 1 + 4 + 25 + 0.5625 + 2.25 + 6.25.
    assert score.avg_error == pytest.approx(13.25 / 19)
    assert score.rms == pytest.approx(math.sqrt(39.3125 / 19))
    # Sorted: 12 zeros, 0.5 0.75 1 1.5 2 2.5 5; numbers 9, 17 (17.1), 18 (18.05), 18 (18.81).
    assert score.quantiles == {0.5: 0, 0.9: 2.5, 0.95: 5, 0.99: 5}


def test_eth3d_takes_a_whole_place_among_the_sorted_errors() -> None:
    # 20 errors 0 … 19 at a width of 20: places 10, 18, 19, 19, not between two of them.
    truth = np.zeros((1, 20))
    score = metrics.eth3d(truth + np.arange(20.0), truth)
    assert score.quantiles == {0.5: 10, 0.9: 18, 0.95: 19, 0.99: 19}
    assert metrics.eth3d(np.ones((1, 1)), np.ones((1, 1))).quantiles[0.99] == 0


def test_eth3d_without_any_result_is_the_worst() -> None:
    score = metrics.eth3d(np.full((2, 2), NAN), np.ones((2, 2)))
    assert score.coverage == 0
    assert score.bad == dict.fromkeys((0.5, 1.0, 2.0, 4.0), 100)
    assert score.avg_error == score.rms == score.quantiles[0.5] == INF


def test_eth3d_mask_and_mean() -> None:
    truth = np.full((2, 4), 1.0)
    result = maps([[1, 1, 3, 3], [3, 3, 3, NAN]])
    mask = np.array([[255, 255, 255, 0], [255, 0, 0, 255]], np.uint8)
    # Of 5 pixels one has no result; errors 0 0 2 2.
    score = metrics.eth3d(result, truth, nonocc=mask)
    assert (score.bad[1.0], score.coverage, score.avg_error) == (50, 80, 1)
    mean = metrics.Eth3dScore.mean([score, metrics.eth3d(truth, truth)])
    assert (mean.bad[1.0], mean.coverage, mean.avg_error, mean.pixels) == (25, 90, 0.5, 13)


# --------------------------------------------------------------------------------- depth


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


# ------------------------------------------------------------------------ sparsification


def test_sparsification_on_paper() -> None:
    error = np.array([[4.0, 1.0, NAN], [0.0, 3.0, 2.0]])
    confidence = np.array([[0.1, 0.9, NAN], [0.8, 0.2, 0.3]])
    curve = metrics.sparsification(error, confidence, steps=5)
    # Surest first: 1 0 2 3 4, running means 1 0.5 1 1.5 2; smallest first: 0 0.5 1 1.5 2.
    assert curve.densities == (20, 40, 60, 80, 100)
    assert curve.errors == (1, 0.5, 1, 1.5, 2)
    assert curve.oracle == (0, 0.5, 1, 1.5, 2)
    assert (curve.auc, curve.auc_oracle, curve.overall) == pytest.approx((1.2, 1.0, 2.0))
    assert curve.ause == pytest.approx(0.2)
    assert metrics.sparsification(error, confidence, steps=2).errors == (1, 2)  # 3 of 5, 5 of 5


def test_sparsification_of_bad_pixels() -> None:
    error = np.array([[0.0, 5.0, 1.0, 6.0]])
    curve = metrics.sparsification(error, -error, threshold=1, steps=4)
    assert curve.errors == curve.oracle == pytest.approx((0, 0, 100 / 3, 50))
    assert curve.ause == 0


def test_sparsification_without_any_order_is_flat() -> None:
    curve = metrics.sparsification(np.array([[9.0, 0.0, 3.0]]), np.zeros((1, 3)), steps=3)
    assert curve.errors == pytest.approx((4, 4, 4))
    assert curve.auc == pytest.approx(curve.overall)


def test_sparsification_takes_ties_together() -> None:
    # Surest are one bad and one good pixel: 1/2 and 1/2, then good ones: 1/3, 1/4.
    curve = metrics.sparsification(
        np.array([[0.0, 2.0, 0.0, 0.0]]), np.array([[2.0, 2.0, 1.0, 1.0]]), threshold=1, steps=4
    )
    assert curve.errors == pytest.approx((50, 50, 100 / 3, 25))
    assert curve.auc == pytest.approx(100 * (1 / 2 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


# -------------------------------------------------------------------------------- errors

GOOD = np.full((4, 4), 2.0)
BOARDS: list[Callable[..., Any]] = [
    metrics.middlebury,
    metrics.kitti2012,
    metrics.kitti2015,
    metrics.eth3d,
    metrics.depth,
]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: str(board.__name__))
@pytest.mark.parametrize(
    ("result", "truth", "error", "message"),
    [
        (GOOD, np.full((4, 4), NAN), StereoValueError, "unknown at every pixel"),
        (GOOD, np.full((4, 4), INF), StereoValueError, "unknown at every pixel"),
        (GOOD, np.full((3, 4), 2.0), StereoValueError, r"shape \(4, 4\) and .* \(3, 4\)"),
        (GOOD[0], GOOD, StereoValueError, r"shape \(4,\): expected \(H, W\)"),
        (np.zeros((0, 4)), GOOD, StereoValueError, "not empty"),
        (GOOD.astype(np.int16), GOOD, StereoTypeError, "dtype int16: expected floating"),
        (GOOD, GOOD.astype(np.uint16), StereoTypeError, "truth has dtype uint16"),
        (GOOD.astype(complex), GOOD, StereoTypeError, "dtype complex128"),
        (np.ma.masked_less(GOOD, 1), GOOD, StereoTypeError, "masked array"),
        ([[1.0], [1.0, 2.0]], GOOD, StereoTypeError, "can't be made an array"),
    ],
)
def test_bad_maps(
    board: Callable[..., Any], result: Any, truth: Any, error: type[StereoError], message: str
) -> None:
    with pytest.raises(error, match=message):
        board(result, truth)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: str(board.__name__))
@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        (np.ones((4, 4), np.uint8), StereoValueError, "largest level is 1, and only 255 counts"),
        (np.ones((4, 3), np.bool_), StereoValueError, r"has shape \(4, 3\)"),
        (np.ones((4, 4)), StereoTypeError, "float64: expected bool, or uint8"),
        (np.zeros((4, 4), np.bool_), StereoValueError, "leaves out all 16 pixels"),
    ],
)
def test_bad_masks(
    board: Callable[..., Any], mask: Any, error: type[StereoError], message: str
) -> None:
    name = "mask" if board is metrics.depth else "nonocc"
    with pytest.raises(error, match=message):
        board(GOOD, GOOD, **{name: mask})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: metrics.middlebury(GOOD, GOOD, scale=2), StereoValueError, "scale = 2 times"),
        (lambda: metrics.middlebury(GOOD, GOOD, scale=8), StereoValueError, "not in 1 … 4"),
        (lambda: metrics.middlebury(GOOD[:1, :1], GOOD[:3, :3]), StereoValueError, "1, 2 or 4"),
        (lambda: metrics.middlebury(GOOD, GOOD, ndisp=0), StereoValueError, "ndisp = 0"),
        (lambda: metrics.middlebury(GOOD, GOOD, ndisp=9.5), StereoTypeError, "ndisp must be"),  # type: ignore[arg-type]
        (lambda: metrics.middlebury(GOOD, GOOD, isint=1), StereoTypeError, "isint must be"),  # type: ignore[arg-type]
        (lambda: metrics.kitti2012(GOOD, GOOD * 0), StereoValueError, "unknown at every pixel"),
        (
            lambda: metrics.kitti2015(GOOD, GOOD, objects=GOOD),
            StereoTypeError,
            "objects has dtype float64",
        ),
        (
            lambda: metrics.kitti2015(GOOD, GOOD, objects=np.zeros((4, 5), int)),
            StereoValueError,
            r"objects has shape \(4, 5\)",
        ),
        (lambda: metrics.depth(GOOD, GOOD, align="mean"), StereoValueError, "align = 'mean'"),  # type: ignore[arg-type]
        (
            lambda: metrics.depth(GOOD, GOOD, align="scale_shift"),
            StereoValueError,
            "the prediction is 2 at every pixel",
        ),
        (
            lambda: metrics.depth(GOOD, GOOD, fit="least_absolute"),
            StereoValueError,
            "fit = 'least_absolute' has no meaning",
        ),
        (lambda: metrics.depth(-GOOD, GOOD), StereoValueError, "row 0, column 0 is -2"),
        (lambda: metrics.depth(GOOD * 0, GOOD, align="median"), StereoValueError, "is 0: a depth"),
        (lambda: metrics.depth(GOOD * NAN, GOOD), StereoValueError, "at all 16 pixels"),
        (lambda: metrics.depth(GOOD, GOOD * 1000), StereoValueError, "unit may be another"),
        (lambda: metrics.depth(GOOD, GOOD, min_depth=0), StereoValueError, "above 0"),
        (
            lambda: metrics.depth(GOOD, GOOD, min_depth=9, max_depth=3),
            StereoValueError,
            "min_depth = 9 must be below",
        ),
        (lambda: metrics.sparsification(-GOOD, GOOD), StereoValueError, "at least 0"),
        (lambda: metrics.sparsification(GOOD * INF, GOOD), StereoValueError, "finite"),
        (lambda: metrics.sparsification(GOOD * NAN, GOOD), StereoValueError, "NaN at every pixel"),
        (lambda: metrics.sparsification(GOOD, GOOD * NAN), StereoValueError, "16 of 16"),
        (lambda: metrics.sparsification(GOOD, GOOD[:2]), StereoValueError, r"\(2, 4\)"),
        (lambda: metrics.sparsification(GOOD, GOOD, steps=0), StereoValueError, "steps = 0"),
        (lambda: metrics.over_set({}), StereoValueError, "empty"),
        (lambda: metrics.over_set([1]), StereoTypeError, "expected a mapping"),  # type: ignore[call-overload,type-var,arg-type]
        (lambda: metrics.over_set({"a": 1}), StereoTypeError, "score of no board"),  # type: ignore[type-var]
        (lambda: metrics.Eth3dScore.mean([]), StereoValueError, "empty"),
        (
            lambda: metrics.Eth3dScore.mean([metrics.kitti2012(GOOD, GOOD)]),  # type: ignore[list-item]
            StereoTypeError,
            "holds a Kitti2012Score: expected Eth3dScore",
        ),
        (
            lambda: metrics.Eth3dScore.mean(metrics.eth3d(GOOD, GOOD)),  # type: ignore[arg-type]
            StereoTypeError,
            "no set of scores",
        ),
    ],
)
def test_bad_arguments(call: Callable[[], Any], error: type[StereoError], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: str(board.__name__))
def test_scores_are_frozen_and_travel_between_processes(board: Callable[..., Any]) -> None:
    score = board(GOOD, GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        score.pixels = 1
    assert repr(pickle.loads(pickle.dumps(score))) == repr(score)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: str(board.__name__))
def test_inputs_are_not_written_to(board: Callable[..., Any]) -> None:
    result, truth = GOOD + 1, GOOD.copy()
    result[0, 0] = truth[1, 1] = NAN
    for array in (result, truth):
        array.flags.writeable = False
    view = board(result, truth)
    assert repr(view) == repr(board(np.asfortranarray(result.astype(">f8")), truth[::-1][::-1]))
