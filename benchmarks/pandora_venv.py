"""The virtual environment of CNES Pandora, whose dependencies this library doesn't share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["PACKAGES", "NotInstalledError", "default_folder", "install", "python_of"]

PACKAGES = ("pandora==1.9.0", "pandora-plugin-libsgm==1.5.8")

_CHECK = """
import sys
from importlib.metadata import PackageNotFoundError, version
for wanted in sys.argv[1:]:
    name, _, number = wanted.partition("==")
    try:
        found = version(name)
    except PackageNotFoundError:
        found = "not installed"
    if found != number:
        sys.exit(f"{name} {number} is wanted: {found}")
"""


class NotInstalledError(Exception):
    """Pandora can't be installed; the message says why."""


def default_folder() -> Path:
    """Return a folder of the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "stereo-benchmarks" / PACKAGES[0].replace("==", "-")


def python_of(folder: Path) -> Path:
    """Return where the interpreter of an environment is."""
    return folder / "bin" / "python"


def install(python: Path) -> None:
    """Make sure that an interpreter has `PACKAGES`, and make its environment if need be.

    Raises
    ------
    NotInstalledError
        If the folder is something else, or pip can't install them.
    """
    folder = python.parents[1]
    if not python.exists():
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise NotInstalledError(f"{folder} is there, but no virtual environment")
        print(f"Making a virtual environment in {folder}", file=sys.stderr)
        _run(sys.executable, "-m", "venv", str(folder))
    if _missing(python):
        print(f"Installing {', '.join(PACKAGES)} in {folder} with pip", file=sys.stderr)
        _run(str(python), "-m", "pip", "install", "--quiet", *PACKAGES)
    if problem := _missing(python):
        raise NotInstalledError(problem)


def _missing(python: Path) -> str:
    """Return what is not as it should be, or ""."""
    try:
        _run(str(python), "-c", _CHECK, *PACKAGES)
    except NotInstalledError as error:
        return str(error)
    return ""


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).strip().splitlines()
        raise NotInstalledError(lines[-1] if lines else str(error)) from error
    except OSError as error:
        raise NotInstalledError(str(error)) from error
