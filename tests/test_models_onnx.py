"""Networks as ONNX files: the same numbers without PyTorch, and what is refused."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import optional

from stereo import models
from stereo.models.network import Network
from stereo.types import StereoError, StereoFileError, StereoValueError

torch = optional("torch", "torch")
for package in ("onnx", "onnxscript", "onnxruntime"):
    optional(package, "onnx")

NARROW: dict[str, Any] = {
    "encoder_channels": (4, 4, 4),
    "hidden_channels": 4,
    "feature_channels": 4,
    "iterations": 2,
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    torch.manual_seed(0)
    module = models.build("raft-stereo", "realtime", **NARROW)
    path = tmp_path_factory.mktemp("weights") / "narrow.pth"
    torch.save(module.state_dict(), path)
    return models.load("raft-stereo", path, **NARROW)


@pytest.fixture(scope="module")
def exported(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    network.export_onnx(path, size=(30, 50))
    assert [one.name for one in path.parent.iterdir()] == ["network.onnx"]
    return path


def test_equals_pytorch(network: Network, exported: Path) -> None:
    left, right = np.random.default_rng(0).random((2, 30, 50, 3))
    images = [np.moveaxis(image, 2, 0).astype(np.float32) for image in (left, right)]
    other: Any = models.load("onnx", exported)
    assert (other.name, other.max_disp, other.size) == ("raft-stereo", None, (30, 50))
    expected = network._infer(*images)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(other._infer(*images), expected, atol=1e-3)
    found = other(left, right, max_disp=20)
    assert found.shape == (30, 50)
    assert np.mean(np.isnan(found) == np.isnan(network(left, right, max_disp=20))) > 0.99
    copy = pickle.loads(pickle.dumps(other))
    np.testing.assert_array_equal(copy(left, right, max_disp=20), found)


def test_images_of_another_size(exported: Path) -> None:
    image = np.zeros((50, 30), np.uint8)
    with pytest.raises(StereoValueError, match="exported for 30x50"):
        models.load("onnx", exported)(image, image)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variant": "realtime"}, "variant"),
        ({"band_height": 64}, "band_height"),
        ({"iterations": 3}, "iterations"),
        ({"precision": "float16"}, "float32"),
        ({"precision": "half"}, "precision"),
        ({"device": "cuda:1"}, "device"),
        ({"device": "cuda"}, "CUDAExecutionProvider"),
    ],
)
def test_options_of_modules_are_refused(exported: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        models.load("onnx", exported, **options)


def test_other_files_are_refused(tmp_path: Path, network: Network, exported: Path) -> None:
    import onnx

    with pytest.raises(StereoFileError, match="no weights file"):
        models.load("onnx", tmp_path / "none.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(StereoFileError, match=r"can't load .*broken\.onnx"):
        models.load("onnx", broken)
    foreign = onnx.load(exported)
    del foreign.metadata_props[:]
    broken.write_bytes(foreign.SerializeToString())
    with pytest.raises(StereoFileError, match="export_onnx"):
        models.load("onnx", broken)
    with pytest.raises(StereoError, match="once more"):
        models.load("onnx", exported).export_onnx(tmp_path / "again.onnx", (30, 50))


@pytest.mark.parametrize("size", [(0, 5), (5,), 5, (5.0, 5), (1 << 16, 1 << 16), None])
def test_bad_sizes(network: Network, tmp_path: Path, size: Any) -> None:
    with pytest.raises(StereoError, match="size"):
        network.export_onnx(tmp_path / "some.onnx", size)
    assert not list(tmp_path.iterdir())


def test_aanet_says_that_it_can_not(tmp_path: Path) -> None:
    options: dict[str, Any] = {"max_disp": 24, "fusions": 1, "deformable_fusions": 0}
    torch.save(models.build("aanet", **options).state_dict(), tmp_path / "some.pth")
    network = models.load("aanet", tmp_path / "some.pth", **options)
    with pytest.raises(StereoError, match="RAFT-Stereo can"):
        network.export_onnx(tmp_path / "some.onnx", (48, 48))


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_without_onnx_the_extra_is_named(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StereoError, match=r"stereo-depth\[onnx\]"):
        network.export_onnx(tmp_path / "some.onnx", (32, 32))


def test_without_onnxruntime_the_extra_is_named(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(StereoError, match=r"stereo-depth\[onnx\]"):
        models.load("onnx", exported)
