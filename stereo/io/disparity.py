"""Disparity maps in the format that the file name asks for."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from stereo.io.files import PathLike, path_name, write_bytes
from stereo.io.images import encode
from stereo.io.kitti import read_kitti, write_kitti
from stereo.io.npy import read_npy, write_npy
from stereo.io.npz import read_npz
from stereo.io.pfm import read_pfm, write_pfm
from stereo.io.tiff import read_tiff, write_tiff
from stereo.types import StereoFileError, StereoValueError

__all__ = ["Format", "disparity_format", "read_disparity", "write_disparity"]

Format = Literal["pfm", "npy", "npz", "tiff", "color", "kitti"]

# The first that fits: a .color.png is a .png too.
_ENDINGS: dict[str, Format] = {
    ".pfm": "pfm",
    ".npy": "npy",
    ".npz": "npz",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".color.png": "color",
    ".png": "kitti",
}


def disparity_format(path: PathLike) -> Format:
    """Say which format a file name asks for.

    Parameters
    ----------
    path : str or os.PathLike
        A file name; it need not exist, and case does not matter.

    Returns
    -------
    str
        "pfm" for ``.pfm``, "npy" for ``.npy``, "tiff" for ``.tif`` and ``.tiff``
        (float32), "npz" for ``.npz`` (float32, with the geometry), "color" for
        ``.color.png`` (a turbo-coloured picture), "kitti" for any other
        ``.png`` (16 bit, 1/256 px).

    Raises
    ------
    StereoValueError
        If the name has none of these endings.

    Examples
    --------
    >>> disparity_format("out/000001.png"), disparity_format("out/000001.color.png")
    ('kitti', 'color')
    """
    name = path_name(path)
    for ending, kind in _ENDINGS.items():
        if name.lower().endswith(ending):
            return kind
    raise StereoValueError(
        f"{name!r} does not say which format is meant; the name must end in .pfm, .npy, "
        ".npz, .tif, .tiff, .png (KITTI, 16 bit) or .color.png (a coloured picture)"
    )


def read_disparity(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a disparity map: PFM, NumPy, TIFF or KITTI PNG, by the ending of the name.

    Parameters
    ----------
    path : str or os.PathLike
        A file that ends in ``.pfm``, ``.npy``, ``.npz``, ``.tif``, ``.tiff`` or ``.png``.
        The geometry of a ``.npz`` is read by :func:`read_npz`.

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in pixels; NaN = no match.

    Raises
    ------
    StereoValueError
        If the name has another ending.
    StereoFileError
        If the file is missing, damaged or something else than its name says, or
        is a coloured picture: that holds no disparities.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "disparity.pfm"
    ...     write_disparity(path, np.full((1, 2), 7.25))
    ...     read_disparity(path)
    array([[7.25, 7.25]], dtype=float32)
    """
    kind = disparity_format(path)
    if kind == "color":
        raise StereoFileError(
            f"{path_name(path)} is a coloured picture by its name; disparities can't be read "
            "from it, only from .pfm, .npy, .npz, .tif or a 16-bit .png"
        )
    if kind == "npz":
        return read_npz(path)[0]
    readers = {"pfm": read_pfm, "npy": read_npy, "tiff": read_tiff, "kitti": read_kitti}
    return readers[kind](path)


def write_disparity(
    path: PathLike,
    disparity: npt.ArrayLike,
    *,
    min_disp: float | None = None,
    max_disp: float | None = None,
) -> None:
    """Write a disparity map in the format that the ending of the name asks for.

    Parameters
    ----------
    path : str or os.PathLike
        ``.pfm``, ``.npy``, ``.tif`` and ``.tiff`` hold the float32 numbers,
        ``.npz`` needs the geometry too (:func:`write_npz`), ``.png`` is a KITTI PNG
        with 1/256 px levels, ``.color.png`` is a picture in turbo colours
        (:func:`stereo.viz.colorize`). An existing file is replaced when the new
        one is complete.
    disparity : array_like, floating point, (H, W)
        Disparity in pixels; NaN = no match.
    min_disp, max_disp : float, optional
        The range of the colours, in pixels. A ``.color.png`` needs both; the
        other formats hold the numbers themselves and make no use of them.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the name has another ending, `disparity` is not a floating-point map,
        a number does not fit the format, or the colour range is missing or bad.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> disparity = np.linspace(0, 63, 12).reshape(3, 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("d.pfm", "d.npy", "d.png", "d.color.png"):
    ...         path = pathlib.Path(folder) / name
    ...         write_disparity(path, disparity, min_disp=0, max_disp=64)
    ...     sorted(path.name for path in pathlib.Path(folder).iterdir())
    ['d.color.png', 'd.npy', 'd.pfm', 'd.png']
    """
    kind = disparity_format(path)
    if kind == "npz":
        raise StereoValueError(
            f"{path_name(path)} is to hold the geometry too: use write_npz(path, disparity, "
            "geometry), or another ending"
        )
    if kind != "color":
        writers = {"pfm": write_pfm, "npy": write_npy, "tiff": write_tiff, "kitti": write_kitti}
        writers[kind](path, disparity)
        return
    if min_disp is None or max_disp is None:
        raise StereoValueError(
            f"{path_name(path)} is a coloured picture by its name, with min_disp={min_disp} and "
            f"max_disp={max_disp}; both are needed, for the colours never depend on the content"
        )
    from stereo.viz import colorize  # here, because it checks its input with stereo.io.arrays

    write_bytes(path, encode(".png", colorize(disparity, min_disp, max_disp)))
