"""Homographies of images: applying them, how much they distort, and where they put the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["centred", "distortion", "levelled", "moved", "upright"]

Float64Array = npt.NDArray[np.float64]

_GRID = 9  # points along each side at which an image is looked at


def moved(points: Float64Array, H: Float64Array) -> Float64Array:
    """Return where H takes points, (n, 2)."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ H.T
    found: Float64Array = mapped[:, :2] / mapped[:, 2:]
    return found


def derivatives(H: Float64Array, points: Float64Array) -> Float64Array:
    """Return the Jacobians of H at points, (n, 2, 2)."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ H.T
    place = mapped[:, :2] / mapped[:, 2:]
    rows = H[:2, :2] - place[:, :, None] * H[2, :2]
    found: Float64Array = rows / mapped[:, 2, None, None]
    return found


def grid(size: tuple[int, int]) -> Float64Array:
    """Return points all over an image, its corners among them, (n, 2)."""
    x, y = np.meshgrid(np.linspace(0, size[0] - 1, _GRID), np.linspace(0, size[1] - 1, _GRID))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def upright(H: Float64Array, size: tuple[int, int]) -> bool:
    """Return whether the image stays in one piece, unmirrored, and up stays up everywhere."""
    points = grid(size)
    depth = points @ H[2, :2] + H[2, 2]
    if not (np.isfinite(H).all() and (depth * depth[0] > 0).all()):
        return False
    J = derivatives(H, points)
    return bool((np.linalg.det(J) > 0).all() and (J[:, 0, 0] > 0).all() and (J[:, 1, 1] > 0).all())


def distortion(H: Float64Array, size: tuple[int, int]) -> float:
    """Return how much H stretches the image: 0 for a rotation with shift, 0.1 for 10 %.

    The root mean square, over a grid of points, of the logarithms of both local scales.
    """
    scales = np.linalg.svd(derivatives(H, grid(size)), compute_uv=False)
    return float(np.sqrt(np.mean(np.log(np.maximum(scales, 1e-12)) ** 2)))


def levelled(
    H_left: Float64Array, H_right: Float64Array, size: tuple[int, int]
) -> tuple[Float64Array, Float64Array]:
    """Return homographies with the same rows that distort less.

    Rows must stay common to both images, but along x each image may be stretched, sheared and
    shifted (Loop and Zhang 1999): in the middle of each image the result is a rotation with one
    scale, and both have about the scale 1. Upside-down pairs are put upright.
    """
    middle = ((np.array(size) - 1) / 2)[None]
    both = [H_left / H_left[2, 2], H_right / H_right[2, 2]]
    rows = [derivatives(H, middle)[0][1] for H in both]
    scale = np.sign(rows[0][1]) / np.mean([np.linalg.norm(row) for row in rows])
    found = []
    for H in both:
        J = derivatives(H, middle)[0]
        down = scale * J[1]
        across = np.array([down[1], -down[0]])  # the row that makes a rotation of both
        a, b = np.linalg.solve(J.T, across)
        found.append(np.array([[a, b, 0], [0, scale, 0], [0, 0, 1.0]]) @ H)
    return found[0], found[1]


def centred(
    H_left: Float64Array, H_right: Float64Array, size: tuple[int, int]
) -> tuple[Float64Array, Float64Array]:
    """Return homographies shifted so that both images stay in the middle, rows common."""
    middle = (np.array(size) - 1) / 2
    away = [middle - moved(middle[None], H)[0] for H in (H_left, H_right)]
    vertical = (away[0][1] + away[1][1]) / 2
    left, right = (shift(H, x, vertical) for H, (x, _) in zip((H_left, H_right), away, strict=True))
    return left, right


def shift(H: Float64Array, x: float, y: float) -> Float64Array:
    """Return H followed by a shift."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]) @ H
