"""One study: Optuna proposes options, and each proposal is scored."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stereo.tuning.space import Space
from stereo.types import StereoError, StereoFileError

__all__ = ["Studies", "Trial", "best_of", "optuna_module"]

_MISSING = "Optuna is not installed, which searches the options: pip install 'stereo-depth[tune]'"
_FIRST = 10  # trials at random, before there is something to learn from

Places = tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """A set of options, as places of the levels, and what it scored."""

    places: Places
    score: float


class Studies:
    """The studies in one journal of Optuna.

    The proposal of a trial depends on the seed, its number and the trials before it, on nothing
    that a process remembers: a study that was interrupted goes on as if it had not been. The
    random proposals at the start are the same in all studies, so that they share their scores.

    Parameters
    ----------
    journal : pathlib.Path
        The file, in a folder that no other process uses.
    space : Space
        What is searched.
    seed : int
        Of the proposals.

    Raises
    ------
    StereoError
        If Optuna is missing, or the journal is damaged.
    """

    def __init__(self, journal: Path, space: Space, seed: int) -> None:
        self._optuna = optuna_module()
        self._space = space
        self._seed = seed
        self._journal = journal
        storages = importlib.import_module("optuna.storages")
        backends = importlib.import_module("optuna.storages.journal")
        with self._undamaged():
            # Left behind by a process that was killed; no other one is in this folder.
            journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
            self._storage = storages.JournalStorage(backends.JournalFileBackend(str(journal)))
        distributions = self._optuna.distributions
        self._axes = {
            axis.name: distributions.IntDistribution(0, len(axis.levels) - 1) for axis in space.axes
        }

    def search(
        self, name: str, trials: int, scored: Callable[[Places], float]
    ) -> Iterator[list[Trial]]:
        """Bring a study to a number of trials; the first one is the base.

        Yields
        ------
        list of Trial
            The trials so far, first those that were there before and then after each one more.
        """
        with self._undamaged(), self._quiet():
            study = self._optuna.create_study(
                study_name=name, storage=self._storage, load_if_exists=True
            )
            self._give_up_interrupted(study)
        done = self._complete(study)[:trials]
        if done:
            yield done
        while len(done) < trials:
            done = [*done, self._next(study, len(done), scored)]
            yield done

    def _next(self, study: Any, number: int, scored: Callable[[Places], float]) -> Trial:
        """Propose, score and write down one trial."""
        optuna = self._optuna
        if number == 0:
            places = self._space.start
            score = scored(places)
            base = optuna.trial.create_trial(
                params=dict(zip(self._axes, places, strict=True)),
                distributions=self._axes,
                value=score,
                user_attrs=self._space.values(places),
            )
            study.add_trial(base)
            return Trial(places, score)
        seed = np.random.SeedSequence((self._seed, number)).generate_state(1)
        study.sampler = optuna.samplers.TPESampler(seed=int(seed[0]), n_startup_trials=_FIRST)
        trial = study.ask(self._axes)
        places = tuple(trial.params[name] for name in self._axes)
        for name, value in self._space.values(places).items():  # for who looks at the journal
            trial.set_user_attr(name, value)
        try:
            score = scored(places)
        except BaseException:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            raise
        study.tell(trial, score)
        return Trial(places, score)

    def _complete(self, study: Any) -> list[Trial]:
        state = self._optuna.trial.TrialState.COMPLETE
        return [
            Trial(tuple(trial.params[name] for name in self._axes), trial.value)
            for trial in study.get_trials(deepcopy=False, states=(state,))
        ]

    def _give_up_interrupted(self, study: Any) -> None:
        """Close the trial that a killed process left open; its options are proposed again."""
        states = self._optuna.trial.TrialState
        for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            study.tell(trial.number, state=states.FAIL)

    @contextlib.contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, OSError) as error:
            raise StereoFileError(
                f"the trials of the study, {self._journal}, can't be read: {error}. Without that "
                "file they are made again, from the scores that are kept beside it"
            ) from error

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Keep Optuna from saying on stderr that there is a study."""
        logging = self._optuna.logging
        before = logging.get_verbosity()
        logging.set_verbosity(logging.WARNING)
        try:
            yield
        finally:
            logging.set_verbosity(before)


def best_of(trials: Sequence[Trial]) -> Trial:
    """Return the best trial, the first one of several."""
    return min(trials, key=lambda trial: trial.score)


def optuna_module() -> Any:
    """Return Optuna; StereoError if it is not installed."""
    try:
        return importlib.import_module("optuna")
    except ImportError as error:
        raise StereoError(_MISSING) from error
