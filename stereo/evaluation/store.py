"""Results on disk: one entry a scene, kept when all of it is there, and checked when it is read."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from stereo.evaluation.jsonable import from_json, to_json
from stereo.evaluation.methods import Estimate
from stereo.evaluation.results import Evaluation, SceneResult
from stereo.io.files import PathLike, path_name, read_bytes, read_text, replacing, write_bytes
from stereo.types import StereoError, StereoFileError, StereoValueError, StereoWarning

__all__ = ["Store", "default_folder"]


def default_folder() -> Path:
    """Return the folder "stereo/evaluation" in the user's cache folder (XDG_CACHE_HOME)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "stereo" / "evaluation"


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
            entry = _json(path)
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

    def maps_path(self, key: str) -> Path:
        """Return the file of a scene's maps."""
        return self._scenes / f"{key}.npz"

    def save_maps(self, key: str, estimate: Estimate) -> Path:
        """Write the maps of a scene, and return their file."""
        path = self.maps_path(key)
        maps: dict[str, Any] = {"disparity": estimate.disparity}
        if estimate.confidence is not None:
            maps["confidence"] = estimate.confidence
        with replacing(path) as file:
            np.savez(file, **maps)
        return path

    def save(self, key: str, result: SceneResult) -> None:
        """Write an entry, whose maps are there."""
        entry = {
            "result": to_json(_placed(result, Path(result.maps.name))),
            "maps": _digest(read_bytes(result.maps)),
        }
        _write_json(self._scenes / f"{key}.json", entry)

    def save_run(self, evaluation: Evaluation) -> None:
        """Keep an evaluation as the last one of its method, options and data set."""
        _write_json(self._runs / f"{_run_name(evaluation)}.json", to_json(evaluation))

    def previous(self, evaluation: Evaluation) -> Evaluation | None:
        """Return the latest other run of the same data set and board, or None.

        It has another method or other options, at least one scene in common that both have scores
        for, and its maps are still there. A damaged one is a StereoWarning, and is left out.
        """
        others = [path for path in self._runs.glob("*.json") if path.stem != _run_name(evaluation)]
        found = [run for run in map(self._run, others) if run and _comparable(run, evaluation)]
        return max(found, key=lambda run: run.when, default=None)

    def _run(self, path: Path) -> Evaluation | None:
        try:
            return from_json(Evaluation, _json(path))
        except StereoError as error:
            warnings.warn(
                f"the cached run {path} is damaged and left out: {error}",
                StereoWarning,
                stacklevel=2,
            )
            return None


def _comparable(run: Evaluation, other: Evaluation) -> bool:
    names = {result.name for result in run.results if result.scores}
    common = names & {result.name for result in other.results if result.scores}
    there = all(result.maps.exists() for result in run.results)
    return (run.dataset, run.board) == (other.dataset, other.board) and bool(common) and there


def _run_name(evaluation: Evaluation) -> str:
    of = [evaluation.dataset, evaluation.board, evaluation.method, dict(evaluation.options)]
    return _digest(json.dumps(of, sort_keys=True).encode())


def _placed(result: SceneResult, maps: Path) -> SceneResult:
    return SceneResult(**{**vars(result), "maps": maps})


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise StereoValueError(f"{path} is no valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise StereoValueError(f"{path} holds a {type(found).__name__}: expected keys with values")
    return found


def _write_json(path: Path, content: Any) -> None:
    write_bytes(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
