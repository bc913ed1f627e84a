"""What self-supervised training learns, step by step: ``python benchmarks/self_supervised.py``.

Trains Monodepth2's networks on rendered clips, from pairs, from both pairs and video, and from
video alone, and scores them on the clip of a room that they haven't seen. Prints a GitHub table;
``--plot`` draws the curves. 4000 steps take two cores up to an hour.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import machine
import numpy as np
import tables
import torch

from stereo import metrics
from stereo.datasets import clips
from stereo.models.monodepth2 import Monodepth2
from stereo.train import Options, self_supervised

SIZE = (96, 64)
DEPTHS = (1.0, 20.0)
MAX_DISP = 5
ROOMS, FRAMES, UNSEEN = 4, 24, 100  # the last one is the seed of the room to score in
LEARNING_RATE = 1e-3
SOURCES = {
    "pairs": ("right",),
    "pairs and video": ("previous", "next", "right"),
    "video": ("previous", "next"),
}

Curve = list[tuple[int, float]]


def main() -> None:
    """Train every way, print the table, and draw the curves if asked to."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    known = [_clip(seed, FRAMES) for seed in range(ROOMS)]
    unseen = _clip(UNSEEN, 8)
    rows, curves = [], {}
    for name, sources in SOURCES.items():
        start = time.perf_counter()
        curves[name], score = _trained(name, sources, known, unseen, options)
        rows.append(_row(name, score, time.perf_counter() - start))
    torch.manual_seed(0)
    untrained = _score(Monodepth2(options.width, min_depth=1, max_depth=20), unseen, None)
    rows += [_row("untrained", untrained), _row("best constant depth", _constant(unseen))]
    print(
        f"{options.steps} steps of {options.batch_size} images of {SIZE[0]}x{SIZE[1]} px, width "
        f"{options.width}, {ROOMS} rooms of {FRAMES} images; scored on an unseen room.\n"
        f"{machine.describe()}, PyTorch {torch.__version__}, {options.threads} threads\n"
    )
    tables.header("learned from", "AbsRel", "RMSE", "delta 1", "minutes")
    for row in rows:
        tables.row(*row)
    if options.plot is not None:
        _plot(curves, untrained.abs_rel, _constant(unseen).abs_rel, options.plot)


def _clip(seed: int, frames: int) -> clips.Clip:
    return clips.render(*SIZE, frames=frames, max_disp=MAX_DISP, seed=seed)


def _trained(
    name: str,
    sources: tuple[str, ...],
    known: list[clips.Clip],
    unseen: clips.Clip,
    options: argparse.Namespace,
) -> tuple[Curve, metrics.DepthScore]:
    """Train in parts, each going on from the one before; score after each."""
    align = "median" if name == "video" else None  # video alone doesn't know the scale
    torch.manual_seed(0)
    model = Monodepth2(options.width, min_depth=DEPTHS[0], max_depth=DEPTHS[1])
    score = _score(model, unseen, align)
    curve = [(0, score.abs_rel)]
    chosen = Options(
        steps=options.steps, batch_size=options.batch_size, learning_rate=LEARNING_RATE,
        device="cpu", picture_every=0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for stop in range(options.every, options.steps + 1, options.every):
            self_supervised(
                model, known, output=folder, size=SIZE, sources=sources,
                options=replace(chosen, stop_after=stop), resume=stop > options.every,
            )  # fmt: skip
            score = _score(model, unseen, align)
            curve.append((stop, score.abs_rel))
            print(f"{name}: step {stop}, AbsRel {score.abs_rel:.3f}", flush=True)
    return curve, score


def _score(model: Monodepth2, clip: clips.Clip, align: str | None) -> metrics.DepthScore:
    return _mean([model.predict(image, size=SIZE) for image in clip.left], clip, align)


def _constant(clip: clips.Clip) -> metrics.DepthScore:
    """Score the constant depth that is best for this very clip."""
    scores = [
        _mean([np.full_like(truth, value) for truth in clip.depth or ()], clip, None)
        for value in np.linspace(*DEPTHS, 100)
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


def _plot(curves: dict[str, Curve], untrained: float, constant: float, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.add_subplot(xlabel="steps", ylabel="AbsRel in an unseen room")
    for name, curve in curves.items():
        axes.plot(*zip(*curve, strict=True), label=name)
    axes.axhline(constant, color="gray", linestyle="--", label="best constant depth")
    axes.axhline(untrained, color="gray", linestyle=":", label="untrained")
    axes.set_ylim(bottom=0)
    axes.legend()
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
