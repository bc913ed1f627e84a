"""The vertices of a PLY file, read in pieces."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.io.ply_header import PROPERTIES, Header
from stereo.types import StereoFileError

__all__ = ["CHUNK", "read_vertices"]

CHUNK = 1 << 15
"""Points that are packed or unpacked at a time: they stay in the cache."""


class _Group(NamedTuple):
    """Three properties of the vertices that belong together."""

    fields: tuple[str, ...]
    dtype: np.dtype[Any]


def read_vertices(name: str, file: BinaryIO, header: Header) -> dict[str, npt.NDArray[Any]]:
    """Read the vertices that follow the header.

    Returns
    -------
    dict of str to ndarray, (N, 3)
        "xyz" and, where the file has them, "normals" and "colors".

    Raises
    ------
    StereoFileError
        If the coordinates are missing, a group of properties is not complete or has another
        type, or there are too few vertices, or too many bytes.
    """
    groups = _found_groups(name, header)
    read = _read_ascii if header.encoding == "ascii" else _read_binary
    return read(name, file, header, groups)


def _found_groups(name: str, header: Header) -> dict[str, _Group]:
    """Return the groups of properties that the vertices have."""
    found: dict[str, _Group] = {}
    for group, fields in PROPERTIES.items():
        present = [field for field in fields if field in header.properties]
        if group != "xyz" and not present:
            continue
        if len(present) != 3:
            raise StereoFileError(
                f"{name} has vertices with the properties {', '.join(header.properties) or 'none'};"
                f" {', '.join(fields)} are needed together"
            )
        dtypes = {header.vertex[field].newbyteorder("=") for field in fields}
        dtype = dtypes.pop()
        wanted = (np.uint8,) if group == "colors" else (np.float32, np.float64)
        if dtypes or dtype not in wanted:
            raise StereoFileError(
                f"{name} has {', '.join(fields)} of the type {dtype}, or of several types; "
                f"all three must be {' or '.join(np.dtype(one).name for one in wanted)}"
            )
        found[group] = _Group(fields, dtype)
    return found


def _empty(header: Header, groups: dict[str, _Group]) -> dict[str, npt.NDArray[Any]]:
    return {name: np.empty((header.vertices, 3), group.dtype) for name, group in groups.items()}


def _read_binary(
    name: str, file: BinaryIO, header: Header, groups: dict[str, _Group]
) -> dict[str, npt.NDArray[Any]]:
    # The length is compared before anything is allocated: a header can claim any count.
    needed = header.vertices * header.vertex.itemsize
    present = os.fstat(file.fileno()).st_size - file.tell()
    if present < needed or (header.is_last and present > needed):
        raise StereoFileError(
            f"{name} has {present} bytes after its header; {header.vertices} vertices of "
            f"{header.vertex.itemsize} bytes are {needed}"
        )
    cloud = _empty(header, groups)
    for start in range(0, header.vertices, CHUNK):
        count = min(CHUNK, header.vertices - start)
        piece = file.read(count * header.vertex.itemsize)
        if len(piece) != count * header.vertex.itemsize:
            raise StereoFileError(f"{name} became shorter while it was read")
        vertices = np.frombuffer(piece, header.vertex)
        for what, group in groups.items():
            for axis, field in enumerate(group.fields):
                cloud[what][start : start + count, axis] = vertices[field]
    return cloud


def _read_ascii(
    name: str, file: BinaryIO, header: Header, groups: dict[str, _Group]
) -> dict[str, npt.NDArray[Any]]:
    lines = file.read().decode("latin-1").rstrip().splitlines()
    if len(lines) < header.vertices or (header.is_last and len(lines) > header.vertices):
        raise StereoFileError(
            f"{name} has {len(lines)} lines after its header; {header.vertices} vertices need a "
            "line each"
        )
    cloud = _empty(header, groups)
    if header.vertices == 0:  # which loadtxt would warn of
        return cloud
    try:
        table = np.loadtxt(lines[: header.vertices], np.float64, comments=None, ndmin=2)
    except ValueError as error:
        raise StereoFileError(f"{name} has vertices that can't be read: {error}") from error
    if table.shape != (header.vertices, len(header.properties)):
        raise StereoFileError(
            f"{name} has {table.shape[0]} vertices of {table.shape[1]} numbers; expected "
            f"{header.vertices} of {len(header.properties)}"
        )
    for what, group in groups.items():
        values = table[:, [header.properties.index(field) for field in group.fields]]
        if what == "colors" and not np.isin(values, np.arange(256)).all():
            raise StereoFileError(f"{name} has colours that are no whole numbers from 0 to 255")
        with np.errstate(over="ignore"):  # it becomes infinite, which is found below
            cloud[what][:] = values
    return cloud
