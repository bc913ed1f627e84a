"""Point clouds as PLY files (Turk 1994), the vertices of them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.io.files import PathLike, path_name, readable, replacing
from stereo.io.ply_header import ENCODINGS, header_lines, read_header
from stereo.io.ply_vertices import CHUNK, read_vertices
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["PlyCloud", "PlyEncoding", "read_ply", "write_ply"]

PlyEncoding = Literal["binary_little_endian", "binary_big_endian", "ascii"]

_ASCII_CHUNK = 1 << 12


class PlyCloud(NamedTuple):
    """What a PLY file holds of its points.

    Attributes
    ----------
    xyz : ndarray, float32 or float64 (N, 3)
        Metres; the dtype is that of the file.
    colors : ndarray, uint8 (N, 3), or None
        RGB.
    normals : ndarray, float32 or float64 (N, 3), or None
        Unit vectors; NaN where the normal is not known.
    """

    xyz: npt.NDArray[Any]
    colors: npt.NDArray[np.uint8] | None = None
    normals: npt.NDArray[Any] | None = None


def write_ply(
    path: PathLike,
    points: Any,
    colors: npt.ArrayLike | None = None,
    normals: npt.ArrayLike | None = None,
    *,
    encoding: PlyEncoding = "binary_little_endian",
) -> None:
    """Write points to a PLY file, with colours and normals where they are given.

    The file has no unit: the numbers are written as they are, in metres for what this
    library makes. Points with a NaN (not known) are left out. A normal with a NaN (not known)
    is written as 0 0 0.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    points : PointCloud, PlyCloud, or array_like, float32 or float64, (N, 3) or (H, W, 3)
        Metres. A cloud brings its colours and normals. float32 becomes ``float`` in the file,
        float64 ``double``.
    colors : array_like, uint8, (N, 3) or (H, W, 3), or (N,) or (H, W), optional
        RGB or gray, one for each point. uint16 and floating-point colours are refused, as
        only the caller knows their range: PLY viewers expect 0 to 255.
    normals : array_like, float32 or float64, shaped as `points`, optional
        One for each point; written with the type of the points.
    encoding : {"binary_little_endian", "binary_big_endian", "ascii"}
        ASCII has as many digits as it takes to read back the same numbers.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an array has another dtype or shape, colours are given twice, or a number is
        infinite.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> xyz = np.array([[0.0, 0.0, 1.5], [np.nan] * 3], np.float32)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "cloud.ply"
    ...     write_ply(path, xyz, colors=np.array([[255, 0, 0], [0, 0, 0]], np.uint8))
    ...     read_ply(path)
    PlyCloud(xyz=array([[0. , 0. , 1.5]], dtype=float32), colors=array([[255,   0,   0]], \
dtype=uint8), normals=None)
    """
    word("encoding", encoding, tuple(ENCODINGS))
    xyz, rgb, directions = _parts(points, colors, normals)
    packed = _packed_type(xyz.dtype, rgb is not None, directions is not None, encoding)
    known = None if _all_finite(xyz) else ~np.isnan(xyz).any(axis=1)
    count = len(xyz) if known is None else int(np.count_nonzero(known))
    with replacing(path) as file:
        file.write(header_lines(encoding, count, packed))
        step = _ASCII_CHUNK if encoding == "ascii" else CHUNK
        for start in range(0, len(xyz), step):
            part = slice(start, start + step)
            keep = slice(None) if known is None else known[part]
            here = xyz[part][keep]
            vertices = np.empty(len(here), packed)
            vertices["xyz"] = here
            if rgb is not None:
                vertices["colors"] = rgb[part][keep]
            if directions is not None:
                vertices["normals"] = _zero_where_unknown(directions[part][keep])
            file.write(_ascii(vertices) if encoding == "ascii" else vertices.view(np.uint8).data)


def read_ply(path: PathLike) -> PlyCloud:
    """Read the points of a PLY file.

    The vertices are read, with x, y, z and, where they are there, nx, ny, nz and red, green,
    blue. Other properties of a vertex (such as alpha) and other elements (such as faces) are
    left out. ASCII and both byte orders are read.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    PlyCloud
        The points in the order of the file. ``float`` gives float32, ``double`` float64.
        A normal of 0 0 0 becomes NaN: not known.

    Raises
    ------
    StereoFileError
        If the file is missing, cut off or no PLY file; if a vertex has lists, coordinates that
        are not floating point or not finite, or colours that are not ``uchar``.

    Notes
    -----
    The file is read in pieces, so that it takes no memory beyond its result. Mapping the file
    into memory was measured and is no faster, as every number is copied once in any case.

    Examples
    --------
    See :func:`write_ply`.
    """
    name = path_name(path)
    with readable(path) as file:
        header = read_header(name, file)
        cloud = read_vertices(name, file, header)
    return _checked_cloud(name, cloud)


def _parts(points: Any, colors: Any, normals: Any) -> tuple[Any, Any, Any]:
    """Return xyz (N, 3), colors (N, 3) or None, and normals (N, 3) or None, checked."""
    if hasattr(points, "xyz"):
        own_normals = getattr(points, "normals", None)
        for what, own, given in (
            ("colors", points.colors, colors),
            ("normals", own_normals, normals),
        ):
            if own is not None and given is not None:
                raise StereoValueError(
                    f"{what} are given twice: the cloud has its own; pass points.xyz instead"
                )
        colors = points.colors if colors is None else colors
        normals = own_normals if normals is None else normals
        points = points.xyz
    xyz = _vectors("points", points)
    if normals is not None:
        normals = _vectors("normals", normals)
        if normals.shape != xyz.shape:
            raise StereoValueError(
                f"normals have shape {normals.shape} and points {xyz.shape}: one for each point"
            )
        normals = normals.reshape(-1, 3)
    if colors is not None:
        colors = _palette(colors, xyz.shape)
    return xyz.reshape(-1, 3), colors, normals


def _vectors(what: str, values: Any) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise StereoTypeError(f"{what} of dtype {array.dtype} can't be written: float32, float64")
    if array.ndim not in (2, 3) or array.shape[-1] != 3:
        raise StereoValueError(
            f"{what} of shape {array.shape} can't be written: expected (N, 3) or (H, W, 3)"
        )
    if not _all_finite(array) and np.isinf(array).any():
        place = tuple(np.argwhere(np.isinf(array))[0].tolist())
        raise StereoValueError(f"{what} have an infinite number at {place}; NaN means unknown")
    return array


def _all_finite(array: npt.NDArray[Any]) -> bool:
    """Say whether there is neither NaN nor infinity: quicker than to look at each number twice."""
    return array.size == 0 or bool(np.isfinite(array.min()) and np.isfinite(array.max()))


def _palette(colors: Any, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    array = np.asarray(colors)
    if array.dtype != np.uint8:
        advice = {
            "uint16": "for colours of 16 bits: np.rint(colors / 257).astype(np.uint8)",
            "f": "for colours from 0 to 1: np.rint(colors * 255).astype(np.uint8)",
        }
        how = advice.get(array.dtype.name) or advice.get(array.dtype.kind, "convert them")
        raise StereoTypeError(f"colors are {array.dtype}: a PLY file has uint8 colours; {how}")
    if array.shape not in (shape, shape[:-1]):
        raise StereoValueError(
            f"colors have shape {array.shape} and points {shape}: expected {shape} or {shape[:-1]}"
        )
    if array.shape != shape:
        return np.broadcast_to(array.reshape(-1, 1), (array.size, 3))
    return array.reshape(-1, 3)


def _packed_type(dtype: np.dtype[Any], colors: bool, normals: bool, encoding: str) -> np.dtype[Any]:
    number = dtype.newbyteorder(ENCODINGS[encoding])
    fields: list[tuple[str, Any, int]] = [("xyz", number, 3)]
    if normals:
        fields.append(("normals", number, 3))
    if colors:
        fields.append(("colors", np.uint8, 3))
    return np.dtype(fields)


def _zero_where_unknown(normals: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.where(np.isnan(normals).any(axis=1, keepdims=True), 0, normals)


def _ascii(vertices: npt.NDArray[Any]) -> bytes:
    """Return a line for each vertex, with digits that give back the same numbers."""
    assert vertices.dtype.names is not None
    digits = {4: "%.9g", 8: "%.17g"}
    columns: list[npt.NDArray[Any]] = []
    formats: list[str] = []
    for field in vertices.dtype.names:
        columns.append(vertices[field].astype(np.float64))
        formats += ["%d" if field == "colors" else digits[vertices[field].itemsize]] * 3
    line = " ".join(formats) + "\n"
    text = line * len(vertices) % tuple(np.concatenate(columns, axis=1).ravel().tolist())
    return text.encode("ascii")


def _checked_cloud(name: str, cloud: dict[str, npt.NDArray[Any]]) -> PlyCloud:
    if not _all_finite(cloud["xyz"]):
        row = int(np.argwhere(~np.isfinite(cloud["xyz"]))[0, 0])
        raise StereoFileError(f"the vertex {row} of {name} is {cloud['xyz'][row]}: not finite")
    normals = cloud.get("normals")
    if normals is not None:
        if np.isinf(normals).any():
            raise StereoFileError(f"{name} has normals with infinite numbers")
        normals[~normals.any(axis=1)] = np.nan
    return PlyCloud(cloud["xyz"], cloud.get("colors"), normals)
