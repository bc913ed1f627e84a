"""The networks by name: bare modules with random weights, and networks with weights of a file."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from dataclasses import dataclass
from typing import Any

from ..arguments import word
from ..io.files import PathLike
from ..types import StereoFileError, StereoTypeError, StereoValueError
from .checkpoints import checkpoints
from .extras import require
from .network import Network
from .onnx_network import OnnxNetwork
from .weights import State, differences, find_weights, load_state, read_state, shapes_of

__all__ = ["build", "load", "names"]


@dataclass(frozen=True)
class _Architecture:
    """Where a network is, and which of its configurations go by this name."""

    package: str
    module: str
    variants: tuple[str, ...]


_NETWORKS = {
    "raft-stereo": _Architecture("raft_stereo", "RaftStereo", ("default", "realtime", "instance")),
    "aanet": _Architecture("aanet", "AaNet", ("aanet",)),
    "aanet+": _Architecture("aanet", "AaNet", ("aanet+",)),
}


def names() -> tuple[str, ...]:
    """Return the names of the networks.

    Examples
    --------
    >>> names()
    ('raft-stereo', 'aanet', 'aanet+')
    """
    return tuple(_NETWORKS)


def build(name: str, variant: str | None = None, **options: Any) -> Any:
    """Return a bare PyTorch module with random weights, to be trained.

    Parameters
    ----------
    name : {"raft-stereo", "aanet", "aanet+"}
        RAFT-Stereo (Lipson et al. 2021), AANet or AANet+ (Xu and Zhang 2020).
    variant : str, optional
        A published configuration. Of RAFT-Stereo: "default", "realtime" or "instance", which is
        that of the Robust Vision Challenge; the other two have one each, of their name.
    **options
        Fields of the configuration that are to differ, see
        :class:`stereo.models.raft_stereo.RaftStereoConfig` and
        :class:`stereo.models.aanet.AaNetConfig`, and for RAFT-Stereo `correlation`.

    Returns
    -------
    torch.nn.Module
        A :class:`stereo.models.raft_stereo.RaftStereo` or :class:`stereo.models.aanet.AaNet`, in
        training mode; `forward` says what goes in and out.

    Raises
    ------
    StereoError
        If there is no such name, variant or option, or PyTorch is not installed.

    Examples
    --------
    >>> module = build("raft-stereo", "realtime", hidden_channels=32)
    >>> module.config.levels, module.config.hidden_channels
    (2, 32)
    """
    word("name", name, names())
    require("torch", "torch")
    chosen = _NETWORKS[name].variants[0] if variant is None else variant
    return _built(name, word("variant", chosen, _NETWORKS[name].variants), options)


def load(
    name: str,
    weights: PathLike,
    *,
    variant: str | None = None,
    device: str = "cpu",
    precision: str = "auto",
    band_height: int | None = None,
    overlap: int | None = None,
    **options: Any,
) -> Network:
    """Return a network with the weights of a file, ready for images.

    Parameters
    ----------
    name : {"raft-stereo", "aanet", "aanet+", "onnx"}
        See :func:`build`; "onnx" for a file of :meth:`Network.export_onnx`.
    weights : str or os.PathLike
        A local file, or the name of one in the folder ``STEREO_WEIGHTS``; nothing is downloaded.
        :func:`checkpoints` lists published ones. ``.safetensors``, or ``.pth`` of `torch.save`,
        of which only tensors are read. Names and shapes must be those of the network.
    variant : str, optional
        By default the first one of :func:`build` that the weights fit.
    device : str
        "cpu", "cuda", "cuda:1" … as PyTorch calls it; "cpu" or "cuda" for "onnx".
    precision : {"auto", "float32", "bfloat16", "float16"}
        That of convolutions and products. "auto" is float16 for RAFT-Stereo on CUDA, which its
        authors use there, and float32 otherwise. A network of "onnx" has float32.
    band_height : int, optional
        Rows that are computed at a time, a multiple of 32 (AANet: 48, AANet+: 96), for images
        whose whole height takes too much memory. By default all. Bands differ from the whole by
        what a network sees beyond the overlap; the normalisation of RAFT-Stereo's features is
        over each band instead of the image.
    overlap : int, optional
        Rows at each inner end of a band that are computed and not kept, such a multiple too;
        by default 64 (AANet: 96, AANet+: 192).
    **options
        As in :func:`build`, such as `iterations` and `correlation` of RAFT-Stereo, whose
        "on_the_fly" takes less memory, or `align_corners` of AANet.

    Returns
    -------
    Network
        Call it with both images.

    Raises
    ------
    StereoFileError
        If the file is missing (the message says where published weights are), can't be read or
        does not fit.
    StereoError
        If a name or an option can't be used, or a package is missing.

    Examples
    --------
    Random weights, in a file as the authors publish theirs:

    >>> import pathlib, tempfile, torch
    >>> from stereo.datasets import synthetic
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "raftstereo-realtime.pth"
    ...     torch.save(build("raft-stereo", "realtime").state_dict(), path)
    ...     network = load("raft-stereo", path, iterations=1)
    >>> pair = synthetic.shifted(64, 48, 5.0)
    >>> network(pair.left, pair.right, max_disp=16).shape
    (48, 64)
    >>> load("aanet", "missing.pth")
    Traceback (most recent call last):
    stereo.types.StereoFileError: there is no weights file missing.pth, and nothing is ...
    """
    word("name", name, (*names(), "onnx"))
    path = find_weights(weights, checkpoints(name))
    if name == "onnx":
        _refuse_for_onnx(variant, precision, band_height, overlap, options)
        return OnnxNetwork(path, device)
    require("torch", "torch")
    variants = _NETWORKS[name].variants
    if variant is not None:
        variants = (word("variant", variant, variants),)
    state = read_state(path)
    module = _built(name, _fitting(name, variants, options, state, path), options)
    load_state(module, module.adapted(state), path)
    network: Network = importlib.import_module(".torch_network", __package__).TorchNetwork(
        name,
        module,
        device=device,
        precision=precision,
        band_height=band_height,
        overlap=overlap,
    )
    return network


def _built(name: str, variant: str, options: dict[str, Any]) -> Any:
    """Return the module of a variant; options go to its configuration or to itself."""
    package = importlib.import_module(f".{_NETWORKS[name].package}", __package__)
    kind = getattr(package, _NETWORKS[name].module)
    config = package.VARIANTS[variant]
    fields = {field.name for field in dataclasses.fields(config)}
    others = set(inspect.signature(kind).parameters) - {"config"}
    for option in options:
        if option not in fields | others:
            known = ", ".join(sorted(fields | others))
            raise StereoTypeError(f"{name} has no option {option!r}; it has {known}")
    changed = {key: value for key, value in options.items() if key in fields}
    keywords = {key: value for key, value in options.items() if key not in fields}
    return kind(dataclasses.replace(config, **changed), **keywords)


def _fitting(
    name: str, variants: tuple[str, ...], options: dict[str, Any], state: State, path: str
) -> str:
    """Return the first variant whose names and shapes are those of a state dict."""
    torch = require("torch", "torch")
    reasons = []
    for variant in variants:
        with torch.device("meta"):  # shapes without memory
            module = _built(name, variant, options)
        found = shapes_of(module.adapted(state))
        reason = differences(shapes_of(module.state_dict()), found)
        if not reason:
            return variant
        reasons.append(f"{variant!r}: {reason}")
    raise StereoFileError(f"the weights {path} fit no variant of {name}. {'. '.join(reasons)}")


def _refuse_for_onnx(
    variant: str | None,
    precision: str,
    band_height: int | None,
    overlap: int | None,
    options: dict[str, Any],
) -> None:
    given = {"variant": variant, "band_height": band_height, "overlap": overlap, **options}
    useless = [key for key, value in given.items() if value is not None]
    if useless:
        raise StereoValueError(f"an ONNX file has no {', '.join(useless)}: it is as exported")
    if word("precision", precision, ("auto", "float32", "bfloat16", "float16")) not in (
        "auto",
        "float32",
    ):
        raise StereoValueError(f"precision = {precision!r}: an ONNX file has float32")
