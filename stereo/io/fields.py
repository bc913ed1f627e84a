"""Named values of a calibration file, with errors that name the file, the key and the value."""

from __future__ import annotations

import contextlib
import math
import re
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.geometry.arguments import image_size
from stereo.io.files import PathLike, path_name, read_text
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["Fields", "image_size_of", "nearest_rotation", "read_keyed_lines", "valid"]

Float64Array = npt.NDArray[np.float64]

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_ROTATION_TOLERANCE = 1e-3  # files hold as few as four digits
_LONGEST = 80  # characters of a value in a message
_EXACT = 1e-12  # of R R^T: what float64 leaves of the identity


class Fields:
    """The keys of one file, or of one part of it, and their values.

    Parameters
    ----------
    name : str
        What the errors call it: the file, or the part and the file.
    values : mapping
        A value is a number, a string with a number, or lists of these.
    """

    def __init__(self, name: str, values: Mapping[Any, Any]) -> None:
        self.name = name
        self._values = values

    def __contains__(self, key: str) -> bool:
        """Say whether the file has `key`."""
        return key in self._values

    def value(self, key: str) -> Any:
        """Return what the file has for `key`; StereoFileError if it has nothing."""
        if key not in self._values:
            keys = ", ".join(map(str, self._values)) or "none"
            raise StereoFileError(f"{self.name} has no {key!r}; its keys are: {keys}")
        return self._values[key]

    def part(self, key: str) -> Fields:
        """Return the keys below `key`."""
        value = self.value(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, value, "keys with values")
        return Fields(f"{key} of {self.name}", value)

    def text(self, key: str) -> str:
        """Return a string."""
        value = self.value(key)
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        return value

    def number(self, key: str) -> float:
        """Return one finite number."""
        return float(self.numbers(key, 1)[0])

    def whole(self, key: str) -> int:
        """Return one whole number."""
        value = self.number(key)
        if not value.is_integer():
            raise self._wrong(key, self.value(key), "a whole number")
        return int(value)

    def numbers(self, key: str, *counts: int) -> Float64Array:
        """Return finite numbers; one of the `counts`, if any are given."""
        value = self.value(key)
        items = _flat(value)
        found = [_number(item) for item in items]
        if not all(math.isfinite(number) for number in found):
            raise self._wrong(key, value, "finite numbers")
        if counts and len(found) not in counts:
            wanted = " or ".join(map(str, counts))
            noun = "number" if counts == (1,) else "numbers"
            raise self._wrong(key, value, f"{wanted} {noun}, not {len(found)}")
        return np.array(found, np.float64)

    def matrix(self, key: str, rows: int, columns: int) -> Float64Array:
        """Return a matrix, (rows, columns), which the file has as a list or as a list of rows."""
        value = self.value(key)
        nested = isinstance(value, list) and any(isinstance(row, list) for row in value)
        if nested and not (len(value) == rows and all(_is_row(row, columns) for row in value)):
            raise self._wrong(key, value, f"{rows} rows of {columns} numbers")
        return self.numbers(key, rows * columns).reshape(rows, columns)

    def rotation(self, key: str, rows: int = 3, columns: int = 3) -> Float64Array:
        """Return the 3x3 rotation in the upper left of a matrix; see `nearest_rotation`."""
        return nearest_rotation(f"{key} of {self.name}", self.matrix(key, rows, columns)[:3, :3])

    def _wrong(self, key: str, value: Any, expected: str) -> StereoFileError:
        return StereoFileError(f"{key!r} of {self.name} is {_shown(value)}: expected {expected}")


def read_keyed_lines(path: PathLike, separator: str) -> Fields:
    """Read a text file of lines "KEY SEPARATOR VALUES"; the values are split at white space.

    Raises
    ------
    StereoFileError
        If a line has no key, or a key comes twice.
    """
    name = path_name(path)
    values: dict[str, list[str]] = {}
    for index, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        key, found, rest = line.partition(separator)
        key = key.strip()
        if not found or not key:
            raise StereoFileError(
                f"line {index} of {name} is {line[:60]!r}: expected 'KEY{separator} VALUE'"
            )
        if key in values:
            raise StereoFileError(f"{name} has {key!r} twice, the second time in line {index}")
        values[key] = rest.split()
    return Fields(name, values)


def nearest_rotation(name: str, matrix: Float64Array) -> Float64Array:
    """Return the rotation nearest to a matrix that a file holds with few digits.

    A matrix that is a rotation but for the rounding of float64 is returned as it is.

    Raises
    ------
    StereoFileError
        If the matrix is more than 1e-3 away from a rotation in any entry.
    """
    if np.abs(matrix).max() <= 1 + _ROTATION_TOLERANCE:
        departure = np.abs(matrix @ matrix.T - np.eye(3)).max()
        if departure <= _EXACT and np.linalg.det(matrix) > 0:
            return matrix
        u, _, vt = np.linalg.svd(matrix)
        nearest: Float64Array = u @ vt
        close = np.abs(nearest - matrix).max() <= _ROTATION_TOLERANCE
        if close and np.linalg.det(nearest) > 0:
            return nearest
    raise StereoFileError(
        f"{name} = {matrix.tolist()} is no rotation: R R^T must be the identity and det R = 1"
    )


def image_size_of(
    name: str, in_file: tuple[int, int] | None, given: tuple[int, int] | None
) -> tuple[int, int]:
    """Return the image size, (width, height), that the file has or the caller gives.

    Raises
    ------
    StereoFileError
        If there is none, or the two differ.
    """
    if in_file is None:
        if given is None:
            raise StereoFileError(
                f"{name} doesn't say how large the images are: pass image_size=(width, height)"
            )
        return image_size(given)
    if given is not None and image_size(given) != in_file:
        raise StereoFileError(
            f"{name} is the calibration of images of {in_file[0]} x {in_file[1]} px, not of "
            f"{given[0]} x {given[1]} px: scale or crop the calibration like the images"
        )
    return in_file


@contextlib.contextmanager
def valid(name: str) -> Iterator[None]:
    """Turn the errors of a calibration that is built from a file into ones that name the file."""
    try:
        yield
    except (StereoValueError, StereoTypeError) as error:
        raise StereoFileError(f"{name} holds no valid calibration: {error}") from error


def _is_row(value: Any, columns: int) -> bool:
    flat = isinstance(value, list) and not any(isinstance(item, list) for item in value)
    return flat and len(value) == columns


def _shown(value: Any) -> str:
    """Return a value as text of a length fit for a message, however large it is."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = " ".join(value)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    short = reprlib.Repr()
    short.maxlist, short.maxlevel, short.maxstring = 16, 2, _LONGEST
    return short.repr(value)


def _flat(value: Any) -> list[Any]:
    """Return the items of a list, or of a list of lists: YAML can refer to itself without end."""
    if not isinstance(value, list):
        return [value]
    return [item for part in value for item in (part if isinstance(part, list) else [part])]


def _number(item: Any) -> float:
    """Return a number, NaN if the item is none."""
    if isinstance(item, bool):
        return math.nan
    if isinstance(item, str):
        return float(item) if _NUMBER.fullmatch(item) else math.nan
    return float(item) if isinstance(item, int | float) and abs(item) < 1e300 else math.nan
