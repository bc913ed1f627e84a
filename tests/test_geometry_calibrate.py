"""Calibration: known cameras come back, bad views are named, what can't be known is refused."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from cameras import detections, fisheye, photograph, pinhole, poses

from stereo.geometry import (
    Calibration,
    Charuco,
    Chessboard,
    Detection,
    calibrate,
    calibrate_corners,
    rectify,
)
from stereo.types import (
    StereoError,
    StereoFileError,
    StereoTypeError,
    StereoValueError,
    StereoWarning,
)

CHESSBOARD = Chessboard(9, 6, square=0.024)
CHARUCO = Charuco(9, 7, square=0.03, marker=0.022)
NOISE = 0.1  # px
NUMBERS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14)


def both(
    board: Any,
    cameras: Calibration,
    count: int,
    *,
    seed: int = 1,
    noise: float = NOISE,
    **where: Any,
) -> tuple[list[Detection | None], list[Detection | None]]:
    found = poses(board, count, seed, **where)
    return (
        detections(board, cameras, found, "left", noise, seed),
        detections(board, cameras, found, "right", noise, seed),
    )


def quietly(*arguments: Any, **options: Any) -> Any:
    """Calibrate where remarks are not the matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StereoWarning)
        return calibrate_corners(*arguments, **options)


def angle(first: Any, second: Any) -> float:
    return float(np.linalg.norm(cv2.Rodrigues(first @ second.T)[0]))


@pytest.mark.parametrize(
    ("cameras", "board", "count", "where", "options"),
    [
        (pinhole(), CHARUCO, 15, {"near": 0.7}, {}),
        (pinhole(), CHARUCO, 4, {"near": 0.8}, {}),
        (pinhole(), CHESSBOARD, 25, {"near": 1.2}, {}),
        (pinhole((4000, 3000)), CHARUCO, 15, {"near": 0.7}, {}),
        (
            pinhole(distortion_left=[], distortion_right=[]),
            CHARUCO,
            12,
            {"near": 0.7},
            {"coefficients": 0},
        ),
        (pinhole(), CHARUCO, 25, {"near": 0.6}, {"coefficients": 8}),
        (
            pinhole(rotation=(0.0, 0.5, 0.02), translation=(-0.5, 0.01, 0.15)),
            CHARUCO,
            20,
            {"near": 1.2},
            {},
        ),
        (fisheye(), CHARUCO, 20, {"near": 0.4}, {"model": "fisheye"}),
        (pinhole(rotation=(0.01, 0.02, 3.1)), CHARUCO, 15, {"near": 0.7}, {}),
    ],
    ids=[
        "usual",
        "few",
        "chessboard",
        "large",
        "straight",
        "rational",
        "converging",
        "fisheye",
        "roll",
    ],
)
def test_known_cameras_come_back_within_the_noise(
    cameras: Calibration, board: Any, count: int, where: Any, options: Any
) -> None:
    left, right = both(board, cameras, count, **where)
    found = quietly(left, right, board, cameras.image_size, **options)
    report = found.report
    assert found.reprojection_error == pytest.approx(NOISE * math.sqrt(2), rel=0.15)
    for side in ("left", "right"):
        errors = getattr(found, f"K_{side}") - getattr(cameras, f"K_{side}")
        for name, place in (("fx", (0, 0)), ("fy", (1, 1)), ("cx", (0, 2)), ("cy", (1, 2))):
            deviation = getattr(report.deviations, f"{name}_{side}")
            assert abs(errors[place]) < 4.5 * deviation, (name, side)
            assert deviation < 0.01 * cameras.K_left[0, 0]
    assert abs(found.baseline - cameras.baseline) < 4.5 * report.deviations.baseline
    assert report.deviations.baseline < 0.005 * cameras.baseline
    # The least certain angle is one of three.
    assert angle(found.R, cameras.R) < 5 * report.deviations.rotation
    assert report.vertical_rms < 3 * NOISE
    assert not report.outliers


