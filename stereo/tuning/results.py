"""What tuning found, as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stereo.evaluation.results import Failure

__all__ = ["Fold", "Progress", "Scores", "Tuning"]


@dataclass(frozen=True)
class Scores:
    """Scores of both sets of options on the same scenes; the smaller is the better.

    Attributes
    ----------
    base, tuned : float
        Mean over the scenes, per cent or px as the objective says; infinite where a scene got no
        result at all.
    """

    base: float
    tuned: float


@dataclass(frozen=True)
class Fold:
    """One part of the cross-validation.

    Attributes
    ----------
    scenes : tuple of str
        The scenes that were held out.
    found : mapping of str to Any
        The searched options, as found on all other scenes.
    training, held_out : Scores
        On the other scenes, and on those that were held out.
    """

    scenes: tuple[str, ...]
    found: Mapping[str, Any]
    training: Scores
    held_out: Scores


@dataclass(frozen=True)
class Tuning:
    """The options found, and what they are worth.

    Attributes
    ----------
    options : mapping of str to Any
        Keywords of :class:`stereo.SGM`: those of the base and those found. `max_disp` is not
        among them.
    found : mapping of str to Any
        Those of them that were searched, as found on all scenes.
    base : mapping of str to Any
        The same options as the base has them.
    training : Scores
        On all scenes, which the options were found on: what they are worth elsewhere is less.
    cross_validated : Scores
        The mean over all scenes of what each one scored with the options that were found without
        it. It estimates what options found in this way are worth on other scenes like these.
    folds : tuple of Fold
        The parts of the cross-validation.
    objective : str
        What was minimised.
    trials : int
        Sets of options tried for each fold, and for all scenes.
    matchings : int
        Pairs that were matched in this run; all other scores were known already.
    failures : tuple of Failure
        The scenes that could not be used.
    """

    options: Mapping[str, Any]
    found: Mapping[str, Any]
    base: Mapping[str, Any]
    training: Scores
    cross_validated: Scores
    folds: tuple[Fold, ...]
    objective: str
    trials: int
    matchings: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Progress:
    """How far a search is.

    Attributes
    ----------
    study : str
        "fold 1 of 3" and so on, or "all scenes".
    done, total : int
        Trials of all studies, those of former runs included.
    scores : Scores
        On the training scenes of this study, of the best options so far.
    """

    study: str
    done: int
    total: int
    scores: Scores
