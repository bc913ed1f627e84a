"""`stereo demo`: a rendered scene, matched, scored and timed beside OpenCV."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from stereo import io, viz
from stereo.cli.tables import show
from stereo.cores import available_cores
from stereo.evaluation.opencv import MODES, OpenCVMatcher, gray, opencv_threads
from stereo.pipeline import SGM
from stereo.types import StereoError, StereoFileError

if TYPE_CHECKING:
    from stereo.datasets.synthetic import SyntheticPair

__all__ = ["SIZE", "demo"]

SIZE = (640, 480)
"""Width and height of the scene, px."""

_ROUNDS = 7
_HEADER = ("threads", "density %", "bad-1.0 %", "bad-2.0 %", "error px", "ms", "ratio")
_NOTES = """\
{width}x{height}, {range} disparities. Scored where nothing is occluded: density = pixels with a
result; bad-t = those of them that are wrong by more than t px; error = their mean absolute
error. Time: median of {rounds} interleaved runs; ratio to the first row.
OpenCV gets gray images. It leaves the first {range} columns empty, so it is scored, though not
timed, on images with that many more columns."""


@dataclass(frozen=True)
class _Contestant:
    """A row of the table: what it is called, what is timed, and what is scored."""

    name: str
    threads: int
    run: Callable[[], Any]
    disparity: Callable[[], npt.NDArray[np.float32]]


def demo(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the pictures go.")
    ] = Path("stereo-demo"),
    seed: Annotated[int, typer.Option(min=0, help="Chooses texture, noise and places.")] = 0,
) -> None:
    """Render a scene, match it, compare with OpenCV and write the pictures."""
    from stereo.datasets import synthetic

    folder = _created(output)
    pair = synthetic.render(*SIZE, color=True, seed=seed)
    _show_comparison(pair)
    for path in _write_pictures(folder, pair):
        print(f"wrote {path}")


def _show_comparison(pair: SyntheticPair) -> None:
    from rich.table import Table

    table = Table("method")
    for column in _HEADER:
        table.add_column(column, justify="right")
    contestants = _contestants(pair)
    reason = None
    try:
        contestants += _opencv_contestants(pair)
    except StereoError as error:  # the rest of the demo is worth seeing without OpenCV
        reason = str(error)
    milliseconds = _times(contestants)
    for contestant, spent in zip(contestants, milliseconds, strict=True):
        scores = _scores(contestant.disparity(), pair)
        ratio = spent / milliseconds[0]
        threads = str(contestant.threads)
        table.add_row(contestant.name, threads, *scores, f"{spent:.1f}", f"{ratio:.2f}")
    if reason is not None:
        table.add_row(f"OpenCV: {reason}", *["-"] * len(_HEADER))
    show(table)
    height, width = pair.disparity.shape
    searched = pair.max_disp - pair.min_disp
    print(_NOTES.format(width=width, height=height, range=searched, rounds=_ROUNDS))


def _contestants(pair: SyntheticPair) -> list[_Contestant]:
    rows = [("default", 1), ("fast", 1)]
    cores = available_cores()
    if cores > 1:
        rows += [(preset, cores) for preset, _ in rows]
    made = []
    for preset, threads in rows:
        matcher = SGM(pair.max_disp, min_disp=pair.min_disp, preset=preset, threads=threads)

        def compute(matcher: SGM = matcher) -> npt.NDArray[np.float32]:
            return matcher.compute(pair.left, pair.right)

        made.append(_Contestant(f"stereo {preset}", threads, compute, compute))
    return made


def _opencv_contestants(pair: SyntheticPair) -> list[_Contestant]:
    left, right = gray(pair.left), gray(pair.right)
    made = []
    for mode in MODES:
        peer = OpenCVMatcher(mode, pair.max_disp)
        matcher = peer.create()

        def run(matcher: Any = matcher) -> Any:
            with opencv_threads(1):
                return matcher.compute(left, right)

        def disparity(peer: OpenCVMatcher = peer) -> npt.NDArray[np.float32]:
            return peer.disparity(left, right)

        made.append(_Contestant(f"OpenCV {mode}", 1, run, disparity))
    return made


def _times(contestants: list[_Contestant]) -> list[float]:
    """Return the median time of each in ms, taking turns after a first run."""
    spent: list[list[float]] = [[] for _ in contestants]
    for turn in range(1 + _ROUNDS):
        for contestant, times in zip(contestants, spent, strict=True):
            start = time.perf_counter()
            contestant.run()
            if turn > 0:
                times.append(1000 * (time.perf_counter() - start))
    return [statistics.median(times) for times in spent]


def _scores(disparity: npt.NDArray[np.float32], pair: SyntheticPair) -> list[str]:
    error = np.abs(disparity - pair.disparity)[~pair.occluded]
    found = error[~np.isnan(error)]
    if found.size == 0:
        return ["0.0", "-", "-", "-"]
    bad = [f"{100 * np.mean(found > threshold):.2f}" for threshold in (1.0, 2.0)]
    return [f"{100 * found.size / error.size:.1f}", *bad, f"{found.mean():.3f}"]


def _created(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StereoFileError(f"the folder {folder} can't be made: {error.strerror}") from error
    return folder


def _write_pictures(folder: Path, pair: SyntheticPair) -> Iterator[Path]:
    disparity = SGM(pair.max_disp, min_disp=pair.min_disp).compute(pair.left, pair.right)
    colours = {"min_disp": pair.min_disp, "max_disp": pair.max_disp}
    for name, values in (
        ("disparity.pfm", disparity),
        ("disparity.color.png", disparity),
        ("truth.color.png", pair.disparity),
    ):
        io.write_disparity(folder / name, values, **colours)
        yield folder / name
    painted = [viz.colorize(values, **colours) for values in (disparity, pair.disparity)]
    gap = np.full((pair.left.shape[0], 8, 3), 255, np.uint8)
    side_by_side = np.hstack([pair.left, gap, painted[0], gap, painted[1]])
    for name, image in (
        ("left.png", pair.left),
        ("right.png", pair.right),
        ("demo.png", side_by_side),
    ):
        io.write_image(folder / name, image)
        yield folder / name
