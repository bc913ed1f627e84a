"""Whole files in and out, with errors that name the path.

Writing never leaves half a file: the bytes go to a temporary file beside the
target, which takes the target's place only when it is complete.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from typing import Any, BinaryIO

from stereo.types import StereoFileError, StereoTypeError

__all__ = [
    "PathLike",
    "path_name",
    "read_bytes",
    "read_json",
    "read_text",
    "readable",
    "replacing",
    "write_bytes",
]

PathLike = str | os.PathLike[str]


def path_name(path: PathLike) -> str:
    """Return a path as text; StereoTypeError if it is no path."""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise StereoTypeError(
            f"{path!r} is not a path; a path is a str or an os.PathLike such as pathlib.Path"
        ) from None


def read_bytes(path: PathLike) -> bytes:
    """Read a regular file.

    Raises
    ------
    StereoFileError
        If it is missing, a folder, not a regular file (a pipe might never end),
        or can't be read.
    """
    with readable(path) as file:
        return file.read()


@contextlib.contextmanager
def readable(path: PathLike) -> Iterator[BinaryIO]:
    """Open a regular file, for reading in pieces.

    Yields
    ------
    BinaryIO
        The file, open at its start.

    Raises
    ------
    StereoFileError
        As in :func:`read_bytes`.
    """
    name = path_name(path)
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        raise StereoFileError(f"there is no file {name}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise StereoFileError(f"{name!r} can't be read: {error}") from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise StereoFileError(f"{name} is {kind}; a file is needed")
    try:
        with open(name, "rb") as file:
            yield file
    except StereoFileError:
        raise
    except PermissionError:
        raise StereoFileError(f"there is no permission to read {name}") from None
    except OSError as error:
        raise StereoFileError(f"{name!r} can't be read: {error}") from error


def read_text(path: PathLike) -> str:
    """Read a regular file as UTF-8 text; a byte order mark is left out.

    Raises
    ------
    StereoFileError
        As in :func:`read_bytes`, and if the file is not text.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StereoFileError(f"{path_name(path)} is not a text file: {error}") from None
    if "\0" in text:
        raise StereoFileError(f"{path_name(path)} is not a text file: it has NUL characters")
    return text


def read_json(path: PathLike) -> dict[str, Any]:
    """Read a JSON file that holds keys with values.

    Raises
    ------
    StereoFileError
        As in :func:`read_text`, and if the file is no valid JSON or holds something else.
    """
    try:
        found = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise StereoFileError(f"{path_name(path)} is no valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise StereoFileError(
            f"{path_name(path)} holds a {type(found).__name__}: expected keys with values"
        )
    return found


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a file at one stroke: it is there completely or it is as it was.

    A symbolic link is followed.

    Raises
    ------
    StereoFileError
        If the folder is missing, the target is not a regular file, or writing
        fails. A file that was there before is then untouched.
    """
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: PathLike) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of `path` when all is written.

    What is written goes to a temporary file beside the target. If the body of the ``with``
    raises anything, that file is removed and the target is as it was. A symbolic link is
    followed.

    Parameters
    ----------
    path : str or os.PathLike
        The file to be; an existing one is replaced.

    Yields
    ------
    BinaryIO
        The temporary file, open for writing.

    Raises
    ------
    StereoFileError
        If the folder is missing, the target is not a regular file, or writing fails.
    """
    name = path_name(path)
    try:
        target = _writable_target(name)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        if isinstance(error, StereoFileError):
            raise
        raise StereoFileError(f"{name!r} can't be written: {error}") from error
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
        os.replace(temporary, target)
    except OSError as error:
        if isinstance(error, StereoFileError):
            raise
        raise StereoFileError(f"{name!r} can't be written: {error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _writable_target(name: str) -> str:
    target = os.path.realpath(name)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise StereoFileError(f"{name} can't be written: there is no folder {folder}")
    if os.path.isdir(target) or not os.path.basename(name):
        raise StereoFileError(f"{name!r} can't be written: it is a folder; name a file")
    if os.path.exists(target) and not os.path.isfile(target):
        raise StereoFileError(f"{name} can't be written: it is not a regular file")
    return target
