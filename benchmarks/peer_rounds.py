"""The rounds of `peers.py`: on each scene all contestants take turns."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import opencv_modes
import scenes
import scoring
from peer_contestants import Contestant
from peer_process import Answer, FailedError, Process, Request, started

from stereo import io, metrics

__all__ = ["Outcome", "Scored", "compete"]

_WARM_UP = (slice(48), slice(96))  # rows and columns of the first scene
_WARM_UP_MAX_DISP = 16


@dataclass(frozen=True)
class Scored:
    """One disparity map after Middlebury's definitions, at the size of the scene.

    Attributes
    ----------
    found : stereo.metrics.MiddleburyScore
        The map as it is: `total_bad` counts its holes, `invalid` is their share.
    dense : stereo.metrics.MiddleburyScore
        The same after its holes were filled as for all others: see `scoring.filled`.
    """

    found: metrics.MiddleburyScore
    dense: metrics.MiddleburyScore


@dataclass(eq=False)
class Outcome:
    """What one contestant did, by scene.

    Attributes
    ----------
    contestant : Contestant
        Whose it is.
    seconds : dict of str to list of float
        The rounds that count.
    scores : dict of str to Scored
        Of the first of them.
    peak_bytes : int
        The largest resident memory while matching, less `resident_bytes`.
    resident_bytes : int
        Resident memory after the warm-up.
    versions : dict of str to str
        Of what matched.
    problem : str
        Why it was not run to the end; "" if it was.
    """

    contestant: Contestant
    seconds: dict[str, list[float]] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)
    peak_bytes: int = 0
    resident_bytes: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def total_seconds(self) -> float:
        """Return the sum over the scenes of the medians of their rounds."""
        return sum(statistics.median(times) for times in self.seconds.values())

    def add(self, scene: str, answer: Answer) -> None:
        """Note a round that counts."""
        self.seconds.setdefault(scene, []).append(answer.seconds)
        self.peak_bytes = max(self.peak_bytes, answer.peak_bytes - self.resident_bytes)


def compete(
    contestants: Sequence[Contestant], folders: Sequence[Path], rounds: int, limit: float
) -> tuple[list[Outcome], list[scenes.Scene]]:
    """Let all contestants match all scenes, and score the results.

    On each scene a first round is not counted: it allocates workspaces. Every other round goes
    backwards. Contestants that are slow take part in the first round that counts only.

    Returns
    -------
    list of Outcome
        In the order of the contestants.
    list of scenes.Scene
        The scenes.
    """
    outcomes = [Outcome(contestant) for contestant in contestants]
    pairs = []
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory()))
        running = [
            (outcome, stack.enter_context(started(outcome.contestant.command, limit)))
            for outcome in outcomes
        ]
        for number, folder in enumerate(folders):
            scene = scenes.load(folder)
            pairs.append(scene)
            if number == 0:
                running = _warmed_up(running, scene, work)
            print(f"{scene.group}/{scene.name}: {len(running)} contestants", file=sys.stderr)
            request = _request(work / str(number), scene, scene.max_disp)
            for turn in range(1 + rounds):
                running = _take_turns(running, turn, scene, request)
    return outcomes, pairs


Running = list[tuple[Outcome, Process]]


def _warmed_up(running: Running, scene: scenes.Scene, work: Path) -> Running:
    """Match a corner, so that all is loaded and compiled; that memory is nobody's result."""
    request = _request(work / "warm-up", scene, _WARM_UP_MAX_DISP, _WARM_UP)
    left = []
    for outcome, process in running:
        print(f"Starting {outcome.contestant.name}", file=sys.stderr)
        answer = _asked(outcome, process, request)
        if answer is not None:
            outcome.resident_bytes, outcome.versions = answer.resident_bytes, answer.versions
            left.append((outcome, process))
    return left


def _take_turns(running: Running, turn: int, scene: scenes.Scene, request: Request) -> Running:
    """Let each match the scene once, and return those that did not fail."""
    failed = []
    name = f"{scene.group}/{scene.name}"
    for outcome, process in running if turn % 2 else reversed(running):
        if outcome.contestant.slow and turn != 1:
            continue
        answer = _asked(outcome, process, request)
        if answer is None:
            failed.append(outcome)
        elif turn > 0:
            outcome.add(name, answer)
        if answer is not None and turn == 1:
            assert request.result is not None
            outcome.scores[name] = _scored(np.load(request.result), scene)
    return [(outcome, process) for outcome, process in running if outcome not in failed]


def _asked(outcome: Outcome, process: Process, request: Request) -> Answer | None:
    try:
        return process.ask(request)
    except FailedError as error:
        outcome.problem = str(error)
        print(f"{outcome.contestant.name}: {error}", file=sys.stderr)
        process.end()
        return None


def _request(
    folder: Path,
    scene: scenes.Scene,
    max_disp: int,
    part: tuple[slice, slice] = (slice(None), slice(None)),
) -> Request:
    """Write the images of a scene, and those in gray, where the processes find them."""
    folder.mkdir()
    for side, image in (("left", scene.left), ("right", scene.right)):
        io.write_image(folder / f"{side}.png", image[part])
        io.write_image(folder / f"{side}_gray.png", opencv_modes.gray(image[part]))
    return Request(folder, max_disp, folder / "result.npy")


def _scored(disparity: np.ndarray, scene: scenes.Scene) -> Scored:
    def score(values: np.ndarray) -> metrics.MiddleburyScore:
        return metrics.middlebury(values, scene.truth, nonocc=scene.evaluated, ndisp=scene.max_disp)

    return Scored(score(disparity), score(scoring.filled(disparity)))
