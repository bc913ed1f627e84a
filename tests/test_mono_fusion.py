"""Fusion of stereo and a monocular prior: what is kept, what is filled, and how well."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stereo import mono
from stereo.datasets import synthetic
from stereo.mono import MonoDepth
from stereo.mono.windows import window_sums
from stereo.types import StereoError

HEIGHT, WIDTH = 60, 80


def truth() -> np.ndarray[Any, Any]:
    """Return disparities, px: a slanted plane with a box in front of it."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    found = 10 + 0.1 * y + 0.05 * x
    found[15:45, 25:50] = 30
    return found.astype(np.float32)


def prior(scale: float = 0.02, shift: float = 1.0) -> MonoDepth:
    """Return the truth up to a line."""
    return MonoDepth(scale * truth() + shift, is_metric=False, is_inverse=True)


def holes() -> np.ndarray[Any, Any]:
    """Return where stereo is blind: left of the box, inside it, and in a corner."""
    found = np.zeros((HEIGHT, WIDTH), bool)
    found[15:45, 15:25] = found[25:35, 30:45] = found[50:, :20] = True
    return found


def seen() -> np.ndarray[Any, Any]:
    """Return the truth with holes."""
    return np.where(holes(), np.float32(np.nan), truth())


@given(radius=st.integers(0, 12), height=st.integers(1, 9), width=st.integers(1, 9))
def test_window_sums(radius: int, height: int, width: int) -> None:
    values = np.random.default_rng(radius).normal(size=(height, width))
    expected = [
        [
            values[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1].sum()
            for x in range(width)
        ]
        for y in range(height)
    ]
    np.testing.assert_allclose(window_sums(values, radius), expected, atol=1e-12)


@pytest.mark.parametrize("inverse", [True, False])
@pytest.mark.parametrize("metric", [True, False])
def test_holes_take_the_aligned_prior(metric: bool, inverse: bool) -> None:
    values = prior().values if inverse else 1 / truth()
    fused = mono.fuse(seen(), MonoDepth(values, is_metric=metric, is_inverse=inverse))
    assert fused.dtype == np.float32
    np.testing.assert_allclose(fused, truth(), atol=0.02)


@settings(max_examples=25)
@given(
    confidence=hnp.arrays(np.float32, (HEIGHT, WIDTH), elements=st.floats(0, 1, width=32)),
    least=st.floats(0.01, 0.9),
    noise=st.integers(0, 100),
)
def test_confident_pixels_are_never_touched(confidence: Any, least: float, noise: int) -> None:
    confidence[:2, :2] = 1.0
    disparity = seen() + np.random.default_rng(noise).normal(0, 3, truth().shape).astype(np.float32)
    given_bits = disparity.copy()
    try:
        fused = mono.fuse(disparity, prior(), confidence=confidence, min_confidence=least)
    except StereoError:  # what is confident need not fit the prior
        fused = disparity
    sure = (confidence >= least) & ~np.isnan(disparity)
    np.testing.assert_array_equal(fused[sure].view(np.int32), given_bits[sure].view(np.int32))
    np.testing.assert_array_equal(disparity.view(np.int32), given_bits.view(np.int32))


def test_unsure_pixels_keep_a_share_of_their_own_only_where_they_agree() -> None:
    disparity, confidence = truth(), np.ones((HEIGHT, WIDTH), np.float32)
    confidence[20:30, 60:70] = 0.05
    disparity[20:30, 60:65] += 0.5
    disparity[20:30, 65:70] += 20
    fused = mono.fuse(disparity, prior(), confidence=confidence)
    error = fused - truth()
    near, far = error[20:30, 60:65], error[20:30, 65:70]
    assert (near > 0.1).all()
    assert (near < 0.4).all()
    assert np.abs(far).max() < 0.1


