"""Depth maps as 16-bit PNG files, in the unit that the reader is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.arguments import number
from stereo.io.arrays import as_depth
from stereo.io.files import PathLike, path_name, write_bytes
from stereo.io.images import encode, read_image
from stereo.types import StereoFileError, StereoValueError

__all__ = ["read_depth_png", "write_depth_png"]

_LARGEST = 65535


def read_depth_png(path: PathLike, *, depth_scale: float = 1000.0) -> npt.NDArray[np.float32]:
    """Read a depth map from a 16-bit grayscale PNG.

    Parameters
    ----------
    path : str or os.PathLike
        The file; the level 0 means that the depth is not known. The unit is not in the file.
    depth_scale : float
        Levels a metre, above 0: 1000 for millimetres (most RGB-D cameras), 5000 for the RGB-D
        data of TUM, 256 for the depth maps of KITTI.

    Returns
    -------
    ndarray, float32 (H, W)
        Depth in metres; NaN = not known.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `depth_scale` is no number above 0.
    StereoFileError
        If the file is missing or damaged, or is not a 16-bit grayscale image.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "depth.png"
    ...     write_depth_png(path, np.array([[2.5, np.nan]]))
    ...     read_image(path), read_depth_png(path)
    (array([[2500,    0]], dtype=uint16), array([[2.5, nan]], dtype=float32))
    """
    scale = number("depth_scale", depth_scale, positive=True)
    levels = read_image(path)
    if levels.dtype != np.uint16 or levels.ndim != 2:
        raise StereoFileError(
            f"{path_name(path)} is a {levels.dtype} image of shape {levels.shape}; "
            "a depth map is uint16 and (H, W)"
        )
    depth = (levels / scale).astype(np.float32)
    depth[levels == 0] = np.nan
    return depth


def write_depth_png(path: PathLike, depth: npt.ArrayLike, *, depth_scale: float = 1000.0) -> None:
    """Write a depth map to a 16-bit grayscale PNG.

    Each depth takes the nearest level, and NaN the level 0.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    depth : array_like, floating point, (H, W)
        Depth in metres; NaN = not known. What is too far for the level 65535 (65.535 m at
        1000 levels a metre) or too near for the level 1 is an error.
    depth_scale : float
        Levels a metre, above 0: 1000 for millimetres. The file doesn't hold it, so that who
        reads the file has to know it.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `depth` is not a floating-point map of numbers above 0, a number of it is outside
        what the file can hold, or `depth_scale` is no number above 0.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_depth_png`.
    """
    scale = number("depth_scale", depth_scale, positive=True)
    array = as_depth(depth)
    levels = np.rint(array.astype(np.float64) * scale)
    outside = (levels < 1) | (levels > _LARGEST)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise StereoValueError(
            f"the depth at row {row}, column {column} is {array[row, column]} m; with "
            f"{scale:g} levels a metre a PNG holds {1 / scale:g} to {_LARGEST / scale:g} m: make "
            "what is beyond NaN, use another depth_scale, or write .tif, .npy or .pfm"
        )
    write_bytes(path, encode(".png", np.nan_to_num(levels, nan=0.0).astype(np.uint16)))
