"""Pictures of disparity maps for people."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_disparity
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["colorize"]

# Evenly spaced points of the turbo colour map (Mikhailov, Google, 2019). The
# straight lines between them stay within 2 levels of the full table.
_TURBO_POINTS = (
    "30123d 3b3183 434fbd 466be3 4786fc 3ba1fe 2abbeb 19d3d0 19e5b7 30f298 55fb74 7fff52 a4fd3b "
    "bef433 d7e434 edd03a fabb38 fea02e fb8020 f26013 e44509 d23004 b91e00 9c0f00 7a0401"
)


def colorize(disparity: npt.ArrayLike, min_disp: float, max_disp: float) -> npt.NDArray[np.uint8]:
    """Paint a disparity map in turbo colours over a fixed range.

    Dark blue is far (`min_disp`), red is near (`max_disp`), black is no match.
    The range is what the caller says and never what the map holds, so that the
    frames of a video keep their colours. The colours are those of turbo
    (A. Mikhailov, "Turbo, an improved rainbow colormap", 2019) in 256 steps.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match.
    min_disp, max_disp : float
        The range of the colours in pixels, min_disp < max_disp. A disparity
        outside has the colour of the nearer end.

    Returns
    -------
    ndarray, uint8 (H, W, 3)
        The picture, RGB.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `disparity` is not a floating-point map without infinite numbers, or
        the range is not two finite numbers in rising order.

    Examples
    --------
    >>> colorize([[0.0, 63.9, float("nan")]], 0, 64).tolist()
    [[[48, 18, 61], [122, 4, 1], [0, 0, 0]]]
    """
    array = as_disparity(disparity)
    low, high = _finite("min_disp", min_disp), _finite("max_disp", max_disp)
    # Halves, so that even the widest range of float64 has a finite length.
    length = high / 2 - low / 2
    if not length > 0:
        raise StereoValueError(
            f"min_disp={min_disp} and max_disp={max_disp} are no range of colours; "
            "min_disp must be less than max_disp"
        )
    invalid = np.isnan(array)
    share = np.where(invalid, low / 2, array.astype(np.float64) / 2) - low / 2
    with np.errstate(over="ignore"):  # far outside of a very short range
        share = share / length * 256
    picture: npt.NDArray[np.uint8] = _turbo()[np.clip(np.floor(share), 0, 255).astype(np.intp)]
    picture[invalid] = 0
    return picture


def _turbo() -> npt.NDArray[np.uint8]:
    """Return the 256 colours, (256, 3)."""
    points = np.array([list(bytes.fromhex(point)) for point in _TURBO_POINTS.split()])
    position, at = np.linspace(0.0, 1.0, 256), np.linspace(0.0, 1.0, len(points))
    table = np.stack([np.interp(position, at, points[:, k]) for k in range(3)], axis=1)
    colours: npt.NDArray[np.uint8] = np.rint(table).astype(np.uint8)
    return colours


def _finite(name: str, value: float) -> float:
    if isinstance(value, (str, bytes, bool)):
        raise StereoTypeError(f"{name}={value!r} is not a number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StereoTypeError(f"{name}={value!r} is not a number") from None
    if not math.isfinite(number):
        raise StereoValueError(f"{name}={value!r} is not finite; colours need a finite range")
    return number
