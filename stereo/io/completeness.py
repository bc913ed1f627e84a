"""Is an image file all there? Found from its structure, without decoding it.

Decoders make a picture of what is left of a file that was cut off, and a wrong
picture is worse than none.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable

__all__ = ["image_format", "missing_part"]

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"BM": "BMP",
    b"P2": "PGM",
    b"P3": "PPM",
    b"P5": "PGM",
    b"P6": "PPM",
}
# A number of a PGM or PPM header, after white space and comments.
_NUMBER = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])+([0-9]{1,9})(?=[\s#])")
# In JPEG data 0xff is followed by 0 (a plain 0xff), a restart marker, or a real marker.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)

_TIFF_TYPE_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_PIECES = (273, 279, 324, 325)  # offsets and lengths of the strips, then of the tiles


def image_format(data: bytes) -> str | None:
    """Name the format that the first bytes show: PNG, JPEG, TIFF, BMP, PGM, PPM or None."""
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            return name
    return None


def missing_part(kind: str, data: bytes) -> str | None:
    """Say what a file of the format `kind` lacks; None if it is all there.

    Data beyond the end of the image is allowed, as cameras append some.
    """
    checks: dict[str, Callable[[bytes], str | None]] = {
        "PNG": _png,
        "JPEG": _jpeg,
        "TIFF": _tiff,
        "BMP": _bmp,
        "PGM": _netpbm,
        "PPM": _netpbm,
    }
    try:
        return checks[kind](data)
    except (struct.error, OverflowError):
        return "its header or directory ends early"


def _png(data: bytes) -> str | None:
    position = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        (checksum,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(memoryview(data)[position + 4 : end]) != checksum:
            return f"the checksum of its chunk {name.decode('latin-1')!r} is wrong"
        if name == b"IEND":
            return None
        position = end + 4


def _jpeg(data: bytes) -> str | None:
    position = 2
    while marker := _MARKER.search(data, position):
        if marker[1] == b"\xd9":
            return None
        # A segment is skipped as a whole: it may hold a thumbnail with an end of its own.
        (length,) = struct.unpack_from(">H", data, marker.end())
        position = marker.end() + length
    return "its end marker is missing"


def _bmp(data: bytes) -> str | None:
    size, _, start, header = struct.unpack_from("<IIII", data, 2)
    if header == 12:  # the header of OS/2
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        packed = False
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        packed = compression not in (0, 3)
    needed = size if packed else start + (abs(width) * bits + 31) // 32 * 4 * abs(height)
    return None if len(data) >= needed else f"it has {len(data)} bytes of {needed}"


def _netpbm(data: bytes) -> str | None:
    numbers, position = [], 2
    for _ in range(3):
        match = _NUMBER.match(data, position)
        if match is None:
            return "its header is incomplete"
        numbers.append(int(match[1]))
        position = match.end()
    width, height, largest = numbers
    samples = width * height * (3 if data[1:2] in b"36" else 1)
    if data[1:2] in b"23":
        present = len(re.sub(rb"#[^\r\n]*", b"", data[position:]).split())
        return None if present >= samples else f"it has {present} samples of {samples}"
    needed = position + 1 + samples * (2 if largest > 255 else 1)
    return None if len(data) >= needed else f"it has {len(data)} bytes of {needed}"


def _tiff(data: bytes) -> str | None:
    """Check that the first directory, its values and its strips or tiles are there."""
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (entries,) = struct.unpack_from(order + "H", data, directory)
    needed = directory + 2 + 12 * entries + 4
    pieces: dict[int, tuple[int, ...]] = {}
    for k in range(entries):
        place = directory + 2 + 12 * k
        tag, type_, count, where = struct.unpack_from(order + "HHII", data, place)
        size = _TIFF_TYPE_SIZES.get(type_, 1) * count
        if size <= 4:
            where = place + 8  # so few bytes stand in the place of their own address
        needed = max(needed, where + size)
        if tag in _TIFF_PIECES and type_ in (3, 4):
            code = "H" if type_ == 3 else "I"
            pieces[tag] = struct.unpack_from(f"{order}{count}{code}", data, where)
    for offsets, lengths in ((273, 279), (324, 325)):
        for start, length in zip(pieces.get(offsets, ()), pieces.get(lengths, ()), strict=False):
            needed = max(needed, start + length)
    return None if len(data) >= needed else f"it has {len(data)} bytes of {needed}"
