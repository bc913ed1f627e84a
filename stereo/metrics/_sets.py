"""Scores of a set of images from the scores of each."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Scores", "as_list", "weighted_means"]

T = TypeVar("T")
Scores = Mapping[str, T] | Iterable[T]
"""The scores of a set: by the name of the scene, or in any order."""


def as_list(kind: type[T], scores: Scores[T]) -> list[T]:
    """Return the scores of a set.

    Raises
    ------
    StereoTypeError
        If one of them is no `kind`: numbers of different boards are never mixed.
    StereoValueError
        If there are none.
    """
    if isinstance(scores, kind) or not isinstance(scores, Iterable):
        raise StereoTypeError(
            f"{type(scores).__name__} is no set of scores: expected a mapping from names to "
            f"{kind.__name__}, or a list of them"
        )
    found = list(scores.values()) if isinstance(scores, Mapping) else list(scores)
    for score in found:
        if not isinstance(score, kind):
            raise StereoTypeError(
                f"the set holds a {type(score).__name__}: expected {kind.__name__} only"
            )
    if not found:
        raise StereoValueError("the set of scores is empty: nothing can be averaged")
    return found


def weighted_means(scores: Sequence[Any], weights: Sequence[float]) -> dict[str, Any]:
    """Average each float field, and each value of the mappings; add up the integer fields.

    A scene without a number (NaN) leaves the set without one. Other fields are left out.
    """
    means: dict[str, Any] = {}
    for field in dataclasses.fields(scores[0]):
        values = [getattr(score, field.name) for score in scores]
        if isinstance(values[0], Mapping):
            means[field.name] = {
                key: _mean([value[key] for value in values], weights) for key in values[0]
            }
        elif isinstance(values[0], float):
            means[field.name] = _mean(values, weights)
        elif isinstance(values[0], int):
            means[field.name] = sum(values)
    return means


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    products = [value * weight for value, weight in zip(values, weights, strict=True)]
    return math.fsum(products) / math.fsum(weights)
