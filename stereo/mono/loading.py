"""Networks from local files: folders of transformers, and files that authors published."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..arguments import flag, integer, word
from ..io.files import PathLike, path_name, read_json
from ..models.checkpoints import missing_file
from ..models.extras import require
from ..models.weights import find_weights, load_state, read_state
from ..types import StereoFileError, StereoValueError, StereoWarning
from . import depth_anything, dpt
from .checkpoints import published
from .families import MIDAS_SMALL, Family, Output, family_of, with_preprocessor
from .renaming import renamed

if TYPE_CHECKING:
    from .model import MonoModel

__all__ = ["FileModel", "load"]

FileModel = Literal[
    "midas-v2.1-small", "dpt-hybrid", "dpt-large", "depth-anything-v1", "depth-anything-v2"
]

_FARTHEST = 1_000_000  # metres
_LISTED = 4  # names in a message

# Weights without influence on the result, which published checkpoints may lack.
_UNUSED = re.compile(r"(.*\.)?(mask_token|fusion_stage\.layers\.0\.residual_layer1\..*)")


def load(
    weights: PathLike,
    *,
    model: FileModel | None = None,
    output: Output | None = None,
    max_depth: int | None = None,
    flip: bool | None = None,
    device: str = "cpu",
) -> MonoModel:
    """Load a network that predicts depth from one image. Nothing is ever downloaded.

    Parameters
    ----------
    weights : str or os.PathLike
        A folder that transformers has saved, with ``config.json``, ``model.safetensors`` and
        usually ``preprocessor_config.json``, of the type DPT (ViT, hybrid, BEiT, Swin: MiDaS 3.0
        and 3.1), Depth Anything (V1, V2, relative or metric), ZoeDepth, Depth Pro or GLPN. Or a
        file as its authors published it, ``.pt``, ``.pth`` or ``.safetensors``, with `model`. A
        bare name is also looked for in the folder of the environment variable STEREO_WEIGHTS.
        Known ones, with sources and licences: :func:`stereo.mono.published`.
    model : {"midas-v2.1-small", "dpt-hybrid", "dpt-large", "depth-anything-v1", \
"depth-anything-v2"}, optional
        What the file holds; for files only.
    output : {"inverse_relative", "relative", "inverse_metric", "metric"}, optional
        What the values of a DPT folder are, which its configuration does not say. By default
        those of MiDaS: inverse and relative.
    max_depth : int, optional
        Metres, for a file of a metric Depth Anything (20 indoors and 80 outdoors in the
        published ones), which can't be told from a relative one.
    flip : bool, optional
        Whether to average with the prediction of the mirrored image, which takes twice the time.
        By default as published: for ZoeDepth only.
    device : str
        Of PyTorch, such as "cpu" or "cuda".

    Returns
    -------
    MonoModel
        Call it with an image.

    Raises
    ------
    StereoFileError
        If there are no such files, or they are damaged, incomplete or of another network. Pickles
        are read only as far as they hold tensors.
    StereoTypeError, StereoValueError
        If an option can't be used, or would not be.
    StereoError
        If PyTorch or transformers is not installed, or the checkpoint is of a type that is not
        supported.

    Warns
    -----
    StereoWarning
        If there are weights that the network does not use.

    References
    ----------
    Ranftl, Bochkovskiy, Koltun: Vision transformers for dense prediction. ICCV 2021. Ranftl et
    al.: Towards robust monocular depth estimation. TPAMI 2022. Birkl, Wofk, Müller: MiDaS v3.1.
    arXiv 2307.14460. Yang et al.: Depth Anything. CVPR 2024; V2. NeurIPS 2024. Bhat et al.:
    ZoeDepth. arXiv 2302.12288. Bochkovskii et al.: Depth Pro. ICLR 2025. Kim et al.: Global-local
    path networks for monocular depth estimation. arXiv 2201.07436.

    Examples
    --------
    Random weights, in a file as the authors publish theirs:

    >>> import pathlib, tempfile, torch
    >>> import numpy as np
    >>> from stereo.mono.midas_small import MidasSmall
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "midas_v21_small_256.pt"
    ...     torch.save(MidasSmall().state_dict(), path)
    ...     mono = load(path, model="midas-v2.1-small")
    >>> mono(np.zeros((48, 64), np.uint8)).unit
    'relative'
    """
    if model is not None:
        word("model", model, get_args(FileModel))
    if output is not None:
        word("output", output, get_args(Output))
    if flip is not None:
        flag("flip", flip)
    deepest = None if max_depth is None else integer("max_depth", max_depth, 1, _FARTHEST)
    require("torch", "torch")
    from ..models.torch_network import checked_device

    place = checked_device(device)
    path = _found(weights, model)
    if os.path.isdir(path):
        for name, value in (("model", model), ("max_depth", max_depth)):
            if value is not None:
                raise StereoValueError(
                    f"{name} is for files, and {path} is a folder: its config.json says it"
                )
        module, family = _folder(path, output)
    else:
        module, family = _file(path, model, output, deepest)
    from .model import MonoModel

    return MonoModel(module, family if flip is None else replace(family, flipped=flip), place)


def _found(weights: PathLike, model: FileModel | None) -> str:
    name = path_name(weights)
    if os.path.isdir(name):
        return name
    return find_weights(name, published(model))


def _folder(path: str, output: Output | None) -> tuple[Any, Family]:
    """Load a folder of transformers, from its files alone."""
    transformers = require("transformers", "mono")
    if not os.path.isfile(os.path.join(path, "config.json")):
        raise missing_file(os.path.join(path, "config.json"), published())
    tensors = ("model.safetensors", "model.safetensors.index.json")
    if not any(os.path.isfile(os.path.join(path, name)) for name in tensors):
        raise StereoFileError(
            f"{path} has no model.safetensors: weights in a pickle (pytorch_model.bin) are not "
            "read from folders; save the model again with save_pretrained"
        )
    with _quietly(transformers):
        _refuse_named_backbone(path)
        try:
            config = transformers.AutoConfig.from_pretrained(
                path, local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # ValueError, KeyError, OSError and those of its packages
            raise StereoFileError(f"{path}: config.json can't be used: {error}") from error
        family = with_preprocessor(family_of(config, output), *_preprocessor(path))
        try:
            module, report = transformers.AutoModelForDepthEstimation.from_pretrained(
                path,
                config=config,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
                dtype="float32",
            )
        except Exception as error:  # as above
            raise StereoFileError(f"{path} can't be loaded: {error}") from error
    _check_complete(report, path)
    return _as_published(module), family


def _refuse_named_backbone(path: str) -> None:
    """Raise StereoFileError if a configuration names a backbone that would be downloaded."""
    content = read_json(os.path.join(path, "config.json"))
    for key in ("backbone", "use_pretrained_backbone", "use_timm_backbone"):
        if content.get(key):
            raise StereoFileError(
                f"{path}: config.json says {key} = {content[key]!r}, which is not in the folder, "
                "and nothing is downloaded: a checkpoint with its own backbone_config is needed"
            )


def _preprocessor(path: str) -> tuple[dict[str, Any], str]:
    name = os.path.join(path, "preprocessor_config.json")
    return (read_json(name) if os.path.exists(name) else {}), name


def _file(
    path: str, model: FileModel | None, output: Output | None, max_depth: int | None
) -> tuple[Any, Family]:
    """Load a file as its authors published it."""
    if model is None:
        raise StereoValueError(
            f"{path} is a file, and files don't say which network they are for: give model, "
            f"one of {', '.join(map(repr, get_args(FileModel)))}"
        )
    if output is not None:
        raise StereoValueError(f"output is for DPT folders: {model!r} says what its values are")
    if max_depth is not None and not model.startswith("depth-anything"):
        raise StereoValueError(f"max_depth has no use for {model!r}, which is relative")
    if model == "midas-v2.1-small":
        require("torch", "torch")
        from .midas_small import MidasSmall

        small = MidasSmall()
        load_state(small, read_state(path), path)
        return small, MIDAS_SMALL
    transformers = require("transformers", "mono")
    state = read_state(path)
    if model in dpt.RULES:
        config = transformers.DPTConfig(**dpt.configuration(model, state, path))
        rules, network = dpt.RULES[model], transformers.DPTForDepthEstimation
    else:
        version = 1 if model == "depth-anything-v1" else 2
        settings = depth_anything.configuration(state, version, max_depth, path)
        config = transformers.DepthAnythingConfig(**settings)
        rules, network = depth_anything.RULES, transformers.DepthAnythingForDepthEstimation
    new = renamed(state, rules, path)
    with _quietly(transformers):
        try:
            module, report = network.from_pretrained(
                None, config=config, state_dict=new, output_loading_info=True
            )
        except RuntimeError as error:  # a tensor of another shape
            raise StereoFileError(f"{path} does not fit {model!r}: {error}") from error
    _check_complete(report, path)
    return _as_published(module), family_of(config, None)


def _check_complete(report: dict[str, Any], path: str) -> None:
    """Raise StereoFileError if weights are missing; warn of those without use."""
    missing = [key for key in report["missing_keys"] if not _UNUSED.fullmatch(key)]
    wrong = [str(key) for key in report["mismatched_keys"]]
    for what, keys in (("lacks weights", missing), ("has weights of another shape", wrong)):
        if keys:
            raise StereoFileError(f"{path} {what}: {_some(keys)}")
    if report["unexpected_keys"]:
        text = (
            f"{path} has weights that the network does not use: {_some(report['unexpected_keys'])}"
        )
        warnings.warn(text, StereoWarning, stacklevel=4)


def _some(keys: Iterable[str]) -> str:
    names = sorted(keys)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _as_published(module: Any) -> Any:
    """Mend where the port of transformers is not what its authors published."""
    config = module.config
    if config.model_type == "depth_anything":
        from .positions import published_positions

        embeddings = module.backbone.embeddings
        embeddings.interpolate_pos_encoding = published_positions(embeddings)
    if config.model_type == "dpt" and (config.is_hybrid or config.backbone_config is None):
        from .rectangles import allow_rectangles

        allow_rectangles(module)
    return module


@contextlib.contextmanager
def _quietly(transformers: Any) -> Iterator[None]:
    """Keep transformers from printing: what is wrong with a checkpoint is raised here."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
