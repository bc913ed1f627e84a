"""Results on disk: one entry a scene, kept when all of it is there, and checked when it is read."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from pathlib import Path
from typing import Any

from stereo.evaluation.jsonable import from_json, to_json
from stereo.evaluation.results import Evaluation, SceneResult
from stereo.io.files import PathLike, path_name, read_bytes, read_json, write_bytes
from stereo.types import StereoError, StereoFileError, StereoValueError, StereoWarning

__all__ = ["Store", "default_folder"]


def default_folder() -> Path:
    """Return the folder "stereo/evaluation" in the user's cache folder.

    That is what XDG_CACHE_HOME names, or else ".cache" in the home folder; StereoFileError if there
    is neither.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "stereo" / "evaluation"
    except RuntimeError as error:
        raise StereoFileError(f"there is no folder for results: {error}; name one") from error


class Store:
    """A folder of results.

    An entry is the file scenes/KEY.json beside the maps in scenes/KEY.npz, of which it has the
    digest. Both are written beside and renamed, the maps first: an entry is there completely or
    not at all, whenever a run is killed. The folder may be deleted at any time.

    Parameters
    ----------
    folder : str or os.PathLike
        It is made where it is missing.

    Raises
    ------
    StereoFileError
        If it can't be made.
    """

    def __init__(self, folder: PathLike) -> None:
        self.folder = Path(path_name(folder)).absolute()
        self._scenes, self._runs = self.folder / "scenes", self.folder / "runs"
        for path in (self._scenes, self._runs):
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StereoFileError(
                    f"the folder {path} can't be made: {error.strerror}"
                ) from error

    def load(self, key: str) -> SceneResult | None:
        """Return the result under a key, None where there is none.

        A damaged entry is a StereoWarning, and is none.
        """
        path = self._scenes / f"{key}.json"
        if not path.exists():
            return None
        try:
            entry = read_json(path)
            result = from_json(SceneResult, entry.get("result"))
            maps = self._scenes / result.maps
            if _digest(read_bytes(maps)) != entry.get("maps"):
                raise StereoValueError(f"{maps} isn't what was written")
        except StereoError as error:
            warnings.warn(
                f"the cached result {path} is damaged and made again: {error}",
                StereoWarning,
                stacklevel=2,
            )
            return None
        return _placed(result, maps)

    def maps(self, key: str) -> Path:
        """Return the file of a scene's maps."""
        return self._scenes / f"{key}.npz"

    def save(self, key: str, result: SceneResult) -> None:
        """Write an entry, whose maps are there."""
        entry = {
            "result": to_json(_placed(result, Path(result.maps.name))),
            "maps": _digest(read_bytes(result.maps)),
        }
        _write_json(self._scenes / f"{key}.json", entry)

    def save_run(self, evaluation: Evaluation) -> None:
        """Keep an evaluation for :meth:`previous`; the same results again take its place."""
        _write_json(self._runs / f"{_run_name(evaluation)}.json", to_json(evaluation))

    def previous(self, evaluation: Evaluation) -> Evaluation | None:
        """Return the latest run of the same data set and board that another result is from.

        It may be of another method, of other options or of other code. At least one scene has
        scores in both that are not one entry of the cache, and its maps are still there. None if
        there is no such run. A damaged one is a StereoWarning, and is left out.
        """
        runs = map(self._run, sorted(self._runs.glob("*.json")))
        found = [run for run in runs if run and _comparable(run, evaluation)]
        return max(found, key=lambda run: run.when, default=None)

    def _run(self, path: Path) -> Evaluation | None:
        try:
            return from_json(Evaluation, read_json(path))
        except StereoError as error:
            warnings.warn(
                f"the cached run {path} is damaged and left out: {error}",
                StereoWarning,
                stacklevel=2,
            )
            return None


def _comparable(run: Evaluation, other: Evaluation) -> bool:
    if (run.dataset, run.board) != (other.dataset, other.board):
        return False
    entries = {result.name: result.maps.name for result in other.results if result.scores}
    differs = any(
        entries.get(result.name, result.maps.name) != result.maps.name
        for result in run.results
        if result.scores
    )
    return differs and all(result.maps.exists() for result in run.results)


def _run_name(evaluation: Evaluation) -> str:
    entries = [result.maps.name for result in evaluation.results]
    failures = [failure.name for failure in evaluation.failures]
    of = [evaluation.dataset, evaluation.board, evaluation.method, entries, failures]
    return _digest(json.dumps(of).encode())


def _placed(result: SceneResult, maps: Path) -> SceneResult:
    return SceneResult(**{**vars(result), "maps": maps})


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_json(path: Path, content: Any) -> None:
    write_bytes(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
