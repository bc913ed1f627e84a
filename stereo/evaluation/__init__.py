"""Methods on data sets: scores as each board defines them, kept on disk, and reported."""

from __future__ import annotations

from stereo.evaluation.maps import read_maps
from stereo.evaluation.methods import (
    Estimate,
    FunctionMethod,
    Method,
    OpenCVMethod,
    SemiGlobal,
)
from stereo.evaluation.results import Board, BoardScore, Evaluation, Failure, SceneResult
from stereo.evaluation.runner import Finished, evaluate
from stereo.evaluation.submission import write_submission

__all__ = [
    "Board",
    "BoardScore",
    "Estimate",
    "Evaluation",
    "Failure",
    "Finished",
    "FunctionMethod",
    "Method",
    "OpenCVMethod",
    "SceneResult",
    "SemiGlobal",
    "evaluate",
    "read_maps",
    "write_submission",
]
