"""Networks as their users call them: images in, disparity out, and all that can go wrong."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import optional
from hypothesis import given
from hypothesis import strategies as st

import stereo
from stereo import models
from stereo.models.bands import bands, checked_band
from stereo.models.images import as_rgb
from stereo.models.network import Network
from stereo.types import StereoError, StereoTypeError, StereoValueError

torch = optional("torch", "torch")

NARROW: dict[str, Any] = {
    "encoder_channels": (6, 8, 10),
    "hidden_channels": 8,
    "feature_channels": 12,
    "iterations": 2,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of a narrow RAFT-Stereo whose random disparities are mostly in the image."""
    torch.manual_seed(2)
    module = models.build("raft-stereo", **NARROW)
    with torch.no_grad():
        module.update_block.flow_head.conv2.bias -= 1.0
    path = tmp_path_factory.mktemp("weights") / "narrow.pth"
    torch.save({f"module.{key}": value for key, value in module.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def network(weights: Path) -> Network:
    return models.load("raft-stereo", weights, **NARROW)


@pytest.fixture(scope="module")
def images() -> tuple[Any, Any]:
    left, right = np.random.default_rng(0).integers(0, 256, (2, 45, 70, 3)).astype(np.uint8)
    return left, right


def test_gives_pixels_of_the_images_size(network: Network, images: tuple[Any, Any]) -> None:
    disparity = network(*images)
    assert (disparity.shape, disparity.dtype) == ((45, 70), np.float32)
    assert disparity.flags.owndata
    valid = np.isfinite(disparity)
    assert 0.5 < valid.mean() < 1
    assert disparity[valid].min() >= 0
    assert (disparity <= np.arange(70))[valid].all()


def test_the_whole_flow_is_kept_but_for_the_bounds(
    network: Network, weights: Path, images: tuple[Any, Any]
) -> None:
    """The module by itself, on padded images, gives the same numbers."""
    module = models.build("raft-stereo", **NARROW).eval()
    module.load_state_dict({k[7:]: v for k, v in torch.load(weights).items()})
    left, right = (
        torch.from_numpy(np.pad(image, ((9, 10), (13, 13), (0, 0)), "edge")).permute(2, 0, 1)
        for image in images
    )
    with torch.inference_mode():
        flow = module(left[None].float(), right[None].float())[1]
    expected = -flow[0, 0, 9:-10, 13:-13].numpy()
    disparity = network(*images)
    valid = np.isfinite(disparity)
    np.testing.assert_allclose(disparity[valid], expected[valid], atol=1e-4)
    outside = (expected < -1e-4) | (expected > np.arange(70) + 1e-4)
    assert not valid[outside].any()
    assert (valid | (expected < 1e-4) | (expected > np.arange(70) - 1e-4)).all()


def test_max_disp_bounds_the_result(network: Network, images: tuple[Any, Any]) -> None:
    free, bound = network(*images), network(*images, max_disp=2)
    kept = free < 2
    np.testing.assert_array_equal(bound, np.where(kept, free, np.nan))
    assert kept.sum() < np.isfinite(free).sum()


@pytest.mark.parametrize("kind", ["uint16", "float32", "float64", "alpha", "strided"])
def test_the_same_image_of_another_type(
    network: Network, images: tuple[Any, Any], kind: str
) -> None:
    convert = {
        "uint16": lambda a: a.astype(np.uint16) * 257,
        "float32": lambda a: a.astype(np.float32) / 255,
        "float64": lambda a: a / 255,
        "alpha": lambda a: np.dstack([a, np.full(a.shape[:2], 9, np.uint8)]),
        "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    }[kind]
    expected = network(*images)
    np.testing.assert_allclose(network(*map(convert, images)), expected, atol=1e-3)


def test_gray_is_colour_without_colour(network: Network, images: tuple[Any, Any]) -> None:
    gray = [image[..., 0] for image in images]
    colour = [np.repeat(image[..., None], 3, axis=2) for image in gray]
    np.testing.assert_array_equal(network(*gray), network(*colour))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 2), (32, 32)])
def test_any_size(network: Network, shape: tuple[int, int]) -> None:
    image = np.full(shape, 90, np.uint8)
    assert network(image, image).shape == shape


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_reduced_precision_is_near(
    network: Network, weights: Path, images: tuple[Any, Any], precision: str
) -> None:
    small = [image[:32, :64] for image in images]
    exact = network(*small)
    near = models.load("raft-stereo", weights, precision=precision, **NARROW)(*small)
    assert near.dtype == np.float32
    both = np.isfinite(exact) & np.isfinite(near)
    assert both.mean() > 0.3
    difference = np.abs(exact - near)[both].mean()
    assert 0 < difference < 0.3


def test_pickles(network: Network, images: tuple[Any, Any]) -> None:
    copy = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(copy(*images), network(*images))


def test_bands_of_the_whole_height_change_nothing(
    network: Network, weights: Path, images: tuple[Any, Any]
) -> None:
    banded = models.load("raft-stereo", weights, band_height=64, overlap=0, **NARROW)
    np.testing.assert_array_equal(banded(*images), network(*images))


class _Local:
    """A stand-in for a network that sees 3 rows up and down, and any distance to the left."""

    multiple, max_disp, published_in_half = 4, None, False

    def to(self, device: Any) -> _Local:
        return self

    def eval(self) -> _Local:
        return self

    def padding(self, height: int, width: int) -> tuple[int, int, int, int]:
        return 0, 0, 0, -height % 4

    def prepare(self, image: Any) -> Any:
        return torch.nn.functional.pad(image, self.padding(*image.shape[2:]))

    def disparity(self, left: Any, right: Any) -> Any:
        seen = torch.nn.functional.max_pool2d(left.mean(dim=1), (7, 1), 1, (3, 0))
        return seen * right.mean(dim=1).amax(dim=2, keepdim=True)


