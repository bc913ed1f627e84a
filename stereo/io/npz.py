"""Disparity together with its geometry, as a NumPy .npz file."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.geometry.rectified import StereoGeometry
from stereo.io.arrays import as_disparity
from stereo.io.files import PathLike, path_name, readable, replacing
from stereo.io.npy import array_of_npy
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

__all__ = ["read_npz", "write_npz"]

_NUMBERS = ("focal_length", "baseline", "cx_left", "cy_left", "cx_right", "cy_right", "aspect")
_LARGEST = 1 << 34  # bytes of one array


def write_npz(path: PathLike, disparity: npt.ArrayLike, geometry: StereoGeometry) -> None:
    """Write a disparity map and its geometry to a .npz file.

    The arrays are ``disparity`` (float32, (H, W)) and ``geometry`` (float64, (1, 9)): focal
    length (px), baseline (m), cx_left, cy_left, cx_right, cy_right (px), aspect, width, height.

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
    numbers = [getattr(geometry, name) for name in _NUMBERS]
    row = np.array([[*numbers, *geometry.image_size]], np.float64)
    with replacing(path) as file:
        np.savez(file, disparity=array, geometry=row)


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
    with readable(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                arrays = {what: _member(name, archive, what) for what in ("disparity", "geometry")}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise StereoFileError(f"{name} is not a complete .npz file: {error}") from error
    row = arrays["geometry"]
    if row.shape != (1, len(_NUMBERS) + 2) or not np.isfinite(row).all():
        raise StereoFileError(
            f"{name} has a geometry of shape {row.shape}: {row.tolist()[:1]}; expected (1, "
            f"{len(_NUMBERS) + 2}), all finite"
        )
    disparity = as_disparity(arrays["disparity"])
    numbers = [float(value) for value in row[0, :-2]]
    width, height = (float(value) for value in row[0, -2:])
    if not (width.is_integer() and height.is_integer()):
        raise StereoFileError(f"{name} has the size {width:g} x {height:g}: not whole numbers")
    try:
        geometry = StereoGeometry(
            numbers[0],
            numbers[1],
            numbers[2],
            numbers[3],
            numbers[4],
            numbers[5],
            (int(width), int(height)),
            numbers[6],
        )
        _same_size(disparity, geometry)
    except StereoError as error:
        raise StereoFileError(f"{name} holds no valid geometry: {error}") from error
    return disparity, geometry


def _member(name: str, archive: zipfile.ZipFile, what: str) -> npt.NDArray[Any]:
    entry = f"{what}.npy"
    names = archive.namelist()
    if names.count(entry) != 1:
        raise StereoFileError(
            f"{name} holds {', '.join(names) or 'nothing'}; disparity.npy and geometry.npy are "
            "needed, once each"
        )
    if archive.getinfo(entry).file_size > _LARGEST:
        raise StereoFileError(f"{entry} of {name} says that it has more than {_LARGEST} bytes")
    try:
        data = archive.read(entry)
    except RuntimeError as error:  # it is encrypted
        raise StereoFileError(f"{entry} of {name} can't be read: {error}") from error
    return array_of_npy(f"{entry} of {name}", data)


def _same_size(disparity: npt.NDArray[np.float32], geometry: StereoGeometry) -> None:
    height, width = disparity.shape
    if geometry.image_size != (width, height):
        raise StereoValueError(
            f"the disparity is {width} x {height} px and the geometry is that of images of "
            f"{geometry.image_size[0]} x {geometry.image_size[1]}: scale or crop it like the images"
        )
