"""Relative against metric: what a prediction says, and how measurements give it metres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stereo import geometry, mono
from stereo.geometry import StereoGeometry
from stereo.mono import MonoDepth
from stereo.types import StereoError

HEIGHT, WIDTH = 24, 32
GEOMETRY = StereoGeometry.from_doffs(400.0, 0.1, 15.5, 11.5, (WIDTH, HEIGHT), doffs=2.0)


def scene() -> np.ndarray[Any, Any]:
    """Return a depth map, metres: a slope with a box in front of it."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    depth = 3 + 0.1 * y + 0.02 * x
    depth[6:16, 10:20] = 1.5
    return depth.astype(np.float32)


def relative(scale: float = 0.25, shift: float = 0.1, inverse: bool = True) -> MonoDepth:
    """Return the prediction for which scale * values + shift is the true (inverse) depth."""
    true = 1 / scene() if inverse else scene()
    return MonoDepth((true - shift) / scale, is_metric=False, is_inverse=inverse)


@pytest.mark.parametrize(
    ("is_metric", "is_inverse", "unit"),
    [
        (True, False, "m"),
        (True, True, "1/m"),
        (False, True, "relative"),
        (False, False, "relative"),
    ],
)
def test_units(is_metric: bool, is_inverse: bool, unit: str) -> None:
    values = np.array([[0.5, 4.0, 0.0, -1.0]])
    found = MonoDepth(values, is_metric=is_metric, is_inverse=is_inverse)
    assert found.values.dtype == np.float32
    assert found.unit == unit
    if not is_metric:
        for call in (found.to_depth, found.to_inverse_depth):
            with pytest.raises(ValueError, match=r"relative.*scale and a shift.*to_metric"):
                call()
        return
    same = np.float32([[0.5, 4.0, np.nan, np.nan]])
    other = np.float32([[2.0, 0.25, np.nan, np.nan]])
    depth, inverse = (other, same) if is_inverse else (same, other)
    np.testing.assert_array_equal(found.to_depth(), depth)
    np.testing.assert_array_equal(found.to_inverse_depth(), inverse)


