"""Disparity together with its geometry, as a NumPy .npz file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.geometry.rectified import StereoGeometry
from stereo.io.arrays import as_disparity
from stereo.io.fields import valid
from stereo.io.files import PathLike, path_name, readable, replacing
from stereo.io.npy import array_of_npy, map_of_array
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["arrays_of_npz", "read_npz", "write_npz"]

_NUMBERS = ("focal_length", "baseline", "cx_left", "cy_left", "cx_right", "cy_right", "aspect")
_MEMBERS = ("disparity", "image_size", *_NUMBERS)
_LARGEST = 1 << 34  # bytes of one array


def write_npz(path: PathLike, disparity: npt.ArrayLike, geometry: StereoGeometry) -> None:
    """Write a disparity map and its geometry to a .npz file.

    Beside ``disparity`` (float32, (H, W)) the file has an array for each number of the geometry,
    by its name: ``focal_length`` (px), ``baseline`` (m), ``cx_left``, ``cy_left``, ``cx_right``,
    ``cy_right`` (px), ``aspect``, and ``image_size`` (width, height).

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match.
    geometry : StereoGeometry
        The geometry of these images: its `image_size` is (W, H).

    Raises
    ------
    StereoTypeError, StereoValueError
        If `disparity` is not a floating-point map without infinite numbers, or has another
        size than the geometry.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> geometry = StereoGeometry.from_doffs(100, 0.1, 1.0, 0.0, (2, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "pair.npz"
    ...     write_npz(path, np.array([[2.5, np.nan]]), geometry)
    ...     disparity, same = read_npz(path)
    >>> disparity, same == geometry
    (array([[2.5, nan]], dtype=float32), True)
    """
    array = as_disparity(disparity)
    if not isinstance(geometry, StereoGeometry):
        raise StereoTypeError(f"geometry must be a StereoGeometry, got {type(geometry).__name__}")
    _same_size(array, geometry)
    values = {name: np.float64(getattr(geometry, name)) for name in _NUMBERS}
    with replacing(path) as file:
        np.savez(file, disparity=array, image_size=np.array(geometry.image_size), **values)


def read_npz(path: PathLike) -> tuple[npt.NDArray[np.float32], StereoGeometry]:
    """Read a disparity map and its geometry from a .npz file of :func:`write_npz`.

    Parameters
    ----------
    path : str or os.PathLike
        The file. Pickled objects are refused.

    Returns
    -------
    disparity : ndarray, float32 (H, W)
        Pixels; NaN = no match.
    geometry : StereoGeometry
        That of these images.

    Raises
    ------
    StereoFileError
        If the file is missing, damaged, or holds something else.

    Examples
    --------
    See :func:`write_npz`.
    """
    name = path_name(path)
    arrays = arrays_of_npz(path, _MEMBERS)
    disparity = map_of_array(f"disparity.npy of {name}", arrays.pop("disparity"))
    with valid(name):
        geometry = StereoGeometry(**{what: array.tolist() for what, array in arrays.items()})
        _same_size(disparity, geometry)
    return disparity, geometry


def arrays_of_npz(
    path: PathLike, needed: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, npt.NDArray[Any]]:
    """Read arrays of real numbers from a .npz file by their names.

    Parameters
    ----------
    path : str or os.PathLike
        The file. Pickled objects are refused.
    needed : sequence of str
        The arrays that it must have.
    optional : sequence of str
        Those that are read where it has them; all others are not looked at.

    Returns
    -------
    dict of str to ndarray
        Any shapes.

    Raises
    ------
    StereoFileError
        If the file is missing or damaged, lacks an array, or has one twice.
    """
    name = path_name(path)
    with readable(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                there = archive.namelist()
                wanted = [*needed, *(what for what in optional if f"{what}.npy" in there)]
                members = {what: _member(name, archive, what, needed) for what in wanted}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise StereoFileError(f"{name} is not a complete .npz file: {error}") from error
    return {what: array_of_npy(f"{what}.npy of {name}", data) for what, data in members.items()}


def _member(name: str, archive: zipfile.ZipFile, what: str, needed: Sequence[str]) -> bytes:
    entry = f"{what}.npy"
    names = archive.namelist()
    if names.count(entry) != 1:
        raise StereoFileError(
            f"{name} holds {', '.join(names) or 'nothing'}; needed, once each, are "
            f"{', '.join(f'{one}.npy' for one in needed)}"
        )
    if archive.getinfo(entry).file_size > _LARGEST:
        raise StereoFileError(f"{entry} of {name} says that it has more than {_LARGEST} bytes")
    try:
        return archive.read(entry)
    except RuntimeError as error:  # it is encrypted
        raise StereoFileError(f"{entry} of {name} can't be read: {error}") from error


def _same_size(disparity: npt.NDArray[np.float32], geometry: StereoGeometry) -> None:
    height, width = disparity.shape
    if geometry.image_size != (width, height):
        raise StereoValueError(
            f"the disparity is {width} x {height} px and the geometry is that of images of "
            f"{geometry.image_size[0]} x {geometry.image_size[1]}: scale or crop it like the images"
        )
