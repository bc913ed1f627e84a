"""Rectification: points in common rows, depth as it is, and nothing turned or swapped unsaid."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest
from cameras import fisheye, ideal, looking_at, pinhole, raw_views, rigid, seen
from hypothesis import given, settings
from hypothesis import strategies as st

import stereo
from stereo.datasets import synthetic
from stereo.geometry import Calibration, Rectification, rectify
from stereo.types import StereoError, StereoTypeError, StereoValueError, StereoWarning

CAMERAS = {
    "usual": pinhole(),
    "straight": pinhole(distortion_left=[], distortion_right=[]),
    "rational": pinhole(
        distortion_left=[-0.2, 0.05, 0, 0, 0.01, 0.1, 0.02, 0.0],
        distortion_right=[-0.2, 0.05, 0, 0, 0.01, 0.1, 0.02, 0.0],
    ),
    "fisheye": fisheye(),
    "below": pinhole(translation=(0.002, -0.12, 0.003)),
    "above": pinhole(translation=(0.002, 0.12, 0.003)),
    "upside-down": pinhole(rotation=(0.01, 0.02, 3.12), translation=(0.12, 0.001, 0.0)),
    "converging": pinhole(rotation=(0, 0.4, 0.02), translation=(-0.5, 0.01, 0.1)),
}


def scene(count: int = 300, seed: int = 0) -> Any:
    """Return points in the left camera's frame, (n, 3), metres."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(1, 5, count)
    return np.stack([rng.uniform(-0.3, 0.3, count) * z, rng.uniform(-0.3, 0.3, count) * z, z], 1)


def images(rectification: Rectification, points: Any) -> tuple[Any, Any]:
    """Return where the rectified images show points, and their depths."""
    source = rectification.source
    pixels = [
        rectification.rectified_points(seen(points, source, side), side)
        for side in ("left", "right")
    ]
    return pixels, (points @ rectification.R_left.T)[:, 2]


def assert_rectified(rectification: Rectification, points: Any, rows: float = 1e-6) -> None:
    (left, right), depth = images(rectification, points)
    geometry = rectification.calibration
    good = np.isfinite(left).all(axis=1) & np.isfinite(right).all(axis=1) & (depth > 0.3)
    assert good.mean() > 0.5
    assert np.abs(left - right)[good, 1].max() < rows
    disparity = (left - right)[good, 0]
    found = geometry.focal_length * geometry.baseline / (disparity + geometry.doffs)
    assert np.abs(found / depth[good] - 1).max() < 1e-6


@lru_cache(maxsize=1)
def rectified() -> Any:
    return rectify(CAMERAS["usual"])


@pytest.mark.parametrize("name", CAMERAS)
@pytest.mark.parametrize("method", ["bouguet", "fusiello"])
@pytest.mark.parametrize("zero_doffs", [True, False])
def test_points_share_a_row_and_keep_their_depth(name: str, method: Any, zero_doffs: bool) -> None:
    rectification = rectify(CAMERAS[name], method=method, zero_doffs=zero_doffs)
    assert_rectified(rectification, scene())
    assert not rectification.swapped
    assert rectification.calibration.baseline == pytest.approx(CAMERAS[name].baseline)
    assert (rectification.calibration.doffs == 0) == zero_doffs


@given(
    rotation=st.tuples(*[st.floats(-0.15, 0.15)] * 3),
    direction=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
    alpha=st.floats(0, 1),
)
@settings(max_examples=15)
def test_any_pair_is_rectified(rotation: Any, direction: Any, alpha: float) -> None:
    cameras = pinhole(
        (160, 120), rotation=rotation, translation=(-0.1, *np.multiply(direction, 0.1))
    )
    rectification = rectify(cameras, alpha=alpha)
    assert_rectified(rectification, scene(100))
    assert rectification.turned == 0


@pytest.mark.parametrize("name", ["usual", "fisheye", "below", "rational"])
def test_maps_say_the_same_as_points(name: str) -> None:
    rectification = rectify(CAMERAS[name], alpha=0.3)
    height, width = rectification.maps_left[0].shape
    assert (width, height) == rectification.image_size
    for side in ("left", "right"):
        x, y = getattr(rectification, f"maps_{side}")
        rows, columns = np.nonzero(getattr(rectification, f"valid_{side}"))
        some = np.linspace(0, len(rows) - 1, 200).astype(int)
        rows, columns = rows[some], columns[some]
        raw = np.stack([x[rows, columns], y[rows, columns]], axis=1)
        back = rectification.rectified_points(raw, side)
        assert np.abs(back - np.stack([columns, rows], axis=1)).max() < 0.02