def test_a_low_frequency_warp_is_taken_out() -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    warp = 3 * np.sin(2 * np.pi * x / WIDTH) * np.cos(np.pi * y / HEIGHT)
    warped = MonoDepth(0.02 * (truth() + warp) + 1, is_metric=False, is_inverse=True)
    fused = mono.fuse(seen(), warped)
    error = np.abs(fused - truth())[holes()]
    assert error.mean() < 0.5 * np.abs(warp)[holes()].mean()


def test_a_rendered_pair_gains() -> None:
    pair = synthetic.render(160, 120, max_disp=32)
    disparity = np.where(pair.occluded, np.float32(np.nan), pair.disparity)
    prediction = MonoDepth(0.1 * pair.disparity + 5, is_metric=False, is_inverse=True)
    fused = mono.fuse(disparity, prediction, guide=pair.left)
    assert not np.isnan(fused).any()
    assert np.abs(fused - pair.disparity)[pair.occluded].mean() < 1.0


def test_no_prior_and_no_match_stays_unknown() -> None:
    values = 1 / truth()
    values[20, 20], values[0, 79] = -1, 0  # in a hole, and where stereo sees
    fused = mono.fuse(seen(), MonoDepth(values, is_metric=False, is_inverse=False))
    assert np.argwhere(np.isnan(fused)).tolist() == [[20, 20]]
    assert fused[0, 79] == truth()[0, 79]


def test_everything_or_one_row() -> None:
    np.testing.assert_array_equal(mono.fuse(truth(), prior()), truth())
    row = seen()[20:21]
    fused = mono.fuse(row, MonoDepth(prior().values[20:21], is_metric=False, is_inverse=True))
    np.testing.assert_allclose(fused, truth()[20:21], atol=0.05)


def test_no_network_is_needed() -> None:
    code = """
import sys
for name in ("torch", "transformers", "safetensors", "onnx", "onnxruntime"):
    sys.modules[name] = None  # importing it fails
import numpy as np
import stereo
true = np.add.outer(np.arange(20.0), np.arange(30.0)) + 5
prior = stereo.mono.MonoDepth(true / 9, is_metric=False, is_inverse=True)
assert stereo.mono.to_metric(prior, depth=1 / true).inlier_share == 1
assert np.array_equal(stereo.mono.fuse(true, prior), true.astype(np.float32))
try:
    stereo.mono.load(".")
except stereo.StereoError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch is needed" in done.stdout
    assert "pip install 'stereo-depth[torch]'" in done.stdout


BLIND = np.full((HEIGHT, WIDTH), np.nan, np.float32)
ONES = np.ones((HEIGHT, WIDTH))
FLAT = MonoDepth(ONES, is_metric=False, is_inverse=True)


@pytest.mark.parametrize(
    ("disparity", "prediction", "options", "kind", "said"),
    [
        (seen(), prior().values, {}, TypeError, "ndarray.*MonoDepth"),
        (seen()[1:], prior(), {}, ValueError, r"\(60, 80\).*\(59, 80\)"),
        (truth().astype(int), prior(), {}, TypeError, "int"),
        (BLIND, prior(), {}, ValueError, "0 pixels have a confident"),
        (seen(), prior(), {"min_confidence": 0.5}, ValueError, "no use without confidence"),
        (seen(), prior(), {"confidence": ONES, "min_confidence": -1}, ValueError, "min_conf"),
        (seen(), prior(), {"confidence": ONES[1:]}, ValueError, r"confidence has shape"),
        (seen(), prior(), {"confidence": 0 * ONES}, ValueError, "0 pixels have a confident"),
        (seen(), prior(), {"seed": 1.5}, TypeError, "seed"),
        (seen(), prior(), {"guide": ONES}, TypeError, "guide is float64"),
        (seen(), prior(-0.02, 9.0), {}, ValueError, "falls where the disparity rises"),
        (seen(), FLAT, {}, ValueError, "prediction is 1 wherever"),
    ],
)
def test_mistakes(
    disparity: Any, prediction: Any, options: dict[str, Any], kind: Any, said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        mono.fuse(disparity, prediction, **options)
    assert isinstance(caught.value, StereoError)
