"""The search on all scenes, and the same search once a fold on all others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stereo.tuning.matching import Scorer
from stereo.tuning.results import Fold, Progress, Scores
from stereo.tuning.scenes import Scene
from stereo.tuning.search import Places, Studies, Trial, best_of
from stereo.tuning.space import Space
from stereo.types import StereoError

__all__ = ["CrossValidation"]


@dataclass(frozen=True)
class CrossValidation:
    """Searches on sets of scenes.

    Attributes
    ----------
    studies : Studies
        Where the trials are.
    scorer : Scorer
        Scores options.
    space : Space
        What is searched.
    scenes : sequence of Scene
        All of them.
    parts : sequence of tuple of str
        The names of the scenes that are held out together.
    trials : int
        Of each search.
    report : callable or None
        Is told of each trial.
    """

    studies: Studies
    scorer: Scorer
    space: Space
    scenes: Sequence[Scene]
    parts: Sequence[tuple[str, ...]]
    trials: int
    report: Callable[[Progress], None] | None

    def folds(self) -> tuple[Fold, ...]:
        """Search without each part, and score it with what was found."""
        return tuple(self._fold(index) for index in range(len(self.parts)))

    def on_all_scenes(self) -> tuple[dict[str, Any], Scores]:
        """Search on all scenes.

        Raises
        ------
        StereoError
            If no options give a result on every scene.
        """
        values, scores = self._search("all scenes", self.scenes, len(self.parts))
        if not math.isfinite(scores.tuned):
            raise StereoError(
                f"none of {self.trials} sets of options gave any result on every scene: look at "
                "the search range and at the images"
            )
        return values, scores

    def scores(self, folds: Sequence[Fold]) -> Scores:
        """Return the mean over all scenes of what each scored when it was held out."""
        count = sum(len(fold.scenes) for fold in folds)
        return Scores(
            sum(len(fold.scenes) * fold.held_out.base for fold in folds) / count,
            sum(len(fold.scenes) * fold.held_out.tuned for fold in folds) / count,
        )

    def _fold(self, index: int) -> Fold:
        names = self.parts[index]
        held_out = [scene for scene in self.scenes if scene.name in names]
        others = [scene for scene in self.scenes if scene.name not in names]
        title = f"fold {index + 1} of {len(self.parts)}"
        values, training = self._search(title, others, index)
        start = self.space.values(self.space.start)
        found = Scores(self.scorer.mean(start, held_out), self.scorer.mean(values, held_out))
        return Fold(names, values, training, found)

    def _search(
        self, title: str, scenes: Sequence[Scene], index: int
    ) -> tuple[dict[str, Any], Scores]:
        """Search on some scenes: the best options, and both scores there."""

        def scored(places: Places) -> float:
            return self.scorer.mean(self.space.values(places), scenes)

        done: Sequence[Trial] = ()
        for done in self.studies.search(title, self.trials, scored):
            if self.report is not None:
                before, total = index * self.trials, (len(self.parts) + 1) * self.trials
                self.report(Progress(title, before + len(done), total, _scores(done)))
        return self.space.values(best_of(done).places), _scores(done)


def _scores(trials: Sequence[Trial]) -> Scores:
    """Return the scores of the base, which is the first trial, and of the best one."""
    return Scores(trials[0].score, best_of(trials).score)
