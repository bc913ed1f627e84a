"""RAFT-Stereo: the numbers of the published network, and what its parts promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import optional
from golden import Golden

from stereo import models
from stereo.types import StereoError

torch = optional("torch", "torch")
raft_stereo = optional("stereo.models.raft_stereo", "torch")

NARROW: dict[str, Any] = {
    "encoder_channels": (6, 8, 10),
    "hidden_channels": 8,
    "feature_channels": 12,
}


def narrow(seed: int = 0, **options: Any) -> Any:
    torch.manual_seed(seed)
    return models.build("raft-stereo", **{**NARROW, **options}).eval()


def images(golden: Golden, height: int, width: int, key: str = "raft") -> tuple[Any, Any]:
    left, right = golden.weights.stereo_pair(key, height, width, 2, 24)
    return torch.from_numpy(255 * left), torch.from_numpy(255 * right)


def flows(network: Any, pair: tuple[Any, Any], iters: int) -> tuple[list[Any], list[Any]]:
    """Return the low and full resolution flows after each update: batch norm is frozen."""
    changes: list[Any] = []
    hook = network.update_block.flow_head.register_forward_hook(
        lambda module, inputs, output: changes.append(output[:, :1])
    )
    network.train()
    with torch.no_grad():
        full = network(*pair, iters=iters)
    hook.remove()
    return list(torch.stack(changes).cumsum(0)), full


def test_default_equals_the_published_network(golden: Golden) -> None:
    name = "raft_stereo/default_iters3"
    network = golden.fill(models.build("raft-stereo"), name)
    low, full = flows(network, images(golden, 192, 320), 7)
    golden.assert_close(name, flow_low=low[2], flow_up=full[2])
    golden.assert_close(
        "raft_stereo/default_iters7", flow_low=low[6], flow_up_stride3=full[6][..., ::3, ::3]
    )


def test_realtime_equals_the_published_network(golden: Golden) -> None:
    name = "raft_stereo/realtime_iters3"
    network = golden.fill(models.build("raft-stereo", "realtime"), name)
    with torch.inference_mode():
        low, full = network(*images(golden, 192, 320), iters=3)
    golden.assert_close(name, flow_low=low, flow_up=full)


@pytest.mark.parametrize("variant", ["default", "realtime"])
def test_gradients_equal_those_of_the_published_network(golden: Golden, variant: str) -> None:
    network = golden.fill(models.build("raft-stereo", variant), f"raft_stereo/{variant}_iters3")
    network.train()
    truth = -torch.from_numpy(golden.weights.disparity(96, 160, 2, 24)).float()
    predictions = network(*images(golden, 96, 160, "raft/train"), iters=3)
    decay = 0.9 ** (15 / (len(predictions) - 1))
    loss = sum(
        decay ** (len(predictions) - 1 - update) * (flow[:, 0] - truth).abs().mean()
        for update, flow in enumerate(predictions)
    )
    loss.backward()
    expected = golden.about(f"raft_stereo/train_step_{variant}")
    assert float(loss.detach()) == pytest.approx(expected["loss"], rel=1e-4)
    parameters = dict(network.named_parameters(remove_duplicate=False))
    assert set(expected["gradients"]) <= set(parameters)
    for key, stored in expected["gradients"].items():
        gradient = parameters[key].grad
        if stored is None:
            assert gradient is None, key
            continue
        norm, first = stored
        # Some are nothing but rounding: a bias before instance norm has no effect.
        assert float(gradient.norm()) == pytest.approx(norm, rel=1e-3, abs=1e-6), key
        np.testing.assert_allclose(
            gradient.flatten()[:4], first, rtol=1e-3, atol=1e-3 * norm + 1e-6, err_msg=key
        )


@pytest.mark.parametrize(("parity", "width"), [("even", 40), ("odd", 37)])
@pytest.mark.parametrize("kind", ["CorrelationVolume", "CorrelationOnTheFly"])
def test_correlation_equals_the_published(
    golden: Golden, parity: str, width: int, kind: str
) -> None:
    weights, shape = golden.weights, (1, 16, 6, width)
    left, right = (
        torch.from_numpy(weights.gauss(f"raft/corr/{parity}/{side}", shape))
        for side in ("f1", "f2")
    )
    shift = weights.field(f"raft/corr/{parity}/d", (1, 1, 6, width), -9, 9)
    x = torch.from_numpy(np.arange(width, dtype=np.float32) + shift)
    correlation = getattr(raft_stereo, kind)(left, right, 4, 4)
    golden.assert_close("raft_stereo/ops", **{f"corr_lookup_{parity}": correlation(x)})
    if kind == "CorrelationVolume":
        levels = {
            f"corr_level{level}_{parity}": volume[:, ::3, ::5]
            for level, volume in enumerate(correlation.volumes)
        }
        golden.assert_close("raft_stereo/ops", **levels)


@pytest.mark.parametrize("factor", [4, 8])
def test_upsampling_equals_the_published(golden: Golden, factor: int) -> None:
    flow = golden.weights.gauss(f"raft/up{factor}/flow", (1, 1, 6, 10), 5.0)
    mask = golden.weights.gauss(f"raft/up{factor}/mask", (1, 9 * factor**2, 6, 10), 2.0)
    up = raft_stereo.convex_upsample(torch.from_numpy(flow), torch.from_numpy(mask), factor)
    golden.assert_close("raft_stereo/ops", **{f"convex_upsample_x{factor}": up})


def test_padding_equals_the_published(golden: Golden) -> None:
    network = narrow()
    for row in golden.about("raft_stereo/ops")["ops"]["padding"]["table"]:
        assert list(network.padding(*row["size_hw"])) == row["pad"]


def test_correlation_on_the_fly_changes_nothing() -> None:
    stored, made = (narrow(correlation=kind).eval() for kind in ("volume", "on_the_fly"))
    left, right = 255 * torch.rand(2, 1, 3, 64, 96)
    with torch.inference_mode():
        expected, found = (network(left, right, iters=3)[1] for network in (stored, made))
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_correlation_in_blocks_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    left, right = torch.randn(2, 2, 5, 7, 9)
    x = torch.rand(2, 1, 7, 9) * 12 - 2
    whole = raft_stereo.CorrelationVolume(left, right, 5, 2)(x)
    monkeypatch.setattr("stereo.models.raft_stereo.correlation._BLOCK_ELEMENTS", 2 * 9 * 9 * 3)
    blocks = raft_stereo.CorrelationOnTheFly(left, right, 5, 2)(x)
    assert whole.shape == (2, 25, 7, 9)
    torch.testing.assert_close(blocks, whole, rtol=1e-5, atol=1e-5)


def test_the_lookup_is_interpolated_and_0_outside() -> None:
    left, right = torch.ones(1, 1, 1, 4), torch.tensor([1.0, 2, 4, 8]).view(1, 1, 1, 4)
    x = torch.tensor([0.0, 1.5, 2.25, 40]).view(1, 1, 1, 4)
    found = raft_stereo.CorrelationVolume(left, right, 1, 1)(x)[0, :, 0].T
    expected = [[0, 1, 2], [1.5, 3, 6], [2.5, 5, 6], [0, 0, 0]]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"levels": 1},
        {"levels": 2, "slow_fast": True},
        {"levels": 3, "slow_fast": True},
        {"downsample": 0},
        {"downsample": 1, "context_norm": "instance"},
        {"downsample": 3, "shared_backbone": True},
        {"correlation_levels": 8, "radius": 1},
    ],
)
def test_every_configuration_runs_and_learns(options: dict[str, Any]) -> None:
    network = narrow(**options).train()
    torch.manual_seed(1)
    left, right = 255 * torch.rand(2, 1, 3, 64, 64)
    predictions = network(left, right, iters=2)
    assert [tuple(flow.shape) for flow in predictions] == [(1, 1, 64, 64)] * 2
    sum(flow.abs().mean() for flow in predictions).backward()
    assert network.update_block.flow_head.conv1.weight.grad.abs().sum() > 0
    network.eval()
    with torch.no_grad():
        low, full = network(left, right, iters=2)
    side = 64 // network.config.factor
    assert (low.shape, full.shape) == ((1, 1, side, side), (1, 1, 64, 64))
    torch.testing.assert_close(full, predictions[-1].detach(), rtol=1e-4, atol=1e-4)


def test_training_does_not_move_batch_norm() -> None:
    network = narrow().train()
    before = {k: v.clone() for k, v in network.state_dict().items() if "running" in k}
    network(*(255 * torch.rand(2, 2, 3, 32, 64)), iters=1)
    after = network.state_dict()
    assert before
    assert all(torch.equal(value, after[key]) for key, value in before.items())


def test_learns_a_shift() -> None:
    """A few steps on one pair of a constant disparity bring the error down."""
    network = narrow(downsample=3, levels=1).train()
    torch.manual_seed(0)
    left = 255 * torch.nn.functional.interpolate(torch.rand(1, 3, 8, 16), scale_factor=4)
    right = torch.roll(left, -6, dims=3)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    errors = []
    for _ in range(20):
        optimiser.zero_grad()
        loss = sum((flow + 6).abs().mean() for flow in network(left, right, iters=2))
        loss.backward()
        optimiser.step()
        errors.append(float(loss.detach()))
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (((1, 3, 32, 32), (1, 3, 32, 64)), "one shape"),
        (((1, 1, 32, 32), (1, 1, 32, 32)), r"\(N, 3, H, W\)"),
        (((3, 32, 32), (3, 32, 32)), r"\(N, 3, H, W\)"),
        (((1, 3, 32, 33), (1, 3, 32, 33)), "multiples of 32"),
        (((1, 3, 0, 32), (1, 3, 0, 32)), "multiples of 32"),
    ],
)
def test_bad_shapes(shapes: tuple[Any, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        narrow()(torch.zeros(shapes[0]), torch.zeros(shapes[1]))


@pytest.mark.parametrize("iters", [0, -1, 1.5, True])
def test_bad_numbers_of_updates(iters: Any) -> None:
    image = torch.zeros(1, 3, 32, 32)
    with pytest.raises(StereoError, match="iters"):
        narrow()(image, image, iters=iters)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"levels": 4}, "levels"),
        ({"downsample": -1}, "downsample"),
        ({"slow_fast": 1}, "slow_fast"),
        ({"radius": 0}, "radius"),
        ({"context_norm": "group"}, "context_norm"),
        ({"encoder_channels": (1, 2)}, "encoder_channels"),
        ({"encoder_channels": (1, 2, 0)}, "encoder_channels"),
        ({"hidden_channels": 7}, "even"),
        ({"correlation": "sparse"}, "correlation"),
        ({"iterations": 0}, "iterations"),
        ({"depth": 3}, "no option 'depth'"),
    ],
)
def test_bad_options(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        models.build("raft-stereo", **options)