def test_without_noise_the_cameras_are_exact() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 10, noise=0.0, near=0.7)
    found = quietly(left, right, CHARUCO, cameras.image_size)
    assert found.reprojection_error < 1e-4
    assert np.allclose(found.K_left, cameras.K_left, rtol=1e-5)
    assert np.allclose(found.distortion_right, cameras.distortion_right, atol=1e-4)
    assert np.allclose(found.right_from_left, cameras.right_from_left, atol=1e-6)


def test_deviations_are_those_of_repeated_calibrations() -> None:
    cameras, focal, baseline = pinhole(), [], []
    for seed in range(6):
        places = poses(CHARUCO, 6, 4, near=0.7)
        sides = [detections(CHARUCO, cameras, places, s, NOISE, seed) for s in ("left", "right")]
        found = quietly(*sides, CHARUCO, cameras.image_size)
        focal.append((found.K_left[0, 0] - cameras.K_left[0, 0]) / found.report.deviations.fx_left)
        baseline.append((found.baseline - cameras.baseline) / found.report.deviations.baseline)
    for normalised in (focal, baseline):
        assert 0.5 < np.sqrt(np.mean(np.square(normalised))) < 1.7


def test_the_adjustment_is_as_good_as_opencv() -> None:
    """Where ``cv2.stereoCalibrate`` applies, both find the same minimum."""
    cameras = pinhole()
    left, right = both(CHESSBOARD, cameras, 25, near=1.4)
    kept = [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]
    found = quietly(
        [a for a, _ in kept], [b for _, b in kept], CHESSBOARD, cameras.image_size, outliers=False
    )
    points = [CHESSBOARD.object_points.astype(np.float32)] * len(kept)
    corners = [[pair[side].corners.astype(np.float32) for pair in kept] for side in (0, 1)]
    rough = [cv2.calibrateCamera(points, c, (640, 480), None, None) for c in corners]
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 300, 1e-12)
    rms, K, _, _, _, R, t, _, _ = cv2.stereoCalibrate(
        points,
        *corners,
        rough[0][1],
        rough[0][2],
        rough[1][1],
        rough[1][2],
        (640, 480),
        flags=cv2.CALIB_USE_INTRINSIC_GUESS,
        criteria=stop,
    )
    assert found.reprojection_error <= rms * (1 + 1e-5)
    assert found.reprojection_error == pytest.approx(rms, rel=1e-3)
    assert found.K_left == pytest.approx(K, rel=1e-4, abs=1e-9)
    assert np.abs(found.R - R).max() < 1e-5
    assert found.t == pytest.approx(t.ravel(), abs=1e-5)


@pytest.fixture(scope="module")
def chessboard_pairs(data_root: Path) -> tuple[list[Path], list[Path]]:
    folder = data_root / "calibration/opencv_chessboard"
    names = [[folder / f"{side}{n:02d}.jpg" for n in NUMBERS] for side in ("left", "right")]
    return names[0], names[1]


@pytest.fixture(scope="module")
def chessboard_calibration(chessboard_pairs: Any) -> Any:
    return calibrate(*chessboard_pairs, Chessboard(9, 6, square=1.0))


def test_the_opencv_pairs(chessboard_calibration: Any, chessboard_pairs: Any) -> None:
    found = chessboard_calibration
    assert found.reprojection_error < 0.25
    assert found.report.vertical_rms < 0.2
    assert found.image_size == (640, 480)
    assert [view.status for view in found.report.views] == ["used"] * 13
    assert found.report.views[9].name_right == "right11.jpg"
    storage = cv2.FileStorage(
        str(chessboard_pairs[0][0].parent / "left_intrinsics.yml"), cv2.FILE_STORAGE_READ
    )
    K = storage.getNode("camera_matrix").mat()
    places = ([0, 1, 0, 1], [0, 1, 2, 2])
    assert found.K_left[places] == pytest.approx(K[places], rel=0.01)
    both_cameras = cv2.FileStorage(
        str(chessboard_pairs[0][0].parent / "intrinsics.yml"), cv2.FILE_STORAGE_READ
    )
    for side, name in (("left", "M1"), ("right", "M2")):
        focal = both_cameras.getNode(name).mat()[0, 0]
        assert getattr(found, f"K_{side}")[0, 0] == pytest.approx(focal, rel=0.01)


