"""MC-CNN as a matching cost: what it needs, and that it finds disparities."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import missing

import stereo
from stereo.datasets import synthetic
from stereo.learned import mccnn
from stereo.types import StereoError, StereoFileError, StereoValueError
from stereo.volume import CostVolume


@pytest.fixture(scope="module")
def network() -> Any:
    """Give the module where onnxruntime and the weights are installed."""
    try:
        importlib.import_module("onnxruntime")
        mccnn.find_weights()
    except (ImportError, StereoError) as error:
        missing("mccnn", str(error))
    return mccnn


def test_every_pixel_has_features_of_length_1(network: Any) -> None:
    pair = synthetic.render(60, 40, max_disp=12)
    found = network.features(pair.left, pair.right)
    assert found.left.shape == found.right.shape == (40, 60, 64)
    assert found.left.dtype == np.float32
    for side in (found.left, found.right):
        np.testing.assert_allclose(np.linalg.norm(side, axis=-1), 1, atol=1e-3)
    assert (found.metric, found.truncate, found.maximum) == ("cosine", 0.5, 60)


def test_finds_a_shift_by_itself(network: Any) -> None:
    pair = synthetic.shifted(96, 48, 7.0)
    volume = network.volume(pair.left, pair.right, -2, 16)
    assert volume.data.dtype == np.uint8
    assert (volume.shape, volume.min_disp, volume.maximum) == ((48, 96, 18), -2, 60)
    winners = volume.data[8:-8, 16:-8].argmin(axis=-1) - 2
    assert np.mean(winners == 7) > 0.97


def test_brightness_does_not_matter(network: Any) -> None:
    pair = synthetic.render(60, 40, max_disp=12)
    gray = pair.left.astype(np.float64)
    plain = network.features(gray, gray)
    bright = network.features(gray * 3 + 20, gray)
    np.testing.assert_allclose(plain.left, bright.left, atol=2e-2)
    np.testing.assert_array_equal(plain.left, plain.right)


def test_colour_is_made_gray(network: Any) -> None:
    gray = synthetic.render(60, 40, max_disp=12).left
    assert gray.ndim == 2
    colour = np.repeat(gray[..., None], 3, axis=2)
    found = network.features(colour, colour).left
    np.testing.assert_array_equal(found, network.features(gray, gray).left)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2), (12, 11)])
def test_small_and_flat_images(network: Any, shape: tuple[int, int]) -> None:
    image = np.full(shape, 7, np.uint8)
    volume = network.volume(image, image, 0, 3, threads=1)
    assert volume.shape == (*shape, 3)
    assert len(np.unique(volume.data[..., 0])) == 1


def test_is_added_to_a_base(network: Any) -> None:
    pair = synthetic.render(60, 40, max_disp=12)
    alone = network.volume(pair.left, pair.right, 0, 12)
    costs = np.random.default_rng(0).integers(0, 49, alone.shape).astype(np.uint8)
    costs[:, :12] = 5  # the same on both sides of where candidates begin
    base = CostVolume(costs, maximum=48, unit="bits")
    both = network.volume(pair.left, pair.right, 0, 12, base=base)
    assert both.maximum == 108
    np.testing.assert_array_equal(both.data, alone.data + costs)


def test_a_real_pair(network: Any, data_root: Path) -> None:
    folder = data_root / "middeval3_Q" / "Adirondack"  # not among the scenes of its training
    if not folder.is_dir():
        missing("data", f"there is no folder {folder}")
    from stereo import io

    left, right = (io.read_image(folder / f"im{k}.png") for k in (0, 1))
    truth = io.read_disparity(folder / "disp0GT.pfm")
    volume = network.volume(left, right, 0, 80)
    inside = np.arange(left.shape[1])[:, None] >= np.arange(80)
    winners = np.where(inside, volume.data, 255).argmin(axis=-1)
    known = np.isfinite(truth)
    assert np.mean(np.abs(winners - truth)[known] > 2) < 0.18  # occluded pixels are counted


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (np.zeros((4, 5), np.uint8), np.zeros((4, 6), np.uint8), "one shape"),
        (np.full((4, 5), np.nan), np.zeros((4, 5)), "NaN"),
        (np.zeros((4, 5), np.int32), np.zeros((4, 5), np.int32), "int32"),
    ],
)
def test_bad_images(left: Any, right: Any, said: str) -> None:
    with pytest.raises(StereoError, match=said):
        mccnn.features(left, right)


def test_bad_weights(network: Any, tmp_path: Path) -> None:
    image = np.zeros((4, 5), np.uint8)
    with pytest.raises(StereoFileError, match="no weights file"):
        network.features(image, image, weights=tmp_path / "none.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(StereoFileError, match=r"can't load .*broken\.onnx"):
        network.features(image, image, weights=broken)
    with pytest.raises(StereoValueError, match="threads"):
        network.features(image, image, threads=0)


def test_missing_weights_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    image = np.zeros((4, 5), np.uint8)
    with pytest.raises(StereoError, match=r"stereo-depth\[mccnn\].*--no-deps mccnn"):
        mccnn.volume(image, image, 0, 3)


def test_missing_runtime_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # an import of it fails
    weights = tmp_path / "some.onnx"
    weights.write_bytes(b"never read")
    image = np.zeros((4, 5), np.uint8)
    with pytest.raises(StereoError, match=r"onnxruntime.*stereo-depth\[mccnn\]"):
        mccnn.features(image, image, weights=weights)


@pytest.mark.parametrize("options", [{"preset": "learned"}, {"cost": "mccnn"}])
def test_matches_by_name(network: Any, options: dict[str, Any]) -> None:
    pair = synthetic.render(120, 90, max_disp=24, seed=3)
    disparity = stereo.sgm(pair.left, pair.right, 24, **options)
    error = np.abs(disparity - pair.disparity)[~pair.occluded]
    valid = np.isfinite(error)
    assert valid.mean() > 0.8
    assert (error[valid] <= 1).mean() > 0.85


def test_without_onnxruntime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    mccnn._session.cache_clear()
    image = np.zeros((12, 12), np.uint8)
    with pytest.raises(StereoError, match="mccnn"):
        stereo.sgm(image, image, 4, preset="learned")


def test_the_package_is_not_imported(network: Any) -> None:
    image = np.zeros((12, 12), np.uint8)
    network.features(image, image)
    assert "mc_cnn" not in sys.modules


def test_an_incomplete_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "mc_cnn"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StereoError, match=r"version 1\.4\.1"):
        mccnn.find_weights()
    (package / "weights").mkdir()
    weights = package / "weights" / "mc_cnn_fast_int8_excl_01.onnx"
    weights.write_bytes(b"")
    assert mccnn.find_weights() == weights
