"""Which board's definitions score a data set, and how a scene is scored by them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from stereo import metrics
from stereo.arguments import integer, word
from stereo.contract import MAX_DISPARITIES
from stereo.datasets import Dataset, Sample
from stereo.evaluation.results import Board, BoardScore
from stereo.metrics import Sparsification
from stereo.types import StereoValueError

__all__ = [
    "RANKED_REGION",
    "THRESHOLDS",
    "board_of",
    "checked_stop",
    "scores",
    "search_stop",
    "sparsification",
]

Float32 = npt.NDArray[np.float32]

_OWN: Mapping[str, Board] = MappingProxyType(
    {"kitti2012": "kitti2012", "kitti2015": "kitti2015", "eth3d": "eth3d"}
)

THRESHOLDS: Mapping[Board, float] = MappingProxyType(
    {"middlebury": 2.0, "kitti2012": 3.0, "kitti2015": 3.0, "eth3d": 1.0}
)
"""Error, px, above which each board's table calls a pixel bad unless it is asked otherwise."""

RANKED_REGION: Mapping[Board, str] = MappingProxyType(
    {"middlebury": "nonocc", "kitti2012": "nonocc", "kitti2015": "all", "eth3d": "all"}
)
"""The pixels that each board's table shows unless it is asked otherwise."""

_SPARE = 2  # px beyond the largest true disparity
_STEP = 16  # px that a range found from the truth is a multiple of


def board_of(dataset: Dataset, board: Board | None = None) -> Board:
    """Return the board whose definitions score a data set.

    Parameters
    ----------
    dataset : Dataset
        Those of KITTI and ETH3D have their own board; all others are scored as Middlebury does.
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}, optional
        Take this one instead.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there is no such board.
    """
    if board is None:
        return _OWN.get(dataset.name, "middlebury")
    word("board", board, get_args(Board))
    return board


def checked_stop(max_disp: int) -> int:
    """Return the end of a range from 0, px; StereoTypeError or StereoValueError if it is none."""
    return integer("max_disp", max_disp, 1, MAX_DISPARITIES)


def search_stop(sample: Sample, truth: Float32 | None, given: int | None = None) -> int:
    """Return the end of a scene's search range from 0, px, exclusive.

    Parameters
    ----------
    sample : Sample
        Its `max_disp` is taken where the data set says one.
    truth : ndarray, float32 (H, W), or None
        Where it says none: the largest true disparity and 2 px, up to the next multiple of 16.
    given : int, optional
        Take this instead.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `given` can't be used, or nothing says how far to search.
    """
    if given is not None:
        return checked_stop(given)
    stop = sample.max_disp
    if stop is not None:
        return stop
    largest = -1.0
    if truth is not None:
        largest = float(np.max(truth, where=np.isfinite(truth), initial=-1))
    if largest < 0:
        raise StereoValueError(
            f"nothing says how far to search in {sample.left_path}: neither the data set nor a "
            "ground truth; give max_disp"
        )
    return _STEP * math.ceil((largest + _SPARE) / _STEP)


def scores(
    board: Board, sample: Sample, disparity: Float32, truth: Float32, max_disp: int
) -> dict[str, BoardScore]:
    """Score a disparity map of a sample as a board does.

    Parameters
    ----------
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}
        Middlebury clips results to the data set's own range, or to the one that was searched where
        it has none, and its thresholds are px of the ground truth that the data set has. KITTI
        fills the holes itself.
    sample : Sample
        Its masks and object map are read.
    disparity : ndarray, float32 (H, W)
        Pixels, NaN = no result.
    truth : ndarray, float32 (H, W)
        The sample's, NaN = unknown.
    max_disp : int
        End of the range that was searched, px, exclusive.

    Returns
    -------
    dict of str to a score
        "nonocc" where the sample has such a mask, and "all".

    Raises
    ------
    StereoError
        If a file of the sample can't be used, or leaves no pixel to evaluate.
    """
    options = _options(board, sample, max_disp)
    nonocc = sample.nonocc
    regions = {"all": None} if nonocc is None else {"nonocc": nonocc, "all": None}
    score = getattr(metrics, board)
    return {
        region: score(disparity, truth, nonocc=mask, **options) for region, mask in regions.items()
    }


def _options(board: Board, sample: Sample, max_disp: int) -> dict[str, Any]:
    if board == "middlebury":
        own = sample.max_disp
        return {"ndisp": max_disp if own is None else own, "isint": sample.isint}
    return {"objects": sample.objects} if board == "kitti2015" else {}


def sparsification(
    board: Board, sample: Sample, disparity: Float32, confidence: Float32, truth: Float32
) -> Sparsification | None:
    """Measure how well a confidence finds the pixels that a board calls bad.

    Non-occluded pixels with a result are taken, or all of them where there is no such mask. None
    where there is no such pixel.
    """
    error = np.abs(disparity - truth)
    nonocc = sample.nonocc
    if nonocc is not None:
        error[~nonocc] = np.nan
    if np.isnan(error).all():
        return None
    return metrics.sparsification(error, confidence, threshold=THRESHOLDS[board])
