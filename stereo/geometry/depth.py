"""Disparity to depth and back, and how sure a depth is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, number
from stereo.geometry.arguments import finite_array
from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry
from stereo.io.arrays import as_disparity
from stereo.types import StereoTypeError, StereoValueError

__all__ = [
    "checked_geometry",
    "depth",
    "depth_uncertainty",
    "disparity_from_depth",
    "require_size",
]


def depth(disparity: npt.ArrayLike, geometry: StereoGeometry) -> npt.NDArray[np.float32]:
    """Turn disparity into depth: Z = f B / (d + doffs).

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        x_left - x_right, px; NaN = no match.
    geometry : StereoGeometry
        That of these images: its `image_size` is (W, H). Where they were scaled or cropped,
        so is the geometry: ``geometry.scaled(0.5)``.

    Returns
    -------
    ndarray, float32 (H, W)
        Z along the optical axis of the rectified left camera, metres. NaN where there is no
        match, where d + doffs <= 0 (behind infinity), and where float32 can't hold the number.

    Raises
    ------
    StereoTypeError
        If `disparity` is not floating point, or `geometry` is that of raw cameras.
    StereoValueError
        If `disparity` is not (H, W), has infinite numbers, or has another size than `geometry`.

    Examples
    --------
    >>> geometry = StereoGeometry.from_doffs(700, 0.12, 1.0, 0.0, (3, 1), doffs=2)
    >>> depth([[40.0, -2.0, np.nan]], geometry)
    array([[ 2., nan, nan]], dtype=float32)
    """
    given = as_disparity(as_array("the disparity map", disparity))
    pixels, known = _of_one_size(given, "disparity map", geometry)
    result = np.add(pixels, known.doffs, dtype=np.float64)
    result[~(result > 0)] = np.nan
    with np.errstate(over="ignore"):
        np.divide(known.focal_length * known.baseline, result, out=result)
        return _finite_or_nan(result.astype(np.float32))


def disparity_from_depth(depth: npt.ArrayLike, geometry: StereoGeometry) -> npt.NDArray[np.float32]:
    """Turn depth into disparity: d = f B / Z - doffs.

    Parameters
    ----------
    depth : array_like, floating point, (H, W)
        Z of the rectified left camera, metres, above 0; NaN = unknown. A 0 that means unknown
        has to be made NaN first.
    geometry : StereoGeometry
        That of these images: its `image_size` is (W, H).

    Returns
    -------
    ndarray, float32 (H, W)
        x_left - x_right, px; NaN where the depth is unknown, or float32 can't hold the number.

    Raises
    ------
    StereoTypeError
        If `depth` is not floating point, or `geometry` is that of raw cameras.
    StereoValueError
        If `depth` is not (H, W), has numbers that are infinite or not above 0, or has another
        size than `geometry`.

    Examples
    --------
    >>> geometry = StereoGeometry.from_doffs(700, 0.12, 1.0, 0.0, (2, 1), doffs=2)
    >>> disparity_from_depth([[2.0, np.nan]], geometry)
    array([[40., nan]], dtype=float32)
    """
    metres, known = _of_one_size(_depth_map(depth), "depth map", geometry)
    with np.errstate(over="ignore"):
        result = known.focal_length * known.baseline / metres.astype(np.float64) - known.doffs
        return _finite_or_nan(result.astype(np.float32))


def depth_uncertainty(
    disparity: npt.ArrayLike, geometry: StereoGeometry, disparity_sigma: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    """Return the standard deviation of the depth, from that of the disparity.

    To first order: sigma_Z = Z^2 / (f B) sigma_d. It grows with the square of the depth, and
    holds while sigma_d is small beside d + doffs. The calibration is taken for exact.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        x_left - x_right, px; NaN = no match.
    geometry : StereoGeometry
        That of these images: its `image_size` is (W, H).
    disparity_sigma : float or array_like (H, W)
        Standard deviation of the disparity, px, at least 0; in a map NaN = unknown.

    Returns
    -------
    ndarray, float32 (H, W)
        Standard deviation of Z, metres; NaN where the depth or sigma is unknown.

    Raises
    ------
    StereoTypeError, StereoValueError
        As :func:`depth`; also if `disparity_sigma` is negative, infinite or of another shape.

    Examples
    --------
    >>> geometry = StereoGeometry.from_doffs(1000, 0.1, 0.0, 0.0, (2, 1))
    >>> depth_uncertainty([[50.0, 10.0]], geometry, 0.25)
    array([[0.01, 0.25]], dtype=float32)
    """
    metres = depth(disparity, geometry).astype(np.float64)
    sigma = _sigma(disparity_sigma, metres.shape)
    with np.errstate(over="ignore"):
        result = np.square(metres) / (geometry.focal_length * geometry.baseline) * sigma
        return _finite_or_nan(result.astype(np.float32))


def checked_geometry(geometry: Any) -> StereoGeometry:
    """Return a StereoGeometry; StereoTypeError that says how to get one from anything else."""
    if isinstance(geometry, StereoGeometry):
        return geometry
    if isinstance(geometry, Calibration):
        hint = "; it is that of raw cameras: rectify(calibration).calibration is what is needed"
    elif isinstance(getattr(geometry, "calibration", None), StereoGeometry):
        hint = "; give its .calibration"
    else:
        hint = ""
    raise StereoTypeError(
        f"the geometry must be a StereoGeometry, got {type(geometry).__name__}{hint}"
    )


def require_size(what: str, shape: tuple[int, ...], geometry: StereoGeometry) -> None:
    """Raise StereoValueError unless an array (H, W, ...) has the size of the calibration."""
    height, width = shape[:2]
    if (width, height) != geometry.image_size:
        of_width, of_height = geometry.image_size
        raise StereoValueError(
            f"the {what} is {width} x {height} px and the calibration is for images of "
            f"{of_width} x {of_height} px (width x height): scale or crop the calibration like "
            "the images, with .resized(), .scaled() or .cropped()"
        )


def _of_one_size(
    values: npt.NDArray[np.float32], what: str, geometry: Any
) -> tuple[npt.NDArray[np.float32], StereoGeometry]:
    known = checked_geometry(geometry)
    require_size(what, values.shape, known)
    return values, known


def _depth_map(depth: npt.ArrayLike) -> npt.NDArray[np.float32]:
    array = as_array("the depth map", depth)
    if array.dtype.kind != "f":
        raise StereoTypeError(
            f"a depth map of dtype {array.dtype} can't be used: it must be floating point, in "
            "metres, with NaN where the depth is unknown"
        )
    if array.ndim != 2 or array.size == 0:
        raise StereoValueError(
            f"a depth map of shape {array.shape} can't be used: it must be (H, W), not empty"
        )
    with np.errstate(over="ignore"):
        metres = np.ascontiguousarray(array, np.float32)
    wrong = np.isinf(metres) | (metres <= 0)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise StereoValueError(
            f"the depth at row {row}, column {column} is {array[row, column]} m: it must be above "
            "0 and finite, and NaN marks a pixel whose depth is unknown"
        )
    return metres


def _sigma(value: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float64] | float:
    array = as_array("disparity_sigma", value)
    if array.ndim == 0:
        return number("disparity_sigma", value)
    filled = np.where(np.isnan(array), 0, array) if array.dtype.kind == "f" else array
    known = finite_array("disparity_sigma", filled, shape)
    if not (known >= 0).all():
        raise StereoValueError(f"disparity_sigma must be at least 0, got {known.min()}")
    return array.astype(np.float64)


def _finite_or_nan(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    values[np.isinf(values)] = np.nan
    return values
