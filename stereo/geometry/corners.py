"""Corners of chessboards: found roughly, then refined."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["find_chessboard", "nearest_neighbour", "refined"]

_WINDOW = (2, 11)  # px, smallest and largest half window
_SMALLEST = 32  # px a side: OpenCV's windows don't fit into less
_SEARCHED = 2_000_000  # pixels in which a chessboard is looked for first
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
