"""Disparity maps as the 16-bit PNG files of the KITTI benchmark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_disparity
from stereo.io.files import PathLike, path_name, write_bytes
from stereo.io.images import encode, read_image
from stereo.types import StereoFileError, StereoValueError

__all__ = ["read_kitti", "write_kitti"]

_STEPS = 256.0  # levels a pixel of disparity
_LARGEST = 65535


def read_kitti(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a disparity map from a 16-bit grayscale PNG of the KITTI benchmark.

    Parameters
    ----------
    path : str or os.PathLike
        The file; a level is 1/256 px and the level 0 means no match.

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in pixels; NaN = no match.

    Raises
    ------
    StereoFileError
        If the file is missing or damaged, or is not a 16-bit grayscale image.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.png"
    ...     write_kitti(path, np.array([[2.5, np.nan]]))
    ...     read_kitti(path)
    array([[2.5, nan]], dtype=float32)
    """
    levels = read_image(path)
    if levels.dtype != np.uint16 or levels.ndim != 2:
        raise StereoFileError(
            f"{path_name(path)} is a {levels.dtype} image of shape {levels.shape}; "
            "a KITTI disparity map is uint16 and (H, W)"
        )
    disparity: npt.NDArray[np.float32] = levels.astype(np.float32) / np.float32(_STEPS)
    disparity[levels == 0] = np.nan
    return disparity


def write_kitti(path: PathLike, disparity: npt.ArrayLike) -> None:
    """Write a disparity map to a 16-bit grayscale PNG of the KITTI benchmark.

    A level is 1/256 px, and each disparity takes the nearest level, but at least
    1, because 0 means no match: a disparity of 0 reads back as 1/256 px.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    disparity : array_like, floating point, (H, W)
        Disparity in pixels from 0 to 255.996 (65535/256); NaN = no match.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `disparity` is not a floating-point map, or a number of it is outside
        what the format can hold.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.png"
    ...     write_kitti(path, np.array([[0.0, 1.0]]))
    ...     (read_kitti(path) * 256).tolist()
    [[1.0, 256.0]]
    """
    array = as_disparity(disparity)
    steps = array.astype(np.float64) * _STEPS
    outside = (steps < 0) | (steps > _LARGEST)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise StereoValueError(
            f"the disparity at row {row}, column {column} is {array[row, column]} px; a KITTI "
            f"PNG holds 0 to {_LARGEST / _STEPS:.3f} px only, so write .pfm or .npy instead"
        )
    levels = np.maximum(np.rint(np.nan_to_num(steps, nan=0.0)), 1)
    levels[np.isnan(array)] = 0
    write_bytes(path, encode(".png", levels.astype(np.uint16)))
