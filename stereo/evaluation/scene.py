"""One scene: read, matched, scored and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import number
from stereo.datasets import Sample
from stereo.evaluation import boards
from stereo.evaluation.maps import write_maps
from stereo.evaluation.methods import Estimate, Method
from stereo.evaluation.results import Board, Failure, SceneResult
from stereo.evaluation.store import Store
from stereo.io.arrays import as_disparity
from stereo.types import StereoError, StereoValueError

__all__ = ["Task", "outcome"]


@dataclass(frozen=True)
class Task:
    """What is to be done for one scene.

    Attributes
    ----------
    sample : Sample
        The scene.
    key : str
        Its place in the store.
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}
        What scores it.
    max_disp : int or None
        End of the search range, px, exclusive; None is what the scene says.
    """

    sample: Sample
    key: str
    board: Board
    max_disp: int | None


def outcome(task: Task, method: Method, store: Store) -> SceneResult | Failure:
    """Evaluate one scene and keep its result; whatever goes wrong with it is a Failure."""
    try:
        result = _evaluated(task, method, store)
        store.save(task.key, result)
    except StereoError as error:
        return Failure(task.sample.name, _line(error))
    except MemoryError as error:
        return Failure(task.sample.name, f"{_images(task)}: there is not enough memory. {error}")
    except Exception as error:  # a method may be anybody's code: the other scenes go on
        return Failure(task.sample.name, f"{_images(task)}: {type(error).__name__}: {_line(error)}")
    return result


def _evaluated(task: Task, method: Method, store: Store) -> SceneResult:
    sample = task.sample
    left, right = sample.left, sample.right
    truth = sample.disparity
    stop = boards.search_stop(sample, truth, task.max_disp)
    try:
        estimate = _checked(method(left, right, stop), left)
    except StereoError as error:
        raise StereoValueError(f"{_images(task)}: {error}") from error
    disparity, confidence = estimate.disparity, estimate.confidence
    scores, curve = {}, None
    if truth is not None and sample.disparity_file is not None:
        try:
            scores = boards.scores(task.board, sample, disparity, truth, stop)
            if confidence is not None:
                curve = boards.sparsification(task.board, sample, disparity, confidence, truth)
        except StereoValueError as error:
            raise StereoValueError(f"{sample.disparity_file.path}: {error}") from error
    maps = store.maps(task.key)
    write_maps(maps, disparity, confidence)
    return SceneResult(
        name=sample.name,
        width=left.shape[1],
        height=left.shape[0],
        max_disp=stop,
        scores=scores,
        density=100.0 * np.count_nonzero(~np.isnan(disparity)) / disparity.size,
        seconds=estimate.seconds,
        sparsification=curve,
        maps=maps,
    )


def _checked(estimate: Estimate, left: npt.NDArray[Any]) -> Estimate:
    """Return what a method gave, of which nothing is taken on trust, as float32."""
    disparity, confidence = as_disparity(estimate.disparity), None
    if disparity.shape != left.shape[:2]:
        raise StereoValueError(
            f"the method gave a disparity of shape {disparity.shape} for images of shape "
            f"{left.shape[:2]}: both must be the same"
        )
    if estimate.confidence is not None:
        confidence = np.asarray(estimate.confidence, np.float32)
        if confidence.shape != disparity.shape:
            raise StereoValueError(
                f"the method gave a confidence of shape {confidence.shape} for a disparity of "
                f"shape {disparity.shape}: both must be the same"
            )
        unsure = ~np.isnan(disparity) & ~np.isfinite(confidence)
        if unsure.any():
            raise StereoValueError(
                f"the method gave no finite confidence at {np.count_nonzero(unsure)} pixels that "
                "have a disparity: give each a number"
            )
    return Estimate(disparity, confidence, number("seconds", estimate.seconds))


def _images(task: Task) -> str:
    return f"{task.sample.left_path} and {task.sample.right_path}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
