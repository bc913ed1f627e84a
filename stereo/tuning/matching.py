"""Scenes matched with a set of options, and their mean score."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from stereo.pipeline import SGM
from stereo.tuning.folder import StudyFolder
from stereo.tuning.scenes import Scene, read
from stereo.tuning.scoring import score
from stereo.tuning.space import Space
from stereo.types import StereoError

__all__ = ["Scorer"]


class Scorer:
    """Scores sets of options; what the folder of the study knows is not matched again.

    Parameters
    ----------
    space : Space
        Gives the options that are not searched.
    objective : str
        What a score is.
    folder : StudyFolder
        Keeps the scores.
    jobs : int
        How many scenes are matched at the same time, by one thread each.
    """

    def __init__(self, space: Space, objective: str, folder: StudyFolder, jobs: int) -> None:
        self.matchings = 0
        self._space = space
        self._objective = objective
        self._folder = folder
        self._jobs = jobs

    def mean(self, values: Mapping[str, Any], scenes: Sequence[Scene]) -> float:
        """Return the mean score of the scenes; each one counts the same, whatever its size."""
        missing = [scene for scene in scenes if self._folder.score(scene.name, values) is None]
        if missing:
            self._match(values, missing)
        known = [self._folder.score(scene.name, values) for scene in scenes]
        return statistics.fmean(each for each in known if each is not None)

    def _match(self, values: Mapping[str, Any], scenes: Sequence[Scene]) -> None:
        options = self._space.options(values)
        matchers = {stop: SGM(stop, threads=1, **options) for stop in {s.max_disp for s in scenes}}

        def scored(scene: Scene) -> float:
            try:
                pixels = read(scene.sample)
                disparity = matchers[scene.max_disp].compute(pixels.left, pixels.right)
            except StereoError as error:
                raise StereoError(f"{scene.name}: {error}") from error
            return score(disparity, pixels.truth, pixels.evaluated, self._objective)

        pool = ThreadPoolExecutor(self._jobs)
        try:
            places = {pool.submit(scored, scene): scene for scene in scenes}
            for done in as_completed(places):
                self._folder.keep(places[done].name, values, done.result())
                self.matchings += 1
        finally:  # after Ctrl-C or an error the scenes that wait are not begun
            pool.shutdown(cancel_futures=True)
