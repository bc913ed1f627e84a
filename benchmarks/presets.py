"""Presets side by side, time and accuracy: ``python benchmarks/presets.py --help``.

Prints GitHub tables: what each preset takes in one thread, relative to "fast" and to OpenCV's
MODE_HH in the same rounds, and its errors on the groups of pairs beside those of MODE_HH. Without
onnxruntime and its weights, "learned" is left out, and said to be.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import machine
import opencv_modes
import scenes
import scoring
import tables
from timing import interleaved, ratio

import stereo
from stereo.presets import PRESETS

SIZE = (1242, 375)
MAX_DISP = 128
PEER = "MODE_HH"
GROUPS = {
    "middeval3_Q": ("middeval3_Q",),
    "third-size 2005, 2006": ("middlebury2005_third", "middlebury2006_third"),
    "kitti2012": ("kitti2012",),
    "eth3d": ("eth3d",),
}
TRAINED_ON = ("Motorcycle", "MotorcycleE", "Teddy")
"""Scenes of middeval3_Q that the network of "learned" was trained on."""


def main() -> int:
    """Time and score the presets that can run here."""
    options = _parser().parse_args()
    names = [name for name in PRESETS if _usable(name)]
    print(f"Machine: {machine.describe()}. Medians of {options.rounds} interleaved rounds.")
    _print_times(names, options.rounds)
    data = scenes.data_folder()
    if data is None:
        raise SystemExit("presets.py: set STEREO_DATA to the folder of the pairs")
    for title, groups in GROUPS.items():
        pairs = [scenes.load(folder) for folder in scenes.scene_folders(data, list(groups))]
        _print_scores(title, pairs, names)
        if title == "middeval3_Q":
            unseen = [pair for pair in pairs if pair.name not in TRAINED_ON]
            _print_scores(f"{title} without {', '.join(TRAINED_ON)}", unseen, names)
    return 0


def _usable(name: str) -> bool:
    left, right, _ = scenes.pair_of_size(64, 48)
    try:
        stereo.sgm(left, right, 8, preset=name)
    except stereo.StereoError as error:
        print(f"Without preset {name!r}: {error}")
        return False
    return True


def _print_times(names: list[str], rounds: int) -> None:
    left, right, source = scenes.pair_of_size(*SIZE)
    opencv_modes.set_threads(1)
    runs: dict[str, Callable[[], Any]] = {
        name: partial(stereo.SGM(MAX_DISP, preset=name, threads=1).compute, left, right)
        for name in names
    }
    runs[PEER] = partial(opencv_modes.same_stages(PEER, MAX_DISP).create().compute, left, right)
    seconds = interleaved(runs, rounds)
    print(f"\n**Time**, one thread, {SIZE[0]}x{SIZE[1]}, D = {MAX_DISP} ({source})\n")
    tables.header("preset", "ms", "time / fast", f"{PEER} / this")
    for name in runs:
        tables.row(
            name,
            tables.milliseconds(seconds[name]),
            ratio(seconds[name], seconds["fast"]),
            ratio(seconds[PEER], seconds[name]),
        )


def _print_scores(title: str, pairs: list[scenes.Scene], names: list[str]) -> None:
    scores = {
        name: scoring.mean_score([_scored(pair, _own(name, pair)) for pair in pairs])
        for name in names
    }
    scores[PEER] = scoring.mean_score([_scored(pair, _peer(pair)) for pair in pairs])
    print(f"\n**{title}**, mean over {len(pairs)}\n")
    thresholds = scoring.THRESHOLDS[:3]
    tables.header(
        "preset",
        *(f"bad-{threshold:g}" for threshold in thresholds),
        "density",
        *(f"sparse bad-{threshold:g}" for threshold in thresholds),
        f"bad-0.5 / {PEER}",
        f"bad-1 / {PEER}",
    )
    for name, score in scores.items():
        tables.row(
            name,
            *(f"{value:.2f}" for value in score.dense[:3]),
            f"{score.density:.1f}",
            *(f"{value:.2f}" for value in score.sparse[:3]),
            *(f"{score.dense[k] / scores[PEER].dense[k]:.3f}" for k in range(2)),
        )


def _own(name: str, pair: scenes.Scene) -> Any:
    return stereo.sgm(pair.left, pair.right, pair.max_disp, preset=name)


def _peer(pair: scenes.Scene) -> Any:
    views = opencv_modes.gray(pair.left), opencv_modes.gray(pair.right)
    return opencv_modes.usual(PEER, pair.max_disp).disparity(*views)


def _scored(pair: scenes.Scene, disparity: Any) -> scoring.Score:
    return scoring.score(disparity, pair.truth, pair.evaluated)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
