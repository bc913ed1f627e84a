"""Disparity, depth, and how sure a depth is."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import stereo
from stereo.geometry import (
    Calibration,
    StereoGeometry,
    depth_uncertainty,
    disparity_from_depth,
)
from stereo.types import StereoError

GEOMETRY = StereoGeometry.from_doffs(700, 0.12, 1.0, 0.5, (3, 2), doffs=2)
DISPARITY = np.array([[40, 5, np.nan], [-1, -2, -3]], np.float32)
NAN = np.nan

maps = hnp.arrays(
    np.float32,
    (2, 3),
    elements=st.floats(-200, 2000, width=32) | st.just(NAN),
)
geometries = st.builds(
    lambda f, baseline, doffs: StereoGeometry.from_doffs(f, baseline, 1, 0.5, (3, 2), doffs=doffs),
    st.floats(100, 5000),
    st.floats(0.01, 5),
    st.floats(-300, 300),
)


def test_depth_of_every_kind_of_pixel() -> None:
    found = stereo.depth(DISPARITY, GEOMETRY)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.float32([[2, 12, NAN], [84, NAN, NAN]]))


@given(maps, geometries)
def test_disparity_to_depth_and_back(
    disparity: npt.NDArray[np.float32], geometry: StereoGeometry
) -> None:
    """Also with NaN, negative disparities and doffs; float32 holds 1/10 of a millionth."""
    metres = stereo.depth(disparity, geometry)
    shifted = disparity.astype(np.float64) + geometry.doffs
    known = shifted > 0
    far = known & (shifted < 1e-30)
    assert np.array_equal(np.isnan(metres), ~known | (far & np.isnan(metres)))
    assert (metres[~np.isnan(metres)] > 0).all()
    back = disparity_from_depth(metres, geometry)
    known = ~np.isnan(metres)
    error = np.abs(back - disparity)[known]
    assert (error <= 2e-7 * (shifted[known] + np.abs(geometry.doffs) + 1e-3)).all()
    assert np.isnan(back[~known]).all()


@given(st.floats(0.125, 500, width=32), st.floats(-50, 50))
def test_depth_is_that_of_q(disparity: float, doffs: float) -> None:
    cv2 = pytest.importorskip("cv2")
    geometry = StereoGeometry.from_doffs(700, 0.12, 1.0, 0.5, (3, 2), doffs=doffs)
    image = np.full((2, 3), disparity, np.float32)
    assume(disparity + doffs > 0.01)
    expected = cv2.reprojectImageTo3D(image, geometry.Q)[:, :, 2]
    np.testing.assert_allclose(stereo.depth(image, geometry), expected, rtol=1e-4)


def test_depth_follows_scaled_and_cropped_images() -> None:
    geometry = StereoGeometry.from_doffs(700, 0.12, 310, 241, (640, 480), doffs=12)
    disparity = np.linspace(10, 90, 480 * 640).reshape(480, 640)
    metres = stereo.depth(disparity, geometry)
    half = stereo.depth(disparity[::2, ::2] / 2, geometry.scaled(0.5))
    np.testing.assert_allclose(half, metres[::2, ::2], rtol=1e-6)
    part = stereo.depth(disparity[50:70, 100:300], geometry.cropped(100, 50, 200, 20))
    np.testing.assert_array_equal(part, metres[50:70, 100:300])


def test_numbers_beyond_float32_are_unknown() -> None:
    geometry = StereoGeometry.from_doffs(1e6, 1, 0, 0, (1, 1))
    assert np.isnan(stereo.depth(np.full((1, 1), 1e-37, np.float32), geometry)).all()
    assert np.isnan(disparity_from_depth(np.full((1, 1), 1e-37, np.float32), geometry)).all()
    assert np.isnan(depth_uncertainty(np.full((1, 1), 1e-20, np.float32), geometry, 1)).all()


def test_depth_takes_any_strides_and_keeps_its_input() -> None:
    wide = np.zeros((2, 6), np.float64)
    wide[:, ::2] = DISPARITY
    before = wide.copy()
    found = stereo.depth(wide[:, ::2], GEOMETRY)
    np.testing.assert_array_equal(found, stereo.depth(DISPARITY, GEOMETRY))
    np.testing.assert_array_equal(wide, before)


@given(geometries, st.floats(20, 500), st.floats(0.01, 1))
def test_uncertainty_is_the_slope_of_the_depth(
    geometry: StereoGeometry, above: float, sigma: float
) -> None:
    disparity = np.full((2, 3), above - geometry.doffs)
    step = 1e-4
    difference = disparity_to_float64(disparity - step, geometry) - disparity_to_float64(
        disparity + step, geometry
    )
    found = depth_uncertainty(disparity, geometry, sigma)
    np.testing.assert_allclose(found, difference / (2 * step) * sigma, rtol=1e-4)


def disparity_to_float64(
    disparity: npt.NDArray[np.float64], geometry: StereoGeometry
) -> npt.NDArray[np.float64]:
    return geometry.focal_length * geometry.baseline / (disparity + geometry.doffs)


def test_uncertainty_is_that_of_noisy_disparities() -> None:
    noise = np.random.default_rng(0).normal(0, 0.25, (400, 500))
    geometry = StereoGeometry.from_doffs(1000, 0.1, 250, 200, (500, 400))
    spread = stereo.depth(50 + noise, geometry).std()
    assert depth_uncertainty(np.full((400, 500), 50.0), geometry, 0.25)[0, 0] == pytest.approx(
        spread, rel=0.02
    )


def test_uncertainty_of_a_map_of_sigmas() -> None:
    sigma = np.array([[0.5, 1, 1], [NAN, 1, 1]])
    found = depth_uncertainty(DISPARITY, GEOMETRY, sigma)
    per_pixel = np.square([2, 12]) / 84 * [0.5, 1]
    np.testing.assert_allclose(found, [[*per_pixel, NAN], [NAN, NAN, NAN]], rtol=1e-6)


def raw() -> Calibration:
    right_from_left = np.eye(4)
    right_from_left[0, 3] = -0.1
    K = [[700, 0, 1], [0, 700, 1], [0, 0, 1]]
    return Calibration(K, K, [], [], right_from_left, (3, 2))  # type: ignore[arg-type]


class Rectified:
    """What rectify() returns, as far as it can be mistaken for a geometry."""

    calibration = GEOMETRY


BAD = [
    (
        lambda: stereo.depth(DISPARITY[:, :2], GEOMETRY),
        r"disparity map is 2 x 2 px and the calibration is for images of 3 x 2 px .*\.scaled\(\)",
    ),
    (lambda: stereo.depth([[1.0], [2.0, 3.0]], GEOMETRY), "disparity map can't be made an array"),
    (lambda: stereo.depth(np.ma.masked_array(DISPARITY), GEOMETRY), "is a masked array"),
    (lambda: disparity_from_depth([[1.0], [2.0, 3.0]], GEOMETRY), "depth map can't be made"),
    (lambda: depth_uncertainty(DISPARITY, GEOMETRY, [[1.0], [2.0, 3.0]]), "sigma can't be made"),
    (lambda: stereo.depth(DISPARITY.T, GEOMETRY), "is 2 x 3 px .* 3 x 2 px"),
    (lambda: stereo.depth(np.ones((2, 3), int), GEOMETRY), "dtype int64 .* floating point"),
    (lambda: stereo.depth(DISPARITY[0], GEOMETRY), r"shape \(3,\).*must be \(H, W\)"),
    (lambda: stereo.depth(np.full((2, 3), np.inf), GEOMETRY), "row 0, column 0 is inf"),
    (lambda: stereo.depth(DISPARITY, raw()), r"raw cameras: rectify\(calibration\)\.calibration"),
    (lambda: stereo.depth(DISPARITY, Rectified()), r"got Rectified; give its \.calibration"),
    (lambda: stereo.depth(DISPARITY, GEOMETRY.Q), "must be a StereoGeometry, got ndarray"),
    (lambda: stereo.depth(DISPARITY, None), "must be a StereoGeometry, got NoneType"),
    (lambda: disparity_from_depth(np.zeros((2, 3)), GEOMETRY), "column 0 is 0.0 m: .* above 0"),
    (lambda: disparity_from_depth(-np.ones((2, 3)), GEOMETRY), "is -1.0 m"),
    (lambda: disparity_from_depth(np.full((2, 3), np.inf), GEOMETRY), "is inf m"),
    (lambda: disparity_from_depth(np.ones((2, 3), int), GEOMETRY), "depth map of dtype int64"),
    (lambda: disparity_from_depth(np.ones((2, 3, 1)), GEOMETRY), r"shape \(2, 3, 1\)"),
    (lambda: disparity_from_depth(np.ones((3, 2)), GEOMETRY), "depth map is 2 x 3 px"),
    (lambda: disparity_from_depth(np.ones((2, 3)), raw()), "raw cameras"),
    (lambda: depth_uncertainty(DISPARITY, GEOMETRY, -0.1), "disparity_sigma = -0.1 .* at least 0"),
    (lambda: depth_uncertainty(DISPARITY, GEOMETRY, NAN), "disparity_sigma = nan must be finite"),
    (lambda: depth_uncertainty(DISPARITY, GEOMETRY, "1"), "disparity_sigma must be a number"),
    (
        lambda: depth_uncertainty(DISPARITY, GEOMETRY, np.ones((3, 2))),
        r"disparity_sigma has shape \(3, 2\): expected \(2, 3\)",
    ),
    (
        lambda: depth_uncertainty(DISPARITY, GEOMETRY, -np.ones((2, 3))),
        "disparity_sigma must be at least 0, got -1",
    ),
    (
        lambda: depth_uncertainty(DISPARITY, GEOMETRY, np.full((2, 3), np.inf)),
        "disparity_sigma must be finite",
    ),
    (
        lambda: depth_uncertainty(DISPARITY, GEOMETRY, [["a"] * 3] * 2),
        "disparity_sigma must be an array of real numbers",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_refused(call: Any, message: str) -> None:
    with pytest.raises(StereoError, match=f"(?s){message}"):
        call()


def test_importing_the_geometry_imports_nothing_heavy() -> None:
    heavy = "{'cv2', 'matplotlib', 'numba', 'rich', 'scipy', 'yaml'}"
    code = f"import sys, stereo; stereo.depth; stereo.io; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[]"
