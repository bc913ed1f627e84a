"""Depth Anything checkpoints as their authors publish them, for the port in transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from stereo.types import StereoFileError

__all__ = ["configuration", "renamed"]


class _Encoder(NamedTuple):
    blocks: int
    heads: int
    features: int
    channels: tuple[int, int, int, int]
    taken: tuple[int, int, int, int]  # blocks that the decoder of V2 looks at, from 1


_ENCODERS = {
    384: _Encoder(12, 6, 64, (48, 96, 192, 384), (3, 6, 9, 12)),
    768: _Encoder(12, 12, 128, (96, 192, 384, 768), (3, 6, 9, 12)),
    1024: _Encoder(24, 16, 256, (256, 512, 1024, 1024), (5, 12, 18, 24)),
}

# Published names, and those of transformers 4, which version 5 still reads.
_NAMES = (
    (r"pretrained\.pos_embed", r"backbone.embeddings.position_embeddings"),
    (r"pretrained\.(cls_token|mask_token)", r"backbone.embeddings.\1"),
    (r"pretrained\.patch_embed\.proj\.(.*)", r"backbone.embeddings.patch_embeddings.projection.\1"),
    (r"pretrained\.blocks\.(\d+)\.attn\.proj\.(.*)",
     r"backbone.encoder.layer.\1.attention.output.dense.\2"),
    (r"pretrained\.blocks\.(\d+)\.ls(\d)\.gamma",
     r"backbone.encoder.layer.\1.layer_scale\2.lambda1"),
    (r"pretrained\.blocks\.(\d+)\.(norm\d|mlp\.fc\d)\.(.*)", r"backbone.encoder.layer.\1.\2.\3"),
    (r"pretrained\.norm\.(.*)", r"backbone.layernorm.\1"),
    (r"depth_head\.projects\.(\d)\.(.*)", r"neck.reassemble_stage.layers.\1.projection.\2"),
    (r"depth_head\.resize_layers\.(\d)\.(.*)", r"neck.reassemble_stage.layers.\1.resize.\2"),
    (r"depth_head\.scratch\.output_conv1\.(.*)", r"head.conv1.\1"),
    (r"depth_head\.scratch\.output_conv2\.0\.(.*)", r"head.conv2.\1"),
    (r"depth_head\.scratch\.output_conv2\.2\.(.*)", r"head.conv3.\1"),
)  # fmt: skip
_QKV = re.compile(r"pretrained\.blocks\.(\d+)\.attn\.qkv\.(.*)")
_NARROW = re.compile(r"depth_head\.scratch\.layer(\d)_rn\.(.*)")
_REFINE = re.compile(r"depth_head\.scratch\.refinenet(\d)\.(.*)")


def configuration(
    state: Mapping[str, Any], version: int, max_depth: int | None, name: str
) -> dict[str, Any]:
    """Return the arguments of ``transformers.DepthAnythingConfig`` for a published checkpoint.

    Parameters
    ----------
    state : mapping of str to Tensor
        The checkpoint.
    version : {1, 2}
        Of Depth Anything: the checkpoints look alike, but V1 takes the last four blocks.
    max_depth : int or None
        Metres, for a metric checkpoint; None for a relative one. The files look alike.
    name : str
        The file, for errors.

    Raises
    ------
    StereoFileError
        If it is no such checkpoint, or of an encoder other than ViT-S, B and L.
    """
    try:
        positions = state["pretrained.pos_embed"]
        encoder = _ENCODERS[int(positions.shape[2])]
        side = round((positions.shape[1] - 1) ** 0.5)
        patch = int(state["pretrained.patch_embed.proj.weight"].shape[2])
    except (KeyError, IndexError, AttributeError) as error:
        raise StereoFileError(
            f"{name} is no checkpoint of Depth Anything as published, with a ViT-S, ViT-B or "
            f"ViT-L: {error!r}"
        ) from error
    width = int(positions.shape[2])
    last = tuple(range(encoder.blocks - 3, encoder.blocks + 1))
    backbone = {
        "model_type": "dinov2",
        "hidden_size": width,
        "num_hidden_layers": encoder.blocks,
        "num_attention_heads": encoder.heads,
        "image_size": side * patch,
        "patch_size": patch,
        "out_indices": list(encoder.taken if version == 2 else last),
        "apply_layernorm": True,
        "reshape_hidden_states": False,
    }
    metric = {"depth_estimation_type": "metric", "max_depth": max_depth}
    return {
        "backbone_config": backbone,
        "patch_size": patch,
        "reassemble_hidden_size": width,
        "neck_hidden_sizes": list(encoder.channels),
        "fusion_hidden_size": encoder.features,
        **({} if max_depth is None else metric),
    }


def renamed(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a published state dict under the names of transformers.

    Raises
    ------
    StereoFileError
        If a key has no counterpart; `name` is the file.
    """
    result: dict[str, Any] = {}
    for key, tensor in state.items():
        if found := _QKV.fullmatch(key):
            for part, third in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                place = f"backbone.encoder.layer.{found[1]}.attention.attention.{part}"
                result[f"{place}.{found[2]}"] = third.contiguous()
        else:
            result[_new_name(key, name)] = tensor
    return result


def _new_name(key: str, name: str) -> str:
    if found := _NARROW.fullmatch(key):
        return f"neck.convs.{int(found[1]) - 1}.{found[2]}"
    if found := _REFINE.fullmatch(key):
        rest = found[2].replace("out_conv", "projection").replace("resConfUnit", "residual_layer")
        rest = rest.replace(".conv", ".convolution")
        return f"neck.fusion_stage.layers.{4 - int(found[1])}.{rest}"
    for pattern, new in _NAMES:
        if re.fullmatch(pattern, key):
            return re.sub(pattern, new, key)
    raise StereoFileError(f"{name} has the key {key!r}, which no network of Depth Anything has")
