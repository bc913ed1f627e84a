"""Scores against ground truth: one function a benchmark, after its own definition.

What "bad" is a share of differs between the boards, so their numbers can't be compared:

- :func:`middlebury` divides by all evaluated pixels, and holes are counted apart;
- :func:`kitti2012` and :func:`kitti2015` fill the holes first;
- :func:`eth3d` divides by the pixels that have a result.

:func:`depth` is for depth maps, and :func:`sparsification` for confidences. Each score has its
board's way to score a set; :func:`over_set` chooses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from stereo.metrics._kitti import kitti_filled
from stereo.metrics.depth import DepthScore, depth
from stereo.metrics.eth3d import Eth3dScore, eth3d
from stereo.metrics.kitti2012 import Kitti2012Score, kitti2012
from stereo.metrics.kitti2015 import Kitti2015Counts, Kitti2015Score, kitti2015
from stereo.metrics.middlebury import MIDDLEBURY_WEIGHTS, MiddleburyScore, middlebury
from stereo.metrics.sparsification import Sparsification, sparsification
from stereo.types import StereoTypeError, StereoValueError

__all__ = [
    "MIDDLEBURY_WEIGHTS",
    "DepthScore",
    "Eth3dScore",
    "Kitti2012Score",
    "Kitti2015Counts",
    "Kitti2015Score",
    "MiddleburyScore",
    "Sparsification",
    "depth",
    "eth3d",
    "kitti2012",
    "kitti2015",
    "kitti_filled",
    "middlebury",
    "over_set",
    "sparsification",
]

Score = TypeVar("Score", MiddleburyScore, Kitti2012Score, Kitti2015Score, Eth3dScore, DepthScore)

_OVER_SET: Mapping[type, Callable[[Mapping[str, Any]], Any]] = {
    MiddleburyScore: MiddleburyScore.mean,
    Kitti2012Score: Kitti2012Score.mean,
    Kitti2015Score: Kitti2015Score.pooled,
    Eth3dScore: Eth3dScore.mean,
    DepthScore: DepthScore.mean,
}


def over_set(scores: Mapping[str, Score]) -> Score:
    """Score a set of images as the board of their scores does.

    Middlebury: the mean with the weights of the board. KITTI 2012 and ETH3D: the mean. KITTI
    2015: all pixels together. Depth: the mean.

    Parameters
    ----------
    scores : mapping of str to a score
        By the name of the scene, all of one board.

    Returns
    -------
    MiddleburyScore, Kitti2012Score, Kitti2015Score, Eth3dScore or DepthScore
        A score of the same class.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there are none, they are no scores, or they are of several boards.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.full((2, 2), 8.0)
    >>> over_set({"a": kitti2012(truth, truth), "b": kitti2012(truth + 4, truth)}).outliers[3.0]
    50.0
    """
    if not isinstance(scores, Mapping):
        raise StereoTypeError(
            f"scores is a {type(scores).__name__}: expected a mapping from the names of the scenes"
        )
    if not scores:
        raise StereoValueError("the set of scores is empty: nothing can be averaged")
    kind = type(next(iter(scores.values())))
    if kind not in _OVER_SET:
        raise StereoTypeError(f"{kind.__name__} is the score of no board")
    combined: Score = _OVER_SET[kind](scores)
    return combined
