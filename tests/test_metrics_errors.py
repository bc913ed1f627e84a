"""What all metrics refuse, and what all scores can do."""

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