def test_rectified_corners_of_the_opencv_pairs(chessboard_calibration: Any) -> None:
    rectification = rectify(chessboard_calibration)
    squares = []
    for view in chessboard_calibration.report.views:
        left = rectification.rectified_points(view.corners_left, "left")
        right = rectification.rectified_points(view.corners_right, "right")
        squares.append((left - right)[:, 1] ** 2)
        assert (left[:, 0] > right[:, 0]).all()
    assert np.sqrt(np.mean(squares)) < 0.2
    assert rectification.calibration.baseline == pytest.approx(3.33, abs=0.02)  # in squares


def test_images_to_cameras() -> None:
    cameras = pinhole()
    places = poses(CHARUCO, 6, 1, near=0.8)
    images = [
        [photograph(CHARUCO, pose, cameras, side, 1.0, k) for k, pose in enumerate(places)]
        for side in ("left", "right")
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StereoWarning)
        found = calibrate(*images, CHARUCO, threads=2)
    assert found.reprojection_error < 0.15
    assert found.K_left[0, 0] == pytest.approx(cameras.K_left[0, 0], rel=0.005)
    assert found.baseline == pytest.approx(cameras.baseline, rel=0.003)
    assert found.report.views[2].name_left == "left[2]"


def test_threads_and_progress_change_nothing(chessboard_pairs: Any, capsys: Any) -> None:
    pairs = [side[:5] for side in chessboard_pairs]
    board = Chessboard(9, 6, square=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StereoWarning)
        one = calibrate(*pairs, board, threads=1)
        many = calibrate(*pairs, board, threads=3, progress=True)
    assert np.array_equal(one.K_left, many.K_left)
    assert np.array_equal(one.right_from_left, many.right_from_left)
    output = capsys.readouterr()
    assert "finding the board" in output.err
    assert output.out == ""


def test_outliers_are_named_and_left_out() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 14, near=0.8)
    right[3] = Detection(
        right[3].ids, right[3].corners + np.array([4.0, 7.0])
    )  # the board moved between
    scatter = np.random.default_rng(0).normal(0, 3, left[8].corners.shape)
    left[8] = Detection(left[8].ids, left[8].corners + scatter)
    with pytest.warns(StereoWarning, match=re.escape("left[3] / right[3]")):
        found = calibrate_corners(left, right, CHARUCO, cameras.image_size)
    assert [view.index for view in found.report.outliers] == [3, 8]
    assert max(found.report.views[3].error_left, found.report.views[3].error_right) > 0.5
    assert found.K_left[0, 0] == pytest.approx(cameras.K_left[0, 0], rel=0.005)
    kept = quietly(left, right, CHARUCO, cameras.image_size, outliers=False)
    assert not kept.report.outliers
    assert kept.reprojection_error > 1


def test_single_bad_corners_are_left_out() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 10, near=0.8)
    left[2].corners[5] += [3.0, -2.0]
    right[6].corners[0] += [-2.0, 0.0]
    with pytest.warns(StereoWarning, match=re.escape("1 in left[2] / right[2], 1 in left[6]")):
        found = calibrate_corners(left, right, CHARUCO, cameras.image_size)
    assert [view.corners_left_out for view in found.report.views if view.index in (2, 6)] == [1, 1]
    assert found.reprojection_error == pytest.approx(NOISE * math.sqrt(2), rel=0.1)


