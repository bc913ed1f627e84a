"""Scenes that show the same things, and folds that keep them together.

A fold must not be judged on a scene whose other exposure, size or next frame it was tuned on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stereo.arguments import integer
from stereo.types import StereoValueError

__all__ = ["family", "folds"]

_FRAME = re.compile(r"(frame)?[0-9_-]+", re.IGNORECASE)
_VARIANTS = re.compile(
    r"""-(im)?perfect$         # rectified in one way or the other: Piano-perfect
    |(?<=[a-z])[A-Z]$          # lights, exposure or size: PianoL, MotorcycleE, teddyH
    |[_-]?[0-9]+[a-z]?$        # views of one place, frames of one drive: Baby2, terrains_2s
    """,
    re.VERBOSE,
)


def family(name: str) -> str:
    """Return what the scenes of one family have in common.

    Frames that are only numbered, such as alley_1/frame_0001, belong to their folder; without a
    folder each one stands for itself. All else goes by the last part of its name, without what
    tells variants apart, so that a scene is of one family at all sizes.

    Parameters
    ----------
    name : str
        Name of a sample.

    Examples
    --------
    >>> [family(name) for name in ("PianoL", "half/Art", "Baby2")]
    ['piano', 'art', 'baby']
    >>> [family(name) for name in ("alley_1/frame_0001", "000000_10")]
    ['alley_1', '000000_10']
    """
    folder, _, last = name.rpartition("/")
    if _FRAME.fullmatch(last):
        return folder or name
    return _VARIANTS.sub("", last).lower() or name


def folds(names: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Share scenes out to folds of about the same size; a family stays together.

    The largest family goes first, each to the smallest fold, so the result depends on nothing but
    the names.

    Parameters
    ----------
    names : sequence of str
        The scenes.
    count : int
        Number of folds, at least 2.

    Returns
    -------
    list of tuple of str
        `count` folds; in each the scenes are in the order of `names`.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there are fewer families than folds.
    """
    integer("folds", count, 2, 1 << 20)
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(family(name), []).append(name)
    if len(families) < count:
        raise StereoValueError(
            f"folds = {count} can't be made of {len(names)} scenes in {len(families)} families "
            f"({', '.join(sorted(families))}): a family of scenes stays together. Cross-validation "
            "needs at least 2 families, and at most as many folds as there are families"
        )
    shares: list[set[str]] = [set() for _ in range(count)]
    for _, members in sorted(families.items(), key=lambda item: (-len(item[1]), item[0])):
        min(shares, key=len).update(members)
    return [tuple(name for name in names if name in share) for share in shares]
