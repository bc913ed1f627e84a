"""Weights from files: found, read without running any code of theirs, and fitted to a network."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Collection, Mapping
from typing import Any

from ..io.files import PathLike, path_name, readable
from ..types import StereoFileError
from .checkpoints import Checkpoint, missing_file
from .extras import require

__all__ = ["Shapes", "find_weights", "load_state", "read_state", "shapes_of"]

State = dict[str, Any]
"""Names and tensors, as `torch.nn.Module.state_dict` gives them."""

Shapes = dict[str, tuple[int, ...]]

_FOLDER = "STEREO_WEIGHTS"
_WRAPPERS = ("state_dict", "model", "model_state_dict")
_PREFIX = "module."  # that of torch.nn.DataParallel
_LISTED = 4


def find_weights(weights: PathLike, known: tuple[Checkpoint, ...] = ()) -> str:
    """Return the path of a weights file.

    Parameters
    ----------
    weights : str or os.PathLike
        A path; or the bare name of a file in the folder that the environment variable
        ``STEREO_WEIGHTS`` names, if there is no such file in the working directory.
    known : tuple of Checkpoint
        Published files, for the message.

    Raises
    ------
    StereoFileError
        If there is no such file: the message says where published ones are to be had.

    Examples
    --------
    >>> find_weights("none.pth")
    Traceback (most recent call last):
    stereo.types.StereoFileError: there is no weights file none.pth, and nothing is downloaded
    """
    name = path_name(weights)
    folder = os.environ.get(_FOLDER)
    places = [name]
    if folder and os.path.basename(name) == name:
        places.append(os.path.join(folder, name))
    for place in places:
        if os.path.exists(place):
            return place
    raise missing_file(" or ".join(places), known)


def read_state(path: PathLike, beside: Collection[str] = ()) -> State:
    """Read the tensors of a checkpoint, by name, to the CPU.

    Parameters
    ----------
    path : str or os.PathLike
        A ``.safetensors`` file, or one of `torch.save` that holds tensors and plain containers:
        the state dict itself, or a dict with it under "state_dict", "model" or
        "model_state_dict". A prefix "module." of all names is taken off.
    beside : collection of str
        Names of entries that are no tensors; they are left out.

    Raises
    ------
    StereoFileError
        If the file is missing, damaged, holds more than that (a pickle may run code and is never
        read in full) or no state dict.
    StereoError
        If the package that reads it is not installed.
    """
    name = path_name(path)
    with readable(name) as file:
        start = file.read(4)
    content = _safetensors(name) if name.endswith(".safetensors") else _torch(name, start)
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    if not isinstance(content, Mapping) or not content:
        raise StereoFileError(f"{name} has no state dict, but {type(content).__name__}")
    tensor = require("torch", "torch").Tensor
    found = {str(key): value for key, value in content.items() if key not in beside}
    strange = [key for key, value in found.items() if not isinstance(value, tensor)]
    if strange:
        raise StereoFileError(f"{name} has entries that are no tensors: {_some(strange)}")
    if all(key.startswith(_PREFIX) for key in found):
        found = {key.removeprefix(_PREFIX): value for key, value in found.items()}
    return found


def shapes_of(state: Mapping[str, Any]) -> Shapes:
    """Return the shapes of a state dict."""
    return {key: tuple(value.shape) for key, value in state.items()}


def load_state(module: Any, state: State, path: PathLike) -> None:
    """Give a module all its weights.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    state : dict of str to Tensor
        As `read_state` returns it.
    path : str or os.PathLike
        Where it comes from, for messages.

    Raises
    ------
    StereoFileError
        If names or shapes are not exactly those of the module, or a value is NaN or infinite.
    """
    expected, found = shapes_of(module.state_dict()), shapes_of(state)
    said = differences(expected, found)
    if said:
        raise StereoFileError(f"{path_name(path)} does not fit {type(module).__name__}: {said}")
    broken = [key for key, value in state.items() if not bool(value.isfinite().all())]
    if broken:
        raise StereoFileError(f"{path_name(path)} has NaN or infinite weights: {_some(broken)}")
    module.load_state_dict(state)


def differences(expected: Shapes, found: Shapes) -> str:
    """Say in which names and shapes two state dicts differ; nothing if in none."""
    missing = [key for key in expected if key not in found]
    unknown = [key for key in found if key not in expected]
    other = [
        f"{key} is {found[key]} instead of {shape}"
        for key, shape in expected.items()
        if key in found and found[key] != shape
    ]
    kinds = (("missing", missing), ("not known", unknown), ("of another shape", other))
    return "; ".join(f"{len(keys)} {kind}: {_some(keys)}" for kind, keys in kinds if keys)


def _safetensors(name: str) -> Any:
    reader = require("safetensors.torch", "torch")
    try:
        return reader.load_file(name)
    except Exception as error:  # SafetensorError is known only to its package
        raise StereoFileError(f"{name} is no safetensors file: {error}") from error


def _torch(name: str, start: bytes) -> Any:
    if not zipfile.is_zipfile(name) and not start.startswith(b"\x80"):
        raise StereoFileError(f"{name} is no checkpoint of torch.save")
    try:
        return require("torch", "torch").load(name, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        first = str(error).strip().split("\n")[0]
        raise StereoFileError(
            f"{name} holds more than tensors and plain containers, which is not read, since a "
            f"pickle may run code; save its state dict alone ({first})"
        ) from error
    except (RuntimeError, EOFError, KeyError, ValueError, OSError, AttributeError) as error:
        raise StereoFileError(f"{name} is damaged: {error}") from error


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