@pytest.mark.parametrize("name", ["usual", "straight", "fisheye", "below", "upside-down"])
def test_alpha_0_fills_both_images(name: str) -> None:
    rectification = rectify(CAMERAS[name], alpha=0)
    width, height = rectification.image_size
    assert rectification.valid_left.all()
    assert rectification.valid_right.all()
    assert rectification.roi_left == rectification.roi_right == (0, 0, width, height)
    # And there is no larger view: some border is at the border of a raw image.
    nearest = min(
        float(edge.min())
        for x, y in (rectification.maps_left, rectification.maps_right)
        for edge in (x, y, 639 - x, 479 - y)
    )
    assert nearest < 1


def test_alpha_1_shows_all_of_both_images() -> None:
    cameras = CAMERAS["usual"]
    rectification = rectify(cameras, alpha=1)
    s = np.linspace(0, 1, 30)
    border = np.concatenate([np.stack([639 * s, k * 479 + 0 * s], 1) for k in (0, 1)])
    border = np.concatenate([border, *[np.stack([k * 639 + 0 * s, 479 * s], 1) for k in (0, 1)]])
    for side in ("left", "right"):
        points = rectification.rectified_points(border, side)
        assert (points > -0.1).all()
        assert (points < [639.1, 479.1]).all()
    assert 0.5 < rectification.valid_left.mean() < 0.95
    for side in ("left", "right"):
        x, y, width, height = getattr(rectification, f"roi_{side}")
        assert getattr(rectification, f"valid_{side}")[y : y + height, x : x + width].all()
        assert width * height > 0.5 * rectification.valid_left.sum()


def test_a_smaller_alpha_zooms_in() -> None:
    for cameras in (CAMERAS["usual"], CAMERAS["fisheye"]):
        focal = [rectify(cameras, alpha=a).calibration.focal_length for a in (0, 0.3, 0.6, 0.9)]
        assert focal == sorted(focal, reverse=True)


def test_size_and_focal_length_can_be_chosen() -> None:
    rectification = rectify(CAMERAS["usual"], image_size=(300, 500), focal_length=400)
    assert rectification.image_size == rectification.calibration.image_size == (300, 500)
    assert rectification.calibration.focal_length == 400
    left, _ = rectification.apply(np.zeros((480, 640), np.uint8), np.zeros((480, 640), np.uint8))
    assert left.shape == (500, 300)
    assert_rectified(rectification, scene())


def test_bouguet_is_opencvs() -> None:
    cameras = CAMERAS["usual"]
    expected = cv2.stereoRectify(
        cameras.K_left,
        cameras.distortion_left,
        cameras.K_right,
        cameras.distortion_right,
        (640, 480),
        cameras.R,
        cameras.t.reshape(3, 1),
    )
    rectification = rectify(cameras)
    assert np.abs(rectification.R_left - expected[0]).max() < 1e-6
    assert np.abs(rectification.R_right - expected[1]).max() < 1e-6


def test_fusiello_keeps_the_left_axis() -> None:
    cameras = CAMERAS["converging"]
    tilts = [np.arccos(rectify(cameras, method=m).R_left[2, 2]) for m in ("fusiello", "bouguet")]
    assert tilts[0] < tilts[1]


def test_a_rectified_pair_stays_as_it_is() -> None:
    K = [[500, 0, 319.5], [0, 500, 239.5], [0, 0, 1]]
    cameras = Calibration(K, K, [], [], rigid(np.eye(3), (-0.1, 0, 0)), (640, 480))
    rectification = rectify(cameras)
    assert rectification.calibration.focal_length == pytest.approx(500, abs=1e-3)
    image = np.random.default_rng(0).integers(0, 255, (480, 640), np.uint8)
    left, right = rectification.apply(image, image)
    assert np.array_equal(left, image)
    assert np.array_equal(right, image)


