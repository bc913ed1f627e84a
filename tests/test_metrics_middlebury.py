"""Middlebury's scores on cases small enough to work out on paper."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from stereo import metrics
from stereo.types import StereoTypeError, StereoValueError

NAN, INF = math.nan, math.inf


def maps(rows: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(rows, np.float32)


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
