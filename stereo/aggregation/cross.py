"""Cross-based aggregation: the mean over regions that follow the image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..arguments import integer
from ..bands import in_bands
from ..memory import allocate
from ..volume import CostVolume, checked_volume
from . import arguments

__all__ = ["cross_based"]

_LONGEST = 127  # (2 * 127 + 1)² * 65535 still fits the 32 bits of a sum


def cross_based(
    volume: CostVolume,
    guide: Any,
    arm: int = 17,
    tolerance: int = 20,
    threads: int | None = None,
) -> CostVolume:
    """Average the costs of each disparity over the part of the image that looks like the pixel.

    Each pixel has a cross of four arms, which end at the image border, at the length `arm`, or
    before the first pixel that differs by more than `tolerance` from the middle. Its region is
    the union of the horizontal arms of the pixels on its vertical ones (Zhang, Lu and Lafruit
    2009, "Cross-based local stereo matching using orthogonal integral images"; the regions are
    those of the left image only). The time of a mean does not depend on the length of the arms.

    Parameters
    ----------
    volume : CostVolume
        Costs of any kind.
    guide : ndarray, uint8 (H, W), (H, W, 3) or (H, W, 4)
        The left image; a fourth channel is not used.
    arm : int
        Longest arm, px, in [0, 127]; 0 changes nothing.
    tolerance : int
        Largest difference of any channel to the pixel in the middle, gray levels, in [0, 255].
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
    >>> image = np.array([[0, 0, 0, 90, 90]], np.uint8)
    >>> data = np.array([[[3], [6], [0], [8], [4]]], np.uint8)
    >>> cross_based(CostVolume(data), image).data[0, :, 0].tolist()
    [3, 3, 3, 6, 6]
    """
    from ..backends.numba_kernels import volume_cross

    checked_volume(volume)
    channels = arguments.guide_channels(guide, volume)
    arm = integer("arm", arm, 0, _LONGEST)
    tolerance = integer("tolerance", tolerance, 0, 255)
    result = allocate(volume.shape, volume.data.dtype, "aggregated volume")
    height, width, _ = volume.shape
    reach = np.empty((height, width, 4), np.int32)
    size = np.empty((height, width), np.int64)
    in_bands(
        lambda first, stop: volume_cross.arms(channels, arm, tolerance, reach, first, stop),
        height,
        threads,
    )
    volume_cross.sizes(reach, size)
    in_bands(
        lambda first, stop: volume_cross.average(
            volume.data, reach, size, arm, result, first, stop
        ),
        height,
        threads,
    )
    return replace(volume, data=result)
