"""The data set that a command is to work on, from what was typed."""

from __future__ import annotations

import inspect
from typing import Any

import typer

from stereo import datasets
from stereo.datasets import DATASETS, Dataset

__all__ = ["opened"]

_OTHER_NAMES = {"middlebury": "middeval3", "folder": "described"}


def opened(
    name: str, root: str, splits: str | None, options: list[str], scenes: str | None
) -> Dataset:
    """Open a data set, or some of its scenes.

    Parameters
    ----------
    name : str
        One of :data:`stereo.datasets.DATASETS`, "middlebury" for middeval3, or "folder" for
        described.
    root : str
        The folder.
    splits : str or None
        Parts of the data set, with commas between them.
    options : list of str
        NAME=VALUE each, for its other options.
    scenes : str or None
        The scenes to take, with commas between them.

    Raises
    ------
    typer.BadParameter
        If the data set has no such option, or it no such value.
    StereoError
        If it can't be opened, or two parts have scenes of one name.
    """
    name = _OTHER_NAMES.get(name, name)
    if name not in DATASETS:
        raise typer.BadParameter(
            f"{name!r} is none of {', '.join((*_OTHER_NAMES, *DATASETS))}", param_hint="SET"
        )
    chosen = dict(_option(name, text) for text in options)
    parts = [None] if splits is None else _listed(splits)
    found = [_part(name, root, part, chosen) for part in parts]
    samples = [sample for part in found for sample in part]
    whole = found[0] if len(found) == 1 else Dataset(name, samples)
    if scenes is None:
        return whole
    return Dataset(whole.name, [whole.sample(scene) for scene in _listed(scenes)])


def _part(name: str, root: str, part: str | None, options: dict[str, Any]) -> Dataset:
    splits = {} if part is None else {"split": part}
    return datasets.load(name, root, **splits, **options)


def _option(name: str, text: str) -> tuple[str, Any]:
    """Read NAME=VALUE as the type that the data set's option has."""
    key, equals, value = text.partition("=")
    known = {
        each.name: each
        for each in inspect.signature(DATASETS[name]).parameters.values()
        if each.name not in ("root", "split")
    }
    if not equals or key not in known:
        raise typer.BadParameter(
            f"{text!r} is no option of {name}: it has {', '.join(known) or 'none'}, "
            "each as NAME=VALUE",
            param_hint="--option",
        )
    if isinstance(known[key].default, bool):
        if value not in ("true", "false"):
            raise typer.BadParameter(f"{text!r}: expected true or false", param_hint="--option")
        return key, value == "true"
    return key, int(value) if value.isdecimal() else value


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