@pytest.mark.parametrize("height", [8, 13, 16, 17, 63])
def test_bands_are_the_whole_where_the_overlap_is_enough(height: int) -> None:
    from stereo.models.torch_network import TorchNetwork

    left, right = np.random.default_rng(0).random((2, height, 9))
    whole = TorchNetwork("local", _Local())
    banded = TorchNetwork("local", _Local(), band_height=16, overlap=4)
    expected = whole(left, right)
    assert np.isfinite(expected).any()
    np.testing.assert_array_equal(banded(left, right), expected)


@given(height=st.integers(1, 300), overlap=st.integers(0, 20), more=st.integers(1, 40))
def test_bands_cover_each_row_once(height: int, overlap: int, more: int) -> None:
    found = bands(height, 2 * overlap + more, overlap)
    assert [band.first for band in found] == [0, *(band.stop for band in found[:-1])]
    assert found[-1].stop == height
    for band in found:
        assert 0 <= band.top <= band.first < band.stop <= band.bottom <= height
        assert band.bottom - band.top <= 2 * overlap + more
        assert band.top == 0 or band.first - band.top >= overlap
        assert band.bottom == height or band.bottom - band.stop >= overlap


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((100, None, 32), "multiple of 32"),
        ((128, 30, 32), "multiple of 32"),
        ((128, 64, 32), "more than twice"),
        ((None, 32, 32), "of no use"),
        ((0, None, 32), "band_height"),
        ((64.0, None, 32), "integer"),
        ((64, -32, 32), "overlap"),
    ],
)
def test_bad_bands(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        checked_band(*arguments)


@pytest.mark.parametrize(
    ("left", "right", "kind", "said"),
    [
        (np.zeros((4, 5), np.uint8), np.zeros((4, 6), np.uint8), StereoValueError, "one shape"),
        (np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint16), StereoTypeError, "uint16"),
        (np.zeros((4, 5), np.int32), np.zeros((4, 5), np.int32), StereoTypeError, "int32"),
        (np.full((4, 5), np.nan), np.zeros((4, 5)), StereoValueError, "NaN"),
        (np.full((4, 5), 200.0), np.zeros((4, 5)), StereoValueError, "between 0 and 1"),
        (np.full((4, 5), -0.5), np.zeros((4, 5)), StereoValueError, "between 0 and 1"),
        (np.zeros((0, 5)), np.zeros((0, 5)), StereoValueError, "empty"),
        ("left.png", "right.png", StereoTypeError, "read it first"),
    ],
)
def test_bad_images(network: Network, left: Any, right: Any, kind: Any, said: str) -> None:
    with pytest.raises(kind, match=said):
        network(left, right)


@pytest.mark.parametrize("max_disp", [0, -1, 2.5, "many", True])
def test_bad_ranges(network: Network, images: tuple[Any, Any], max_disp: Any) -> None:
    with pytest.raises(StereoError, match="max_disp"):
        network(*images, max_disp=max_disp)


def test_a_range_beyond_the_architecture(tmp_path: Path, images: tuple[Any, Any]) -> None:
    options: dict[str, Any] = {"max_disp": 24, "fusions": 1, "deformable_fusions": 0}
    path = tmp_path / "aanet.pth"
    torch.save(models.build("aanet", **options).state_dict(), path)
    network = models.load("aanet", path, **options)
    assert network.max_disp == 24
    with pytest.raises(StereoValueError, match="ends at 24"):
        network(*images, max_disp=25)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"device": "tpu9"}, "device"),
        ({"device": "cuda:99"}, "can't be used here"),
        ({"device": "meta"}, "can't be used here"),
        ({"device": 0}, "string"),
        ({"precision": "int8"}, "precision"),
        ({"band_height": 33}, "multiple of 32"),
        ({"variant": "tiny"}, "variant"),
        ({"widths": 3}, "no option 'widths'"),
    ],
)
def test_bad_options(weights: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        models.load("raft-stereo", weights, **{**NARROW, **options})


@pytest.mark.parametrize("call", [models.build, lambda name: models.load(name, "some.pth")])
def test_unknown_names(call: Any) -> None:
    with pytest.raises(StereoError, match="raft-stereo"):
        call("psmnet")


def test_memory_errors_say_what_to_do(network: Network, images: Any, monkeypatch: Any) -> None:
    def fail(*arguments: Any) -> Any:
        raise RuntimeError("not enough memory: you tried to allocate much")

    monkeypatch.setattr(network, "_in_bands", fail)
    with pytest.raises(StereoError, match="band_height"):
        network(*images)


def test_scaling() -> None:
    top = np.array([[0, 65535]], np.uint16)
    np.testing.assert_array_equal(as_rgb(top, "left"), np.array([[[0, 1]]] * 3, np.float32))


def test_nothing_heavy_is_imported_with_the_library() -> None:
    code = (
        "import sys, stereo; stereo.models.names(); "
        "heavy = {'torch', 'onnx', 'onnxruntime', 'transformers', 'safetensors'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for call in (
        lambda: models.build("aanet"),
        lambda: stereo.models.load("raft-stereo", weights),
    ):
        with pytest.raises(StereoError, match=r"stereo-depth\[torch\]"):
            call()
