"""Images of the user as a network takes them: RGB between 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..types import StereoValueError

__all__ = ["as_rgb"]


def as_rgb(image: npt.NDArray[Any], side: str) -> npt.NDArray[np.float32]:
    """Return an image as float32 (3, H, W) in [0, 1].

    Parameters
    ----------
    image : ndarray, (H, W), (H, W, 3) or (H, W, 4)
        Checked, see :func:`stereo.inputs.checked_image`: uint8, of which 255 is 1; uint16, of
        which 65535 is 1; or float32 between 0 and 1. Gray is given to all three channels,
        colour is RGB, a fourth channel is not used.
    side : str
        What errors call the image.

    Raises
    ------
    StereoValueError
        If a float image has values outside [0, 1].

    Examples
    --------
    >>> as_rgb(np.full((2, 3), 51, np.uint8), "left")[:, 0, 0].tolist()
    [0.20000000298023224, 0.20000000298023224, 0.20000000298023224]
    """
    if image.dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if low < 0 or high > 1:
            raise StereoValueError(
                f"the {side} image has values from {low:g} to {high:g}: those of float images are "
                "between 0 and 1 for a network, so that it knows what white is; divide by that"
            )
        scaled = image
    else:
        scaled = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    if scaled.ndim == 2:
        return np.ascontiguousarray(np.broadcast_to(scaled, (3, *scaled.shape)))
    return np.ascontiguousarray(np.moveaxis(scaled[..., :3], 2, 0))
