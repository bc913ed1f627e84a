"""What self-supervised training learns, step by step: ``python benchmarks/self_supervised.py``.

Trains Monodepth2's networks on rendered clips, from pairs, from video, and from both, and scores
them on the clip of a room that they haven't seen. Prints a GitHub table; ``--plot`` draws the
curves. 4000 steps take two cores up to an hour.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import machine
import numpy as np
import tables
import torch

from stereo import metrics
from stereo.datasets import clips
from stereo.models.monodepth2 import Monodepth2
from stereo.train import Options, self_supervised

SIZE = (96, 64)
MAX_DISP = 5
ROOMS, FRAMES, UNSEEN = 4, 24, 100  # the last one is the seed of the room to score in
MAX_DEPTH = 20.0


class Way(NamedTuple):
    """What is learned from, and how.

    Attributes
    ----------
    sources : tuple of str
        The images that explain one.
    min_depth : float
        Where the scale is unknown there must be room below the true depth: the motion's network
        begins with small steps, beside which the scene has to be near to move at all.
    learning_rate : float
        Motion and depth together take smaller steps.
    align : str or None
        How the depth is aligned for its scores: video alone doesn't know the scale.
    known_poses : bool
        The motion is given and not learned.
    """

    sources: tuple[str, ...]
    min_depth: float = 1.0
    learning_rate: float = 1e-3
    align: Literal["median"] | None = None
    known_poses: bool = False


WAYS = {
    "pairs": Way(("right",)),
    "pairs and video": Way(("previous", "next", "right")),
    "video with its poses": Way(("previous", "next"), known_poses=True),
    "video": Way(("previous", "next"), 0.1, 5e-4, "median"),
}

Curve = list[tuple[int, float]]


def main() -> None:
    """Train every way, print the table, and draw the curves if asked to."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    known = [_clip(seed, FRAMES) for seed in range(ROOMS)]
    unseen = _clip(UNSEEN, 8)
    rows, curves = [], {}
    for name, way in WAYS.items():
        start = time.perf_counter()
        curves[name], score = _trained(name, way, known, unseen, options)
        rows.append(_row(name, score, time.perf_counter() - start))
    untrained = _score(_model(options.width, 1.0), unseen, None)
    constant = _constant(unseen)
    rows += [_row("nothing: random weights", untrained), _row("nothing: best constant", constant)]
    print(
        f"{options.steps} steps of {options.batch_size} images of {SIZE[0]}x{SIZE[1]} px, width "
        f"{options.width}, {ROOMS} rooms of {FRAMES} images; scored on an unseen room,\n"
        "video alone after alignment of the medians.\n"
        f"{machine.describe()}, PyTorch {torch.__version__}, {options.threads} threads\n"
    )
    tables.header("learned from", "AbsRel", "RMSE", "delta 1", "minutes")
    for row in rows:
        tables.row(*row)
    if options.plot is not None:
        _plot(curves, constant.abs_rel, options.plot)


def _clip(seed: int, frames: int) -> clips.Clip:
    return clips.render(*SIZE, frames=frames, max_disp=MAX_DISP, seed=seed)


def _model(width: int, min_depth: float) -> Monodepth2:
    torch.manual_seed(0)
    return Monodepth2(width, min_depth=min_depth, max_depth=MAX_DEPTH)


def _trained(
    name: str,
    way: Way,
    known: list[clips.Clip],
    unseen: clips.Clip,
    options: argparse.Namespace,
) -> tuple[Curve, metrics.DepthScore]:
    """Train in parts, each going on from the one before; score after each."""
    model = _model(options.width, way.min_depth)
    score = _score(model, unseen, way.align)
    curve = [(0, score.abs_rel)]
    chosen = Options(
        steps=options.steps, batch_size=options.batch_size, learning_rate=way.learning_rate,
        device="cpu", picture_every=0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for stop in range(options.every, options.steps + 1, options.every):
            self_supervised(
                model, known, output=folder, size=SIZE, sources=way.sources,
                known_poses=way.known_poses, options=replace(chosen, stop_after=stop),
                resume=stop > options.every,
            )  # fmt: skip
            score = _score(model, unseen, way.align)
            curve.append((stop, score.abs_rel))
            print(f"{name}: step {stop}, AbsRel {score.abs_rel:.3f}", flush=True)
    return curve, score


def _score(model: Monodepth2, clip: clips.Clip, align: str | None) -> metrics.DepthScore:
    return _mean([model.predict(image, size=SIZE) for image in clip.left], clip, align)


def _constant(clip: clips.Clip) -> metrics.DepthScore:
    """Score the constant depth that is best for this very clip."""
    scores = [
        _mean([np.full_like(truth, value) for truth in clip.depth or ()], clip, None)
        for value in np.linspace(1, MAX_DEPTH, 100)
    ]
    return min(scores, key=lambda score: score.abs_rel)


def _mean(maps: list[np.ndarray], clip: clips.Clip, align: str | None) -> metrics.DepthScore:
    pairs = zip(maps, clip.depth or (), strict=True)
    return metrics.DepthScore.mean(
        [metrics.depth(found, truth, align=align) for found, truth in pairs]
    )


def _row(name: str, score: metrics.DepthScore, seconds: float | None = None) -> tuple[str, ...]:
    figures = (score.abs_rel, score.rmse, score.delta[1])
    minutes = "" if seconds is None else f"{seconds / 60:.1f}"
    return (name, *(f"{figure:.3f}" for figure in figures), minutes)


def _plot(curves: dict[str, Curve], constant: float, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.add_subplot(xlabel="steps", ylabel="AbsRel in an unseen room")
    for name, curve in curves.items():
        axes.plot(*zip(*curve, strict=True), label=f"learned from {name}")
    axes.axhline(constant, color="gray", linestyle="--", label="best constant depth")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", fontsize="small")
    figure.savefig(path, dpi=120)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--every", type=int, default=200, help="steps from one score to the next")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--width", type=int, default=16, help="channels of the first stage")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--plot", type=Path, help="PNG file for the curves")
    return parser


if __name__ == "__main__":
    main()
