"""The check of a pair: each fault is found, with its size, and good pairs have none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from stereo.datasets import synthetic
from stereo.geometry import check_rectification
from stereo.io import read_image
from stereo.types import StereoError, StereoTypeError, StereoValueError

PAIR = synthetic.render(320, 240, max_disp=32)


def shifted(image: Any, H: Any) -> Any:
    return cv2.warpPerspective(image, np.array(H, float), image.shape[1::-1], flags=cv2.INTER_CUBIC)


def roll(degrees: float) -> Any:
    return np.vstack([cv2.getRotationMatrix2D((159.5, 119.5), degrees, 1.0), [0, 0, 1]])


def test_a_good_pair_has_no_problem() -> None:
    found = check_rectification(PAIR.left, PAIR.right)
    assert found.measured
    assert found.matches > 100
    assert found.vertical_rms < 0.5
    assert found.vertical_median < 0.2
    assert abs(found.vertical_shift) < 0.1
    assert found.residual_rms < 0.5
    assert 0 <= found.min_disparity < found.max_disparity < 32
    assert not found.swapped
    assert not found.rotated
    assert found.problems() == []


@pytest.mark.parametrize("offset", [-7.0, -2.5, 1.5, 11.0])
def test_a_vertical_offset_is_measured(offset: float) -> None:
    right = shifted(PAIR.right, [[1, 0, 0], [0, 1, offset], [0, 0, 1]])
    found = check_rectification(PAIR.left, right)
    assert found.vertical_shift == pytest.approx(-offset, abs=0.15)
    assert found.vertical_median == pytest.approx(abs(offset), abs=0.15)
    assert found.vertical_rms == pytest.approx(abs(offset), abs=0.3)
    assert found.problems() == [
        f"matching points are {found.vertical_median:.1f} px apart vertically (median of "
        f"{found.matches}; RMS {found.vertical_rms:.1f} px): the pair is not rectified"
    ]


@pytest.mark.parametrize("degrees", [-2.0, 1.0])
def test_a_roll_is_measured(degrees: float) -> None:
    found = check_rectification(PAIR.left, shifted(PAIR.right, roll(degrees)))
    # Counter-clockwise by so much: what is on the right goes up, y shrinks.
    assert math.degrees(math.atan(found.slope_x)) == pytest.approx(degrees, abs=0.15)
    assert any("rolled by about" in problem for problem in found.problems())


def test_another_scale_is_measured() -> None:
    right = shifted(PAIR.right, [[1, 0, 0], [0, 1.02, -0.02 * 119.5], [0, 0, 1]])
    found = check_rectification(PAIR.left, right)
    assert found.slope_y == pytest.approx(-0.02, abs=0.002)
    assert any("differ in scale by about" in problem for problem in found.problems())


def test_swapped_images_are_found() -> None:
    found = check_rectification(PAIR.right, PAIR.left)
    assert found.swapped
    assert not found.rotated
    assert "left and right look swapped" in found.problems()[0]
    both_turned = check_rectification(PAIR.left[::-1, ::-1], PAIR.right[::-1, ::-1])
    assert both_turned.swapped
    assert "both images upside down" in both_turned.problems()[0]


def test_one_image_upside_down_is_found() -> None:
    found = check_rectification(PAIR.left, PAIR.right[::-1, ::-1])
    assert found.rotated
    assert not found.swapped
    assert found.problems() == ["one image is turned by 180 degrees against the other"]


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_dtype_and_colour_do_not_matter(dtype: str) -> None:
    pair = synthetic.render(200, 150, max_disp=20, color=True, dtype=dtype)
    found = check_rectification(pair.left, pair.right)
    assert found.vertical_median < 0.3
    mixed = check_rectification(pair.left, pair.right[..., 0])
    assert mixed.vertical_median < 0.3


def test_too_few_features_are_reported_not_raised() -> None:
    blank = np.full((60, 80), 9, np.uint8)
    for images in ((blank, blank), (blank[:1, :1], blank[:1, :1]), (PAIR.left, PAIR.right * 0)):
        found = check_rectification(*images)
        assert not found.measured
        assert math.isnan(found.vertical_rms)
        assert math.isnan(found.vertical_median)
        assert not found.swapped
        assert found.matches < 15
        assert "can't be told" in found.problems()[0]


@pytest.mark.parametrize(
    ("folder", "first", "second"),
    [
        ("middeval3_Q/Teddy", "im0.png", "im1.png"),
        ("kitti_aer1515/000008", "image_2.png", "image_3.png"),
        ("kitti2012/000000_10", "image_0.png", "image_1.png"),
        ("eth3d/terrace", "im0.png", "im1.png"),
    ],
)
def test_public_pairs_have_no_problem(
    data_root: Path, folder: str, first: str, second: str
) -> None:
    left, right = (read_image(data_root / folder / name) for name in (first, second))
    found = check_rectification(left, right)
    assert found.problems() == []
    assert found.vertical_median < 0.5
    assert found.vertical_rms < 1


def test_a_raw_pair_is_not_rectified(data_root: Path) -> None:
    folder = data_root / "calibration/opencv_chessboard"
    found = check_rectification(read_image(folder / "left.jpg"), read_image(folder / "right.jpg"))
    assert found.problems()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: check_rectification(PAIR.left, PAIR.right[1:]),
            StereoValueError,
            "left is 320 x 240 px and right 320 x 239 px",
        ),
        (lambda: check_rectification(PAIR.left > 0, PAIR.right), StereoTypeError, "left image is"),
        (lambda: check_rectification(PAIR.left, [1, 2]), StereoValueError, "the right image has"),
    ],
)
def test_bad_input_is_named(make: Any, error: type[StereoError], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)
