"""What a file of cv2.FileStorage holds: YAML, XML or JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stereo.io.files import PathLike, path_name, read_text
from stereo.io.images import opencv
from stereo.types import StereoFileError

__all__ = ["storage_contents"]

_MOST_NUMBERS = 64  # in a list; a calibration has 16 at most


def storage_contents(path: PathLike) -> dict[str, Any]:
    """Return what is at the top level of a file: numbers, text, and matrices as lists.

    Raises
    ------
    StereoFileError
        If the file is missing or damaged, has no keys, or has a key twice.
    StereoError
        If OpenCV can't be loaded.
    """
    cv2 = opencv()
    name, text = path_name(path), read_text(path)
    if not text.strip():
        raise StereoFileError(f"{name} is empty")
    with _storage_errors(name, cv2):
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        root = storage.root()
        keys = root.keys() if root.isMap() else ()
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise StereoFileError(f"{name} has {twice[0]!r} twice")
    if not keys:
        raise StereoFileError(f"{name} has no keys: it is no calibration of OpenCV")
    values = {}
    for key in keys:
        with _storage_errors(f"{key!r} of {name}", cv2):
            values[key] = _value(f"{key!r} of {name}", root.getNode(key))
    storage.release()
    return values


def _value(name: str, node: Any) -> Any:
    """Return a node's value; None for what a calibration has not, such as maps."""
    if node.isString():
        return node.string()
    if node.isInt() or node.isReal():
        return node.real()
    if node.isSeq():
        return _items(node)
    if node.isMap() and {"rows", "cols", "data"} <= set(node.keys()):
        return _matrix(name, node)
    return None


def _items(node: Any) -> list[Any]:
    """Return a list of numbers; text stands for what is none, and for what is too long."""
    count = node.size()
    if count > _MOST_NUMBERS:
        return [f"{count} values"]
    items = [node.at(index) for index in range(count)]
    return [item.real() if item.isInt() or item.isReal() else "(no number)" for item in items]


def _matrix(name: str, node: Any) -> list[Any]:
    """Return a matrix of one channel; a row or column is flat.

    FileNode.mat() is not used: it was seen to write beyond its memory where the rows, cols and
    data of a file disagree.
    """
    data = node.getNode("data")
    count = 0 if data.empty() else data.size()
    rows, columns = (node.getNode(key).real() for key in ("rows", "cols"))
    if rows * columns != count:
        raise StereoFileError(f"{name} has {count} numbers, but rows {rows:g} and cols {columns:g}")
    numbers = [] if data.empty() else _items(data)
    if min(rows, columns) <= 1 or len(numbers) != count:
        return numbers
    width = int(columns)
    return [numbers[start : start + width] for start in range(0, count, width)]


@contextmanager
def _storage_errors(name: str, cv2: Any) -> Iterator[None]:
    """OpenCV raises SystemError where its constructor fails; the reason is its cause."""
    try:
        yield
    except (cv2.error, SystemError) as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise StereoFileError(f"{name} can't be read as OpenCV's storage: {reason}") from error
