"""Depth maps in the format that the file name asks for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_depth
from stereo.io.depth_png import read_depth_png, write_depth_png
from stereo.io.files import PathLike, path_name
from stereo.io.npy import read_npy, write_npy
from stereo.io.pfm import read_pfm, write_pfm
from stereo.io.tiff import read_tiff, write_tiff
from stereo.types import StereoFileError, StereoValueError

__all__ = ["depth_format", "read_depth", "write_depth"]

_FLOATS = {
    ".pfm": (read_pfm, write_pfm),
    ".npy": (read_npy, write_npy),
    ".tif": (read_tiff, write_tiff),
    ".tiff": (read_tiff, write_tiff),
}


def depth_format(path: PathLike) -> str:
    """Return the ending of a file name that says how a depth map is written.

    Parameters
    ----------
    path : str or os.PathLike
        A file name; it need not exist, and case does not matter.

    Returns
    -------
    str
        ``.pfm``, ``.npy``, ``.tif``, ``.tiff`` (float32 metres) or ``.png`` (16 bits).

    Raises
    ------
    StereoValueError
        If the name has none of these endings.

    Examples
    --------
    >>> depth_format("out/depth.TIF")
    '.tif'
    """
    name = path_name(path)
    for ending in (*_FLOATS, ".png"):
        if name.lower().endswith(ending):
            return ending
    raise StereoValueError(
        f"{name!r} does not say which format is meant; the name of a depth map must end in "
        f"{', '.join(_FLOATS)} (float32) or .png (16 bits)"
    )


def read_depth(path: PathLike, *, depth_scale: float = 1000.0) -> npt.NDArray[np.float32]:
    """Read a depth map: PFM, NumPy, TIFF or 16-bit PNG, by the ending of the name.

    Parameters
    ----------
    path : str or os.PathLike
        A file that ends in ``.pfm``, ``.npy``, ``.tif``, ``.tiff`` or ``.png``.
    depth_scale : float
        Levels a metre of a ``.png``; see :func:`read_depth_png`. The others hold metres.

    Returns
    -------
    ndarray, float32 (H, W)
        Depth in metres; NaN = not known.

    Raises
    ------
    StereoValueError
        If the name has another ending.
    StereoFileError
        If the file is missing, damaged or something else than its name says, or holds a
        depth that is not above 0.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "depth.npy"
    ...     write_depth(path, np.full((1, 2), 7.25))
    ...     read_depth(path)
    array([[7.25, 7.25]], dtype=float32)
    """
    ending = depth_format(path)
    if ending == ".png":
        return read_depth_png(path, depth_scale=depth_scale)
    values = _FLOATS[ending][0](path)
    try:
        return as_depth(values)
    except StereoValueError as error:
        raise StereoFileError(f"{path_name(path)} holds no depth map: {error}") from None


def write_depth(path: PathLike, depth: npt.ArrayLike, *, depth_scale: float = 1000.0) -> None:
    """Write a depth map in the format that the ending of the name asks for.

    Parameters
    ----------
    path : str or os.PathLike
        ``.pfm``, ``.npy``, ``.tif`` and ``.tiff`` hold the float32 metres; ``.png`` holds
        levels of 16 bits. An existing file is replaced when the new one is complete.
    depth : array_like, floating point, (H, W)
        Depth in metres, above 0; NaN = not known.
    depth_scale : float
        Levels a metre of a ``.png``; see :func:`write_depth_png`.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the name has another ending, `depth` is not a floating-point map of numbers above
        0, or a number does not fit the format.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_depth`.
    """
    ending = depth_format(path)
    if ending == ".png":
        write_depth_png(path, depth, depth_scale=depth_scale)
    else:
        _FLOATS[ending][1](path, as_depth(depth))
