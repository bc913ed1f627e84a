"""Uncalibrated rectification, measured with the true disparities of warped pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stereo
from stereo.datasets import synthetic
from stereo.geometry import rectify_uncalibrated
from stereo.geometry.homographies import centred, distortion, levelled, moved, upright
from stereo.io import read_image, read_pfm
from stereo.types import StereoError, StereoTypeError, StereoValueError

PAIR = synthetic.render(160, 120, max_disp=16)
ROOM = synthetic.render(300, 225, max_disp=30, seed=2)
# Folder, images, truth and what its values are divided by.
PAIRS = [
    ("middeval3_Q/Motorcycle", "im0.png", "im1.png", "disp0GT.pfm", 1),
    ("middeval3_Q/Vintage", "im0.png", "im1.png", "disp0GT.pfm", 1),
    ("middlebury2003/cones", "im2.png", "im6.png", "disp2.png", 4),
    ("middlebury2001/venus", "im2.png", "im6.png", "disp2.png", 8),
    ("middlebury2006_third/Wood1", "view1.png", "view5.png", "disp1.png", 3),
    ("kitti_aer1515/000001", "image_2.png", "image_3.png", "disp.png", 256),
    ("eth3d/terrace", "im0.png", "im1.png", "disp0.pfm", 1),
]


def turned(rng: np.random.Generator, size: tuple[int, int], degrees: float) -> Any:
    """Return the homography of a camera that turns by up to so much about each axis."""
    width, height = size
    K = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    R = cv2.Rodrigues(np.radians(rng.uniform(-degrees, degrees, 3)))[0]
    return K @ R @ np.linalg.inv(K)


def warp(image: Any, H: Any) -> Any:
    return cv2.warpPerspective(image, H, image.shape[1::-1], flags=cv2.INTER_CUBIC)


def assert_good(found: Any, warps: Any, disparity: Any) -> None:
    """Check a rectification against the disparity of the pair before it was warped."""
    y, x = np.nonzero(np.isfinite(disparity))
    some = np.linspace(0, len(x) - 1, 3000).astype(int)
    x, y = x[some].astype(float), y[some].astype(float)
    d = disparity[y.astype(int), x.astype(int)]
    left = found.rectified_points(moved(np.stack([x, y], 1), warps[0]), "left")
    right = found.rectified_points(moved(np.stack([x - d, y], 1), warps[1]), "right")
    assert np.median(np.abs(left - right)[:, 1]) < 0.5
    new = left[:, 0] - right[:, 0]
    assert np.corrcoef(new, d)[0, 1] > 0.8  # near things still have the larger disparity
    assert ((new >= found.min_disp) & (new < found.max_disp)).mean() > 0.75
    for H in (found.H_left, found.H_right):
        assert upright(H, found.image_size)
    assert found.min_disp == 0
    assert found.vertical_median < 0.5
    assert found.distortion < 0.3


@pytest.mark.parametrize(("folder", "first", "second", "truth", "divisor"), PAIRS)
def test_warped_pairs_of_public_data(
    data_root: Path, folder: str, first: str, second: str, truth: str, divisor: int
) -> None:
    where = data_root / folder
    left, right = read_image(where / first), read_image(where / second)
    if truth.endswith(".pfm"):
        disparity = read_pfm(where / truth)
    else:
        stored = read_image(where / truth).astype(np.float64)
        disparity = np.where(stored == 0, np.nan, stored / divisor)
    rng = np.random.default_rng(len(folder))
    warps = [turned(rng, left.shape[1::-1], 3.0) for _ in range(2)]
    found = rectify_uncalibrated(warp(left, warps[0]), warp(right, warps[1]))
    assert_good(found, warps, disparity)


@pytest.mark.parametrize("method", ["quasi-euclidean", "hartley"])
@pytest.mark.parametrize("degrees", [0.0, 2.0, 8.0])
def test_both_methods_on_a_rendered_pair(method: Any, degrees: float) -> None:
    pair = ROOM
    rng = np.random.default_rng(int(degrees))
    warps = [turned(rng, (300, 225), degrees) for _ in range(2)]
    found = rectify_uncalibrated(
        warp(pair.left, warps[0]), warp(pair.right, warps[1]), method=method
    )
    assert found.method == method
    assert_good(found, warps, np.where(pair.occluded, np.nan, pair.disparity))


def test_the_better_one_is_taken() -> None:
    pair = PAIR
    found = rectify_uncalibrated(pair.left, pair.right)
    scores = [
        rectify_uncalibrated(pair.left, pair.right, method=method).score
        for method in ("quasi-euclidean", "hartley")
    ]
    assert found.score == min(scores)
    assert found.score == pytest.approx(found.vertical_median + 2 * found.distortion)


def test_the_result_can_be_matched() -> None:
    pair = synthetic.render(320, 240, max_disp=32, color=True)
    rng = np.random.default_rng(1)
    left, right = (warp(image, turned(rng, (320, 240), 3)) for image in (pair.left, pair.right))
    found = rectify_uncalibrated(left, right)
    rectified = found.apply(left, right)
    assert rectified[0].shape == left.shape
    assert rectified[0].dtype == left.dtype
    disparity = stereo.sgm(*rectified, min_disp=found.min_disp, max_disp=found.max_disp)
    assert np.isfinite(disparity).mean() > 0.6
    places = found.rectified_points(found.matches_left, "left").round().astype(int)
    expected = (
        found.rectified_points(found.matches_left, "left")
        - found.rectified_points(found.matches_right, "right")
    )[:, 0]
    inside = ((places >= 0) & (places < [320, 240])).all(axis=1)
    values = disparity[places[inside, 1], places[inside, 0]]
    assert np.nanmedian(np.abs(values - expected[inside])) < 0.5


def test_the_same_images_give_the_same_result() -> None:
    first, second = (rectify_uncalibrated(PAIR.left, PAIR.right) for _ in range(2))
    assert np.array_equal(first.H_left, second.H_left)
    assert np.array_equal(first.H_right, second.H_right)


@given(
    angles=st.tuples(*[st.floats(-0.1, 0.1)] * 3),
    shear=st.floats(-0.3, 0.3),
    flip=st.booleans(),
)
@settings(max_examples=30)
def test_levelling_keeps_rows_together_and_puts_upright(
    angles: Any, shear: float, flip: bool
) -> None:
    size = (200, 100)
    K = np.array([[200, 0, 99.5], [0, 200, 49.5], [0, 0, 1.0]])
    H = K @ cv2.Rodrigues(np.array(angles))[0] @ np.linalg.inv(K)
    bent = np.array([[1, shear, 3], [0, 1, 0], [0, 0, 1]]) @ H
    if flip:
        H, bent = np.diag([-1, -1, 1.0]) @ H, np.diag([-1, -1, 1.0]) @ bent
    left, right = centred(*levelled(H, bent, size), size)
    points = np.array([[0, 0], [199, 99], [50, 80.0]])
    assert np.allclose(moved(points, left)[:, 1], moved(points, right)[:, 1])
    assert upright(left, size)
    assert upright(right, size)
    assert distortion(right, size) < distortion(bent, size) + 0.02


def test_distortion_is_a_stretch() -> None:
    rotation = np.array([[0.8, -0.6, 5], [0.6, 0.8, 7], [0, 0, 1]])
    assert distortion(rotation, (100, 80)) == pytest.approx(0, abs=1e-12)
    assert distortion(np.diag([1.1, 1.1, 1]), (100, 80)) == pytest.approx(np.log(1.1))
    assert not upright(np.diag([-1, -1, 1.0]), (100, 80))
    assert not upright(np.diag([-1, 1, 1.0]), (100, 80))
    assert not upright(np.array([[1, 0, 0], [0, 1, 0], [0.02, 0, -1.0]]), (100, 80))


BLANK = np.full((120, 160), 100, np.uint8)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: rectify_uncalibrated(BLANK, BLANK), StereoValueError, "share 0 features"),
        (
            lambda: rectify_uncalibrated(
                PAIR.left, np.random.default_rng(0).integers(0, 255, (120, 160), np.uint8)
            ),
            StereoValueError,
            "fewer than 15 agree",
        ),
        (lambda: rectify_uncalibrated(BLANK[:2, :2], BLANK[:2, :2]), StereoValueError, "features"),
        (
            lambda: rectify_uncalibrated(PAIR.left, PAIR.right[:, 1:]),
            StereoValueError,
            "left is 160 x 120 px and right 159 x 120",
        ),
        (
            lambda: rectify_uncalibrated(PAIR.left, PAIR.right, method="loop"),
            StereoValueError,
            "method = 'loop'",
        ),
        (lambda: rectify_uncalibrated(PAIR.left > 1, PAIR.right), StereoTypeError, "bool"),
        (
            lambda: rectify_uncalibrated(PAIR.left, PAIR.right).apply(BLANK[:5], BLANK),
            StereoValueError,
            "the left image is 160 x 5 px",
        ),
        (
            lambda: rectify_uncalibrated(PAIR.left, PAIR.right).rectified_points([1], "left"),
            StereoValueError,
            "expected (n, 2)",
        ),
    ],
)
def test_bad_input_is_named(make: Any, error: type[StereoError], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)