@pytest.mark.parametrize(
    ("values", "flags", "kind", "said"),
    [
        (np.zeros((2, 2), np.int32), {}, TypeError, "int32"),
        (np.zeros((2, 2, 1)), {}, ValueError, r"\(2, 2, 1\)"),
        (np.zeros((0, 2)), {}, ValueError, r"\(0, 2\)"),
        (np.float64([[1e300]]), {}, ValueError, "1e\\+300 at row 0, column 0"),
        (np.float32([[1, np.nan]]), {}, ValueError, "nan at row 0, column 1"),
        (np.zeros((2, 2)), {"is_metric": 1}, TypeError, "is_metric"),
        (np.zeros((2, 2)), {"is_inverse": None}, TypeError, "is_inverse"),
        ([[1.0], [1.0, 2.0]], {}, TypeError, "can't be made an array"),
    ],
)
def test_bad_predictions(values: Any, flags: dict[str, Any], kind: Any, said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        MonoDepth(values, **{"is_metric": False, "is_inverse": True, **flags})
    assert isinstance(caught.value, StereoError)


@pytest.mark.parametrize("method", ["ransac", "least_squares", "median"])
@pytest.mark.parametrize("inverse", [True, False])
def test_each_source_and_method_finds_the_line(method: Any, inverse: bool) -> None:
    prediction = relative(inverse=inverse)
    disparity = geometry.disparity_from_depth(scene(), GEOMETRY)
    disparity[::3] = np.nan
    sparse = np.where(np.arange(WIDTH) % 5 == 0, scene(), np.float32(np.nan))
    y, x = np.mgrid[0:HEIGHT:5, 0:WIDTH:7]
    points = np.column_stack([x.ravel(), y.ravel(), scene()[::5, ::7].ravel()])
    for source in (
        {"disparity": disparity, "calibration": GEOMETRY},
        {"depth": sparse},
        {"points": points},
    ):
        found = mono.to_metric(prediction, method=method, **source)
        assert found.space == ("inverse_depth" if inverse else "depth")
        assert (found.scale, found.shift) == pytest.approx((0.25, 0.1), rel=1e-4)
        np.testing.assert_allclose(found.depth, scene(), rtol=1e-4)
        assert found.inlier_share == 1.0
        assert found.median_residual < 1e-3
    assert found.residuals.shape == (len(points),)
    assert found.measured == len(points)


def test_residuals_of_a_map_lie_where_it_was_measured() -> None:
    depth = scene()
    depth[:, ::2] = np.nan
    depth[0, 1] *= 2
    found = mono.to_metric(relative(), depth=depth)
    np.testing.assert_array_equal(np.isnan(found.residuals), np.isnan(depth))
    assert found.residuals[0, 1] == pytest.approx(-scene()[0, 1], rel=1e-3)
    assert found.inlier_share == pytest.approx(1 - 1 / found.measured)


@given(
    share=st.floats(0.0, 0.45), scale=st.floats(0.05, 5.0), shift=st.floats(0.0, 0.2),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_ransac_shrugs_off_outliers(share: float, scale: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    depth = scene()
    wrong = rng.random(depth.shape) < share
    depth[wrong] = rng.uniform(0.5, 20, np.count_nonzero(wrong))
    found = mono.to_metric(relative(scale, shift), depth=depth, tolerance=0.02)
    np.testing.assert_allclose(found.depth, scene(), rtol=0.02)


def test_weights_and_the_other_space() -> None:
    depth = scene()
    depth[:12] = 9.0
    trusted = np.broadcast_to(np.arange(HEIGHT)[:, None] >= 12, depth.shape)
    found = mono.to_metric(relative(), depth=depth, confidence=trusted, method="least_squares")
    assert found.scale == pytest.approx(0.25, rel=1e-4)
    metric = MonoDepth(0.5 / scene(), is_metric=True, is_inverse=True)
    straight = mono.to_metric(metric, depth=scene(), space="depth", fit_shift=False)
    assert (straight.scale, straight.shift) == (pytest.approx(0.5), 0.0)
    np.testing.assert_allclose(straight.depth, scene(), rtol=1e-5)


def test_a_known_line() -> None:
    found = mono.to_metric(relative(), scale=0.25, shift=0.1)
    np.testing.assert_allclose(found.depth, scene(), rtol=1e-5)
    assert found.method == "given"
    assert np.isnan(found.inlier_share)
    beyond = mono.to_metric(relative(), scale=0.25, shift=-0.3).depth
    assert np.isnan(beyond).any()
    assert (beyond[~np.isnan(beyond)] > 0).all()


MAP = {"depth": scene()}
POINTS = [[0, 0, 2.0], [3, 3, 4.0]]
FLAT = MonoDepth(np.ones((HEIGHT, WIDTH)), is_metric=False, is_inverse=True)
MISTAKES: list[tuple[Any, dict[str, Any], Any, str]] = [
    (scene(), MAP, TypeError, "ndarray.*MonoDepth"),
    (relative(), {}, ValueError, "none given.*disparity"),
    (relative(), {**MAP, "points": POINTS}, ValueError, "depth and points given"),
    (relative(), {"disparity": scene()}, ValueError, "go together"),
    (relative(), {**MAP, "calibration": GEOMETRY}, ValueError, "go together"),
    (relative(), {"disparity": scene(), "calibration": np.eye(3)}, TypeError, "StereoGeometry"),
    (relative(), {"disparity": scene()[1:], "calibration": GEOMETRY}, ValueError, "32 x 23"),
    (relative(), {"depth": scene()[1:]}, ValueError, r"\(23, 32\).*\(24, 32\)"),
    (relative(), {"depth": -scene()}, ValueError, "above 0|not above"),
    (relative(), {"depth": np.full((HEIGHT, WIDTH), np.nan)}, ValueError, "0 measurements"),
    (relative(), {"points": POINTS[:1]}, ValueError, "1 measurements: 2"),
    (relative(), {"points": [1, 2, 3]}, ValueError, r"\(3,\).*\(N, 3\)"),
    (relative(), {"points": [[0, 0, 0.0], [1, 1, 1.0]]}, ValueError, "point 0.*0 m"),
    (relative(), {"points": [[0, 0, 1.0], [32, 1, 1.0]]}, ValueError, "point 1.*column 32"),
    (relative(), {"points": [[0, 0, np.nan]]}, ValueError, "finite"),
    (relative(), {**MAP, "confidence": np.ones(3)}, ValueError, r"confidence has shape \(3,\)"),
    (relative(), {**MAP, "confidence": -scene()}, ValueError, "at least 0"),
    (relative(), {**MAP, "confidence": "high"}, TypeError, "confidence"),
    (relative(), {**MAP, "method": "lasso"}, ValueError, "'lasso'.*'ransac'"),
    (relative(), {**MAP, "space": "log"}, ValueError, "'log'.*'inverse_depth'"),
    (relative(), {**MAP, "tolerance": 0}, ValueError, "tolerance = 0"),
    (relative(), {**MAP, "fit_shift": 1}, TypeError, "fit_shift"),
    (relative(), {**MAP, "seed": -1}, ValueError, "seed = -1"),
    (relative(), {**MAP, "shift": 1.0}, ValueError, "shift belongs to a scale"),
    (relative(), {**MAP, "scale": 1.0}, ValueError, "depth has no use beside scale"),
    (relative(), {"scale": 1.0, "method": "median"}, ValueError, "method has no use"),
    (relative(), {"scale": -1.0}, ValueError, "scale = -1"),
    (relative(), {"scale": 1.0, "shift": np.nan}, ValueError, "shift = nan"),
    (relative(), {**MAP, "method": "median", "seed": 1}, ValueError, "seed is for"),
    (relative(), {"scale": 1.0, "tolerance": 0.2}, ValueError, "tolerance has no use"),
    (FLAT, MAP, ValueError, "prediction is 1 wherever"),
    (MonoDepth(scene(), is_metric=False, is_inverse=True), MAP, ValueError, "not above 0"),
    (
        MonoDepth(scene() - 3, is_metric=False, is_inverse=False),
        {**MAP, "space": "inverse_depth"},
        ValueError,
        "no reciprocal",
    ),
]


@pytest.mark.parametrize(("prediction", "options", "kind", "said"), MISTAKES)
def test_mistakes(prediction: Any, options: dict[str, Any], kind: Any, said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        mono.to_metric(prediction, **options)
    assert isinstance(caught.value, StereoError)


@pytest.mark.parametrize("method", ["ransac", "least_squares", "median"])
def test_noise_without_relation_is_an_error_or_says_so(method: Any) -> None:
    rng = np.random.default_rng(1)
    noise = MonoDepth(rng.uniform(1, 2, (HEIGHT, WIDTH)), is_metric=False, is_inverse=True)
    depth = rng.uniform(1, 50, (HEIGHT, WIDTH))
    try:
        found = mono.to_metric(noise, depth=depth, method=method, tolerance=0.01)
    except StereoError:
        return
    assert found.inlier_share < 0.2
