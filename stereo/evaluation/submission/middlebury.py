"""The upload format of the Middlebury benchmark, version 3."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stereo import filters
from stereo.datasets import Dataset, Sample
from stereo.evaluation.results import Evaluation
from stereo.evaluation.submission.files import disparity_of, made
from stereo.io.files import write_bytes
from stereo.io.pfm import write_pfm

__all__ = ["write_middlebury"]

Float32 = npt.NDArray[np.float32]


def write_middlebury(
    folder: Path, evaluation: Evaluation, dataset: Dataset, name: str
) -> list[Path]:
    """Write SPLIT/SCENE/disp0NAME.pfm, disp0NAME_s.pfm where a map has holes, and timeNAME.txt."""
    written: list[Path] = []
    # A board's table is dense or sparse: each needs all scenes.
    sparse = any(np.isnan(disparity_of(result)).any() for result in evaluation.results)
    for result in evaluation.results:
        sample, disparity = dataset.sample(result.name), disparity_of(result)
        split = sample.left_path.parent.parent.name
        place = made(folder / split / result.name)
        dense, seconds = _filled(sample, disparity)
        files = [place / f"disp0{name}.pfm", place / f"time{name}.txt"]
        write_pfm(files[0], dense)
        # The time is that of the dense map, as the board has it where there are both.
        write_bytes(files[1], f"{result.seconds + seconds:.6f}\n".encode())
        if sparse:
            files.append(place / f"disp0{name}_s.pfm")
            write_pfm(files[-1], disparity)
        written += files
    return written


def _filled(sample: Sample, disparity: Float32) -> tuple[Float32, float]:
    """Return a map without holes, and how long filling it took."""
    if not np.isnan(disparity).any():
        return disparity, 0.0
    left = sample.left
    guide = left if left.dtype == np.uint8 else None  # guides have 8 bits
    start = time.perf_counter()
    dense = filters.fill(disparity, method="row", guide=guide, threads=1)
    return dense, time.perf_counter() - start