def test_a_view_of_one_camera_serves_that_camera() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 12, near=0.8)
    right[:8] = [None] * 8
    with pytest.warns(StereoWarning, match=re.escape("not found in right[0], right[1]")):
        found = calibrate_corners(left, right, CHARUCO, cameras.image_size)
    statuses = [view.status for view in found.report.views]
    assert statuses == ["left only"] * 8 + ["used"] * 4
    assert math.isnan(found.report.views[0].error_right)
    assert len(found.report.corners("left")) > 1.5 * len(found.report.corners("right"))
    few = quietly(left[8:], right[8:], CHARUCO, cameras.image_size)
    assert found.report.deviations.fx_left < 0.8 * few.report.deviations.fx_left


@pytest.mark.parametrize(
    "board", [CHESSBOARD, Chessboard(7, 7, square=0.03)], ids=["odd", "square"]
)
def test_boards_may_be_counted_from_any_end(board: Chessboard) -> None:
    cameras = pinhole()
    left, right = both(board, cameras, 10, near=1.5)
    expected = quietly(left, right, board, cameras.image_size)
    rng = np.random.default_rng(0)
    orders = board.symmetries()
    turned = [
        [
            None
            if one is None
            else Detection(one.ids, one.corners[orders[rng.integers(len(orders))]])
            for one in side
        ]
        for side in (left, right)
    ]
    found = quietly(*turned, board, cameras.image_size)
    assert found.reprojection_error == pytest.approx(expected.reprojection_error, rel=1e-4)
    assert found.right_from_left == pytest.approx(expected.right_from_left, abs=1e-5)


def test_the_report_can_be_read(tmp_path: Path) -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 8, near=0.7)
    report = quietly(left, right, CHARUCO, cameras.image_size).report
    path = tmp_path / "report.html"
    report.write_html(path)
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<svg") == 2
    assert page.count("<circle") == sum(len(report.corners(side)) for side in ("left", "right"))
    assert "http" not in page  # nothing is loaded
    assert "left[7]" in page
    assert "left[7]" in report.text()
    assert 0.3 < report.coverage("left") <= 1
    with pytest.raises(StereoFileError, match="no folder"):
        report.write_html(tmp_path / "missing" / "report.html")
    with pytest.raises(StereoValueError, match="'middle' is not one of"):
        report.corners("middle")


def test_names_in_the_report_are_escaped(tmp_path: Path) -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 5, near=0.7)
    report = quietly(left, right, CHARUCO, cameras.image_size).report
    object.__setattr__(report.views[0], "name_left", "<script>.png")
    assert "<script>" not in report.html()


def test_remarks_are_warnings() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 5, near=2.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = calibrate_corners(left, right, CHARUCO, cameras.image_size)
    assert any("saw the board in" in remark for remark in found.report.remarks)
    assert [str(warning.message) for warning in caught] == list(found.report.remarks)


def test_boards_that_are_all_parallel_are_refused() -> None:
    for noise in (0.0, NOISE):
        left, right = both(CHESSBOARD, pinhole(), 6, tilt=0.0, noise=noise, near=1.4)
        with pytest.raises(StereoValueError, match="parallel in all of them: add views"):
            calibrate_corners(left, right, CHESSBOARD, (640, 480))


def test_many_coefficients_stay_small_where_views_do_not_tell_them_apart() -> None:
    cameras = pinhole()
    left, right = both(CHARUCO, cameras, 10, near=0.8)
    found = quietly(left, right, CHARUCO, cameras.image_size, coefficients=8)
    assert np.abs(found.distortion_left).max() < 1
    assert found.K_left[0, 0] == pytest.approx(cameras.K_left[0, 0], rel=0.005)


def test_one_view_repeated_is_refused() -> None:
    left, right = both(CHARUCO, pinhole(), 1, near=0.8)
    with pytest.raises(StereoValueError, match="add views"):
        calibrate_corners(left * 3, right * 3, CHARUCO, (640, 480))


