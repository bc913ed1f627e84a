"""What an evaluation found: one result or failure a scene, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stereo.metrics import (
    Eth3dScore,
    Kitti2012Score,
    Kitti2015Score,
    MiddleburyScore,
    Sparsification,
    over_set,
)

__all__ = ["Board", "BoardScore", "Evaluation", "Failure", "SceneResult"]

Board = Literal["middlebury", "kitti2012", "kitti2015", "eth3d"]
BoardScore = MiddleburyScore | Kitti2012Score | Kitti2015Score | Eth3dScore


@dataclass(frozen=True)
class SceneResult:
    """What one scene scored.

    Attributes
    ----------
    name : str
        The scene.
    width, height : int
        Size of the left image, px.
    max_disp : int
        End of the range that was searched, px, exclusive; it starts at 0.
    scores : mapping of str to a score of the board
        By the pixels that count: "nonocc" where the scene has such a mask, and "all". Empty for
        a scene without ground truth.
    density : float
        Share of the pixels with a result, per cent, before anything is filled.
    seconds : float
        Wall time of the matching alone.
    sparsification : Sparsification or None
        Error above the board's usual threshold against density, in the order of the method's
        confidence; None where it gives none.
    maps : pathlib.Path
        An .npz file with `disparity`, float32 (H, W), px, NaN = no result, and, where the method
        gives one, `confidence`, float32 (H, W).
    """

    name: str
    width: int
    height: int
    max_disp: int
    scores: Mapping[str, BoardScore]
    density: float
    seconds: float
    sparsification: Sparsification | None
    maps: Path


@dataclass(frozen=True)
class Failure:
    """A scene that could not be evaluated.

    Attributes
    ----------
    name : str
        The scene.
    reason : str
        What is wrong with it, in one line that names the file.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """A method on a data set.

    Attributes
    ----------
    method : str
        What the tables call the method.
    options : mapping of str to Any
        Its options, as JSON can hold them.
    dataset : str
        Name of the data set.
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}
        Whose definitions the scores follow.
    results : tuple of SceneResult
        The scenes that were evaluated, in the order of the data set.
    failures : tuple of Failure
        The scenes that were not.
    jobs : int
        How many scenes were matched at the same time, which the times depend on.
    machine : mapping of str to str
        What it ran on: "cpu", "cores", "system" and the versions "stereo", "numpy".
    when : str
        Date and time, ISO 8601, UTC.
    """

    method: str
    options: Mapping[str, Any]
    dataset: str
    board: Board
    results: tuple[SceneResult, ...]
    failures: tuple[Failure, ...]
    jobs: int
    machine: Mapping[str, str]
    when: str

    def overall(self) -> dict[str, BoardScore]:
        """Score the set as the board does, for the pixels that every scene has a score for.

        Scenes without ground truth are left out.
        """
        scored = [result for result in self.results if result.scores]
        regions = [
            region
            for region in ("nonocc", "all")
            if scored and all(region in result.scores for result in scored)
        ]
        found: dict[str, BoardScore] = {}
        for region in regions:
            of: dict[str, Any] = {result.name: result.scores[region] for result in scored}
            found[region] = over_set(of)
        return found
