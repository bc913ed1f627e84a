"""Points, their limits, normals and voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import stereo
from stereo.geometry import (
    PointCloud,
    StereoGeometry,
    disparity_from_depth,
    normals,
    organised_points,
    voxel_thinned,
)
from stereo.geometry.arguments import transform
from stereo.types import StereoError

WIDTH, HEIGHT = 40, 30
GEOMETRY = StereoGeometry.from_doffs(50, 0.2, 19.3, 14.6, (WIDTH, HEIGHT), doffs=3)
RNG = np.random.default_rng(7)
DISPARITY = RNG.uniform(-5, 40, (HEIGHT, WIDTH)).astype(np.float32)
DISPARITY[RNG.random(DISPARITY.shape) < 0.2] = np.nan
IMAGE = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
CONFIDENCE = RNG.random(DISPARITY.shape).astype(np.float32)
CONFIDENCE[0] = np.nan
WORLD = transform([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], [10, 20, 1.5])


def flat(organised: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return organised[~np.isnan(organised[:, :, 2])]


# --- points ---


def test_points_project_to_their_pixels_in_both_images() -> None:
    xyz = organised_points(DISPARITY, GEOMETRY).astype(np.float64)
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    known = DISPARITY + GEOMETRY.doffs > 0
    assert np.array_equal(known, ~np.isnan(xyz).any(axis=2))
    left = xyz[known] @ GEOMETRY.K_left.T
    right = (xyz[known] - [GEOMETRY.baseline, 0, 0]) @ GEOMETRY.K_right.T
    pixels_left, pixels_right = (one[:, :2] / one[:, 2:] for one in (left, right))
    np.testing.assert_allclose(pixels_left, np.stack([u[known], v[known]], axis=1), atol=1e-4)
    np.testing.assert_allclose(
        pixels_left[:, 0] - pixels_right[:, 0], DISPARITY[known], rtol=1e-5, atol=1e-4
    )
    np.testing.assert_allclose(pixels_left[:, 1], pixels_right[:, 1], atol=1e-4)


def test_points_are_those_of_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    stretched = GEOMETRY.resized(WIDTH, 2 * HEIGHT)
    disparity = np.abs(np.repeat(DISPARITY, 2, axis=0))
    expected = cv2.reprojectImageTo3D(disparity, stretched.Q)
    np.testing.assert_allclose(
        organised_points(disparity, stretched), expected, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"world_from_left": WORLD},
        {"min_depth": 0.5},
        {"max_depth": 1.0},
        {"min_depth": 0.5, "max_depth": 1.0, "world_from_left": WORLD},
        {"confidence": CONFIDENCE, "min_confidence": 0.5},
    ],
)
def test_flat_points_are_the_organised_ones(options: dict[str, Any]) -> None:
    cloud = stereo.points(DISPARITY, GEOMETRY, IMAGE, **options)
    organised = organised_points(DISPARITY, GEOMETRY, **options)
    assert cloud.xyz.dtype == organised.dtype == np.float32
    np.testing.assert_allclose(cloud.xyz, flat(organised), rtol=1e-6, atol=1e-6)
    assert cloud.colors is not None
    assert cloud.colors.dtype == np.uint8
    assert np.array_equal(cloud.colors, IMAGE[~np.isnan(organised[:, :, 0])])
    assert stereo.points(DISPARITY, GEOMETRY, **options).colors is None


def test_limits_keep_what_they_say() -> None:
    metres = stereo.depth(DISPARITY, GEOMETRY)
    kept = organised_points(DISPARITY, GEOMETRY, min_depth=0.5, max_depth=1)[:, :, 2]
    np.testing.assert_array_equal(kept, np.where((metres >= 0.5) & (metres <= 1), metres, np.nan))
    bound = float(metres[~np.isnan(metres)][100])
    exact = organised_points(DISPARITY, GEOMETRY, min_depth=bound, max_depth=bound)
    assert exact[metres == bound, 2] == bound
    sure = organised_points(DISPARITY, GEOMETRY, confidence=CONFIDENCE, min_confidence=0.7)
    np.testing.assert_array_equal(
        sure[:, :, 2], np.where(np.float64(CONFIDENCE) >= 0.7, metres, np.nan)
    )


def test_points_in_a_chosen_frame() -> None:
    left = organised_points(DISPARITY, GEOMETRY).astype(np.float64)
    world = organised_points(DISPARITY, GEOMETRY, world_from_left=WORLD)
    expected = left @ WORLD[:3, :3].T + WORLD[:3, 3]
    np.testing.assert_allclose(world, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(world[:, :, 0], 10 + left[:, :, 2], rtol=1e-5)


@pytest.mark.parametrize("channels", [None, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_colours_of_any_image(channels: int | None, dtype: type) -> None:
    shape = (HEIGHT, WIDTH) if channels is None else (HEIGHT, WIDTH, channels)
    image = RNG.integers(0, 200, shape).astype(dtype)
    cloud = stereo.points(np.full((HEIGHT, WIDTH), 5.0), GEOMETRY, image)
    assert cloud.colors is not None
    assert (cloud.colors.dtype, cloud.colors.shape) == (dtype, (HEIGHT * WIDTH, 3))
    rgb = np.repeat(image[:, :, None], 3, axis=2) if channels is None else image[:, :, :3]
    assert np.array_equal(cloud.colors, rgb.reshape(-1, 3))


def test_points_beyond_float32_are_left_out() -> None:
    far = np.full((HEIGHT, WIDTH), 4e-38, np.float32)
    for focal_length in (1e-3, 1.0, 50.0):
        geometry = StereoGeometry.from_doffs(focal_length, 0.2, 19.3, 14.6, (WIDTH, HEIGHT))
        for world in (None, WORLD):
            xyz = stereo.points(far, geometry, world_from_left=world).xyz
            assert np.isfinite(xyz).all()


def test_nothing_valid_gives_no_points() -> None:
    cloud = stereo.points(np.full((HEIGHT, WIDTH), np.nan), GEOMETRY, IMAGE)
    assert cloud.xyz.shape == (0, 3)
    assert cloud.colors is not None
    assert cloud.colors.shape == (0, 3)


def test_a_whole_match_becomes_points() -> None:
    from stereo.datasets import synthetic

    pair = synthetic.shifted(64, 48, 5.0)
    match = stereo.SGM(16).match(pair.left, pair.right)
    geometry = StereoGeometry.from_doffs(500, 0.1, 31.5, 23.5, (64, 48))
    cloud = stereo.points(
        match.disparity,
        geometry,
        colors=pair.left,
        confidence=match.confidence,
        min_confidence=0.1,
        max_depth=100,
    )
    assert len(cloud.xyz) > 1500
    np.testing.assert_allclose(np.median(cloud.xyz[:, 2]), 10, rtol=0.01)


BAD = [
    ({"disparity": DISPARITY[1:]}, "disparity map is 40 x 29 px .* 40 x 30 px"),
    ({"colors": IMAGE[1:]}, "colours is 40 x 29 px and the disparity map 40 x 30 px"),
    ({"colors": IMAGE[:, :, :2]}, r"left image has shape \(30, 40, 2\)"),
    ({"colors": IMAGE.astype(bool)}, "left image is bool"),
    ({"world_from_left": np.eye(3)}, r"world_from_left has shape \(3, 3\)"),
    ({"world_from_left": np.diag([2.0, 2, 2, 1])}, "world_from_left is no rotation"),
    ({"min_depth": -1}, "min_depth = -1 must be finite and at least 0"),
    ({"max_depth": 0}, "max_depth = 0 must be finite and above 0"),
    ({"max_depth": np.nan}, "max_depth = nan must be finite"),
    ({"max_depth": "far"}, "max_depth must be a number"),
    ({"min_depth": 2, "max_depth": 1}, "min_depth = 2 m must be at most max_depth = 1 m"),
    ({"confidence": CONFIDENCE}, "confidence is given without min_confidence: give both"),
    ({"min_confidence": 0.5}, "min_confidence is given without confidence: give both"),
    (
        {"confidence": CONFIDENCE[1:], "min_confidence": 0.5},
        r"confidence has shape \(29, 40\) and the disparity map \(30, 40\)",
    ),
    (
        {"confidence": CONFIDENCE > 0.5, "min_confidence": 0.5},
        "confidence is bool: expected floating point",
    ),
    ({"confidence": [[1.0], [1.0, 2.0]], "min_confidence": 0.5}, "confidence can't be made"),
    ({"confidence": CONFIDENCE, "min_confidence": -1}, "min_confidence = -1"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_refused(options: dict[str, Any], message: str) -> None:
    arguments = {"disparity": DISPARITY, "geometry": GEOMETRY, **options}
    with pytest.raises(StereoError, match=message):
        stereo.points(**arguments)
    if "colors" not in options:
        with pytest.raises(StereoError, match=message):
            organised_points(**arguments)


# --- normals ---

FINE = StereoGeometry.from_doffs(300, 0.2, 79.5, 59.5, (160, 120))


def plane(normal: npt.ArrayLike, distance: float) -> npt.NDArray[np.float32]:
    """Return the disparity of the plane normal . X = -distance, normal towards the camera."""
    v, u = np.mgrid[:120, :160]
    rays = np.dstack([(u - 79.5) / 300, (v - 59.5) / 300, np.ones_like(u)])
    metres = -distance / (rays @ np.asarray(normal, float))
    return disparity_from_depth(metres, FINE)


def unit(*vector: float) -> npt.NDArray[np.float64]:
    return np.array(vector) / np.linalg.norm(vector)


@pytest.mark.parametrize("radius", [0, 1, 5])
@pytest.mark.parametrize("normal", [unit(0, 0, -1), unit(0.5, 0, -1), unit(-0.3, -0.8, -1)])
def test_normals_of_a_plane(normal: npt.NDArray[np.float64], radius: int) -> None:
    found = normals(organised_points(plane(normal, 3), FINE), radius=radius)
    np.testing.assert_allclose(found, np.broadcast_to(normal, found.shape), atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), 1, atol=1e-6)


def test_normals_in_a_chosen_frame_point_to_the_camera() -> None:
    disparity = plane(unit(0.5, 0.2, -1), 3)
    left = normals(organised_points(disparity, FINE))
    world = normals(
        organised_points(disparity, FINE, world_from_left=WORLD), viewpoint=WORLD[:3, 3]
    )
    np.testing.assert_allclose(world, left @ WORLD[:3, :3].T, atol=2e-3)


def test_normals_do_not_mix_across_a_depth_jump() -> None:
    """A wall behind a slanted one: each has its own normal up to the last column."""
    near, far = unit(0.4, 0, -1), unit(0, 0, -1)
    disparity = np.where(np.arange(160) < 80, plane(near, 2), plane(far, 6))
    found = normals(organised_points(disparity, FINE), radius=5)
    np.testing.assert_allclose(found[:, :80], np.broadcast_to(near, (120, 80, 3)), atol=2e-3)
    np.testing.assert_allclose(found[:, 80:], np.broadcast_to(far, (120, 80, 3)), atol=2e-3)
    mixed = normals(organised_points(disparity, FINE), radius=5, max_jump=100)
    assert np.abs(mixed[:, 79] - near).max() > 0.3


def test_normals_beside_missing_points() -> None:
    disparity = plane(unit(0.2, 0.1, -1), 3)
    disparity[40:60, 50:70] = np.nan
    disparity[10, 11:] = np.nan
    disparity[10, 9] = np.nan  # which leaves (10, 10) without a neighbour along its row
    found = normals(organised_points(disparity, FINE))
    missing = np.isnan(disparity)
    missing[10, 10] = True
    assert np.array_equal(np.isnan(found).any(axis=2), missing)
    np.testing.assert_allclose(
        found[~missing], np.broadcast_to(unit(0.2, 0.1, -1), found[~missing].shape), atol=2e-3
    )


def test_a_larger_window_is_smoother() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, (120, 160))
    xyz = organised_points(plane(unit(0, 0, -1), 3) + noise, FINE)
    errors = [
        float(
            np.degrees(np.arccos(np.clip(-normals(xyz, radius=r)[20:-20, 20:-20, 2], -1, 1))).mean()
        )
        for r in (1, 3, 7)
    ]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_normals_of_the_smallest_images(shape: tuple[int, int]) -> None:
    geometry = StereoGeometry.from_doffs(50, 0.2, 0, 0, shape[::-1])
    found = normals(organised_points(np.full(shape, 5.0), geometry))
    assert found.shape == (*shape, 3)
    assert np.isnan(found).all() == (1 in shape)


def test_a_point_that_stands_twice_has_no_normal() -> None:
    assert np.isnan(normals(np.ones((3, 3, 3)))).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organised": np.ones((3, 3))}, r"shape \(3, 3\): expected \(H, W, 3\)"),
        ({"organised": np.ones((0, 3, 3))}, "not empty"),
        ({"organised": np.ones((3, 3, 3), int)}, "int64: expected floating point"),
        ({"organised": np.full((3, 3, 3), np.inf)}, "must be finite"),
        ({"organised": [[1.0], [1.0, 2.0]]}, "organised points can't be made an array"),
        ({"radius": -1}, "radius = -1 is not in 0"),
        ({"radius": 1.5}, "radius must be an integer"),
        ({"max_jump": 0}, "max_jump = 0 must be finite and above 0"),
        ({"viewpoint": [0, 0]}, r"viewpoint has shape \(2,\): expected \(3,\)"),
    ],
)
def test_bad_input_of_normals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(StereoError, match=message):
        normals(**{"organised": np.ones((3, 3, 3)), **options})


# --- voxels ---

clouds = hnp.arrays(
    np.float32, st.tuples(st.integers(0, 60), st.just(3)), elements=st.floats(-50, 50, width=32)
)


@given(clouds, st.floats(0.05, 200))
def test_each_voxel_keeps_the_mean_of_its_points(xyz: npt.NDArray[np.float32], size: float) -> None:
    colors = (np.abs(xyz) * 5).astype(np.uint8)
    thinned = voxel_thinned(PointCloud(xyz, colors), size)
    groups: dict[tuple[float, ...], list[int]] = {}
    for k, place in enumerate(np.floor(xyz.astype(np.float64) / size)):
        groups.setdefault(tuple(place), []).append(k)
    order = sorted(groups, key=lambda place: place[::-1])
    assert len(thinned.xyz) == len(order)
    assert thinned.colors is not None
    assert thinned.colors.dtype == np.uint8
    for k, place in enumerate(order):
        members = groups[place]
        np.testing.assert_allclose(
            thinned.xyz[k], xyz[members].mean(axis=0, dtype=np.float64), rtol=1e-6, atol=1e-6
        )
        mean = colors[members].mean(axis=0)
        assert (np.abs(thinned.colors[k] - mean) <= 0.5 + 1e-9).all()


def test_thinning_twice_changes_little() -> None:
    cloud = stereo.points(np.abs(DISPARITY), GEOMETRY, IMAGE)
    once = voxel_thinned(cloud, 0.05)
    assert 0 < len(once.xyz) < len(cloud.xyz)
    assert len(voxel_thinned(once, 0.05).xyz) == pytest.approx(len(once.xyz), rel=0.01)


@pytest.mark.parametrize(
    ("cloud", "size", "message"),
    [
        (np.ones((3, 2)), 1, r"points have shape \(3, 2\): expected \(N, 3\)"),
        (np.ones((3, 3), int), 1, "points are int64"),
        (np.full((3, 3), np.nan), 1, "3 of 3 points are not finite"),
        ([[1.0], [2.0, 3.0]], 1, "the points can't be made an array"),
        (np.ones((3, 3)), 0, "size = 0 must be finite and above 0"),
        (np.ones((3, 3)), "1", "size must be a number"),
        ([[0.0, 0, 0], [9e9, 9e9, 9e9]], 1e-3, "too small for points that span 9e.09 x"),
        ([[0.0, 0, 0], [3e38, 3e38, 3e38]], 1e-300, "too small"),
        (PointCloud(np.ones((3, 3), np.float32), np.ones((2, 3))), 1, "colours have shape"),
        (PointCloud(np.ones((3, 3), np.float32), np.full((3, 3), "a")), 1, "colours are <U1"),
    ],
)
def test_bad_input_of_voxels(cloud: Any, size: Any, message: str) -> None:
    with pytest.raises(StereoError, match=message):
        voxel_thinned(cloud, size)
