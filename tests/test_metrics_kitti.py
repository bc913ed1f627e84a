"""KITTI's scores on cases small enough to work out on paper."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stereo import metrics

NAN, INF = math.nan, math.inf


def maps(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32)


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
