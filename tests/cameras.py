"""Cameras that are known exactly, and what they see of boards."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from stereo.datasets.synthetic import SyntheticPair
from stereo.geometry import Calibration, StereoGeometry
from stereo.geometry.boards import Board, Detection

FloatArray = npt.NDArray[np.float64]
_RAYS: dict[tuple[int, str], tuple[Calibration, FloatArray]] = {}  # keeps the key's object alive


def pinhole(size: tuple[int, int] = (640, 480), **changes: Any) -> Calibration:
    """Return two slightly different cameras 0.12 m apart, turned against each other."""
    width, height = size
    f = 0.85 * width
    rotation = cv2.Rodrigues(np.array(changes.pop("rotation", (0.01, -0.03, 0.012)), np.float64))[0]
    values: dict[str, Any] = {
        "K_left": [[f, 0, 0.49 * width], [0, 1.002 * f, 0.51 * height], [0, 0, 1]],
        "K_right": [[1.01 * f, 0, 0.505 * width], [0, 1.01 * f, 0.49 * height], [0, 0, 1]],
        "distortion_left": [-0.25, 0.09, 0.001, -0.0005, 0.0],
        "distortion_right": [-0.24, 0.08, -0.0007, 0.0004, 0.0],
        "right_from_left": rigid(rotation, changes.pop("translation", (-0.12, 0.002, 0.003))),
        "image_size": size,
    }
    return Calibration(**{**values, **changes})


def fisheye(size: tuple[int, int] = (640, 480), **changes: Any) -> Calibration:
    """Return two fisheye cameras that see more than 130 degrees along their width."""
    f = 0.42 * size[0]
    return pinhole(
        size,
        **{
            "K_left": [[f, 0, 0.49 * size[0]], [0, f, 0.51 * size[1]], [0, 0, 1]],
            "K_right": [[1.01 * f, 0, 0.5 * size[0]], [0, 1.01 * f, 0.5 * size[1]], [0, 0, 1]],
            "distortion_left": [-0.02, 0.006, -0.004, 0.0008],
            "distortion_right": [-0.015, 0.004, -0.003, 0.0006],
            "model": "fisheye",
            **changes,
        },
    )


def rigid(rotation: npt.ArrayLike, translation: npt.ArrayLike) -> FloatArray:
    """Return a (4, 4) transform."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def poses(board: Board, count: int, seed: int, tilt: float = 0.6, near: float = 1.0) -> FloatArray:
    """Return left_from_board transforms, (count, 4, 4), that face the cameras all over the view."""
    rng = np.random.default_rng(seed)
    points = board.object_points
    middle, extent = points.mean(axis=0), float(np.ptp(points, axis=0).max())
    found = []
    for _ in range(count):
        rotation = cv2.Rodrigues(rng.uniform(-tilt, tilt, 3))[0]
        z = near * extent * rng.uniform(1.3, 2.6)
        place = np.array([rng.uniform(-0.3, 0.3) * z, rng.uniform(-0.22, 0.22) * z, z])
        found.append(rigid(rotation, place - rotation @ middle))
    return np.array(found)


def seen(points: npt.ArrayLike, calibration: Calibration, side: str) -> FloatArray:
    """Project points of the left camera's frame, (n, 3), into one of the images, (n, 2)."""
    left = np.asarray(points, np.float64).reshape(-1, 3)
    camera_from_left = np.eye(4) if side == "left" else calibration.right_from_left
    own = left @ camera_from_left[:3, :3].T + camera_from_left[:3, 3]
    K = getattr(calibration, f"K_{side}")
    coefficients = getattr(calibration, f"distortion_{side}")
    module = cv2.fisheye if calibration.model == "fisheye" else cv2
    if not len(coefficients):
        coefficients = np.zeros(4)
    pixels = module.projectPoints(
        own.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), K, np.array(coefficients)
    )[0]
    return np.asarray(pixels, np.float64).reshape(-1, 2)


def detections(
    board: Board,
    calibration: Calibration,
    left_from_board: FloatArray,
    side: str,
    noise: float,
    seed: int = 0,
) -> list[Detection | None]:
    """Return what a detector with normal noise would find: of chessboards all corners or none."""
    rng = np.random.default_rng((seed, side == "right"))
    width, height = calibration.image_size
    found: list[Detection | None] = []
    for pose in left_from_board:
        pixels = seen(board.object_points @ pose[:3, :3].T + pose[:3, 3], calibration, side)
        pixels += rng.normal(0, noise, pixels.shape)
        inside = ((pixels > 0) & (pixels < [width - 1, height - 1])).all(axis=1)
        partly = len(board.symmetries()) == 1
        if inside.all() or (partly and inside.sum() >= 6):
            found.append(Detection(np.flatnonzero(inside), pixels[inside]))
        else:
            found.append(None)
    return found


def board_picture(board: Board, square_px: int = 60) -> tuple[npt.NDArray[np.uint8], FloatArray]:
    """Draw a board; return it and pixel_from_board, which maps (x, y, 1) in metres."""
    if hasattr(board, "picture"):
        size = (board.columns * square_px, board.rows * square_px)
        drawn, first, margin = board.picture(*size), 0.0, square_px
        picture = np.pad(drawn, margin, constant_values=255)
    else:
        squares = np.indices((board.rows + 1, board.columns + 1)).sum(axis=0) % 2
        drawn = np.kron(squares, np.ones((square_px, square_px), np.uint8)) * 255
        margin, first = square_px, 1.0
        picture = np.pad(drawn.astype(np.uint8), margin, constant_values=255)
    scale, offset = square_px / board.square, margin + first * square_px - 0.5
    return picture, np.array([[scale, 0, offset], [0, scale, offset], [0, 0, 1.0]])


