"""Checkpoints: everything that a training needs to go on as if it had not been interrupted."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stereo.io.files import readable, replacing
from stereo.train.task import Setting
from stereo.types import StereoFileError, StereoValueError

__all__ = ["CHECKPOINT", "WEIGHTS", "read_checkpoint", "write_checkpoint", "write_weights"]

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.pt"

_FORMAT = "stereo training 1"


def write_checkpoint(
    path: Path, step: int, model: nn.Module, optimizer: Any, settings: Mapping[str, Setting]
) -> None:
    """Write a checkpoint; an existing one is replaced when the new one is complete."""
    content = {
        "format": _FORMAT,
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "settings": dict(settings),
    }
    with replacing(path) as file:
        torch.save(content, file)


def write_weights(path: Path, model: nn.Module) -> None:
    """Write the state dict alone, on the CPU."""
    with replacing(path) as file:
        torch.save({name: value.cpu() for name, value in model.state_dict().items()}, file)


def read_checkpoint(
    path: Path, model: nn.Module, optimizer: Any, settings: Mapping[str, Setting], device: Any
) -> int:
    """Give model and optimizer the state of a checkpoint, and return its step.

    Raises
    ------
    StereoFileError
        If the file is missing, damaged, no checkpoint, or that of another model.
    StereoValueError
        If the training was set up in another way.
    """
    content = _content(path, device)
    before = content["settings"]
    changed = [
        f"{name} = {before.get(name)!r}, now {settings.get(name)!r}"
        for name in sorted({*before, *settings})
        if before.get(name) != settings.get(name)
    ]
    if changed:
        raise StereoValueError(f"{path} is of a training with {'; '.join(changed)}")
    try:
        model.load_state_dict(content["model"])
        optimizer.load_state_dict(content["optimizer"])
    except (RuntimeError, ValueError) as error:
        raise StereoFileError(f"{path} is the checkpoint of another model: {error}") from error
    return int(content["step"])


def _content(path: Path, device: Any) -> dict[str, Any]:
    with readable(path) as file:
        try:
            content = torch.load(file, map_location=device, weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
            raise StereoFileError(f"{path} is damaged or no checkpoint: {error}") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise StereoFileError(f"{path} is no checkpoint of a training of this library")
    return content
