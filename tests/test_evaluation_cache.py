"""Results on disk: what is taken from the cache, what is not, and what is damaged."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluated
import numpy as np
import pytest
import trees
from evaluated import NAMES, close
from hypothesis import given
from hypothesis import strategies as st

from stereo import datasets
from stereo.datasets import Dataset
from stereo.evaluation import Evaluation, FunctionMethod, SceneResult, evaluate, read_maps
from stereo.evaluation.identity import scene_key
from stereo.evaluation.jsonable import from_json, to_json
from stereo.evaluation.store import Store, default_folder
from stereo.metrics import Eth3dScore, Kitti2012Score, Kitti2015Counts, Kitti2015Score
from stereo.types import StereoError, StereoFileError, StereoValueError, StereoWarning


class Counted:
    """A method that says for which scenes it was called, and is a little wrong."""

    name = "counted"
    threads = 1

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.calls: list[str] = []

    def __call__(self, left: Any, right: Any, max_disp: int) -> Any:
        """Match a pair."""
        self.calls.append(NAMES[evaluated.number_of(left)])
        return FunctionMethod(self.name, close)(left, right, max_disp)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give four scenes on disk, which must not be changed."""
    return evaluated.scenes(tmp_path_factory.mktemp("pairs"))


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """Give a copy of them, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give a folder that is not there yet."""
    return tmp_path / "cache"


def calls(root: Path, cache: Path, method: Any = None, **options: Any) -> list[str]:
    """Evaluate, and return the scenes that were matched."""
    method = Counted() if method is None else method
    evaluate(datasets.described(root), method, cache=cache, **{"jobs": 0, **options})
    found: list[str] = method.calls
    return found


def test_what_was_done_is_not_done_again(root: Path, cache: Path) -> None:
    assert calls(root, cache) == NAMES
    seen = []
    dataset = datasets.described(root)
    first = evaluate(dataset, Counted(), cache=cache, jobs=0, on_progress=seen.append)
    assert [finished.cached for finished in seen] == [True] * 4
    assert calls(root, cache) == []
    part = evaluate(Dataset("described", [dataset[2]]), Counted(), cache=cache, jobs=0)
    assert part.results == first.results[2:3]


@pytest.mark.parametrize(
    "again",
    [
        {"method": Counted(paths=8)},
        {"max_disp": 24},
        {"board": "eth3d"},
    ],
)
def test_other_options_are_other_results(root: Path, cache: Path, again: dict[str, Any]) -> None:
    calls(root, cache)
    assert calls(root, cache, **again) == NAMES


