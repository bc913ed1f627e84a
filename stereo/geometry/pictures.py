"""Pictures for people: a pair under epipolar lines, the corners of a board, points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import integer
from stereo.geometry.points import PointCloud
from stereo.inputs import checked_image
from stereo.types import StereoError, StereoTypeError, StereoValueError
from stereo.viz import colorize

if TYPE_CHECKING:
    from stereo.geometry.report import CalibrationReport

__all__ = ["cloud_picture", "coverage_picture", "epipolar_picture"]

Picture = npt.NDArray[np.uint8]
Window = tuple[int, int, int, int]

_LINE_COLORS = np.array([[255, 64, 64], [64, 255, 64], [80, 160, 255], [255, 220, 0]], np.uint8)
_WINDOW_COLOR = (255, 0, 255)
_GAP = 8  # px between the two images
_MOST_POINTS = 60_000  # that a preview draws
_DPI = 100


def epipolar_picture(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    lines: int = 20,
    windows: tuple[Window, Window] | None = None,
) -> Picture:
    """Put a rectified pair side by side under horizontal lines.

    Where the pair is rectified, a line meets the same things in both images.

    Parameters
    ----------
    left, right : array_like, uint8, uint16 or float32, (H, W), (H, W, 3) or (H, W, 4)
        The pair, of one shape. Other than uint8, its lowest value becomes black and its highest
        one white.
    lines : int
        Number of lines, from 0 to H.
    windows : (window, window), optional
        A window (x, y, width, height) to outline in each image, such as the `roi_left` and
        `roi_right` of a rectification.

    Returns
    -------
    ndarray, uint8 (H, 2 W + 8, 3)
        RGB.

    Raises
    ------
    StereoTypeError, StereoValueError
        If these are no two images of one size, or `lines` is out of range.

    Examples
    --------
    >>> image = np.zeros((60, 80), np.uint8)
    >>> epipolar_picture(image, image, lines=3).shape
    (60, 168, 3)
    """
    images = [_rgb(checked_image(left, "left")), _rgb(checked_image(right, "right"))]
    if images[0].shape != images[1].shape:
        raise StereoValueError(
            f"left is {images[0].shape[:2]} and right is {images[1].shape[:2]} (height, width): "
            "a rectified pair has one size"
        )
    height = images[0].shape[0]
    count = integer("lines", lines, 0, height)
    for image, box in zip(images, windows or (None, None), strict=True):
        if box is not None:
            _outline(image, box)
    picture = np.hstack([images[0], np.full((height, _GAP, 3), 255, np.uint8), images[1]])
    rows = ((np.arange(count) + 0.5) * height / max(count, 1)).astype(int)
    picture[rows] = _LINE_COLORS[np.arange(count) % len(_LINE_COLORS), np.newaxis]
    return picture


def coverage_picture(report: CalibrationReport) -> Picture:
    """Draw where in both images the corners of the board were.

    Distortion is only known where corners were: they should reach the borders.

    Parameters
    ----------
    report : CalibrationReport
        Of :func:`calibrate`.

    Returns
    -------
    ndarray, uint8 (H, W, 3)
        RGB.

    Raises
    ------
    StereoError
        If Matplotlib can't be loaded.
    """
    width, height = report.image_size
    figure, canvas = _figure(12, 12 * 0.5 * height / width + 0.6)
    for k, side in enumerate(("left", "right")):
        axes = figure.add_subplot(1, 2, k + 1)
        corners = report.corners(side)
        axes.scatter(corners[:, 0], corners[:, 1], s=6, c="tab:blue", alpha=0.6, linewidths=0)
        axes.set(
            title=f"{side}: {len(corners)} corners, in {report.coverage(side):.0%} of the fields",
            xlim=(-0.5, width - 0.5),
            ylim=(height - 0.5, -0.5),
            aspect="equal",
            xticks=np.linspace(-0.5, width - 0.5, 9).round(),
            yticks=np.linspace(-0.5, height - 0.5, 7).round(),
        )
        axes.grid(alpha=0.3)
    return _drawn(canvas)


def cloud_picture(cloud: PointCloud) -> Picture:
    """Draw points as a preview: in perspective, and from above.

    Parameters
    ----------
    cloud : PointCloud
        Points in the left camera's frame (x to the right, y down, z forward), metres. At most
        60000 of them are drawn, and the farthest 1 per cent is outside the picture. Without
        colours they are coloured by z.

    Returns
    -------
    ndarray, uint8 (600, 1200, 3)
        RGB.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `cloud` is no PointCloud, or has no points.
    StereoError
        If Matplotlib can't be loaded.

    Examples
    --------
    >>> xyz = np.random.default_rng(0).uniform(1, 2, (100, 3)).astype(np.float32)
    >>> cloud_picture(PointCloud(xyz)).shape
    (600, 1200, 3)
    """
    if not isinstance(cloud, PointCloud):
        raise StereoTypeError(f"cloud must be a PointCloud, got {type(cloud).__name__}")
    if len(cloud.xyz) == 0:
        raise StereoValueError("there are no points to draw")
    xyz, colors = _drawn_points(cloud)
    figure, canvas = _figure(12, 6)
    right, down, forward = xyz.T
    dots = {"c": colors, "s": 2, "linewidths": 0}
    space = figure.add_subplot(1, 2, 1, projection="3d")
    space.scatter(right, forward, -down, depthshade=False, **dots)
    space.set(
        xlabel="x / m",
        ylabel="z / m",
        zlabel="-y / m",
        box_aspect=np.ptp(xyz, axis=0)[[0, 2, 1]] + 1e-6,
    )
    space.view_init(elev=20, azim=-75)
    above = figure.add_subplot(1, 2, 2)
    above.scatter(right, forward, **dots)
    above.set(xlabel="x / m", ylabel="z / m", title="from above", aspect="equal")
    above.set_adjustable("datalim")
    return _drawn(canvas)


def _drawn_points(cloud: PointCloud) -> tuple[npt.NDArray[np.float32], npt.NDArray[Any]]:
    """Return the points that are drawn, and their colours or depths."""
    xyz = cloud.xyz
    kept = np.flatnonzero(xyz[:, 2] <= np.percentile(xyz[:, 2], 99))
    if len(kept) > _MOST_POINTS:
        kept = np.sort(np.random.default_rng(0).choice(kept, _MOST_POINTS, replace=False))
    if cloud.colors is not None:
        return xyz[kept], _levels(cloud.colors)[kept] / 255
    nearest, farthest = float(xyz[kept, 2].min()), float(xyz[kept, 2].max())
    far = farthest if farthest > nearest else nearest + 1
    return xyz[kept], colorize(-xyz[np.newaxis, kept, 2], -far, -nearest)[0] / 255


def _rgb(image: npt.NDArray[Any]) -> Picture:
    color = np.repeat(image[:, :, np.newaxis], 3, axis=2) if image.ndim == 2 else image[:, :, :3]
    picture: Picture = _levels(color).copy()
    return picture


def _levels(values: npt.NDArray[Any]) -> Picture:
    """Return uint8 as it is, and anything else stretched from its lowest to its highest value."""
    if values.dtype == np.uint8:
        return values
    low, high = float(values.min()), float(values.max())
    scale = 255 / (high - low) if high > low else 0.0
    levels: Picture = np.rint((values.astype(np.float64) - low) * scale).astype(np.uint8)
    return levels


def _outline(image: Picture, window: Window) -> None:
    """Draw the border of a window, as far as it is in the image."""
    x, y, width, height = window
    if min(width, height) < 1 or min(x, y) < 0:
        return
    columns, rows = slice(x, x + width), slice(y, y + height)
    for row in (y, y + height - 1):
        image[row : row + 1, columns] = _WINDOW_COLOR
    for column in (x, x + width - 1):
        image[rows, column : column + 1] = _WINDOW_COLOR


def _figure(width: float, height: float) -> tuple[Any, Any]:
    """Return an empty figure and its canvas, without touching the state of pyplot."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise StereoError(
            f"Matplotlib can't be loaded ({error}); it draws pictures of points and corners: "
            "pip install 'stereo-depth[plots]'"
        ) from error
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    return figure, FigureCanvasAgg(figure)


def _drawn(canvas: Any) -> Picture:
    canvas.draw()
    picture: Picture = np.array(canvas.buffer_rgba())[:, :, :3]
    return np.ascontiguousarray(picture)
