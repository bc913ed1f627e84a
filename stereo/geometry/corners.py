"""Corners of chessboards: found roughly, then refined."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["find_chessboard", "goes_on", "nearest_neighbour", "refined"]

_WINDOW = (2, 11)  # px, smallest and largest half window
_SMALLEST = 32  # px a side: OpenCV's windows don't fit into less
_SEARCHED = 2_000_000  # pixels in which a chessboard is looked for first
_RING, _RING_POINTS = 0.3, 24  # radius of a circle around a corner, of a square
_RING_QUANTILE, _RING_OPPOSITE = 0.8, -0.8  # correlation with the corner before
_ITERATIONS, _ACCURACY = 100, 1e-4  # of the refinement; px


def find_chessboard(
    gray: npt.NDArray[np.uint8], size: tuple[int, int]
) -> npt.NDArray[np.float64] | None:
    """Return the corners to about a pixel, (n, 2); None where there is no board.

    Large images are searched at a smaller size first, which takes seconds less.
    """
    cv2 = opencv()
    height, width = gray.shape
    if min(height, width) < _SMALLEST:
        return None
    scale = min(1.0, float(np.sqrt(_SEARCHED / gray.size)))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    reduced = cv2.resize(gray, small, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    adaptive = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE
    found, corners = cv2.findChessboardCorners(reduced, size, flags=adaptive)
    if not found:
        found, corners = cv2.findChessboardCornersSB(reduced, size, flags=cv2.CALIB_CB_ACCURACY)
    if found:
        places = np.asarray(corners, np.float64).reshape(-1, 2)
        whole: npt.NDArray[np.float64] = (places + 0.5) * [width, height] / np.array(small) - 0.5
        return whole
    if scale == 1:
        return None
    found, corners = cv2.findChessboardCorners(gray, size, flags=adaptive)
    return np.asarray(corners, np.float64).reshape(-1, 2) if found else None


def goes_on(
    gray: npt.NDArray[np.uint8], corners: npt.NDArray[np.float64], size: tuple[int, int]
) -> bool:
    """Return whether a further row or column of corners follows: the board has more of them.

    `size` is (columns, rows). Around the next corner bright and dark change places. Where a
    square meets the margin they do so on one half of the circle only.
    """
    grid = corners.reshape(size[1], size[0], 2)
    for turned in (grid, grid[::-1], grid.swapaxes(0, 1), grid.swapaxes(0, 1)[::-1]):
        a, b, c = turned[:3]
        spacing = np.linalg.norm(a - b, axis=1)
        following = _around(gray, 3 * a - 3 * b + c, spacing)  # with perspective and bending
        alike = (_around(gray, a, spacing) * following).mean(axis=1)
        if np.quantile(alike, _RING_QUANTILE) < _RING_OPPOSITE:
            return True
    return False


def _around(
    gray: npt.NDArray[np.uint8],
    places: npt.NDArray[np.float64],
    spacing: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return the brightness on circles around places, (n, k), of mean 0 and variance 1."""
    from scipy.ndimage import map_coordinates

    angles = np.arange(_RING_POINTS) * (2 * np.pi / _RING_POINTS)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    on = places[:, None] + _RING * spacing[:, None, None] * circle
    found: npt.NDArray[np.float64] = map_coordinates(
        gray, [on[..., 1], on[..., 0]], np.float64, order=1, mode="nearest"
    )
    found -= found.mean(axis=1, keepdims=True)
    found /= np.maximum(found.std(axis=1, keepdims=True), 1.0)
    return found


def nearest_neighbour(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distance from each point to the nearest other one, (n,)."""
    from scipy.spatial import KDTree

    distances, _ = KDTree(points).query(points, k=2)  # the first one is the point itself
    nearest: npt.NDArray[np.float64] = np.asarray(distances, np.float64)[:, 1]
    return nearest


def refined(
    gray: npt.NDArray[np.uint8],
    corners: npt.NDArray[np.float64],
    reach: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return corners moved to the saddle points nearby.

    `reach` is half the side of the window around each corner, px: far corners of a tilted board
    are closer together than near ones.
    """
    cv2 = opencv()
    halves = np.clip(np.rint(reach), *_WINDOW).astype(int)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, _ITERATIONS, _ACCURACY)
    found: npt.NDArray[np.float64] = corners.copy()
    for half in np.unique(halves).tolist():
        some = halves == half
        start = corners[some].astype(np.float32).reshape(-1, 1, 2)
        moved = cv2.cornerSubPix(gray, start.copy(), (half, half), (-1, -1), stop)
        found[some] = np.asarray(moved, np.float64).reshape(-1, 2)
    return found
