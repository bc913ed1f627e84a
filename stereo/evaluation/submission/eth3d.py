"""The upload format of ETH3D's two-view benchmark."""

from __future__ import annotations

from pathlib import Path

from stereo.datasets import Dataset
from stereo.evaluation.results import Evaluation
from stereo.evaluation.submission.files import disparity_of, made
from stereo.io.files import write_bytes
from stereo.io.pfm import write_pfm

__all__ = ["write_eth3d"]


def write_eth3d(folder: Path, evaluation: Evaluation, dataset: Dataset, name: str) -> list[Path]:
    """Write low_res_two_view/SCENE.pfm, and SCENE.txt with the line "runtime SECONDS"."""
    place = made(folder / "low_res_two_view")
    written: list[Path] = []
    for result in evaluation.results:
        files = place / f"{result.name}.pfm", place / f"{result.name}.txt"
        write_pfm(files[0], disparity_of(result))
        write_bytes(files[1], f"runtime {result.seconds:.6f}\n".encode())
        written += files
    return written
