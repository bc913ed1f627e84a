"""Depth Anything checkpoints as their authors publish them, for the port in transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from stereo.mono.renaming import Rule, decoder
from stereo.types import StereoFileError

__all__ = ["RULES", "configuration"]


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

_BLOCK, _NEW_BLOCK = r"pretrained\.blocks\.(\d+)\.", r"backbone.encoder.layer.\1."

RULES: tuple[Rule, ...] = (
    (r"pretrained\.pos_embed", "backbone.embeddings.position_embeddings"),
    (r"pretrained\.(cls_token|mask_token)", r"backbone.embeddings.\1"),
    (r"pretrained\.patch_embed\.proj\.(.*)", r"backbone.embeddings.patch_embeddings.projection.\1"),
    (_BLOCK + r"attn\.qkv\.(.*)", _NEW_BLOCK + r"attention.attention.{qkv}.\2"),
    (_BLOCK + r"attn\.proj\.(.*)", _NEW_BLOCK + r"attention.output.dense.\2"),
    (_BLOCK + r"ls(\d)\.gamma", _NEW_BLOCK + r"layer_scale\2.lambda1"),
    (_BLOCK + r"(norm\d|mlp\.fc\d)\.(.*)", _NEW_BLOCK + r"\2.\3"),
    (r"pretrained\.norm\.(.*)", r"backbone.layernorm.\1"),
    (r"depth_head\.projects\.(\d)\.(.*)", r"neck.reassemble_stage.layers.\1.projection.\2"),
    (r"depth_head\.resize_layers\.(\d)\.(.*)", r"neck.reassemble_stage.layers.\1.resize.\2"),
    *decoder(r"depth_head\.scratch\."),
    (r"depth_head\.scratch\.output_conv1\.(.*)", r"head.conv1.\1"),
    (r"depth_head\.scratch\.output_conv2\.0\.(.*)", r"head.conv2.\1"),
    (r"depth_head\.scratch\.output_conv2\.2\.(.*)", r"head.conv3.\1"),
)
"""From published names to those of the port."""


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
