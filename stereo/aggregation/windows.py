"""Aggregation over square windows: the mean of the costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import integer
from ..memory import allocate
from ..volume import CostVolume, checked_volume
from . import arguments

__all__ = ["MAX_RADIUS", "box", "pixels_in_windows", "window_sums"]

MAX_RADIUS = 1 << 24
"""px; larger than any image."""


def box(volume: CostVolume, radius: int = 1, threads: int | None = None) -> CostVolume:
    """Average the costs of each disparity over the square window around each pixel.

    The time does not depend on the radius: sums run along columns and rows.

    Parameters
    ----------
    volume : CostVolume
        Costs of any kind.
    radius : int
        The window has 2 * radius + 1 px a side, and is cut at the image border. 0 changes
        nothing.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    CostVolume
        Of the same shape and dtype; means rounded to the nearest integer, up on ties.

    Raises
    ------
    StereoError
        If an argument can't be used, or without the memory for the result.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> data = np.zeros((1, 4, 1), np.uint8)
    >>> data[0, 0] = 9
    >>> box(CostVolume(data), radius=1).data[0, :, 0]
    array([5, 3, 0, 0], dtype=uint8)
    """
    checked_volume(volume)
    radius = integer("radius", radius, 0, MAX_RADIUS)
    result = allocate(volume.shape, volume.data.dtype, "aggregated volume")
    count = pixels_in_windows(volume.shape[:2], radius)

    def average(planes: slice) -> None:
        sums = window_sums(volume.data[..., planes], radius)
        sums /= count
        sums += 0.5
        np.floor(sums, out=sums)
        result[..., planes] = sums

    arguments.run_planes(average, volume.disparities, threads)
    return replace(volume, data=result)


def window_sums(planes: npt.NDArray[Any], radius: int) -> npt.NDArray[np.float64]:
    """Return the sums over windows cut at the image border: float64 (H, W, n), few n."""
    import cv2

    height, width, channels = planes.shape
    # No window reaches farther than the image; OpenCV would widen the border in vain.
    size = (2 * min(radius, width - 1) + 1, 2 * min(radius, height - 1) + 1)
    sums = cv2.boxFilter(planes, cv2.CV_64F, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(sums, np.float64).reshape(height, width, channels)


def pixels_in_windows(shape: tuple[int, int], radius: int) -> npt.NDArray[np.float64]:
    """Return how many pixels the window around each pixel holds: (H, W, 1)."""
    rows, columns = (
        np.minimum(np.arange(length) + radius, length - 1)
        - np.maximum(np.arange(length) - radius, 0)
        + 1.0
        for length in shape
    )
    return (rows[:, None] * columns)[..., None]
