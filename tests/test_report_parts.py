"""Parts of the report of an evaluation: classes of errors, small pictures, axes."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from stereo import metrics
from stereo.evaluation.report import error_classes, plot
from stereo.evaluation.report.pictures import LARGEST_SIDE, photograph, sampled
from stereo.evaluation.results import Board

BOARDS = get_args(Board)


@pytest.mark.parametrize("board", BOARDS)
def test_classes_agree_with_the_scores(board: Board) -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(1, 200, (40, 50)).astype(np.float32)
    disparity = (truth + random.uniform(-12, 12, truth.shape)).astype(np.float32)
    disparity[random.random(truth.shape) < 0.1] = np.nan
    truth[random.random(truth.shape) < 0.2] = np.nan
    compared = error_classes.as_compared(board, disparity, stop=190, isint=False)
    classes = error_classes.classify(board, compared, truth)
    counted = classes[classes >= (-1 if board == "middlebury" else 0)]
    options = {"ndisp": 190} if board == "middlebury" else {}
    score = getattr(metrics, board)(disparity, truth, **options)
    limits = error_classes.scale_of(board).limits
    if board == "kitti2015":
        rates = {1.0: score.d1_all_estimated}
    else:
        rates = score.outliers_estimated if board == "kitti2012" else score.bad
    for limit, rate in rates.items():
        assert 100 * np.mean(counted > limits.index(limit)) == pytest.approx(rate)
    assert len(error_classes.scale_of(board).colors) == len(limits) + 1
    assert len(error_classes.scale_of(board).labels()) == len(limits) + 1


def test_classes_of_what_is_unknown_and_of_rounded_results() -> None:
    truth = np.array([[0, np.nan, 5, 5]], np.float32)
    disparity = np.array([[1, 1, np.nan, 5]], np.float32)
    assert error_classes.classify("kitti2012", disparity, truth).tolist() == [[-2, -2, -1, 0]]
    assert error_classes.classify("middlebury", disparity, truth).tolist() == [[1, -2, -1, 0]]
    result = np.array([[-1, 2.5, 9, np.nan]], np.float32)
    expected = {True: [0, 3, 8, np.nan], False: [0, 2.5, 8, np.nan]}
    for isint, row in expected.items():
        compared = error_classes.as_compared("middlebury", result, stop=8, isint=isint)
        assert np.array_equal(compared, [row], equal_nan=True)


@pytest.mark.parametrize("shape", [(3, 2000), (2000, 3, 3), (500, 600), (7, 9, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pictures_are_small(shape: tuple[int, ...], dtype: type) -> None:
    image = np.full(shape, 200, dtype)
    picture = photograph(image)
    assert max(picture.width, picture.height) == min(max(shape[:2]), LARGEST_SIDE)
    small = sampled(image)
    assert small.shape[:2] == (picture.height, picture.width)


@pytest.mark.parametrize(
    ("smallest", "largest"), [(1, 1), (0.001, 300), (7, 8), (0.05, 0.05), (2, 5), (1e-9, 1e9)]
)
def test_logarithmic_axes_hold_their_values(smallest: float, largest: float) -> None:
    axis = plot.log_axis("t", smallest, largest)
    assert 0 <= axis.share(smallest) <= axis.share(largest) <= 1
    assert 1 <= len(axis.marks) <= 20
    assert all(0 <= axis.share(mark) <= 1 for mark in axis.marks)


@pytest.mark.parametrize("largest", [0, 1e-7, 0.3, 1, 99.9, 100, 12345])
def test_linear_axes_hold_their_values(largest: float) -> None:
    axis = plot.linear_axis("e", largest)
    assert axis.high >= largest
    assert 2 <= len(axis.marks) <= 7
    assert axis.marks[0] == 0
