"""Boards: where their corners are, and finding them to a fraction of a pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cameras import fisheye, photograph, pinhole, poses, seen

from stereo.geometry import Charuco, Chessboard
from stereo.geometry.corners import find_chessboard, goes_on
from stereo.geometry.gray import gray_8bit
from stereo.io import read_image
from stereo.types import StereoError, StereoTypeError, StereoValueError

CHESSBOARD = Chessboard(9, 6, square=0.024)
CHARUCO = Charuco(9, 7, square=0.03, marker=0.022)


def facing(board: Any, distance: float = 0.45, tilt: float = 0.3) -> Any:
    """Return a left_from_board transform in the middle of the view."""
    pose = poses(board, 1, seed=3, tilt=tilt)[0]
    middle = board.object_points.mean(axis=0)
    pose[:3, 3] = [0.04, 0.0, distance] - pose[:3, :3] @ middle
    return pose


def test_object_points_go_row_by_row() -> None:
    points = Chessboard(4, 3, square=0.5).object_points
    assert points.shape == (12, 3)
    assert points[:5].tolist() == [[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1.5, 0, 0], [0, 0.5, 0]]
    assert CHARUCO.object_points.shape == (48, 3)
    assert CHARUCO.object_points[1, 0] - CHARUCO.object_points[0, 0] == pytest.approx(0.03)


@pytest.mark.parametrize(("columns", "rows", "count"), [(9, 6, 2), (7, 7, 4)])
def test_symmetries_map_the_board_onto_itself(columns: int, rows: int, count: int) -> None:
    board = Chessboard(columns, rows, square=1.0)
    points = board.object_points
    centre = points.mean(axis=0)
    orders = board.symmetries()
    assert len(orders) == count
    assert orders[0].tolist() == list(range(columns * rows))
    distances = np.linalg.norm(points - points[0], axis=1)
    for order in orders:
        turned = points[order]
        assert sorted(order.tolist()) == list(range(columns * rows))
        assert np.allclose(np.linalg.norm(turned - turned[0], axis=1), distances)
        assert np.allclose(turned.mean(axis=0), centre)
        # A turn and no mirror image.
        assert np.cross(turned[1] - turned[0], turned[columns] - turned[0])[2] > 0


@pytest.mark.parametrize("board", [CHESSBOARD, CHARUCO], ids=["chessboard", "charuco"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_corners_are_found_to_a_tenth_of_a_pixel(board: Any, side: str) -> None:
    cameras, pose = pinhole(), facing(board)
    found = board.detect(photograph(board, pose, cameras, side, noise=2.0))
    assert found is not None
    points = board.object_points @ pose[:3, :3].T + pose[:3, 3]
    errors = np.linalg.norm(found.corners - seen(points, cameras, side)[found.ids], axis=1)
    assert np.sqrt((errors**2).mean()) < 0.1
    assert found.ids.dtype == np.int64
    assert found.corners.dtype == np.float64
    assert (np.diff(found.ids) > 0).all()


def test_a_charuco_board_may_be_partly_visible() -> None:
    cameras = fisheye()
    image = photograph(CHARUCO, facing(CHARUCO, distance=0.2), cameras, "left")
    whole = CHARUCO.detect(image)
    image[:, :300] = 128
    part = CHARUCO.detect(image)
    assert whole is not None
    assert part is not None
    assert 6 <= len(part.ids) < len(whole.ids)
    shared = np.isin(whole.ids, part.ids)
    assert np.abs(whole.corners[shared] - part.corners).max() < 0.5


@pytest.mark.parametrize("board", [CHESSBOARD, CHARUCO], ids=["chessboard", "charuco"])
def test_dtype_colour_and_strides_do_not_matter(board: Any) -> None:
    gray = photograph(board, facing(board), pinhole(), "left")
    expected = board.detect(gray)
    color = np.repeat(gray[..., None], 3, axis=2)
    wide = np.zeros((480, 1280), np.uint8)
    wide[:, ::2] = gray
    for image in (color, wide[:, ::2], gray.astype(np.uint16) * 13, gray.astype(np.float32) / 255):
        found = board.detect(image)
        assert found is not None
        assert found.ids.tolist() == expected.ids.tolist()
        assert np.abs(found.corners - expected.corners).max() < 0.1


def test_large_images_are_searched_small_and_refined_large() -> None:
    cameras, pose = pinhole((1660, 1240)), facing(CHESSBOARD)
    found = CHESSBOARD.detect(photograph(CHESSBOARD, pose, cameras, "left", noise=2.0))
    assert found is not None
    points = CHESSBOARD.object_points @ pose[:3, :3].T + pose[:3, 3]
    assert np.abs(found.corners - seen(points, cameras, "left")).max() < 0.2


@pytest.mark.parametrize(
    ("columns", "rows", "part"), [(9, 6, False), (8, 6, True), (9, 5, True), (5, 3, True)]
)
def test_a_part_of_a_larger_chessboard_goes_on(columns: int, rows: int, part: bool) -> None:
    squares = np.indices((7, 10)).sum(axis=0) % 2 * 200 + 30
    picture = np.kron(squares, np.ones((24, 24))).astype(np.uint8)
    # A margin narrower than the circles around the corners, then a dark table.
    image = np.pad(np.pad(picture, 5, constant_values=235), 40, constant_values=40)
    corners = 24 * Chessboard(columns, rows, square=1).object_points[:, :2] + 45 + 23.5
    assert goes_on(image, corners, (columns, rows)) == part


def test_opencv_pairs_show_no_smaller_board(data_root: Path) -> None:
    """OpenCV alone finds 8 x 6 corners of the board that has 9 x 6."""
    image = read_image(data_root / "calibration/opencv_chessboard/left03.jpg")
    assert Chessboard(9, 6, square=1).detect(image) is not None
    assert find_chessboard(gray_8bit(image), (8, 6)) is not None
    assert Chessboard(8, 6, square=1).detect(image) is None


@pytest.mark.parametrize("board", [CHESSBOARD, CHARUCO], ids=["chessboard", "charuco"])
def test_no_board_is_none(board: Any) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 160), np.uint8)
    assert board.detect(noise) is None
    assert board.detect(np.full((1, 1), 7, np.uint8)) is None


def test_a_printed_board_is_found_again() -> None:
    board = Charuco(6, 4, square=0.05, marker=0.03, dictionary="DICT_4X4_50", legacy_pattern=True)
    picture = board.picture(640, 480, margin=20)
    assert picture.shape == (480, 640)
    found = board.detect(picture)
    assert found is not None
    assert len(found.ids) == 15
    other = Charuco(6, 4, square=0.05, marker=0.03, dictionary="DICT_7X7_50")
    assert other.detect(picture) is None


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Chessboard(2, 6, square=1), StereoValueError, "columns = 2 is not in 3"),
        (lambda: Chessboard(9, 6.0, square=1), StereoTypeError, "rows must be an integer"),
        (lambda: Chessboard(9, 6, square=0), StereoValueError, "square = 0 must be finite and"),
        (lambda: Chessboard(9, 6, square="24mm"), StereoTypeError, "square must be a number"),
        (lambda: Charuco(9, 6, 0.02, 0.03), StereoValueError, "must be smaller than square"),
        (lambda: Charuco(9, 6, 0.03, 0.02, "DICT_9X9"), StereoValueError, "'DICT_9X9' is not one"),
        (lambda: Charuco(20, 20, 0.03, 0.02, "DICT_4X4_50"), StereoValueError, "has only 50"),
        (lambda: Charuco(9, 6, 0.03, 0.02, legacy_pattern=1), StereoTypeError, "legacy_pattern"),
        (lambda: CHARUCO.picture(50, 50), StereoValueError, "at least 10 are needed"),
        (lambda: CHESSBOARD.detect(np.zeros(5)), StereoValueError, "expected (H, W)"),
        (lambda: CHESSBOARD.detect(np.zeros((5, 5), bool)), StereoTypeError, "is bool"),
        (lambda: CHARUCO.detect(np.full((5, 5), np.nan)), StereoValueError, "NaN"),
    ],
)
def test_bad_input_is_named(make: Any, error: type[StereoError], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)
