"""What a result depends on, as a key: the same key, the same result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from stereo.datasets import File, Sample
from stereo.evaluation.results import Board

__all__ = ["library", "scene_key"]

_BLOCK = 1 << 20
_SOURCES = (".py", ".so", ".pyd", ".npz")


def scene_key(sample: Sample, of: Mapping[str, Any], board: Board) -> str:
    """Return the key of one scene's result, 64 hexadecimal digits.

    It is a digest of all that the result depends on: the contents of the scene's files, how they
    are read, `board`, and `of`. Contents, because times of files change when a data set is copied
    and stay when a file is edited within the clock's resolution, and reading the files takes a
    small part of the time that matching them does.

    Parameters
    ----------
    sample : Sample
        The scene.
    of : mapping of str to Any
        What JSON can hold of the method, its options, and how it was run.
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}
        What scores it.
    """
    files = {
        "left": _content(sample.left_path),
        "right": _content(sample.right_path),
        "disparity": _file(sample.disparity_file),
        "nonocc": _file(sample.nonocc_file),
        "objects": _file(sample.objects_file),
        "calibration": _file(sample.calibration_file),
    }
    whole = {
        "dataset": sample.dataset,
        "scene": sample.name,
        "range": sample.range_stop,
        "files": files,
        "board": board,
        "library": library(),
        "of": dict(of),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def library() -> str:
    """Return a digest of this library's code, which changes more often than its version."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in _SOURCES:
            digest.update(f"{path.relative_to(package)} {_content(path)}\n".encode())
    return digest.hexdigest()


def _file(file: File[Any] | None) -> list[Any] | None:
    return None if file is None else [_content(file.path), *_reader(file.read)]


def _reader(read: Callable[..., Any]) -> Iterator[Any]:
    """Yield what says how a file is read: the function, and what it was given."""
    if isinstance(read, partial):
        yield from _reader(read.func)
        yield [_argument(value) for value in read.args]
        yield {name: _argument(value) for name, value in read.keywords.items()}
    else:
        yield getattr(read, "__qualname__", repr(read))


def _argument(value: Any) -> Any:
    if isinstance(value, Path):
        return _content(value)  # such as further masks
    if isinstance(value, tuple):
        return [_argument(each) for each in value]
    return repr(value)


def _content(path: Path) -> str:
    """Return a digest of a file, or why it can't be read: then the scene fails or needs it not."""
    digest = hashlib.blake2b(digest_size=32)
    try:
        with path.open("rb") as file:
            for block in iter(partial(file.read, _BLOCK), b""):
                digest.update(block)
    except OSError as error:
        return f"unreadable: {error.strerror}"
    return digest.hexdigest()
