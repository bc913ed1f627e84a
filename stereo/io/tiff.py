"""Maps of floating-point numbers as TIFF files: disparity or depth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.arrays import as_disparity
from stereo.io.completeness import image_format, missing_part
from stereo.io.files import PathLike, path_name, read_bytes, write_bytes
from stereo.io.images import encode, opencv
from stereo.types import StereoFileError

__all__ = ["read_tiff", "write_tiff"]


def read_tiff(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a map of floating-point numbers from a TIFF file.

    Parameters
    ----------
    path : str or os.PathLike
        A TIFF file with one channel of 32 or 64 bits, floating point. Only its first page
        is read.

    Returns
    -------
    ndarray, float32 (H, W)
        The numbers: a disparity in pixels, or a depth in metres. NaN and infinite numbers
        both become NaN (not known).

    Raises
    ------
    StereoFileError
        If the file is missing, cut off or damaged, or holds something else.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.tif"
    ...     write_tiff(path, np.array([[-2.5, np.nan]]))
    ...     read_tiff(path)
    array([[-2.5,  nan]], dtype=float32)
    """
    cv2 = opencv()
    name, data = path_name(path), read_bytes(path)
    if image_format(data) != "TIFF":
        raise StereoFileError(f"{name} starts with {data[:8]!r}: it is not a TIFF file")
    missing = missing_part("TIFF", data)
    if missing is not None:
        raise StereoFileError(f"{name} is a damaged or cut off TIFF file: {missing}")
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise StereoFileError(f"{name} can't be decoded as TIFF: {error}") from error
    if values is None:
        raise StereoFileError(f"{name} can't be decoded: its TIFF content is damaged")
    if values.dtype not in (np.float32, np.float64) or values.ndim != 2:
        raise StereoFileError(
            f"{name} is a {values.dtype} image of shape {values.shape}; a map of disparity or "
            "depth is float32 or float64 and (H, W)"
        )
    return as_disparity(np.where(np.isfinite(values), values, np.nan))


def write_tiff(path: PathLike, values: npt.ArrayLike) -> None:
    """Write a map of floating-point numbers to a TIFF file, as float32.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    values : array_like, floating point, (H, W)
        A disparity in pixels, or a depth in metres; NaN = not known, and stays NaN.

    Raises
    ------
    StereoTypeError, StereoValueError
        If `values` is not a floating-point map without infinite numbers.
    StereoFileError
        If the file can't be written.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    See :func:`read_tiff`.
    """
    write_bytes(path, encode(".tiff", as_disparity(values)))
