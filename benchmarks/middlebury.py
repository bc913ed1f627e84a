"""The Middlebury training set, as its board scores it: ``python benchmarks/middlebury.py ROOT``.

The presets stand beside OpenCV. ROOT is the folder MiddEval3 as it is downloaded, or a folder with
a group middeval3_Q whose scenes describe themselves. Prints a GitHub table: non-occluded pixels,
thresholds in pixels of full size, the board's weights. Dense is a map whose holes took the smaller
neighbour of their row; sparse is the map as it is, whose holes are invalid.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import machine
import numpy as np
import opencv_modes
import scoring
import tables

from stereo import datasets, metrics
from stereo.datasets import Dataset, Sample
from stereo.evaluation import Evaluation, Method, OpenCVMethod, SemiGlobal, evaluate
from stereo.metrics import MiddleburyScore
from stereo.presets import PRESETS
from stereo.types import StereoError

SCALES = {"trainingQ": 4, "trainingH": 2, "trainingF": 1}
GROUP = "middeval3_Q"
THRESHOLDS = (0.5, 1.0, 2.0, 4.0)
BOARD = (
    "The board's own table (August 2026; all 15 training scenes, bad-1, non-occluded, weighted)\n"
    "has for SGM of H. Hirschmüller, dense / sparse: F 31.7 / 9.54, H 28.2 / 16.4, Q 37.3 / 29.1."
)

FullSize = dict[str, Sample]
Scorer = Callable[[np.ndarray], MiddleburyScore]


def main() -> int:
    """Evaluate all methods and print the table."""
    options = _parser().parse_args()
    try:
        scenes, full = _scenes(options.root, options.split)
        methods: list[Method] = [SemiGlobal({"preset": preset}) for preset in options.preset]
        methods += [OpenCVMethod(mode) for mode in options.mode]
        with TemporaryDirectory() as cache:
            found = [evaluate(scenes, method, cache=cache, jobs=0) for method in methods]
            _print_table(scenes, found, SCALES[options.split], full)
    except StereoError as error:
        raise SystemExit(f"middlebury.py: {error}") from error
    return 0


def _scenes(root: Path, split: str) -> tuple[Dataset, FullSize | None]:
    """Return the scenes, and those of full size if all have their ground truth."""
    if (root / split).is_dir():
        scenes = datasets.middeval3(root, split=split)
        full = root / "trainingF"
        if not all((full / scene.name / "disp0GT.pfm").is_file() for scene in scenes):
            return scenes, None
        return scenes, {scene.name: scene for scene in datasets.middeval3(root, split="trainingF")}
    if split != "trainingQ":
        raise SystemExit(f"middlebury.py: {root} has no folder {split}")
    # Named as on the board, which decides the weights, and searched as far as its calib.txt says.
    described = datasets.described(root, split=GROUP)
    scenes = [
        dataclasses.replace(scene, name=scene.name.partition("/")[2], range_stop=None)
        for scene in described
    ]
    return Dataset("middeval3", scenes), None


def _print_table(
    scenes: Dataset, found: Sequence[Evaluation], scale: int, full: FullSize | None
) -> None:
    names = ", ".join(scene.name for scene in scenes)
    print(f"Machine: {machine.describe()}. One thread.")
    print(f"\n**Middlebury training set**, {len(scenes)} scenes ({names})\n")
    tables.header(
        "method",
        *(f"dense bad-{threshold:g}" for threshold in THRESHOLDS),
        *(f"sparse bad-{threshold:g}" for threshold in THRESHOLDS),
        "invalid",
        "s / megapixel",
    )
    for evaluation in found:
        tables.row(evaluation.method, *_cells(scenes, evaluation, scale, full))
    print()
    if full is None and scale > 1:
        print(f"Ground truth of the size of the images, times {scale}: the thresholds are those of")
        print("the board, whose own ground truth has full size, so its figures differ a little.")
    print(BOARD)


def _cells(
    scenes: Dataset, evaluation: Evaluation, scale: int, full: FullSize | None
) -> Iterator[str]:
    if evaluation.failures:
        first = evaluation.failures[0]
        yield f"not scored: {len(evaluation.failures)} failed, {first.name}: {first.reason}"
        yield from [""] * (2 * len(THRESHOLDS) + 1)
        return
    dense, sparse = {}, {}
    for scene, result in zip(scenes, evaluation.results, strict=True):
        score = _scorer(scene, result.max_disp, scale, full)
        with np.load(result.maps) as maps:
            disparity = maps["disparity"]
        sparse[scene.name] = score(disparity)
        dense[scene.name] = score(scoring.filled(disparity))
    filled, own = MiddleburyScore.mean(dense), MiddleburyScore.mean(sparse)
    yield from (f"{filled.total_bad[threshold]:.2f}" for threshold in THRESHOLDS)
    yield from (f"{own.bad[threshold]:.2f}" for threshold in THRESHOLDS)
    yield f"{own.invalid:.2f}"
    seconds = sum(result.seconds for result in evaluation.results)
    pixels = sum(result.width * result.height for result in evaluation.results)
    yield f"{seconds / pixels * 1e6:.3f}"


def _scorer(scene: Sample, ndisp: int, scale: int, full: FullSize | None) -> Scorer:
    """Return what scores a map of a scene in pixels of full size."""
    if full is not None:
        target = full[scene.name]
        truth, nonocc, isint = target.disparity, target.nonocc, target.isint
        return lambda disparity: metrics.middlebury(
            disparity, truth, nonocc=nonocc, ndisp=ndisp, isint=isint
        )
    truth, nonocc = scene.disparity, scene.nonocc
    assert truth is not None
    return lambda disparity: metrics.middlebury(
        scale * disparity, scale * truth, nonocc=nonocc, ndisp=scale * ndisp
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path, metavar="ROOT", help="the folder of the scenes")
    parser.add_argument("--split", default="trainingQ", choices=list(SCALES))
    parser.add_argument("--preset", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    modes = list(opencv_modes.ALL_MODES)
    parser.add_argument("--mode", nargs="+", default=modes, choices=modes, help="of OpenCV")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
