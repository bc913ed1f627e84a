"""What the layouts share: finding the files, and the errors where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stereo.io.files import PathLike, path_name
from stereo.types import StereoFileError

__all__ = ["files_in", "first_there", "folder", "folders_in", "nothing_found"]


def folder(path: PathLike, home: str) -> Path:
    """Return the path of a folder; StereoFileError if there is none."""
    found = Path(path_name(path))
    if not found.is_dir():
        raise StereoFileError(f"there is no folder {found}. {home} Nothing is downloaded.")
    return found


def folders_in(parent: Path, pattern: str, layout: str, home: str) -> list[Path]:
    """List the folders that fit the pattern, sorted; StereoFileError if there are none.

    Those of the system, such as .Trash, are left out.
    """
    found = [path for path in folder(parent, home).glob(pattern) if path.is_dir()]
    visible = [path for path in found if not path.name.startswith(".")]
    return sorted(visible) or nothing_found(parent, layout, home)


def files_in(parent: Path, pattern: str, layout: str, home: str) -> list[Path]:
    """List the files that fit the pattern, as `folders_in` does folders."""
    found = [path for path in folder(parent, home).glob(pattern) if path.name[0] != "."]
    return sorted(found) or nothing_found(parent, layout, home)


def nothing_found(parent: Path, layout: str, home: str) -> list[Path]:
    """Raise StereoFileError: there is no scene in a folder."""
    raise StereoFileError(
        f"{parent} has no scene in it: expected {layout}. {home} Nothing is downloaded."
    )


def first_there(parent: Path, names: Sequence[str]) -> Path:
    """Return the first of several files that is there, or the first if none is."""
    paths = [parent / name for name in names]
    return next((path for path in paths if path.exists()), paths[0])