BLANK = np.full((48, 64), 128, np.uint8)
DETECTION = Detection(np.arange(6), np.random.default_rng(0).uniform(0, 60, (6, 2)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: calibrate([BLANK] * 3, [BLANK] * 4, CHESSBOARD), StereoValueError, "3 left and 4"),
        (lambda: calibrate([], [], CHESSBOARD), StereoValueError, "there are no images"),
        (lambda: calibrate([None], [None], CHESSBOARD), StereoValueError, "there are no images"),
        (lambda: calibrate("left.png", ["a"], CHESSBOARD), StereoTypeError, "must be a list"),
        (lambda: calibrate([3], [BLANK], CHESSBOARD), StereoValueError, "the left[0] image"),
        (lambda: calibrate(["no.png"], [BLANK], CHESSBOARD), StereoFileError, "no.png"),
        (
            lambda: calibrate([BLANK] * 3, [BLANK, BLANK, BLANK[:, :60]], CHESSBOARD),
            StereoValueError,
            "most are 64 x 48 px, but not right[2] (60 x 48)",
        ),
        (
            lambda: calibrate([BLANK] * 3, [BLANK, None, BLANK], CHESSBOARD),
            StereoValueError,
            "not found in left[0], right[0], left[1], left[2], right[2]",
        ),
        (
            lambda: calibrate([BLANK], [BLANK], (9, 6)),
            StereoTypeError,
            "board must be a Chessboard",
        ),
        (
            lambda: calibrate([BLANK], [BLANK], CHESSBOARD, model="omni"),
            StereoValueError,
            "model = 'omni'",
        ),
        (
            lambda: calibrate([BLANK], [BLANK], CHESSBOARD, coefficients=6),
            StereoValueError,
            "coefficients of the pinhole model = 6",
        ),
        (
            lambda: calibrate([BLANK], [BLANK], CHESSBOARD, model="fisheye", coefficients=5),
            StereoValueError,
            "coefficients of the fisheye model = 5",
        ),
        (lambda: calibrate([BLANK], [BLANK], CHESSBOARD, threads=0), StereoValueError, "threads"),
        (lambda: calibrate([BLANK], [BLANK], CHESSBOARD, progress=1), StereoTypeError, "progress"),
        (lambda: calibrate([BLANK], [BLANK], CHESSBOARD, outliers=0), StereoTypeError, "outliers"),
        (
            lambda: calibrate_corners([DETECTION] * 2, [DETECTION] * 2, CHARUCO, (64, 48)),
            StereoValueError,
            "2 pairs show the board in both images, and 3 are needed; it was found in all",
        ),
        (
            lambda: calibrate_corners([DETECTION], [], CHARUCO, (64, 48)),
            StereoValueError,
            "1 left and 0 right",
        ),
        (
            lambda: calibrate_corners(
                [Detection(np.arange(5), DETECTION.corners)], [DETECTION], CHARUCO, (64, 48)
            ),
            StereoValueError,
            "left[0] has ids of shape (5,)",
        ),
        (
            lambda: calibrate_corners(
                [Detection(np.arange(6) + 99, DETECTION.corners)], [DETECTION], CHARUCO, (64, 48)
            ),
            StereoValueError,
            "different ones in 0 … 47",
        ),
        (
            lambda: calibrate_corners([DETECTION], [DETECTION], CHESSBOARD, (64, 48)),
            StereoValueError,
            "expected all 54, in order",
        ),
        (
            lambda: calibrate_corners(
                [Detection(np.arange(6), DETECTION.corners * np.nan)], [None], CHARUCO, (64, 48)
            ),
            StereoValueError,
            "not finite",
        ),
    ],
)
def test_bad_input_is_named(make: Any, error: type[StereoError], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


def test_nonsense_corners_are_refused_or_remarked() -> None:
    rng = np.random.default_rng(0)
    sides = [
        [Detection(np.arange(54), rng.uniform(0, 400, (54, 2))) for _ in range(3)] for _ in range(2)
    ]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            calibrate_corners(*sides, CHESSBOARD, (640, 480))
        except StereoValueError:
            return
    assert any("reprojection error" in str(warning.message) for warning in caught)
