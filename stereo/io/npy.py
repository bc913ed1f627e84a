"""Disparity maps as NumPy .npy files."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_disparity
from stereo.io.files import PathLike, path_name, read_bytes, write_bytes
from stereo.types import StereoFileError

__all__ = ["array_of_npy", "map_of_npy", "read_npy", "write_npy"]


def read_npy(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a disparity map from a .npy file.

    Parameters
    ----------
    path : str or os.PathLike
        A file with one floating-point array (H, W), in pixels. Pickled objects
        are refused.

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in pixels. NaN and infinite numbers both become NaN (no match).

    Raises
    ------
    StereoFileError
        If the file is missing, cut off, too long, or holds something else.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.npy"
    ...     write_npy(path, np.array([[2.5, np.nan]]))
    ...     read_npy(path)
    array([[2.5, nan]], dtype=float32)
    """
    return map_of_npy(path_name(path), read_bytes(path))


def map_of_npy(name: str, data: bytes) -> npt.NDArray[np.float32]:
    """Return the floating-point map (H, W) that the bytes of a .npy file hold.

    Infinite numbers become NaN. `name` is the file's, for the errors.

    Raises
    ------
    StereoFileError
        If they hold something else, or are cut off or too many.
    """
    return map_of_array(name, array_of_npy(name, data))


def map_of_array(name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the same of an array that was read from the file `name`."""
    if array.dtype.kind != "f" or array.ndim != 2 or array.size == 0:
        raise StereoFileError(
            f"{name} holds an array of dtype {array.dtype} and shape {array.shape}; "
            "a disparity map is floating point and (H, W), and so is a depth map"
        )
    return as_disparity(np.where(np.isfinite(array), array, np.nan))


def array_of_npy(name: str, data: bytes) -> npt.NDArray[Any]:
    """Return the array that the bytes of a .npy file hold: of real numbers, any shape.

    Raises
    ------
    StereoFileError
        If they hold something else, or are cut off or too many.
    """
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(stream)
    except KeyError:
        raise StereoFileError(f"{name} has .npy version {version}; 1.0 or 2.0 is needed") from None
    except Exception as error:  # NumPy's parser lets through whatever goes wrong inside it
        raise StereoFileError(f"{name} is not a complete .npy file: {error}") from error
    if dtype.kind not in "fiu":
        raise StereoFileError(f"{name} holds an array of dtype {dtype}; a map is floating point")
    # The size is compared before anything is allocated: a header can claim any shape.
    expected, present = math.prod(shape) * dtype.itemsize, len(data) - stream.tell()
    if expected != present:
        raise StereoFileError(
            f"{name} has {present} bytes of numbers; {expected} are needed for {dtype} {shape}"
        )
    values = np.frombuffer(data, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if fortran_order else "C")


def write_npy(path: PathLike, disparity: npt.ArrayLike) -> None:
    """Write a disparity map to a .npy file, as float32.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match, and stays NaN.

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
    ...     path = pathlib.Path(folder) / "disparity.npy"
    ...     write_npy(path, np.ones((2, 3), np.float32))
    ...     np.load(path).shape
    (2, 3)
    """
    stream = io.BytesIO()
    np.lib.format.write_array(stream, as_disparity(disparity), allow_pickle=False)
    write_bytes(path, stream.getvalue())
