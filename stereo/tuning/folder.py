"""The folder of a study: its settings, and every score that was ever computed in it.

`settings.json` says what the study is of, `scores.sqlite` has a row for each scene and set of
options, `trials.log` is Optuna's journal, and `lock` keeps a second process out.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stereo.io.files import PathLike, path_name, read_json, write_bytes
from stereo.types import StereoFileError

__all__ = ["StudyFolder", "opened"]

_SETTINGS, _SCORES, _TRIALS, _LOCK = "settings.json", "scores.sqlite", "trials.log", "lock"
_TABLE = """CREATE TABLE IF NOT EXISTS scores
    (scene TEXT, options TEXT, score REAL NOT NULL, PRIMARY KEY (scene, options))"""

Key = tuple[str, str]


class StudyFolder:
    """The open folder of one study.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    connection : sqlite3.Connection
        Its table of scores.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        with _readable(self._path):
            connection.execute(_TABLE)
            rows = connection.execute("SELECT scene, options, score FROM scores").fetchall()
        self._scores: dict[Key, float] = {(scene, text): score for scene, text, score in rows}

    @property
    def journal(self) -> Path:
        """Optuna's file."""
        return self._path / _TRIALS

    def score(self, scene: str, values: Mapping[str, Any]) -> float | None:
        """Return what a scene scored with these options, if it is known."""
        return self._scores.get((scene, _text(values)))

    def keep(self, scene: str, values: Mapping[str, Any], score: float) -> None:
        """Write a score down."""
        key = scene, _text(values)
        with _readable(self._path), self._connection:
            self._connection.execute("INSERT INTO scores VALUES (?, ?, ?)", (*key, score))
        self._scores[key] = score


@contextlib.contextmanager
def opened(folder: PathLike, settings: Mapping[str, Any]) -> Iterator[StudyFolder]:
    """Open the folder of a study, or make it.

    Parameters
    ----------
    folder : str or os.PathLike
        An existing study of the same settings goes on.
    settings : mapping of str to Any
        All that scores and trials depend on, as JSON can hold it.

    Raises
    ------
    StereoFileError
        If the study in the folder is of other settings, which the message names, or the
        folder holds something else, is in use, damaged, or can't be written to.
    """
    path = Path(path_name(folder))
    try:
        _check_content(path)
        path.mkdir(parents=True, exist_ok=True)
        lock = open(path / _LOCK, "ab")  # noqa: SIM115 - it is closed by the stack below
    except StereoFileError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise StereoFileError(f"the study {path} can't be opened: {error}") from error
    with contextlib.ExitStack() as stack:
        stack.enter_context(lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StereoFileError(
                f"the study {path} is in use by another process: {error.strerror}"
            ) from error
        _settle(path / _SETTINGS, settings)
        with _readable(path):
            connection = sqlite3.connect(path / _SCORES)
        stack.callback(connection.close)
        yield StudyFolder(path, connection)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn errors of the database into those of this library."""
    try:
        yield
    except sqlite3.Error as error:
        raise StereoFileError(
            f"the scores of the study, {path / _SCORES}, can't be used: {error}"
        ) from error


def _check_content(path: Path) -> None:
    """Refuse a folder that has files in it, but no study."""
    if path.is_dir() and not (path / _SETTINGS).exists():
        others = sorted(each.name for each in path.iterdir() if each.name != _LOCK)
        if others:
            raise StereoFileError(
                f"{path} holds {others[0]!r} and no study: name a folder that is empty, or not "
                "there yet"
            )


def _settle(path: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings of a new study, or compare them with those of the old one."""
    text = json.dumps(settings, indent=1, sort_keys=True)
    if not path.exists():
        write_bytes(path, text.encode())
        return
    differences = list(_differences(read_json(path), json.loads(text)))
    if differences:
        raise StereoFileError(
            f"the study in {path.parent} is another one: {'; '.join(differences)}. "
            "Name another folder for this study"
        )


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            yield f"{name} differ in {', '.join(changed)}"
        else:
            yield f"{name} is {old!r} there and {new!r} here"


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)
