"""The guided filter: costs averaged where the image does not change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..arguments import integer, number
from ..memory import allocate
from ..volume import CostVolume, checked_volume
from . import arguments
from .windows import MAX_RADIUS, pixels_in_windows, window_sums

__all__ = ["guided_filter"]


def guided_filter(
    volume: CostVolume,
    guide: Any,
    radius: int = 9,
    eps: float = 6.5,
    threads: int | None = None,
) -> CostVolume:
    """Filter the costs of each disparity such that the edges of the image stay sharp.

    In each window the costs are taken for a line a I + b in the gray value I of the guide,
    fitted by least squares with the regularisation eps; a pixel takes the value of the mean
    line of the windows that it lies in (He, Sun and Tang 2010, "Guided image filtering"; for
    costs Rhemann et al. 2011, "Fast cost-volume filtering for visual correspondence and
    beyond"). The time does not depend on the radius.

    Parameters
    ----------
    volume : CostVolume
        Costs of any kind.
    guide : ndarray, uint8 (H, W), (H, W, 3) or (H, W, 4)
        The left image; colours become (c0 + 2 c1 + c2) / 4, rounded down.
    radius : int
        The window has 2 * radius + 1 px a side, and is cut at the image border.
    eps : float
        Variance in squared gray levels; windows that vary less are averaged. The default is
        the 0.0001 of the paper, whose images go from 0 to 1.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Returns
    -------
    CostVolume
        Of the same shape and dtype; computed in float64, rounded to the nearest integer (to
        the even one on ties), and cut to 0 … maximum, which the lines may leave.

    Raises
    ------
    StereoError
        If an argument can't be used, or without the memory for the result.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.volume import CostVolume
    >>> image = np.zeros((9, 12), np.uint8)
    >>> image[:, 6:] = 200
    >>> noise = np.tile(np.array([1, 3], np.uint8), (9, 6))
    >>> data = (noise + 20 * (image > 0))[..., None].astype(np.uint8)
    >>> guided_filter(CostVolume(data), image, radius=2).data[4, :, 0].tolist()
    [2, 2, 2, 2, 2, 2, 22, 22, 22, 22, 22, 22]
    """
    checked_volume(volume)
    gray = arguments.gray_guide(guide, volume).astype(np.float64)[..., None]
    radius = integer("radius", radius, 0, MAX_RADIUS)
    eps = number("eps", eps, positive=True)
    result = allocate(volume.shape, volume.data.dtype, "aggregated volume")
    count = pixels_in_windows(volume.shape[:2], radius)
    mean_gray = window_sums(gray, radius) / count
    variance = window_sums(gray * gray, radius) / count - mean_gray * mean_gray

    def fit(planes: slice) -> None:
        costs = volume.data[..., planes].astype(np.float64)
        mean = window_sums(costs, radius) / count
        slope = window_sums(costs * gray, radius) / count - mean_gray * mean
        slope /= variance + eps
        intercept = mean - slope * mean_gray
        lines = window_sums(slope, radius) * gray + window_sums(intercept, radius)
        result[..., planes] = np.clip(np.rint(lines / count), 0, volume.maximum)

    arguments.run_planes(fit, volume.disparities, threads)
    return replace(volume, data=result)
