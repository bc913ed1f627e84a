"""`stereo train`: depth from clips, and stereo networks from pairs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stereo import io
from stereo.geometry.rectified import StereoGeometry
from stereo.models.extras import require
from stereo.types import StereoFileError

if TYPE_CHECKING:
    from stereo.datasets.clips import Clip
    from stereo.train import Training

__all__ = ["train"]

_SIZE = re.compile(r"([0-9]+)x([0-9]+)")
_KINDS = ("folder", "video", "kitti-raw")

train = typer.Typer(help="Train networks of depth; needs PyTorch, the extra torch.")

Output = Annotated[
    Path,
    typer.Option("-o", "--output", metavar="FOLDER", help="For all that is written."),
]
Size = Annotated[
    str, typer.Option(metavar="WIDTHxHEIGHT", help="What the network sees; multiples of 32.")
]
Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Start from these: a weights.pt of a training.")
]
Steps = Annotated[int, typer.Option(metavar="COUNT", help="Updates of the weights.")]
Batch = Annotated[int, typer.Option(metavar="COUNT", help="Samples of an update.")]
LearningRate = Annotated[
    float | None,
    typer.Option(metavar="RATE", help="Largest one.", show_default="the paper's"),
]
Workers = Annotated[int, typer.Option(metavar="COUNT", help="Processes that prepare samples.")]
Seed = Annotated[int, typer.Option(min=0, help="Chooses order and augmentation.")]
Device = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Such as cpu or cuda:1.", show_default="CUDA, if any"),
]
CheckpointEvery = Annotated[int, typer.Option(metavar="STEPS", help="From one to the next.")]
PictureEvery = Annotated[int, typer.Option(metavar="STEPS", help="From one to the next; 0 = none.")]
TensorBoard = Annotated[bool, typer.Option("--tensorboard", help="Write its events too.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in FOLDER.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors and warnings only.")]


@train.command("self-supervised")
def self_supervised(
    left: Annotated[
        str, typer.Argument(metavar="LEFT", help="Folder of images, video, or drive of KITTI raw.")
    ],
    output: Output,
    size: Size,
    right: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Images of the right camera.")
    ] = None,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help=f"What LEFT is: {', '.join(_KINDS)}.")
    ] = "folder",
    calibration: Annotated[
        str | None, typer.Option(metavar="FILE", help="Of the rectified pair.")
    ] = None,
    intrinsics: Annotated[
        str | None, typer.Option(metavar="FX,FY,CX,CY", help="Of one camera, px.")
    ] = None,
    sources: Annotated[
        str, typer.Option(metavar="NAMES", help="What explains an image: previous,next,right.")
    ] = "previous,next",
    width: Annotated[
        int, typer.Option(metavar="CHANNELS", help="Of the network's first stage; a multiple of 4.")
    ] = 64,
    min_depth: Annotated[float, typer.Option(metavar="DEPTH", help="Nearest depth.")] = 0.1,
    max_depth: Annotated[float, typer.Option(metavar="DEPTH", help="Farthest depth.")] = 100.0,
    weights: Weights = None,
    steps: Steps = 20_000,
    batch: Batch = 12,
    learning_rate: LearningRate = None,
    workers: Workers = 0,
    seed: Seed = 0,
    device: Device = None,
    checkpoint_every: CheckpointEvery = 1000,
    picture_every: PictureEvery = 1000,
    tensorboard: TensorBoard = False,
    resume: Resume = False,
    quiet: Quiet = False,
) -> None:
    """Learn depth from a clip by explaining its images with one another (Monodepth2)."""
    require("torch", "torch")
    shape = _size(size)
    clip = _clip(left, right, kind, calibration, intrinsics)
    from stereo import train as trainer
    from stereo.models.monodepth2 import Monodepth2

    model = Monodepth2(width, min_depth=min_depth, max_depth=max_depth)
    _load(model, weights)
    options = trainer.Options(
        steps=steps, batch_size=batch, learning_rate=learning_rate, seed=seed, workers=workers,
        device=device, checkpoint_every=checkpoint_every, picture_every=picture_every,
        tensorboard=tensorboard, quiet=quiet,
    )  # fmt: skip
    training = trainer.self_supervised(
        model, clip, output=output, size=shape, sources=sources.split(","), options=options,
        resume=resume,
    )  # fmt: skip
    _report(training, "photometric", quiet)


@train.command("stereo")
def stereo(
    root: Annotated[str, typer.Argument(metavar="ROOT", help="Folder of a data set.")],
    output: Output,
    dataset: Annotated[
        str, typer.Option(metavar="NAME", help="Its layout, a name of stereo.datasets.")
    ],
    size: Size = "640x320",
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="A part of it.", show_default="all")
    ] = None,
    variant: Annotated[
        str, typer.Option(metavar="NAME", help="Of RAFT-Stereo: default, realtime or instance.")
    ] = "default",
    iterations: Annotated[int, typer.Option(metavar="COUNT", help="Updates of a disparity.")] = 16,
    weights: Weights = None,
    steps: Steps = 20_000,
    batch: Batch = 4,
    learning_rate: LearningRate = None,
    workers: Workers = 0,
    seed: Seed = 0,
    device: Device = None,
    checkpoint_every: CheckpointEvery = 1000,
    picture_every: PictureEvery = 1000,
    tensorboard: TensorBoard = False,
    resume: Resume = False,
    quiet: Quiet = False,
) -> None:
    """Train RAFT-Stereo on a data set of pairs with true disparity."""
    from stereo import datasets

    require("torch", "torch")
    shape = _size(size)
    pairs = datasets.load(dataset, root, **({} if split is None else {"split": split}))
    from stereo import train as trainer
    from stereo.models.raft_stereo import VARIANTS, RaftStereo

    if variant not in VARIANTS:
        raise typer.BadParameter(
            f"{variant!r} is not one of {', '.join(VARIANTS)}", param_hint="--variant"
        )
    model = RaftStereo(VARIANTS[variant])
    _load(model, weights)
    options = trainer.Options(
        steps=steps, batch_size=batch, learning_rate=learning_rate, seed=seed, workers=workers,
        device=device, checkpoint_every=checkpoint_every, picture_every=picture_every,
        tensorboard=tensorboard, quiet=quiet,
    )  # fmt: skip
    training = trainer.supervised(
        model, pairs, output=output, size=shape, iterations=iterations, options=options,
        resume=resume,
    )  # fmt: skip
    _report(training, "epe", quiet)


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{text!r} must be a size such as 640x192", param_hint="--size")
    return int(found[1]), int(found[2])


def _clip(
    left: str, right: str | None, kind: str, calibration: str | None, intrinsics: str | None
) -> Clip:
    from stereo.datasets import clips

    if kind not in _KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(_KINDS)}", param_hint="--kind")
    if kind != "folder" and right is not None:
        raise typer.BadParameter(f"--kind {kind} has no --right", param_hint="--right")
    if kind == "kitti-raw":
        if calibration is not None or intrinsics is not None:
            raise typer.BadParameter("a drive of KITTI has its own", param_hint="--calibration")
        return clips.kitti_raw(left)
    if (calibration is None) == (intrinsics is None):
        raise typer.BadParameter("give one of --calibration and --intrinsics")
    if kind == "folder" and os.path.isfile(left):
        raise StereoFileError(f"{left} is a file: give a folder of images, or --kind video")
    matrix = None if intrinsics is None else _matrix(intrinsics)
    clip = clips.video(left, K=matrix) if kind == "video" else clips.image_folder(left, right)
    if matrix is not None:
        return clips.Clip(clip.left, clip.right, K=matrix)
    height, width = clip.left[0].shape[:2]
    assert calibration is not None  # one of both was given
    geometry = io.read_calibration(calibration, image_size=(width, height), prefer="rectified")
    if not isinstance(geometry, StereoGeometry):
        raise StereoFileError(f"{calibration} describes raw cameras: expected a rectified pair")
    return clips.Clip(clip.left, clip.right, geometry=geometry)


def _matrix(text: str) -> Any:
    try:
        fx, fy, cx, cy = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} must be four numbers FX,FY,CX,CY", param_hint="--intrinsics"
        ) from None
    return [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]


def _load(model: Any, weights: Path | None) -> None:
    """Give the model the weights of a file, if there is one."""
    if weights is None:
        return
    from stereo.models.weights import find_weights, load_state, read_state

    path = find_weights(weights)
    load_state(model, read_state(path), path)


def _report(training: Training, figure: str, quiet: bool) -> None:
    if quiet or not training.rows:
        return
    last = training.rows[-1]
    print(
        f"{training.weights}: step {training.step} of {training.steps}, loss {last['loss']:.4f}, "
        f"{figure} {last[figure]:.4f}"
    )