@pytest.mark.parametrize(("name", "turned"), [("below", -90), ("above", 90)])
def test_cameras_above_each_other_are_laid_side_by_side(name: str, turned: int) -> None:
    rectification = rectify(CAMERAS[name])
    assert rectification.turned == turned
    assert rectification.image_size == (480, 640)
    (left, right), _ = images(rectification, scene())
    assert (left[:, 0] > right[:, 0]).all()
    # Clockwise is positive: what was above the middle is right of it after a turn by 90.
    up = rectification.rectified_points([[320, 100]], "left")[0] - [239.5, 319.5]
    assert np.sign(up[0]) == np.sign(turned)
    assert abs(up[0]) > 3 * abs(up[1])


def test_swapped_cameras_are_exchanged_and_said_so() -> None:
    cameras = CAMERAS["usual"]
    expected = rectify(cameras, alpha=0.2)
    with pytest.warns(StereoWarning, match="left and right are swapped, and are exchanged here"):
        found = rectify(cameras.swapped(), alpha=0.2)
    assert found.swapped
    for name in ("focal_length", "cx_left", "cy_right", "baseline"):
        value = getattr(expected.calibration, name)
        assert getattr(found.calibration, name) == pytest.approx(value, abs=0.05)
    left, right = (np.full((480, 640), value, np.uint8) for value in (50, 200))
    first, second = found.apply(right, left)  # in the order of the swapped calibration
    assert first.max() == 50
    assert second.max() == 200


def test_black_is_not_mixed_into_the_border() -> None:
    rectification = rectify(CAMERAS["usual"], alpha=1)
    white = np.full((480, 640), 255, np.uint8)
    for image, valid in zip(
        rectification.apply(white, white),
        (rectification.valid_left, rectification.valid_right),
        strict=True,
    ):
        assert (image[valid] == 255).all()
        assert (image[~valid] == 0).all()


def test_what_the_distortion_model_repeats_is_left_empty() -> None:
    # Beyond 48 degrees this lens's polynomial turns back into the image.
    bent = [-0.26, 0, 0, 0]
    cameras = pinhole(
        K_left=[[380, 0, 320], [0, 380, 240], [0, 0, 1]],
        K_right=[[380, 0, 320], [0, 380, 240], [0, 0, 1]],
        distortion_left=bent,
        distortion_right=bent,
    )
    with pytest.warns(StereoWarning, match="has no inverse on"):
        rectification = rectify(cameras, focal_length=100)
    rows, columns = np.nonzero(rectification.valid_left)
    rays = np.stack([columns, rows, np.ones_like(rows)]).T.astype(float)
    rays = rays @ np.linalg.inv(rectification.calibration.K_left).T @ rectification.R_left
    angles = np.degrees(np.arctan2(np.hypot(rays[:, 0], rays[:, 1]), rays[:, 2]))
    assert 40 < angles.max() < np.degrees(np.arctan(1 / np.sqrt(3 * 0.26))) + 0.1


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(480, 640), (480, 640, 3), (480, 640, 4)])
def test_images_keep_their_kind(dtype: str, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).uniform(0, 200, shape).astype(dtype)
    left, right = rectified().apply(image[:, ::-1], image)
    assert left.shape == right.shape == shape
    assert left.dtype == (np.float32 if dtype == "float64" else np.dtype(dtype))


def test_interpolations() -> None:
    image = np.random.default_rng(0).integers(0, 2, (480, 640), np.uint8) * 200
    near, _ = rectified().apply(image, image, interpolation="nearest")
    assert set(np.unique(near)) == {0, 200}
    smooth, _ = rectified().apply(image, image, interpolation="cubic")
    assert len(np.unique(smooth)) > 100


@pytest.fixture(scope="module")
def raw_scene() -> Any:
    """Give a rendered pair, and two distorted, turned cameras with what they see of it."""
    pair = synthetic.render(480, 360, max_disp=48)
    cameras, ideal_from_left = looking_at(pair)
    return pair, cameras, ideal_from_left, raw_views(pair, cameras, ideal_from_left)


