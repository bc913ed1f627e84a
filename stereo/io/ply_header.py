"""The header of a PLY file: what it says about the vertices."""

from __future__ import annotations

from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np

from stereo.types import StereoFileError

__all__ = ["ENCODINGS", "PROPERTIES", "Header", "header_lines", "read_header"]

ENCODINGS: dict[str, Literal["<", ">", "="]] = {
    "binary_little_endian": "<",
    "binary_big_endian": ">",
    "ascii": "=",
}
"""Each encoding and its byte order."""

_TYPES = {
    "char": "i1",
    "uchar": "u1",
    "short": "i2",
    "ushort": "u2",
    "int": "i4",
    "uint": "u4",
    "float": "f4",
    "double": "f8",
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "float32": "f4",
    "float64": "f8",
}
PROPERTIES = {
    "xyz": ("x", "y", "z"),
    "normals": ("nx", "ny", "nz"),
    "colors": ("red", "green", "blue"),
}
"""The properties of a vertex that are written and read, in groups of three."""


_LONGEST_LINE = 1 << 12
_MOST_LINES = 1 << 12


class Header(NamedTuple):
    """What is needed to read the vertices that follow.

    Attributes
    ----------
    encoding : str
        One of `ENCODINGS`.
    vertices : int
        Number of vertices.
    vertex : dtype
        A structured type: one vertex in a binary file.
    properties : tuple of str
        Their names, in order.
    is_last : bool
        True if nothing follows the vertices.
    """

    encoding: str
    vertices: int
    vertex: np.dtype[Any]
    properties: tuple[str, ...]
    is_last: bool


def header_lines(encoding: str, count: int, packed: np.dtype[Any]) -> bytes:
    """Return the header of a file with one element, `count` vertices of the fields of `packed`."""
    assert packed.names is not None
    lines = ["ply", f"format {encoding} 1.0", f"element vertex {count}"]
    for group in packed.names:
        kind = {1: "uchar", 4: "float", 8: "double"}[packed[group].base.itemsize]
        lines += [f"property {kind} {name}" for name in PROPERTIES[group]]
    return "\n".join([*lines, "end_header", ""]).encode("ascii")


def read_header(name: str, file: BinaryIO) -> Header:
    """Read the header of the file called `name`, up to and with the line ``end_header``.

    Raises
    ------
    StereoFileError
        If it is no PLY header, or the vertices are not the first element, or have lists.
    """
    lines = _lines(name, file)
    encoding = ""
    elements: list[tuple[str, int]] = []
    properties: list[tuple[str, str]] = []
    for line in lines:
        words = line.split()
        keyword = words[0] if words else ""
        if keyword in ("comment", "obj_info"):
            continue
        if keyword == "format" and len(words) == 3 and not encoding and not elements:
            if words[1] not in ENCODINGS or words[2] != "1.0":
                raise StereoFileError(
                    f"{name} has the format {words[1]!r} {words[2]!r}; "
                    f"{', '.join(ENCODINGS)} 1.0 can be read"
                )
            encoding = words[1]
        elif keyword == "element" and len(words) == 3 and words[2].isdecimal():
            elements.append((words[1], int(words[2])))
        elif keyword == "property" and len(elements) > 1:
            continue
        elif keyword == "property" and elements and len(words) == 3 and words[1] in _TYPES:
            properties.append((words[2], ENCODINGS[encoding or "ascii"] + _TYPES[words[1]]))
        else:
            raise StereoFileError(f"{name} has the line {line!r} in its PLY header")
    if not encoding:
        raise StereoFileError(f"{name} has no line 'format' in its PLY header")
    if not elements or elements[0][0] != "vertex":
        raise StereoFileError(
            f"{name} has the elements {[element for element, _ in elements]}; "
            "files whose first element is 'vertex' can be read"
        )
    names = tuple(property_name for property_name, _ in properties)
    if len(set(names)) != len(names):
        raise StereoFileError(f"{name} has a property of its vertices twice: {', '.join(names)}")
    is_last = all(count == 0 for _, count in elements[1:])
    return Header(encoding, elements[0][1], np.dtype(properties), names, is_last)


def _lines(name: str, file: BinaryIO) -> list[str]:
    """Return the lines between ``ply`` and ``end_header``."""
    found: list[str] = []
    for _ in range(_MOST_LINES):
        raw = file.readline(_LONGEST_LINE)
        line = raw.decode("latin-1").rstrip("\r\n")
        if not found and line != "ply":
            raise StereoFileError(f"{name} starts with {raw[:24]!r}; a PLY file starts with 'ply'")
        if not raw.endswith(b"\n"):
            raise StereoFileError(f"{name} ends within its PLY header, or has a line too long")
        if line == "end_header":
            return found[1:]
        found.append(line)
    raise StereoFileError(f"{name} has more than {_MOST_LINES} lines in its PLY header")
