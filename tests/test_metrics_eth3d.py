"""ETH3D's scores on cases small enough to work out on paper."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from stereo import metrics

NAN, INF = math.nan, math.inf


def maps(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32)


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
