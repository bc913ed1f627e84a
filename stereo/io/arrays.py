"""What every writer and viewer of a disparity map asks of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.types import StereoTypeError, StereoValueError

__all__ = ["as_disparity"]


def as_disparity(disparity: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Check a disparity map and return it as a contiguous float32 array.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match.

    Returns
    -------
    ndarray, float32 (H, W)
        The same numbers, C-contiguous; the input itself where it is that already.

    Raises
    ------
    StereoTypeError
        If the numbers are not floating point.
    StereoValueError
        If the array is not two-dimensional or empty, or if it holds an infinite
        number or one too large for float32.

    Examples
    --------
    >>> as_disparity([[1.5, float("nan")]])
    array([[1.5, nan]], dtype=float32)
    """
    array = np.asarray(disparity)
    if array.dtype.kind != "f":
        raise StereoTypeError(
            f"a disparity map of dtype {array.dtype} and shape {array.shape} can't be used; "
            "it must be floating point, in pixels, with NaN where there is no match"
        )
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(
            f"a disparity map of shape {array.shape} can't be used; it must be (H, W), not empty"
        )
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=np.float32)
    infinite = np.isinf(result)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise StereoValueError(
            f"the disparity at row {row}, column {column} is {array[row, column]}; "
            "numbers must be finite float32, and NaN marks a pixel without a match"
        )
    return result
