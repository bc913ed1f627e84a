"""MiDaS 3.0's DPT checkpoints as their authors publish them, for the port in transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stereo.mono.renaming import Rule, decoder
from stereo.types import StereoFileError

__all__ = ["RULES", "configuration"]

_EPSILON = 1e-6  # of the layer norms
_BLOCK, _NEW_BLOCK = r"pretrained\.model\.blocks\.(\d+)\.", r"dpt.encoder.layer.\1."
_STEM = r"pretrained\.model\.patch_embed\.backbone\."
_NEW_STEM = "dpt.embeddings.backbone.bit."


def _reassembled(found: re.Match[str]) -> str:
    kind = "projection" if found[2] == "3" else "resize"
    return f"neck.reassemble_stage.layers.{int(found[1]) - 1}.{kind}.{found[3]}"


def _readout(found: re.Match[str]) -> str:
    return f"neck.reassemble_stage.readout_projects.{int(found[1]) - 1}.0.{found[2]}"


_SHARED: tuple[Rule, ...] = (
    (r"pretrained\.model\.cls_token", "dpt.embeddings.cls_token"),
    (r"pretrained\.model\.pos_embed", "dpt.embeddings.position_embeddings"),
    (_BLOCK + r"attn\.qkv\.(.*)", _NEW_BLOCK + r"attention.attention.{qkv}.\2"),
    (_BLOCK + r"attn\.proj\.(.*)", _NEW_BLOCK + r"attention.output.dense.\2"),
    (_BLOCK + r"norm1\.(.*)", _NEW_BLOCK + r"layernorm_before.\2"),
    (_BLOCK + r"norm2\.(.*)", _NEW_BLOCK + r"layernorm_after.\2"),
    (_BLOCK + r"mlp\.fc1\.(.*)", _NEW_BLOCK + r"intermediate.dense.\2"),
    (_BLOCK + r"mlp\.fc2\.(.*)", _NEW_BLOCK + r"output.dense.\2"),
    (r"pretrained\.model\.norm\.(.*)", r"dpt.layernorm.\1"),
    (r"pretrained\.model\.head\..*", ""),  # that of image classification, without use
    (r"pretrained\.act_postprocess(\d)\.0\.project\.0\.(.*)", _readout),
    (r"pretrained\.act_postprocess(\d)\.([34])\.(.*)", _reassembled),
    *decoder(r"scratch\."),
    (r"scratch\.output_conv\.(.*)", r"head.head.\1"),
)
_PATCHES = r"pretrained\.model\.patch_embed\.proj\.(.*)"
RULES: dict[str, tuple[Rule, ...]] = {
    "dpt-large": ((_PATCHES, r"dpt.embeddings.patch_embeddings.projection.\1"), *_SHARED),
    "dpt-hybrid": (
        (_PATCHES, r"dpt.embeddings.projection.\1"),
        (_STEM + r"stem\.conv\.(.*)", _NEW_STEM + r"embedder.convolution.\1"),
        (_STEM + r"stem\.norm\.(.*)", _NEW_STEM + r"embedder.norm.\1"),
        (_STEM + r"stages\.(\d)\.blocks\.(.*)", _NEW_STEM + r"encoder.stages.\1.layers.\2"),
        *_SHARED,
    ),
}
"""From published names to those of the port."""

_SETTINGS: dict[str, dict[str, Any]] = {
    "dpt-large": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "backbone_out_indices": [5, 11, 17, 23],
        "neck_hidden_sizes": [256, 512, 1024, 1024],
    },
    "dpt-hybrid": {
        "is_hybrid": True,
        "backbone_out_indices": [2, 5, 8, 11],  # of the first two, ResNet stages take the place
        "neck_hidden_sizes": [256, 512, 768, 768],
    },
}


def configuration(model: str, state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the arguments of ``transformers.DPTConfig`` for a published checkpoint.

    Raises
    ------
    StereoFileError
        If it is no such checkpoint; `name` is the file.
    """
    hybrid = any(re.match(_STEM, key) for key in state)
    if "pretrained.model.pos_embed" not in state or hybrid != (model == "dpt-hybrid"):
        raise StereoFileError(f"{name} is no checkpoint of {model} as published")
    return {**_SETTINGS[model], "layer_norm_eps": _EPSILON}
