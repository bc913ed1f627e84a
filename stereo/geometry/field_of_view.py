"""What part of a raw image a rectified camera shows: focal length, principal points, ROI."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.calibration import Calibration
from stereo.geometry.projection import undistorted
from stereo.types import StereoValueError, StereoWarning

__all__ = ["ViewWindow", "chosen_window", "largest_rectangle", "outline"]

Float64Array = npt.NDArray[np.float64]

_STEPS = 256  # points of the outline along a side of the image
_LOWEST_Z = 0.05  # of a viewing ray of length 1: 87 degrees off the axis is as good as 90
_BLOCKS = 100  # along the larger side, of the grid in which a rectangle is looked for first


class ViewWindow(NamedTuple):
    """A rectified camera.

    Attributes
    ----------
    focal_length : float
        px; the same for both axes and both cameras.
    cx_left, cx_right, cy : float
        Principal points, px.
    """

    focal_length: float
    cx_left: float
    cx_right: float
    cy: float


def outline(calibration: Calibration, side: str, rotation: Float64Array) -> Float64Array:
    """Return the border of a raw image as rays of the rectified camera, (4 * steps, 3).

    Raises
    ------
    StereoValueError
        If the distortion has no inverse anywhere on the border.

    Warns
    -----
    StereoWarning
        If it has none on a part of the border.
    """
    width, height = calibration.image_size
    s = np.linspace(0, 1, _STEPS, endpoint=False)
    x = np.concatenate([s, np.ones(_STEPS), 1 - s, np.zeros(_STEPS)]) * (width - 1)
    y = np.concatenate([np.zeros(_STEPS), s, np.ones(_STEPS), 1 - s]) * (height - 1)
    rays = undistorted(
        np.stack([x, y], axis=1),
        getattr(calibration, f"K_{side}"),
        getattr(calibration, f"distortion_{side}"),
        calibration.model,
    )
    lost = np.isnan(rays).any(axis=1)
    if lost.all():
        raise StereoValueError(
            f"the distortion of the {side} camera has no inverse anywhere on the border of the "
            f"{width} x {height} image: the calibration is not usable"
        )
    if lost.any():
        warnings.warn(
            f"the distortion of the {side} camera has no inverse on {lost.mean():.0%} of the "
            "border of the image: pixels there stay empty, also with alpha = 0. A calibration "
            "with views there, or with fewer coefficients, mends it",
            StereoWarning,
            stacklevel=3,
        )
    turned: Float64Array = rays[~lost] @ rotation.T
    return turned


def chosen_window(
    outlines: tuple[Float64Array, Float64Array],
    size: tuple[int, int],
    alpha: float,
    focal_length: float | None,
    zero_doffs: bool,
) -> ViewWindow:
    """Return the camera that shows the right part of both images.

    Parameters
    ----------
    outlines : tuple of two (n, 3) arrays
        Borders of both raw images, rays of the rectified camera.
    size : (int, int)
        Width and height of the rectified images, px.
    alpha : float
        0: the largest view without any pixel that is not in the raw image. 1: all that is in
        the raw images. Between: focal length and centre are interpolated.
    focal_length : float or None
        px; instead of the one that `alpha` gives, about the same centre.
    zero_doffs : bool
        One principal point for both.

    Raises
    ------
    StereoValueError
        If there is no such view.
    """
    inner = _inner(outlines, size, zero_doffs)
    outer = _outer(outlines, size, zero_doffs)
    if alpha == 1 and outer is None:
        raise StereoValueError(
            "alpha = 1 would show all that the cameras see, but they see beyond 87 degrees off "
            "the rectified axis, which no flat image can hold: take an alpha below 1"
        )
    if outer is None:
        scale, centres = (1 - alpha) * inner[0], inner[1]
    else:
        scale = (1 - alpha) * inner[0] + alpha * outer[0]
        centres = (1 - alpha) * inner[1] + alpha * outer[1]
    if focal_length is not None:
        scale = focal_length
    middle = (np.array(size) - 1) / 2
    left, right, vertical = middle[[0, 0, 1]] - scale * centres
    return ViewWindow(float(scale), float(left), float(right), float(vertical))


def _inner(
    outlines: tuple[Float64Array, Float64Array], size: tuple[int, int], zero_doffs: bool
) -> tuple[float, Float64Array]:
    """Return the focal length and the centres (x left, x right, y) of the largest full view."""
    from scipy.optimize import minimize

    polygons = [_flattened(rays) for rays in outlines]
    half = np.maximum((np.array(size) - 1) / 2, 0.5)
    edges = [_edges(polygon / half) for polygon in polygons]

    def cost(free: Float64Array) -> float:
        """Return how often half the size fits around these centres, as a negative number."""
        centres = free[[0, 0, 1]] if zero_doffs else free
        fits = [
            _room(one, np.array([x, centres[2]]) / half)
            for one, x in zip(edges, centres[:2], strict=True)
        ]
        return -min(fits)

    boxes = [(polygon.min(axis=0), polygon.max(axis=0)) for polygon in polygons]
    low, high = max(b[0][1] for b in boxes), min(b[1][1] for b in boxes)
    xs = [(b[0][0] + b[1][0]) / 2 for b in boxes]
    if zero_doffs:
        shared = (max(b[0][0] for b in boxes) + min(b[1][0] for b in boxes)) / 2
        start = np.array([shared, (low + high) / 2])
    else:
        start = np.array([*xs, (low + high) / 2])
    spread = 0.1 * float(np.mean([np.ptp(b, axis=0).mean() for b in boxes]))
    simplex = np.vstack([start, start + spread * np.eye(len(start))])
    options: Any = {"initial_simplex": simplex, "xatol": 1e-7, "fatol": 1e-9, "maxiter": 2000}
    found = minimize(cost, start, method="Nelder-Mead", options=options)
    best = -float(found.fun)
    if not best > 0:
        hint = "; zero_doffs=False gives each its own" if zero_doffs else ""
        raise StereoValueError(
            "the rectified images of both cameras have no common part in one window: they look "
            f"in too different directions{hint}"
        )
    centres = found.x[[0, 0, 1]] if zero_doffs else found.x
    return 1 / best, np.asarray(centres, np.float64)


def _flattened(rays: Float64Array) -> Float64Array:
    """Return the border in the plane Z = 1; what is beyond 87 degrees lies far outside."""
    z = np.maximum(rays[:, 2], _LOWEST_Z)
    flat: Float64Array = rays[:, :2] / z[:, None]
    return flat


class _Edges(NamedTuple):
    """A polygon for `_room`: its corners, the way to the next one, 1 / (du - dv), 1 / (du + dv)."""

    corners: Float64Array
    steps: Float64Array
    slopes: Float64Array
    shape: npt.NDArray[np.float32]


def _edges(polygon: Float64Array) -> _Edges:
    steps = np.roll(polygon, -1, axis=0) - polygon
    du, dv = steps.T
    both = np.stack([du - dv, du + dv])
    slopes = np.divide(1, both, out=np.zeros_like(both), where=both != 0)
    return _Edges(polygon.T, steps.T, slopes, polygon.astype(np.float32).reshape(-1, 1, 2))


def _room(edges: _Edges, centre: Float64Array) -> float:
    """Return how much of a square around a point fits into the polygon; below 0: outside."""
    from stereo.io.images import opencv

    u, v = edges.corners - centre[:, None]
    # Along an edge max(|u|, |v|) is smallest at an end, or where a corner of the square
    # touches: u = v or u = -v.
    t = np.zeros((3, len(u)))
    t[1], t[2] = (v - u) * edges.slopes[0], -(u + v) * edges.slopes[1]
    np.minimum(np.maximum(t, 0, out=t), 1, out=t)
    du, dv = edges.steps
    nearest = float(np.maximum(np.abs(u + t * du), np.abs(v + t * dv)).min())
    place = (float(centre[0]), float(centre[1]))
    return nearest if opencv().pointPolygonTest(edges.shape, place, False) > 0 else -nearest


def _outer(
    outlines: tuple[Float64Array, Float64Array], size: tuple[int, int], zero_doffs: bool
) -> tuple[float, Float64Array] | None:
    """Return focal length and centres of the smallest view that shows all; None if none does."""
    if any(rays[:, 2].min() <= _LOWEST_Z for rays in outlines):
        return None
    boxes = np.array([[f.min(axis=0), f.max(axis=0)] for f in map(_flattened, outlines)])
    if zero_doffs:
        boxes[:, 0, 0], boxes[:, 1, 0] = boxes[:, 0, 0].min(), boxes[:, 1, 0].max()
    boxes[:, 0, 1], boxes[:, 1, 1] = boxes[:, 0, 1].min(), boxes[:, 1, 1].max()
    extent = (boxes[:, 1] - boxes[:, 0]).max(axis=0)
    focal = float((np.maximum(np.array(size) - 1, 1) / extent).min())
    middles = boxes.mean(axis=1)
    return focal, np.array([middles[0, 0], middles[1, 0], middles[0, 1]])


def largest_rectangle(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return a large rectangle (x, y, width, height) in which the mask is True everywhere.

    It is the largest one on a coarse grid, grown to the last row and column. A mask without
    True has the rectangle (0, 0, 0, 0).

    Examples
    --------
    >>> mask = np.zeros((6, 8), bool)
    >>> mask[1:5, 2:7] = True
    >>> largest_rectangle(mask)
    (2, 1, 5, 4)
    """
    height, width = mask.shape
    step = max(1, -(-max(height, width) // _BLOCKS))
    rows, columns = height // step, width // step
    blocks = mask[: rows * step, : columns * step].reshape(rows, step, columns, step)
    x, y, wide, high = _largest_of(np.asarray(blocks.all(axis=(1, 3))))
    if not wide:
        return (0, 0, 0, 0)
    left, top, right, bottom = x * step, y * step, (x + wide) * step, (y + high) * step
    grows = True
    while grows:
        grows = False
        if left > 0 and mask[top:bottom, left - 1].all():
            left, grows = left - 1, True
        if right < width and mask[top:bottom, right].all():
            right, grows = right + 1, True
        if top > 0 and mask[top - 1, left:right].all():
            top, grows = top - 1, True
        if bottom < height and mask[bottom, left:right].all():
            bottom, grows = bottom + 1, True
    return left, top, right - left, bottom - top


def _largest_of(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return the largest rectangle of True, by the histogram of columns above each row."""
    best, found = 0, (0, 0, 0, 0)
    heights = np.zeros(mask.shape[1], int)
    for y, row in enumerate(mask):
        heights = np.where(row, heights + 1, 0)
        stack: list[tuple[int, int]] = []  # first column and height, heights ascending
        for x, high in enumerate([*heights.tolist(), 0]):
            first = x
            while stack and stack[-1][1] >= high:
                first, above = stack.pop()
                if above * (x - first) > best:
                    best = above * (x - first)
                    found = (first, y - above + 1, x - first, above)
            stack.append((first, high))
    return found
