"""Calibrations: what they accept, and how they follow their images."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import stereo
from stereo.geometry import Calibration, StereoGeometry
from stereo.geometry.arguments import transform
from stereo.types import StereoError, StereoTypeError, StereoValueError

SIZE = (640, 480)
K = np.array([[700.0, 0, 319.5], [0, 710, 239.5], [0, 0, 1]])
RIGHT_FROM_LEFT = transform(np.eye(3), [-0.12, 0.001, 0.002])
RADTAN = [-0.3, 0.1, 0.001, -0.002, 0.01]


def raw(**changes: Any) -> Calibration:
    given_ = {
        "K_left": K,
        "K_right": K + np.diag([5.0, 6.0, 0.0]),
        "distortion_left": RADTAN,
        "distortion_right": [0.1, 0, 0, 0],
        "right_from_left": RIGHT_FROM_LEFT,
        "image_size": SIZE,
    }
    return Calibration(**{**given_, **changes})


def rectified(**changes: Any) -> StereoGeometry:
    given_: dict[str, Any] = {
        "focal_length": 700.0,
        "baseline": 0.12,
        "cx_left": 310.0,
        "cy_left": 241.0,
        "cx_right": 322.5,
        "cy_right": 241.0,
        "image_size": SIZE,
    }
    return StereoGeometry(**{**given_, **changes})


lengths = st.floats(1e-3, 9.9)
pixels = st.floats(-5000, 5000)
sides = st.integers(1, 8000)


@st.composite
def geometries(draw: st.DrawFn) -> StereoGeometry:
    cy = draw(pixels)
    return StereoGeometry(
        draw(st.floats(1, 1e5)),
        draw(lengths),
        draw(pixels),
        cy,
        draw(pixels),
        cy,
        (draw(sides), draw(sides)),
        draw(st.floats(0.2, 5)),
    )


def assert_close(found: StereoGeometry, expected: StereoGeometry) -> None:
    assert found.image_size == expected.image_size
    names = [name for name in StereoGeometry.__dataclass_fields__ if name != "image_size"]
    values = [[getattr(one, name) for name in names] for one in (found, expected)]
    np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-7)


# --- raw cameras ---


def test_a_calibration_keeps_read_only_copies() -> None:
    K_left = K.copy()
    calibration = raw(K_left=K_left)
    K_left[0, 0] = 1
    assert calibration.K_left[0, 0] == 700
    for name in ("K_left", "K_right", "distortion_left", "distortion_right", "right_from_left"):
        array = getattr(calibration, name)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(ValueError, match="read-only"):
        calibration.R[0, 0] = 2


def test_rotation_translation_and_baseline() -> None:
    calibration = raw()
    assert np.array_equal(calibration.R, np.eye(3))
    assert calibration.t.tolist() == [-0.12, 0.001, 0.002]
    assert calibration.baseline == pytest.approx(math.hypot(0.12, 0.001, 0.002))
    again = Calibration.from_rotation(
        K, RADTAN, calibration.K_right, [0.1, 0, 0, 0], calibration.R, calibration.t, SIZE
    )
    assert np.array_equal(again.right_from_left, calibration.right_from_left)


@pytest.mark.parametrize("count", [0, 4, 5, 8, 12, 14])
def test_every_count_and_shape_of_opencv(count: int) -> None:
    expected = np.linspace(-0.1, 0.1, count)
    for shape in ((count,), (1, count), (count, 1)):
        found = raw(distortion_left=expected.reshape(shape)).distortion_left
        assert np.array_equal(found, expected)


@given(factor=st.floats(0.1, 4), width=sides, height=sides)
def test_scaling_back_gives_the_same_calibration(factor: float, width: int, height: int) -> None:
    assume(min(width, height) * factor >= 1)
    before = raw(image_size=(width, height), reprojection_error=0.3)
    after = before.scaled(factor)
    assert after.image_size == (round(width * factor), round(height * factor))
    for back in (after.scaled(1 / factor), before.resized(7, 9).resized(width, height)):
        np.testing.assert_allclose(back.K_left, before.K_left, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(back.K_right, before.K_right, rtol=1e-9, atol=1e-9)
    assert after.distortion_left is not before.distortion_left
    assert np.array_equal(after.distortion_left, before.distortion_left)


def test_scaling_keeps_pixel_centres() -> None:
    """Half the size: the middle of a block of 2 x 2 pixels becomes the middle of one."""
    half = raw(reprojection_error=0.5).scaled(0.5)
    assert half.K_left.tolist() == [[350, 0, 159.5], [0, 355, 119.5], [0, 0, 1]]
    assert half.reprojection_error == 0.25
    assert math.isnan(raw().scaled(0.5).reprojection_error)


def test_cropping_moves_the_principal_points() -> None:
    part = raw(reprojection_error=0.5).cropped(100, 50, 200, 300)
    assert part.image_size == (200, 300)
    assert part.K_left.tolist() == [[700, 0, 219.5], [0, 710, 189.5], [0, 0, 1]]
    assert part.reprojection_error == 0.5


def test_swapped_twice_is_the_same() -> None:
    before = raw(right_from_left=transform(_turn(0.1), [-0.12, 0.01, 0.02]))
    swapped = before.swapped()
    assert np.array_equal(swapped.K_left, before.K_right)
    assert np.array_equal(swapped.distortion_left, before.distortion_right)
    np.testing.assert_allclose(
        swapped.right_from_left @ before.right_from_left, np.eye(4), atol=1e-15
    )
    np.testing.assert_allclose(
        swapped.swapped().right_from_left, before.right_from_left, atol=1e-15
    )


def test_fisheye_has_four_coefficients() -> None:
    four = [0.1, 0.01, 0.0, 0.0]
    calibration = raw(model="fisheye", distortion_left=four, distortion_right=four)
    assert calibration.scaled(2).model == "fisheye"
    assert calibration.cropped(0, 0, 10, 10).model == "fisheye"
    assert calibration.swapped().model == "fisheye"
    with pytest.raises(StereoValueError, match=r"distortion_left.*\(5,\).*fisheye.* 4 coeff"):
        raw(model="fisheye", distortion_right=four)


@pytest.mark.parametrize("work", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_calibrations_can_be_copied_and_sent(work: Any) -> None:
    assert np.array_equal(work(raw()).K_left, K)
    assert work(rectified()) == rectified()


def _turn(angle: float) -> npt.NDArray[np.float64]:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _with(place: tuple[int, int], value: float, matrix: npt.NDArray[np.float64]) -> Any:
    changed = matrix.copy()
    changed[place] = value
    return changed


BAD_RAW = [
    ({"K_left": K[:2]}, r"K_left has shape \(2, 3\): expected \(3, 3\)"),
    ({"K_left": _with((0, 0), 0, K)}, "focal lengths of K_left are 0 and 710 px.*above 0"),
    ({"K_right": _with((1, 1), -700, K)}, "focal lengths of K_right are 700 and -700"),
    ({"K_left": _with((2, 2), 2, K)}, r"K_left = .* is no camera matrix: expected \[\[fx"),
    ({"K_left": K.T}, "K_left = .* is no camera matrix"),
    ({"K_left": np.zeros((3, 3))}, "K_left = .* is no camera matrix"),
    ({"K_left": _with((1, 0), 1, K)}, "K_left = .* is no camera matrix"),
    ({"K_left": _with((0, 1), 0.5, K)}, "K_left has a skew of 0.5 px"),
    ({"K_left": _with((0, 0), np.nan, K)}, "K_left must be finite"),
    ({"K_left": _with((0, 0), np.inf, K)}, "K_left must be finite"),
    ({"distortion_left": [1, 2, 3]}, r"distortion_left has shape \(3,\).*0, 4, 5, 8"),
    ({"distortion_left": 0.1}, r"distortion_left has shape \(\)"),
    ({"distortion_left": np.zeros((2, 2))}, r"distortion_left has shape \(2, 2\)"),
    ({"distortion_right": [np.nan] * 4}, "distortion_right must be finite"),
    ({"right_from_left": np.eye(3)}, r"right_from_left has shape \(3, 3\): expected \(4, 4\)"),
    ({"right_from_left": np.eye(4)}, "translation of right_from_left is 0"),
    ({"right_from_left": 2 * RIGHT_FROM_LEFT}, r"last row .* \[0.0, 0.0, 0.0, 2.0\]"),
    ({"right_from_left": RIGHT_FROM_LEFT.T}, "last row of right_from_left"),
    (
        {"right_from_left": _with((0, 0), 1.001, RIGHT_FROM_LEFT)},
        r"no rotation: R R\^T differs from the identity by 0.002.*1e-06 is allowed",
    ),
    ({"right_from_left": _with((0, 0), -1, RIGHT_FROM_LEFT)}, "determinant -1"),
    ({"right_from_left": _with((0, 0), 1e200, RIGHT_FROM_LEFT)}, "no rotation"),
    ({"image_size": (0, 480)}, "width in image_size = 0 is not in 1"),
    ({"image_size": (640, -1)}, "height in image_size = -1"),
    ({"image_size": (640, 480, 3)}, r"image_size must be \(width, height\) in px"),
    ({"image_size": 640}, r"image_size must be \(width, height\) in px, got 640"),
    ({"image_size": (640.5, 480)}, "width in image_size must be an integer, got 640.5"),
    ({"model": "omni"}, "model = 'omni' is not one of 'pinhole', 'fisheye'"),
    ({"model": None}, "model must be a string"),
    ({"reprojection_error": -1}, "reprojection_error = -1.0 px must be at least 0"),
    ({"reprojection_error": math.inf}, "reprojection_error = inf"),
    ({"reprojection_error": "small"}, "reprojection_error must be a number"),
    ({"K_left": "K"}, "K_left must be an array of real numbers"),
    ({"K_left": [[1], [2, 3]]}, "K_left can't be made an array"),
    ({"K_left": np.ma.masked_array(K)}, "K_left is a masked array"),
    ({"K_left": K.astype(complex)}, "K_left must be an array of real numbers.*complex"),
    ({"K_left": None}, "K_left must be an array of real numbers"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_RAW)
def test_bad_cameras_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StereoError, match=f"(?s){message}"):
        raw(**changes)


@pytest.mark.parametrize("made", [raw, rectified])
@pytest.mark.parametrize(
    ("method", "arguments", "error", "message"),
    [
        ("scaled", (0,), StereoValueError, "factor = 0 must be finite and above 0"),
        ("scaled", (-1,), StereoValueError, "above 0"),
        ("scaled", (math.nan,), StereoValueError, "finite"),
        ("scaled", ("2",), StereoTypeError, "factor must be a number"),
        ("scaled", (1e-4,), StereoValueError, "640 x 480 px one of 0 x 0"),
        ("scaled", (1e6,), StereoValueError, "a side is 1 to 16777216 px"),
        ("resized", (0, 10), StereoValueError, "width"),
        ("resized", (10.0, 10), StereoTypeError, "integer"),
        ("cropped", (-1, 0, 10, 10), StereoValueError, "10 x 10 px at x = -1, y = 0 is not inside"),
        ("cropped", (631, 0, 10, 10), StereoValueError, "not inside the image of 640 x 480 px"),
        ("cropped", (0, 471, 10, 10), StereoValueError, "not inside"),
        ("cropped", (0, 0, 0, 10), StereoValueError, "width in the window = 0"),
        ("cropped", (0.5, 0, 10, 10), StereoTypeError, "x must be an integer"),
    ],
)
def test_bad_sizes_are_refused(
    made: Any, method: str, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        getattr(made(), method)(*arguments)


def test_a_baseline_of_metres_is_suspicious() -> None:
    looks = r"baseline is 60 m, which looks like millimetres: .* 60 mm are 0.06 m"
    with pytest.warns(stereo.StereoWarning, match=looks) as caught:
        raw(right_from_left=transform(np.eye(3), [-60, 0, 0]))
    assert caught[0].filename == __file__
    with pytest.warns(stereo.StereoWarning, match=looks) as caught:
        StereoGeometry(700.0, 60, 310.0, 241.0, 322.5, 241.0, SIZE)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rectified(baseline=9.99)


# --- rectified pairs ---


def test_doffs_is_the_difference_of_the_principal_points() -> None:
    geometry = rectified()
    assert geometry.doffs == 12.5
    same = StereoGeometry.from_doffs(700, 0.12, 310, 241, SIZE, doffs=12.5)
    assert same == geometry
    assert StereoGeometry.from_doffs(700, 0.12, 310, 241, SIZE).doffs == 0
    assert hash(same) == hash(geometry)


@given(geometries())
def test_q_and_back(geometry: StereoGeometry) -> None:
    assert_close(StereoGeometry.from_q(geometry.Q, geometry.image_size), geometry)
    assert_close(StereoGeometry.from_q(-3 * geometry.Q, geometry.image_size), geometry)


@given(geometries())
def test_projections_and_back(geometry: StereoGeometry) -> None:
    P_left = np.hstack([geometry.K_left, np.zeros((3, 1))])
    P_right = np.hstack([geometry.K_right, np.zeros((3, 1))])
    P_right[0, 3] = -geometry.focal_length * geometry.baseline
    found = StereoGeometry.from_projections(P_left, P_right, geometry.image_size)
    assert_close(found, geometry)
    # Both cameras away from the origin by the same: as those of KITTI, which belong to another.
    away = np.array([0.06, -0.002, 0.003])
    for P in (P_left, P_right):
        P[:, 3] += P[:, :3] @ away
    assert_close(StereoGeometry.from_projections(P_left, P_right, geometry.image_size), geometry)


@given(geometries(), st.floats(0.05, 20))
def test_scaling_back_gives_the_same_geometry(geometry: StereoGeometry, factor: float) -> None:
    assume(min(geometry.image_size) * factor >= 1)
    scaled = geometry.scaled(factor)
    assert scaled.doffs == pytest.approx(geometry.doffs * factor, abs=1e-6)
    back = scaled.scaled(1 / factor)
    assert_close(replace(back, image_size=geometry.image_size), geometry)
    assert_close(geometry.resized(7, 9).resized(*geometry.image_size), geometry)


@given(geometries(), st.data())
def test_cropping_keeps_doffs(geometry: StereoGeometry, data: st.DataObject) -> None:
    width, height = geometry.image_size
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    size = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    part = geometry.cropped(x, y, *size)
    assert part.image_size == size
    assert part.doffs == pytest.approx(geometry.doffs)
    assert (part.cx_left + x, part.cy_left + y) == pytest.approx(
        (geometry.cx_left, geometry.cy_left)
    )
    assert (part.focal_length, part.baseline) == (geometry.focal_length, geometry.baseline)


def test_q_is_that_of_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    right_from_left = transform(_turn(0.02), [-0.12, 0.003, 0.002])
    R, t = right_from_left[:3, :3].copy(), right_from_left[:3, 3:].copy()
    turned = cv2.stereoRectify(K, None, K, None, SIZE, R, t, flags=0, alpha=0)
    P_left, P_right, Q = turned[2], turned[3], turned[4]
    geometry = StereoGeometry.from_q(Q, SIZE)
    assert geometry.baseline == pytest.approx(np.linalg.norm(right_from_left[:3, 3]))
    assert_close(geometry, StereoGeometry.from_projections(P_left, P_right, SIZE))
    assert abs(geometry.doffs) > 0.1
    np.testing.assert_allclose(geometry.Q, Q, rtol=1e-9, atol=1e-9)


def test_stretched_images_keep_both_focal_lengths() -> None:
    stretched = rectified().resized(1280, 480)
    assert (stretched.focal_length, stretched.focal_length_y) == (1400, 700)
    assert stretched.K_left[1, 1] == 700


Q = rectified().Q
P_LEFT = np.hstack([rectified().K_left, np.zeros((3, 1))])
P_RIGHT = np.hstack([rectified().K_right, [[-84.0], [0.0], [0.0]]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rectified(focal_length=0), "focal_length = 0 must be finite and above 0"),
        (lambda: rectified(focal_length=None), "focal_length must be a number, got None"),
        (lambda: rectified(baseline=-0.1), "baseline = -0.1 must be finite and above 0"),
        (lambda: rectified(baseline=math.nan), "baseline = nan"),
        (lambda: rectified(cx_left=math.inf), "cx_left = inf must be finite"),
        (lambda: rectified(cx_left=-math.inf), "cx_left = .*inf must be finite"),
        (lambda: rectified(cx_left="310"), "cx_left must be a number"),
        (lambda: rectified(cx_left=[1, 2]), "cx_left must be a number"),
        (lambda: rectified(cx_right=1j), "cx_right must be a number"),
        (lambda: rectified(cy_right=250), "cy_left = 241 and cy_right = 250 differ by more than"),
        (lambda: rectified(aspect=0), "aspect = 0 must be finite and above 0"),
        (lambda: rectified(image_size=(640,)), "image_size must be"),
        (lambda: StereoGeometry.from_q(np.eye(3), SIZE), r"Q has shape \(3, 3\)"),
        (lambda: StereoGeometry.from_q(np.eye(4), SIZE), "Q = .* has not the form"),
        (lambda: StereoGeometry.from_q(np.zeros((4, 4)), SIZE), "first entry is 0"),
        (lambda: StereoGeometry.from_q(_with((3, 2), -8, Q), SIZE), "left and right are swapped"),
        (lambda: StereoGeometry.from_q(_with((3, 2), 0, Q), SIZE), "must be above 0"),
        (lambda: StereoGeometry.from_q(_with((2, 3), -700, Q), SIZE), "focal_length = -700"),
        (
            lambda: StereoGeometry.from_projections(P_RIGHT, P_LEFT, SIZE),
            "right camera -0.12 m .* swapped",
        ),
        (
            lambda: StereoGeometry.from_projections(P_LEFT, P_LEFT, SIZE),
            "right camera -?0 m .* above 0",
        ),
        (
            lambda: StereoGeometry.from_projections(P_LEFT, _with((0, 0), 710, P_RIGHT), SIZE),
            "those of a rectified pair are equal",
        ),
        (
            lambda: StereoGeometry.from_projections(P_LEFT, _with((1, 3), 84, P_RIGHT), SIZE),
            "apart vertically .* the pair is not rectified",
        ),
        (
            lambda: StereoGeometry.from_projections(_with((1, 0), 1, P_LEFT), P_RIGHT, SIZE),
            "P_left = .* is no rectified projection",
        ),
        (
            lambda: StereoGeometry.from_projections(P_LEFT[:, :3], P_RIGHT, SIZE),
            r"P_left has shape \(3, 3\): expected \(3, 4\)",
        ),
    ],
)
def test_bad_geometry_is_refused(make: Any, message: str) -> None:
    with pytest.raises(StereoError, match=f"(?s){message}"):
        make()
