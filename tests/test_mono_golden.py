"""Monocular networks against the numbers of the published implementations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import optional

from stereo import mono
from stereo.mono.sizes import network_size

torch = optional("torch", "torch")
transformers = optional("transformers", "mono")
safetensors_torch = optional("safetensors.torch", "torch")

IMAGENET = (np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225]))


def normalised(image: Any, mean: Any = IMAGENET[0], std: Any = IMAGENET[1]) -> Any:
    """Return an image (1, 3, H, W) as a network takes it."""
    shape = (1, 3, 1, 1)
    return torch.from_numpy((image - np.reshape(mean, shape)) / np.reshape(std, shape))


def test_sizes_are_the_published_ones(golden: Any) -> None:
    for row in golden.about("midas/ops")["ops"]["resize"]["table"]:
        (width, height), target = row["input_wh"], tuple(row["target"][::-1])
        found = network_size(height, width, target, row["multiple"], row["method"])
        assert list(found[::-1]) == row["output_wh"], row


@pytest.mark.parametrize(
    ("name", "deepest", "stored", "ending"),
    [
        ("vits_252x252", None, "depth", "pth"),
        ("metric_vits_252x252", 20, "depth_stride3", "safetensors"),
    ],
)
def test_depth_anything_v2(
    golden: Any, tmp_path: Path, name: str, deepest: int | None, stored: str, ending: str
) -> None:
    name = f"depth_anything_v2/{name}"
    state = golden.state(golden.about(name)["keys"])
    path = tmp_path / f"published.{ending}"
    (torch.save if ending == "pth" else safetensors_torch.save_file)(state, path)
    model = mono.load(path, model="depth-anything-v2", max_depth=deepest)
    assert model.family.output == ("inverse_relative" if deepest is None else "metric")
    batch = normalised(golden.weights.image("da2", 252, 252))
    with torch.inference_mode():
        found = model.module(batch).predicted_depth.numpy()
    golden.assert_close(name, **{stored: found if deepest is None else found[..., ::3, ::3]})
    if deepest is None:
        embeddings = model.module.backbone.embeddings
        positions = embeddings.interpolate_pos_encoding(None, 252, 252)
        golden.assert_close(name, position_encoding_first8=positions[..., :8].detach().numpy())


def test_dpt_hybrid(golden: Any, tmp_path: Path) -> None:
    name = "midas/dpt_hybrid_192x256"
    path = tmp_path / "dpt_hybrid_384.pt"
    torch.save(golden.state(golden.about(name)["keys"]), path)
    model = mono.load(path, model="dpt-hybrid")
    batch = normalised(golden.weights.image("midas/dpt", 192, 256), [0.5] * 3, [0.5] * 3)
    with torch.inference_mode():
        golden.assert_close(name, inverse_depth=model.module(batch.float()).predicted_depth)


def test_midas_small(golden: Any, tmp_path: Path) -> None:
    name = "midas/v21_small_192x256"
    path = tmp_path / "midas_v21_small_256.pt"
    torch.save(golden.state(golden.about(name)["keys"]), path)
    model = mono.load(path, model="midas-v2.1-small")
    with torch.inference_mode():
        found = model.module(normalised(golden.weights.image("midas/small", 192, 256)))
    golden.assert_close(name, inverse_depth=found)
    prediction = model(np.zeros((30, 50, 3), np.uint8))
    assert prediction.values.shape == (30, 50)
    assert (prediction.unit, prediction.is_inverse) == ("relative", True)


@pytest.mark.parametrize("kind", ["softplus", "normed"])
def test_heads_of_zoedepth(golden: Any, kind: str) -> None:
    from transformers.models.zoedepth.modeling_zoedepth import ZoeDepthMetricDepthEstimationHead

    name = f"zoedepth/head_{kind}"
    bins = [{"name": "nyu", "n_bins": 64, "min_depth": 1e-3, "max_depth": 10.0}]
    config = transformers.ZoeDepthConfig(
        bottleneck_features=64, fusion_hidden_size=64, bin_centers_type=kind,
        bin_configurations=bins, num_relative_features=32,
    )  # fmt: skip
    head = ZoeDepthMetricDepthEstimationHead(config).eval()
    state = golden.state(golden.about(name)["keys"])
    head.load_state_dict(
        {
            key.replace("_net.0", "conv1").replace("_net.2", "conv2"): value
            for key, value in state.items()
        }
    )
    gauss = golden.weights.gauss
    sizes = {"bottleneck": (3, 4), "r4": (6, 8), "r3": (12, 16), "r2": (24, 32), "r1": (48, 64)}
    bottleneck, *blocks = (
        torch.from_numpy(gauss(f"zoe/{part}", (1, 64, *size))) for part, size in sizes.items()
    )
    last = torch.from_numpy(gauss("zoe/out_conv", (1, 32, 48, 64))).clamp(min=0)
    relative = torch.from_numpy(golden.weights.field("zoe/rel", (1, 48, 64), 0, 3))
    with torch.inference_mode():
        metres, _ = head(last, bottleneck, blocks, relative)
    golden.assert_close(name, metric_depth=metres)


def test_patch_transformer_of_zoedepth(golden: Any) -> None:
    from transformers.models.zoedepth.modeling_zoedepth import ZoeDepthPatchTransformerEncoder

    name = "zoedepth/patch_transformer"
    config = transformers.ZoeDepthConfig(
        bottleneck_features=64, num_patch_transformer_layers=4, patch_transformer_hidden_size=128,
        patch_transformer_intermediate_size=1024, patch_transformer_num_attention_heads=4,
    )  # fmt: skip
    encoder = ZoeDepthPatchTransformerEncoder(config).eval()
    state = {}
    for key, value in golden.state(golden.about(name)["keys"]).items():
        new = key.removeprefix("patch_transformer.").replace("encoder.layers.", "encoder.")
        if "in_proj_" in new:
            for part, third in zip(("query", "key", "value"), value.chunk(3), strict=True):
                state[new.replace("in_proj_", f"{part}.")] = third
        else:
            state[new] = value
    encoder.load_state_dict(state)
    features = torch.from_numpy(golden.weights.gauss("zoe/pt", (1, 64, 3, 4)))
    with torch.inference_mode():
        tokens = encoder(features)
    golden.assert_close(name, tokens=tokens.transpose(0, 1))
