"""Whole files in and out, with errors that name the path.

Writing never leaves half a file: the bytes go to a temporary file beside the
target, which takes the target's place only when it is complete.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat

from stereo.types import StereoFileError, StereoTypeError

__all__ = ["PathLike", "path_name", "read_bytes", "write_bytes"]

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
    name = path_name(path)
    try:
        mode = os.stat(name).st_mode
        if stat.S_ISREG(mode):
            with open(name, "rb") as file:
                return file.read()
    except FileNotFoundError:
        raise StereoFileError(f"there is no file {name}") from None
    except PermissionError:
        raise StereoFileError(f"there is no permission to read {name}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise StereoFileError(f"{name!r} can't be read: {error}") from error
    kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
    raise StereoFileError(f"{name} is {kind}; a file is needed")


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a file at one stroke: it is there completely or it is as it was.

    A symbolic link is followed.

    Raises
    ------
    StereoFileError
        If the folder is missing, the target is not a regular file, or writing
        fails. A file that was there before is then untouched.
    """
    name = path_name(path)
    try:
        target = os.path.realpath(name)
        folder = os.path.dirname(target)
        if not os.path.isdir(folder):
            raise StereoFileError(f"{name} can't be written: there is no folder {folder}")
        if os.path.isdir(target) or not os.path.basename(name):
            raise StereoFileError(f"{name!r} can't be written: it is a folder; name a file")
        if os.path.exists(target) and not os.path.isfile(target):
            raise StereoFileError(f"{name} can't be written: it is not a regular file")
        _replace(target, os.path.join(folder, f".{secrets.token_hex(8)}.tmp"), data)
    except StereoFileError:
        raise
    except (OSError, ValueError) as error:
        raise StereoFileError(f"{name!r} can't be written: {error}") from error


def _replace(target: str, temporary: str, data: bytes) -> None:
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