@pytest.mark.parametrize(
    "options", [{}, {"method": "fusiello"}, {"zero_doffs": False, "alpha": 0.3}]
)
def test_depth_of_a_rendered_raw_scene_is_true(options: Any, raw_scene: Any) -> None:
    pair, cameras, ideal_from_left, images = raw_scene
    rectification = rectify(cameras, **options)
    left, right = rectification.apply(*images)
    geometry = rectification.calibration
    first = int(np.floor(-geometry.doffs))
    found = stereo.depth(stereo.sgm(left, right, min_disp=first, max_disp=first + 64), geometry)

    y, x = np.mgrid[:360, :480]
    rays = np.stack([x, y, np.ones_like(x)], -1) @ np.linalg.inv(geometry.K_left).T
    rays = rays @ rectification.R_left @ ideal_from_left.T  # in the rendered camera's frame
    true_geometry = ideal(pair, cameras.baseline)
    places = rays @ true_geometry.K_left.T
    maps = (places[..., :2] / places[..., 2:]).astype(np.float32)
    disparity = cv2.remap(pair.disparity, maps, None, cv2.INTER_NEAREST, borderValue=np.nan)
    hidden = cv2.remap(pair.occluded.astype(np.uint8), maps, None, cv2.INTER_NEAREST, borderValue=1)
    depth = true_geometry.focal_length * true_geometry.baseline / disparity
    points = rays / rays[..., 2:] * depth[..., None]
    truth = (points @ ideal_from_left @ rectification.R_left.T)[..., 2]
    both = (hidden == 0) & np.isfinite(found) & np.isfinite(truth)
    error = found[both] / truth[both] - 1
    assert both.mean() > 0.5
    assert abs(np.median(error)) < 0.001
    assert np.median(np.abs(error)) < 0.01


GOOD = CAMERAS["usual"]
IMAGE = np.zeros((480, 640), np.uint8)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: rectify("calib.yml"), StereoTypeError, "must be a Calibration"),
        (lambda: rectify(GOOD, alpha=1.5), StereoValueError, "alpha = 1.5 is not in 0 … 1"),
        (lambda: rectify(GOOD, alpha=-1), StereoValueError, "alpha = -1 must be finite"),
        (lambda: rectify(GOOD, alpha="all"), StereoTypeError, "alpha must be a number"),
        (lambda: rectify(GOOD, method="hartley"), StereoValueError, "'hartley' is not one of"),
        (lambda: rectify(GOOD, image_size=(0, 5)), StereoValueError, "the width in image_size"),
        (lambda: rectify(GOOD, image_size=(40000, 5)), StereoValueError, "up to 32767 px a side"),
        (lambda: rectify(GOOD, image_size=640), StereoTypeError, "(width, height)"),
        (lambda: rectify(GOOD, focal_length=0), StereoValueError, "focal_length = 0"),
        (lambda: rectify(GOOD, zero_doffs=1), StereoTypeError, "zero_doffs"),
        (
            lambda: rectify(pinhole(translation=(0.001, 0.001, 0.3))),
            StereoValueError,
            "stands in front of the other",
        ),
        (
            lambda: rectify(pinhole(rotation=(0, 1.4, 0), translation=(-0.5, 0, 0.4))),
            StereoValueError,
            "too different directions; zero_doffs=False",
        ),
        (lambda: rectify(fisheye(), alpha=1), StereoValueError, "take an alpha below 1"),
        (
            lambda: rectified().apply(IMAGE[:240], IMAGE),
            StereoValueError,
            "the left image is 640 x 240 px, and the calibration is for 640 x 480 px",
        ),
        (lambda: rectified().apply(IMAGE, IMAGE > 0), StereoTypeError, "right image is bool"),
        (
            lambda: rectified().apply(IMAGE, IMAGE, interpolation="area"),
            StereoValueError,
            "interpolation = 'area'",
        ),
        (lambda: rectified().rectified_points([1, 2], "left"), StereoValueError, "(n, 2)"),
        (lambda: rectified().rectified_points([["a", "b"]], "left"), StereoTypeError, "numbers"),
        (lambda: rectified().rectified_points([[1, 2]], "up"), StereoValueError, "'up'"),
    ],
)
def test_bad_input_is_named(make: Any, error: type[StereoError], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


def test_maps_can_not_be_changed_by_accident() -> None:
    rectification = rectify(GOOD)
    with pytest.raises(ValueError, match="read-only"):
        rectification.maps_left[0][0, 0] = 1


def test_rectifying_is_quiet_where_nothing_is_wrong() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rectify(CAMERAS["below"])
        rectify(CAMERAS["fisheye"], alpha=0.5)
