"""What every writer and viewer of a disparity or depth map asks of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.types import StereoTypeError, StereoValueError

__all__ = ["as_depth", "as_disparity"]


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
    return _as_map("disparity", "px", disparity)


def as_depth(depth: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Check a depth map and return it as a contiguous float32 array.

    Parameters
    ----------
    depth : array_like, floating point, (H, W)
        Depth in metres, above 0; NaN = not known.

    Returns
    -------
    ndarray, float32 (H, W)
        The same numbers, C-contiguous; the input itself where it is that already.

    Raises
    ------
    StereoTypeError
        If the numbers are not floating point.
    StereoValueError
        If the array is not two-dimensional or empty, or if it holds a number that is
        infinite, too large for float32, or not above 0.

    Examples
    --------
    >>> as_depth([[1.5, float("nan")]])
    array([[1.5, nan]], dtype=float32)
    """
    result = _as_map("depth", "metres", depth)
    if (result <= 0).any():
        row, column = np.argwhere(result <= 0)[0]
        raise StereoValueError(
            f"the depth at row {row}, column {column} is {result[row, column]} m; a depth is "
            "above 0, and NaN marks a pixel where it is not known"
        )
    return result


def _as_map(what: str, unit: str, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    missing = {"disparity": "there is no match", "depth": "it is not known"}[what]
    array = np.asarray(values)
    if array.dtype.kind != "f":
        raise StereoTypeError(
            f"a {what} map of dtype {array.dtype} and shape {array.shape} can't be used; "
            f"it must be floating point, in {unit}, with NaN where {missing}"
        )
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(
            f"a {what} map of shape {array.shape} can't be used; it must be (H, W), not empty"
        )
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=np.float32)
    infinite = np.isinf(result)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise StereoValueError(
            f"the {what} at row {row}, column {column} is {array[row, column]}; "
            f"numbers must be finite float32, and NaN marks a pixel where {missing}"
        )
    return result
