"""Accuracy on real pairs beside OpenCV: ``python benchmarks/accuracy.py --help``.

Prints one GitHub table per group of scenes and one for all of them.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import machine
import opencv_modes
import scenes
import scoring
import tables

import stereo
from stereo.presets import PRESETS

# Set by the scene or by this program, so no options of it.
_NOT_OPTIONS = ("max_disp", "min_disp", "cost", "preset", "threads")
_METHODS = ("default", "fast", "accurate", "census7x7", "census5x5")  # "learned" needs an extra
_HEADER = (
    "method",
    *(f"bad-{threshold}" for threshold in scoring.THRESHOLDS),
    "error px",
    "density",
    *(f"sparse bad-{threshold}" for threshold in scoring.THRESHOLDS),
    "sparse error px",
    "bad-0.5 / OpenCV",
    "bad-1.0 / OpenCV",
)

Scores = dict[str, scoring.Score]


def main() -> int:
    """Score every method on every scene and print the tables."""
    options = _parser().parse_args()
    data = scenes.data_folder()
    if data is None:
        print("accuracy.py: set STEREO_DATA to the folder of the pairs", file=sys.stderr)
        return 1
    folders = scenes.scene_folders(data, options.group)
    methods = options.method or list(_METHODS)
    given = {name: value for name, value in vars(options).items() if name in _sgm_options()}
    chosen = {name: value for name, value in given.items() if value is not None}
    for method in methods:
        _matcher(method, 1, _values(chosen))  # a wrong option ends here, not in a worker
    work = partial(_score_scene, methods, _values(chosen), options.uniqueness_opencv)
    results: dict[Path, tuple[Scores, bool]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for folder, result in zip(folders, pool.map(work, folders), strict=True):
            results[folder] = result
            if options.per_scene:
                _print_table(f"{folder.parent.name}/{folder.name}", [result])
    _print_groups(results)
    print(f"\nOptions: {chosen or 'defaults'}; {machine.versions()}.")
    return 0


def _matcher(method: str, max_disp: int, options: dict[str, Any]) -> stereo.SGM:
    """Return a matcher with a preset, or with a cost."""
    chosen = {"preset" if method in PRESETS else "cost": method}
    return stereo.SGM(max_disp, threads=1, **chosen, **options)


def _score_scene(
    methods: list[str], options: dict[str, Any], uniqueness: int, folder: Path
) -> tuple[Scores, bool]:
    opencv_modes.set_threads(1)
    scene = scenes.load(folder)
    scores: Scores = {}
    for method in methods:
        disparity = _matcher(method, scene.max_disp, options).compute(scene.left, scene.right)
        scores[f"stereo {method}"] = scoring.score(disparity, scene.truth, scene.evaluated)
    left, right = opencv_modes.gray(scene.left), opencv_modes.gray(scene.right)
    for mode in opencv_modes.ALL_MODES:
        peer = opencv_modes.usual(mode, scene.max_disp, uniqueness)
        disparity = peer.disparity(left, right)
        scores[f"OpenCV {mode}"] = scoring.score(disparity, scene.truth, scene.evaluated)
    return scores, scene.masked


def _print_groups(results: dict[Path, tuple[Scores, bool]]) -> None:
    groups: dict[str, list[tuple[Scores, bool]]] = defaultdict(list)
    for folder, result in results.items():
        groups[folder.parent.name].append(result)
    for group, members in groups.items():
        _print_table(group, members)
    if len(groups) > 1:
        _print_table("all scenes", list(results.values()))


def _print_table(title: str, members: list[tuple[Scores, bool]]) -> None:
    masked = sum(mask for _, mask in members)
    pixels = f"non-occluded pixels in {masked}, all known pixels in {len(members) - masked}"
    print(f"\n**{title}**: mean over {len(members)} scenes ({pixels})\n")
    tables.header(*_HEADER)
    for row in _rows([scores for scores, _ in members]):
        tables.row(*row)


def _rows(members: list[Scores]) -> Iterator[list[str]]:
    means = {name: scoring.mean_score([m[name] for m in members]) for name in members[0]}
    rivals = [mean.dense for name, mean in means.items() if name.startswith("OpenCV")]
    best = [min(values) for values in zip(*rivals, strict=True)]
    for name, mean in means.items():
        yield [
            name,
            *(f"{value:.2f}" for value in (*mean.dense, mean.dense_error)),
            f"{mean.density:.1f}",
            *(f"{value:.2f}" for value in (*mean.sparse, mean.sparse_error)),
            f"{mean.dense[0] / best[0]:.3f}",
            f"{mean.dense[1] / best[1]:.3f}",
        ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", action="append", help="only this folder of STEREO_DATA; repeat")
    parser.add_argument(
        "--method", action="append", help="a row for this preset or matching cost; repeat"
    )
    parser.add_argument("--per-scene", action="store_true", help="a table for each scene too")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--uniqueness-opencv", type=int, default=10, metavar="PER_CENT")
    for name in _sgm_options():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, metavar="VALUE", help="as in stereo.SGM; None for none")
    return parser


def _sgm_options() -> list[str]:
    names = inspect.signature(stereo.SGM).parameters
    return [name for name in names if name not in _NOT_OPTIONS]


def _values(options: dict[str, str]) -> dict[str, Any]:
    """Read the values as Python writes them; what is none of its literals is a name."""
    values: dict[str, Any] = {}
    for name, text in options.items():
        try:
            values[name] = ast.literal_eval(text)
        except ValueError:
            values[name] = text
    return values


if __name__ == "__main__":
    raise SystemExit(main())
