"""Tiny random checkpoints of the monocular networks of transformers, as folders on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

__all__ = ["BUILDERS", "save"]

_NECK = {"neck_hidden_sizes": [8, 8, 8, 8], "fusion_hidden_size": 8}
_TINY = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
_SIDE = 64
_FIELD_OF_VIEW = 60.0  # degrees
_STAGES = ["stage1", "stage2", "stage3", "stage4"]
_HALF = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def _preprocessor(side: int, multiple: int, **more: Any) -> dict[str, Any]:
    size = {"height": side, "width": side}
    return {
        "size": size, "keep_aspect_ratio": True, "ensure_multiple_of": multiple, **_HALF, **more
    }  # fmt: skip


def _vit() -> tuple[Any, dict[str, Any]]:
    config = transformers.DPTConfig(
        **_TINY, intermediate_size=16, image_size=_SIDE, patch_size=16,
        backbone_out_indices=[0, 1, 2, 3], **_NECK,
    )  # fmt: skip
    return config, _preprocessor(_SIDE, 32)


def _beit() -> Any:
    return transformers.BeitConfig(
        **_TINY, intermediate_size=16, image_size=_SIDE, patch_size=16, out_features=_STAGES,
        reshape_hidden_states=False, use_relative_position_bias=True,
    )  # fmt: skip


def _dpt_beit() -> tuple[Any, dict[str, Any]]:
    return transformers.DPTConfig(backbone_config=_beit(), **_NECK), _preprocessor(_SIDE, 32)


def _dpt_swin() -> tuple[Any, dict[str, Any]]:
    backbone = transformers.Swinv2Config(
        image_size=_SIDE, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=2,
        out_features=_STAGES,
    )  # fmt: skip
    neck = {**_NECK, "neck_hidden_sizes": [8, 16, 32, 64]}
    return transformers.DPTConfig(backbone_config=backbone, **neck), {}


def _dinov2() -> Any:
    return transformers.Dinov2Config(
        **_TINY, image_size=_SIDE // 16 * 14, patch_size=14, out_features=_STAGES,
        apply_layernorm=True, reshape_hidden_states=False,
    )  # fmt: skip


def _depth_anything(**more: Any) -> tuple[Any, dict[str, Any]]:
    config = transformers.DepthAnythingConfig(
        backbone_config=_dinov2(), reassemble_hidden_size=16, head_hidden_size=8, **_NECK, **more
    )
    return config, _preprocessor(56, 14)


def _depth_anything_metric() -> tuple[Any, dict[str, Any]]:
    return _depth_anything(depth_estimation_type="metric", max_depth=20)


def _zoedepth(heads: int = 1) -> tuple[Any, dict[str, Any]]:
    bins = [
        {"name": name, "n_bins": 8, "min_depth": 0.001, "max_depth": deepest}
        for name, deepest in (("nyu", 10.0), ("kitti", 80.0))
    ][:heads]
    patches = {
        "num_patch_transformer_layers": 4, "patch_transformer_hidden_size": 128,
        "patch_transformer_intermediate_size": 16, "patch_transformer_num_attention_heads": 4,
    }  # fmt: skip
    config = transformers.ZoeDepthConfig(
        backbone_config=_beit(), bottleneck_features=8, bin_embedding_dim=16,
        bin_configurations=bins, num_relative_features=8, **_NECK, **patches,
    )  # fmt: skip
    return config, _preprocessor(_SIDE, 32, do_pad=True)


def _zoedepth_two() -> tuple[Any, dict[str, Any]]:
    return _zoedepth(2)


def _depth_pro() -> tuple[Any, dict[str, Any]]:
    part = {**_TINY, "model_type": "dinov2", "image_size": 16, "patch_size": 4}
    config = transformers.DepthProConfig(
        fusion_hidden_size=8, patch_size=16, intermediate_hook_ids=[3, 1],
        intermediate_feature_dims=[8, 8], scaled_images_feature_dims=[8, 8, 8],
        scaled_images_ratios=[0.25, 0.5, 1.0], scaled_images_overlap_ratios=[0.0, 0.5, 0.25],
        image_model_config=part, patch_model_config=part, fov_model_config=part,
        use_fov_model=True, num_fov_head_layers=2,
    )  # fmt: skip
    return config, {"size": {"height": _SIDE, "width": _SIDE}, **_HALF}


def _glpn() -> tuple[Any, dict[str, Any]]:
    config = transformers.GLPNConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 8, 8], num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8,
    )  # fmt: skip
    return config, {"size_divisor": 32}


BUILDERS: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "dpt-vit": _vit,
    "dpt-beit": _dpt_beit,
    "dpt-swinv2": _dpt_swin,
    "depth-anything": _depth_anything,
    "depth-anything-metric": _depth_anything_metric,
    "zoedepth": _zoedepth,
    "zoedepth-two-heads": _zoedepth_two,
    "depth-pro": _depth_pro,
    "glpn": _glpn,
}


def save(name: str, folder: Path) -> Path:
    """Save a random network of the kind and its preprocessor settings; return the folder."""
    config, settings = BUILDERS[name]()
    torch.manual_seed(0)
    gain = 2.0 if name == "depth-pro" else 8.0
    model = transformers.AutoModelForDepthEstimation.from_config(config)
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if weight.ndim > 1:
                weight.mul_(gain)  # or the results would be almost constant
            if key == "fov_model.head.layers.4.bias":
                weight.fill_(_FIELD_OF_VIEW)
    model.save_pretrained(folder)
    if settings:
        text = json.dumps(settings)
        (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")
    return folder
