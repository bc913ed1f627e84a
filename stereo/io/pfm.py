"""Disparity maps as Portable Float Maps (PFM), the format of the Middlebury benchmark."""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_disparity
from stereo.io.files import PathLike, path_name, read_bytes, write_bytes
from stereo.types import StereoFileError

__all__ = ["read_pfm", "write_pfm"]

# "Pf", width, height and scale; the numbers start after the line of the scale.
_HEADER = re.compile(rb"Pf\s+([0-9]{1,9})\s+([0-9]{1,9})\s+([-+.0-9eE]{1,40})[ \t]*\r?\n")


def read_pfm(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a disparity map from a grayscale PFM file.

    The file's rows run from the bottom up; a negative scale means little-endian
    numbers, a positive one big-endian. The magnitude of the scale has no
    meaning for disparities and is not applied.

    Parameters
    ----------
    path : str or os.PathLike
        A PFM file of type "Pf".

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in pixels, the top row first. Infinite numbers and NaN both
        become NaN (no match).

    Raises
    ------
    StereoFileError
        If the file is missing, has a bad header, is a colour map ("PF"), or has
        fewer or more bytes than its header says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.pfm"
    ...     write_pfm(path, np.array([[2.5, np.nan]]))
    ...     read_pfm(path)
    array([[2.5, nan]], dtype=float32)
    """
    name, data = path_name(path), read_bytes(path)
    if data[:2] == b"PF":
        raise StereoFileError(f'{name} is a colour PFM ("PF"); a disparity map is grayscale ("Pf")')
    header = _HEADER.match(data)
    if header is None:
        raise StereoFileError(
            f"{name} starts with {data[:24]!r}; a PFM file starts with the three lines "
            '"Pf", "WIDTH HEIGHT" and the scale'
        )
    width, height = int(header[1]), int(header[2])
    scale = _scale(header[3], name)
    expected, present = 4 * width * height, len(data) - header.end()
    if expected != present or expected == 0:
        raise StereoFileError(
            f"{name} has {present} bytes of numbers; "
            f"{expected} are needed for its size of {width} x {height} (both at least 1)"
        )
    values = np.frombuffer(data, "<f4" if scale < 0 else ">f4", offset=header.end())
    top_down = values.reshape(height, width)[::-1].astype(np.float32)
    top_down[~np.isfinite(top_down)] = np.nan
    return top_down


def write_pfm(path: PathLike, disparity: npt.ArrayLike) -> None:
    r"""Write a disparity map to a grayscale PFM file.

    Rows from the bottom up, little-endian float32 with the scale -1, +inf where
    there is no match, as the Middlebury benchmark has it.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `disparity` is not a floating-point map without infinite numbers.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.pfm"
    ...     write_pfm(path, np.zeros((2, 3), np.float32))
    ...     path.read_bytes()[:12]
    b'Pf\n3 2\n-1.0\n'
    """
    array = as_disparity(disparity)
    values = np.where(np.isnan(array), np.float32(np.inf), array)[::-1].astype("<f4")
    height, width = array.shape
    write_bytes(path, b"Pf\n%d %d\n-1.0\n" % (width, height) + values.tobytes())


def _scale(text: bytes, name: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not math.isfinite(scale) or scale == 0:
        raise StereoFileError(
            f"{name} has the scale {text.decode()!r}; it must be a number other than 0, "
            "negative for little-endian and positive for big-endian"
        )
    return scale