def photograph(
    board: Board,
    left_from_board: FloatArray,
    calibration: Calibration,
    side: str,
    noise: float = 1.0,
    seed: int = 0,
) -> npt.NDArray[np.uint8]:
    """Render what one camera sees of the board on a gray wall, with the blur of its pixels."""
    width, height = calibration.image_size
    camera_from_left = np.eye(4) if side == "left" else calibration.right_from_left
    camera_from_board = camera_from_left @ left_from_board
    plane = camera_from_board[:3, [0, 1, 3]]  # maps board (x, y, 1) to the camera's frame
    # As many pixels a square as the image has, three times over, then blurred by a pixel.
    distance = float((camera_from_board @ [*board.object_points.mean(axis=0), 1])[2])
    detail = 3 * getattr(calibration, f"K_{side}")[0, 0] * board.square / distance
    picture, pixel_from_board = board_picture(board, max(12, round(detail)))
    picture = cv2.GaussianBlur(picture, (0, 0), 1.4, borderType=cv2.BORDER_REPLICATE)
    place = pixel_rays(calibration, side) @ (pixel_from_board @ np.linalg.inv(plane)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        where = np.where(place[:, 2:] > 0, place[:, :2] / place[:, 2:], -1e4)
    maps = np.nan_to_num(where, nan=-1e4).clip(-1e4, 1e4).astype(np.float32)
    image = cv2.remap(
        picture.astype(np.float32),
        maps.reshape(height, width, 2),
        None,
        cv2.INTER_LINEAR,
        borderValue=128.0,
    )
    image = 0.8 * image + 20 + np.random.default_rng(seed).normal(0, noise, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def pixel_rays(calibration: Calibration, side: str) -> FloatArray:
    """Return the viewing rays of all pixels, (H * W, 3), to a thousandth of a pixel."""
    from stereo.geometry.projection import undistorted

    key = (id(calibration), side)
    if key not in _RAYS:
        width, height = calibration.image_size
        step = 4  # the distortion is smooth: every fourth pixel, and a cubic spline
        y, x = np.mgrid[-step : height + 2 * step : step, -step : width + 2 * step : step]
        coarse = undistorted(
            np.stack([x, y], axis=-1).reshape(-1, 2),
            getattr(calibration, f"K_{side}"),
            getattr(calibration, f"distortion_{side}"),
            calibration.model,
        )
        grid = coarse.reshape(*x.shape, 3)
        places = np.mgrid[:height, :width] / step + 1
        rays = [map_coordinates(grid[..., k], places, order=3, mode="nearest") for k in range(3)]
        _RAYS[key] = (calibration, np.stack(rays, axis=-1).reshape(-1, 3))
    return _RAYS[key][1]


def ideal(pair: SyntheticPair, baseline: float = 0.1) -> StereoGeometry:
    """Return a geometry in which the rendered pair has no doffs and looks about 60 degrees wide."""
    height, width = pair.left.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    return StereoGeometry(0.9 * width, baseline, *middle, *middle, (width, height))


def raw_views(
    pair: SyntheticPair, cameras: Calibration, ideal_from_left: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return what two raw cameras see of a rendered pair.

    `ideal_from_left` (3, 3) turns the left raw camera into the rendered one; `cameras` must
    stand so that the right one is turned into the other rendered one too.
    """
    geometry = ideal(pair, cameras.baseline)
    width, height = cameras.image_size
    views = []
    for side, rotation in (
        ("left", np.asarray(ideal_from_left)),
        ("right", np.asarray(ideal_from_left) @ cameras.R.T),
    ):
        rays = pixel_rays(cameras, side) @ rotation.T
        new = rays @ getattr(geometry, f"K_{side}").T
        maps = (new[:, :2] / new[:, 2:]).reshape(height, width, 2).astype(np.float32)
        views.append(cv2.remap(getattr(pair, side), maps, None, cv2.INTER_CUBIC))
    return views[0], views[1]


def looking_at(
    pair: SyntheticPair,
    *,
    left: npt.ArrayLike = (0.01, -0.015, 0.02),
    right: npt.ArrayLike = (-0.012, 0.02, -0.01),
    baseline: float = 0.1,
    **changes: Any,
) -> tuple[Calibration, FloatArray]:
    """Return raw cameras turned by `left` and `right` against a rendered pair, for `raw_views`."""
    left_from_ideal = cv2.Rodrigues(np.asarray(left, np.float64))[0]
    right_from_ideal = cv2.Rodrigues(np.asarray(right, np.float64))[0]
    height, width = pair.left.shape[:2]
    calibration = pinhole(
        (width, height),
        rotation=cv2.Rodrigues(right_from_ideal @ left_from_ideal.T)[0],
        translation=right_from_ideal @ [-baseline, 0, 0],
        **changes,
    )
    return calibration, left_from_ideal.T