def test_the_time_depends_on_jobs_and_machine(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = FunctionMethod("close", close)
    dataset = datasets.described(root)
    evaluate(dataset, method, cache=cache, jobs=0)
    seen = []
    evaluate(dataset, method, cache=cache, jobs=1, on_progress=seen.append)
    assert [finished.cached for finished in seen] == [False] * 4
    monkeypatch.setattr("stereo.evaluation.machine.processor", lambda: "another")
    assert calls(root, cache) == NAMES


def test_other_code_is_another_result(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls(root, cache)
    monkeypatch.setattr("stereo.evaluation.identity.library", lambda: "edited")
    assert calls(root, cache) == NAMES


def rewritten(path: Path) -> None:
    """Change a byte of the file and nothing that `stat` shows."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_changed_contents_are_another_result(root: Path, cache: Path) -> None:
    calls(root, cache)
    rewritten(root / "room/2/truth.pfm")
    assert calls(root, cache) == ["room/2"]


def test_a_moved_or_touched_data_set_is_the_same(root: Path, cache: Path) -> None:
    calls(root, cache)
    moved = root.rename(root.parent / "moved")
    (moved / "room/1/left.png").touch()
    assert calls(moved, cache) == []


def test_how_a_file_is_read_is_part_of_the_key(root: Path, cache: Path) -> None:
    calls(root, cache)
    path = root / "room/3/meta.json"
    meta = json.loads(path.read_text())
    path.write_text(json.dumps({**meta, "gt_divisor": 2}))
    assert calls(root, cache) == ["room/3"]


def test_every_file_of_every_layout_is_part_of_the_key(tmp_path: Path) -> None:
    for name, tree in trees.TREES.items():
        root = tmp_path / name
        tree.make(root)
        sample = datasets.load(name, root, **tree.options)[0]
        before = scene_key(sample, {}, "middlebury")
        for file in (tree.left, tree.right, tree.truth, tree.mask):
            if file is None:
                continue
            data = (root / file).read_bytes()
            (root / file).write_bytes(data + b" ")
            assert scene_key(sample, {}, "middlebury") != before, (name, file)
            (root / file).write_bytes(data)
        assert scene_key(sample, {}, "middlebury") == before
    sample = datasets.sintel(tmp_path / "sintel")[0]
    before = scene_key(sample, {}, "middlebury")
    (tmp_path / "sintel/training/outofframe/alley_1/frame_0001.png").unlink()
    assert scene_key(sample, {}, "middlebury") != before


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no JSON": ("json", lambda path: path.write_text("{")),
    "another JSON": ("json", lambda path: path.write_text("[]")),
    "keys missing": ("json", lambda path: path.write_text('{"result": {}}')),
    "no text": ("json", lambda path: path.write_bytes(b"\xff\x00")),
    "half the maps": ("npz", lambda path: path.write_bytes(path.read_bytes()[:100])),
    "no maps": ("npz", Path.unlink),
    "a byte of the maps": ("npz", rewritten),
}


@pytest.mark.parametrize("what", list(DAMAGE))
def test_a_damaged_entry_is_said_and_made_again(what: str, root: Path, cache: Path) -> None:
    calls(root, cache)
    ending, damage = DAMAGE[what]
    sample = datasets.described(root)[1]
    (path,) = (
        entry.with_suffix(f".{ending}")
        for entry in (cache / "scenes").glob("*.json")
        if json.loads(entry.read_text())["result"]["name"] == sample.name
    )
    damage(path)
    method = Counted()
    with pytest.warns(StereoWarning, match=str(path.with_suffix(""))):
        calls(root, cache, method)
    assert method.calls == ["room/1"]
    assert calls(root, cache) == []


def test_maps_without_their_entry_are_none(root: Path, cache: Path) -> None:
    """As when a run is killed between the two."""
    calls(root, cache)
    next((cache / "scenes").glob("*.json")).unlink()
    assert len(calls(root, cache)) == 1


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "stereo" / "evaluation"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home" / ".cache" / "stereo" / "evaluation"


def test_no_home_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", missing)
    with pytest.raises(StereoFileError, match="home directory"):
        default_folder()


def test_the_previous_run_is_the_last_other_one(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, store = datasets.described(root), Store(cache)

    def run(scenes: Dataset = dataset, **options: Any) -> Evaluation:
        found = evaluate(scenes, Counted(**options), cache=cache, jobs=0)
        store.save_run(found)
        return found

    first = run()
    assert store.previous(first) is None
    assert store.previous(run()) is None  # the same again
    part = Dataset("described", [dataset[0]])
    assert store.previous(run(part)) is None  # a part of the same
    second = run(paths=8)
    before = store.previous(second)
    assert before is not None
    assert before.results == first.results[:1]
    monkeypatch.setattr("stereo.evaluation.identity.library", lambda: "edited")
    third = run(paths=8)
    assert store.previous(third) == second
    other = evaluate(dataset, Counted(), board="eth3d", cache=cache, jobs=0)
    assert store.previous(other) is None
    second.results[1].maps.unlink()
    assert store.previous(third) == before
    for path in (cache / "runs").glob("*.json"):
        path.write_text("{}")
    with pytest.warns(StereoWarning, match="left out"):
        assert store.previous(third) is None


NAN = math.nan
RESULTS = [
    SceneResult(
        name="å/b",
        width=3,
        height=2,
        max_disp=16,
        scores=scores,
        density=12.5,
        seconds=0.25,
        sparsification=None,
        maps=Path("/x/y.npz"),
    )
    for scores in (
        {},
        {"all": Eth3dScore({0.5: 100.0}, 0.0, math.inf, math.inf, {0.5: math.inf}, 4)},
        {"nonocc": Kitti2012Score({3.0: 1.5}, {3.0: NAN}, 0.0, 2.5, NAN, 4)},
        {"all": Kitti2015Score.from_counts(Kitti2015Counts(outliers_all=1, pixels_all=3))},
    )
]


@pytest.mark.parametrize("result", RESULTS)
def test_results_survive_json(result: SceneResult) -> None:
    text = json.dumps(to_json(result), allow_nan=False)
    assert repr(from_json(SceneResult, json.loads(text))) == repr(result)


@given(st.floats(), st.floats(), st.integers(0, 1 << 40), st.text())
def test_every_number_survives_json(error: float, share: float, pixels: int, name: str) -> None:
    score = Eth3dScore({0.5: share}, share, error, error, {0.9: error}, pixels)
    result = dataclasses.replace(RESULTS[0], name=name, density=share, scores={"all": score})
    again = from_json(SceneResult, json.loads(json.dumps(to_json(result), allow_nan=False)))
    assert repr(again) == repr(result)


def test_evaluations_survive_json(root: Path, cache: Path) -> None:
    (root / "room/1/left.png").unlink()
    found = evaluate(datasets.described(root), Counted(a=[1, None]), cache=cache, jobs=0)
    assert from_json(Evaluation, json.loads(json.dumps(to_json(found)))) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": "3"}, r"SceneResult.width is '3'"),
        ({"width": True}, r"SceneResult.width is True"),
        ({"density": None}, r"SceneResult.density is None"),
        ({"density": "inf"}, r"SceneResult.density is 'inf'"),
        ({"maps": 3}, r"SceneResult.maps is 3"),
        ({"scores": []}, r"SceneResult.scores is \[\]"),
        ({"scores": {"all": {"kind": "Path"}}}, r"SceneResult.scores\[all\]"),
        ({"scores": {"all": 3}}, r"SceneResult.scores\[all\]"),
        ({"kind": "Failure"}, r"expected a SceneResult"),
        ({"more": 1}, r"expected the keys"),
    ],
)
def test_other_json_is_no_result(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StereoValueError, match=message):
        from_json(SceneResult, {**to_json(RESULTS[3]), **change})


def test_numbers_as_keys_are_checked() -> None:
    written = to_json(RESULTS[1])
    written["scores"]["all"]["bad"] = {"half": 1.0}
    with pytest.raises(StereoValueError, match="'half'"):
        from_json(SceneResult, written)


@pytest.mark.parametrize(
    "maps",
    [
        {},
        {"confidence": np.zeros((2, 2), np.float32)},
        {"disparity": np.zeros((2, 2), np.float64)},
        {"disparity": np.zeros(2, np.float32)},
        {"disparity": np.array([[None]])},
    ],
)
def test_other_archives_are_no_maps(maps: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "maps.npz", **maps)
    with pytest.raises(StereoFileError, match=r"maps\.npz"):
        read_maps(tmp_path / "maps.npz")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half", b"\x93NUMPY", b"text"])
def test_other_files_are_no_maps(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "maps.npz").write_bytes(data)
    with pytest.raises(StereoError, match=r"maps\.npz"):
        read_maps(tmp_path / "maps.npz")


def test_results_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RESULTS[0].name = "other"
