"""AANet and AANet+: the numbers of the published networks, and what their parts promise."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from conftest import optional
from golden import Golden

from stereo import models
from stereo.types import StereoError

torch = optional("torch", "torch")
aanet = optional("stereo.models.aanet", "torch")
refinement = optional("stereo.models.aanet.refinement", "torch")
deformable = optional("stereo.models.deformable", "torch")
warping = optional("stereo.models.warping", "torch")


def pair(golden: Golden) -> list[Any]:
    """Return the images as `forward` takes them; no padding is needed."""
    network = models.build("aanet")
    both = golden.weights.stereo_pair("aanet", 192, 288, 2, 24)
    return [network.prepare(torch.from_numpy(image)) for image in both]


def run(network: Any, images: list[Any]) -> dict[str, Any]:
    with torch.inference_mode():
        found = network(*images)
    return {f"disp_{one.shape[1]}x{one.shape[2]}": one for one in found}


def assert_other_convention(
    golden: Golden, network: Any, images: list[Any], coarse: Any, name: str
) -> None:
    """Run the refinement again, which is all that the sampling convention matters to."""
    half = [
        torch.nn.functional.interpolate(image, scale_factor=0.5, mode="bilinear")
        for image in images
    ]
    with torch.inference_mode():
        middle = refinement.refine(network.refinement[0], coarse, *half, align_corners=False)
        fine = refinement.refine(network.refinement[1], middle, *images, align_corners=False)
    golden.assert_close(name, disp_192x288_align_corners_false_stride3=fine[..., ::3, ::3])


def test_aanet_equals_the_published_network(golden: Golden) -> None:
    """The training heads change nothing else, so that one run serves both forms."""
    network = golden.fill(models.build("aanet", training_heads=True), "aanet/aanet_train_heads")
    images = pair(golden)
    found = run(network, images)
    assert set(found) == {f"disp_{s}" for s in ("16x24", "32x48", "64x96", "96x144", "192x288")}
    fine = {name: found[name] for name in ("disp_64x96", "disp_96x144", "disp_192x288")}
    golden.assert_close("aanet/aanet", **fine)
    assert_other_convention(golden, network, images, found["disp_64x96"], "aanet/aanet")
    found["disp_192x288_stride3"] = found.pop("disp_192x288")[..., ::3, ::3]
    golden.assert_close("aanet/aanet_train_heads", **found)
    plain = golden.fill(models.build("aanet"), "aanet/aanet")
    adapted = plain.adapted(network.state_dict())
    assert set(adapted) == set(plain.state_dict())
    assert all(torch.equal(value, adapted[key]) for key, value in plain.state_dict().items())


def test_aanet_plus_equals_the_published_network(golden: Golden) -> None:
    network = golden.fill(models.build("aanet+"), "aanet/aanet_plus")
    images = pair(golden)
    found = run(network, images)
    golden.assert_close("aanet/aanet_plus", **found)
    assert_other_convention(golden, network, images, found["disp_64x96"], "aanet/aanet_plus")


def test_the_sampling_convention_is_an_option() -> None:
    torch.manual_seed(0)
    network = models.build("aanet", max_disp=24, fusions=1, deformable_fusions=0)
    other = models.build("aanet", max_disp=24, fusions=1, deformable_fusions=0, align_corners=False)
    other.load_state_dict(network.state_dict())
    images = torch.rand(2, 1, 3, 48, 96)
    with torch.inference_mode():
        a, b = (one.eval()(images[0], images[1])[-1] for one in (network, other))
    assert (a - b).abs().max() > 1e-4


@pytest.mark.parametrize(("stride", "size"), [(1, (12, 16)), (2, (6, 8))])
def test_deformable_convolution_equals_the_published(
    golden: Golden, stride: int, size: tuple[int, int]
) -> None:
    gauss, field = golden.weights.gauss, golden.weights.field
    x, weight = gauss("aanet/dcn/x", (1, 8, 12, 16)), gauss("aanet/dcn/w", (6, 8, 3, 3), 0.2)
    offset = gauss(f"aanet/dcn/offset{stride}", (1, 36, *size), 2.0)
    mask = field(f"aanet/dcn/mask{stride}", (1, 18, *size), 0, 2)
    found = deformable.modulated_deformable_conv2d(
        *(torch.from_numpy(a) for a in (x, offset, mask, weight)),
        stride=stride,
        padding=2,
        dilation=2,
    )
    golden.assert_close("aanet/ops", **{f"deform_conv_stride{stride}": found})


def test_deformable_layer_equals_the_published(golden: Golden) -> None:
    keys = golden.about("aanet/ops")["ops"]["deform_layer"]["keys"]
    layer = deformable.DeformableConv2d(8, 6, stride=2)
    state = golden.state(keys)
    layer.load_state_dict({key.removeprefix("layer."): value for key, value in state.items()})
    x = torch.from_numpy(golden.weights.gauss("aanet/dcn/x", (1, 8, 12, 16)))
    golden.assert_close("aanet/ops", deform_layer=layer(x).detach())


def test_cost_volume_and_soft_argmax_equal_the_published(golden: Golden) -> None:
    left, right = (
        torch.from_numpy(golden.weights.gauss(f"aanet/cv/{side}", (1, 8, 5, 20))) for side in "lr"
    )
    volume = aanet.correlation_volume(left, right, 6)
    golden.assert_close("aanet/ops", cost_volume=volume, soft_argmax=aanet.soft_argmax(4 * volume))


@pytest.mark.parametrize("align_corners", [True, False])
def test_warping_equals_the_published(golden: Golden, align_corners: bool) -> None:
    image = torch.from_numpy(golden.weights.image("aanet/warp/img", 12, 20))
    disparity = torch.from_numpy(golden.weights.field("aanet/warp/d", (1, 1, 12, 20), 0, 8))
    end = f"align_corners_{str(align_corners).lower()}"
    golden.assert_close(
        "aanet/ops",
        **{
            f"warp_{end}": warping.warp(image, disparity, align_corners=align_corners),
            f"warp_valid_{end}": warping.seen_by_both(disparity, align_corners=align_corners),
        },
    )


def test_deformable_convolution_has_right_gradients() -> None:
    torch.manual_seed(0)
    shapes = (1, 2, 4, 5), (1, 2 * 2 * 4, 3, 4), (1, 2 * 4, 3, 4), (3, 2, 2, 2)
    # Away from whole positions, where an interpolation has no derivative.
    tensors = [torch.rand(shape, dtype=torch.float64) * 0.6 + 0.2 for shape in shapes]
    for tensor in tensors:
        tensor.requires_grad_()
    assert torch.autograd.gradcheck(deformable.modulated_deformable_conv2d, tensors)


def test_deformable_convolution_moves_whole_pixels() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 4, 6, 7)
    offset = torch.zeros(1, 2, 2, 6, 7)  # two groups of one tap
    offset[:, 0, 0], offset[:, 1, 1] = 1, -2  # one looks a row down, the other two columns left
    weight = torch.eye(4).view(4, 4, 1, 1)
    found = deformable.modulated_deformable_conv2d(
        x, offset.view(1, 4, 6, 7), 0.5 * torch.ones(1, 2, 6, 7), weight
    )
    expected = torch.zeros_like(x)
    expected[:, :2, :-1] = x[:, :2, 1:] / 2
    expected[:, 2:, :, 2:] = x[:, 2:, :, :-2] / 2
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("wrong", range(4))
def test_deformable_convolution_of_bad_shapes(wrong: int) -> None:
    shapes = [(1, 4, 6, 6), (1, 36, 6, 6), (1, 18, 6, 6), (2, 4, 3, 3)]
    shapes[wrong] = (1, 5, 6, 5)
    with pytest.raises(StereoError, match="do not fit"):
        deformable.modulated_deformable_conv2d(*map(torch.zeros, shapes), padding=1)
    shapes[wrong] = (1, 5, 6)  # type: ignore[call-overload]
    with pytest.raises(StereoError, match="4 axes"):
        deformable.modulated_deformable_conv2d(*map(torch.zeros, shapes), padding=1)


def test_the_volume_of_an_image_narrower_than_the_range() -> None:
    volume = aanet.correlation_volume(torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4), 9)
    assert volume.shape == (1, 9, 3, 4)
    np.testing.assert_array_equal(volume[0, :, 0].sum(dim=0), [1, 2, 3, 4])


@pytest.mark.parametrize("name", ["aanet", "aanet+"])
def test_learns(name: str) -> None:
    torch.manual_seed(0)
    network = models.build(name, max_disp=24, fusions=2, deformable_fusions=1, training_heads=True)
    side = network.multiple
    left, right = torch.randn(2, 2, 3, side, side)
    found = network(left, right)
    assert [one.shape[1] for one in found] == [side // f for f in (12, 6, 3, 2, 1)]
    sum(one.abs().mean() for one in found).backward()
    groups = network.parameter_groups(0.01)
    assert [group["lr"] for group in groups] == [0.01, pytest.approx(0.001)]
    parameters = [p for group in groups for p in group["params"]]
    assert len(parameters) == len(list(network.parameters()))
    assert all(p.grad is not None and p.grad.isfinite().all() for p in parameters)


def test_a_flat_pair_has_no_disparity_beyond_the_range() -> None:
    network = models.build("aanet", max_disp=24).eval()
    with torch.inference_mode():
        coarse = network(torch.zeros(1, 3, 48, 48), torch.zeros(1, 3, 48, 48))[0]
    assert coarse.min() >= 0
    assert coarse.max() <= 7


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_disp": 100}, "multiple of 12"),
        ({"max_disp": 12}, "max_disp"),
        ({"features": "vgg"}, "features"),
        ({"refinement": None}, "refinement"),
        ({"fusions": 0}, "fusions"),
        ({"deformable_fusions": 7}, "deformable_fusions"),
        ({"align_corners": 1}, "align_corners"),
        ({"correlation": "volume"}, "no option 'correlation'"),
    ],
)
def test_bad_options(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        models.build("aanet", **options)


@pytest.mark.parametrize("shape", [(1, 3, 48, 50), (1, 1, 48, 48), (3, 48, 48), (1, 3, 0, 48)])
def test_bad_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(StereoError, match=r"multiples of 48|\(N, 3, H, W\)"):
        models.build("aanet")(torch.zeros(shape), torch.zeros(shape))


def test_a_configuration_can_be_changed() -> None:
    config = dataclasses.replace(aanet.VARIANTS["aanet"], max_disp=96)
    assert config.candidates == (32, 16, 8)
