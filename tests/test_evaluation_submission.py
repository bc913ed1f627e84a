"""Submissions, read back as the boards read them."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trees

import stereo
from stereo import datasets, io
from stereo.datasets import Dataset, synthetic
from stereo.evaluation import (
    Evaluation,
    FunctionMethod,
    SemiGlobal,
    evaluate,
    read_maps,
    write_submission,
)
from stereo.types import StereoError, StereoFileError, StereoValueError, StereoWarning

RAMP = np.tile(np.float32([0.0, 1.25, 2.5, 3.75, 5.0, 6.5]), (trees.HEIGHT, 1))


def holed(left: Any, right: Any, max_disp: int) -> Any:
    disparity = RAMP.copy()
    disparity[1, 2] = np.nan
    return disparity


def dense(left: Any, right: Any, max_disp: int) -> Any:
    return RAMP


def evaluated(
    name: str, folder: Path, function: Any = holed, **options: Any
) -> tuple[Evaluation, Dataset]:
    """Evaluate a function on a tree."""
    trees.TREES[name].make(folder / "data")
    dataset = datasets.load(name, folder / "data", **options)
    method = FunctionMethod("my method (2)", function)
    return evaluate(dataset, method, cache=folder / "cache", jobs=0), dataset


def pfm(path: Path) -> Any:
    """Read a little-endian PFM byte by byte."""
    kind, size, scale, data = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert (kind, scale) == (b"Pf", b"-1.0")
    numbers = struct.unpack(f"<{width * height}f", data)
    return np.array(numbers, np.float32).reshape(height, width)[::-1]


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


@pytest.mark.parametrize("split", ["trainingQ", "testF"])
def test_middlebury_gets_dense_and_sparse_maps_and_times(split: str, tmp_path: Path) -> None:
    found, dataset = evaluated("middeval3", tmp_path, split=split)
    written = write_submission(tmp_path / "out", found, dataset)
    names = ("disp0my-method-2.pfm", "disp0my-method-2_s.pfm", "timemy-method-2.txt")
    expected = sorted(f"{split}/{scene}/{name}" for scene in ("Piano", "Teddy") for name in names)
    assert files_below(tmp_path / "out") == expected
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in written) == expected
    sparse = pfm(tmp_path / "out" / split / "Piano" / names[1])
    assert np.isposinf(sparse[1, 2])
    assert np.count_nonzero(np.isinf(sparse)) == 1
    assert sparse[0].tolist() == RAMP[0].tolist()
    filled = pfm(tmp_path / "out" / split / "Piano" / names[0])
    assert np.isfinite(filled).all()
    known = np.isfinite(sparse)
    assert np.array_equal(filled[known], sparse[known])
    seconds = float((tmp_path / "out" / split / "Piano" / names[2]).read_text())
    assert seconds >= found.results[0].seconds - 1e-6


def test_middlebury_gets_no_sparse_maps_without_holes(tmp_path: Path) -> None:
    found, dataset = evaluated("middeval3", tmp_path, dense)
    write_submission(tmp_path / "out", found, dataset, name="net_1")
    assert files_below(tmp_path / "out" / "trainingQ" / "Piano") == [
        "disp0net_1.pfm",
        "timenet_1.txt",
    ]
    assert np.array_equal(pfm(tmp_path / "out/trainingQ/Piano/disp0net_1.pfm"), RAMP)
    time = (tmp_path / "out/trainingQ/Piano/timenet_1.txt").read_text()
    assert time == f"{found.results[0].seconds:.6f}\n"


def test_the_dense_map_is_that_of_fill(tmp_path: Path) -> None:
    trees.TREES["middeval3"].make(tmp_path / "data")
    pair = synthetic.render(96, 64, max_disp=16, color=True)
    scene = tmp_path / "data" / "trainingQ" / "Piano"
    io.write_image(scene / "im0.png", pair.left)
    io.write_image(scene / "im1.png", pair.right)
    dataset = datasets.middeval3(tmp_path / "data")
    sample = replace(
        dataset[0], disparity_file=None, nonocc_file=None, calibration_file=None, range_stop=16
    )
    scenes = Dataset("middeval3", [sample])
    found = evaluate(scenes, SemiGlobal(), cache=tmp_path / "cache", jobs=0)
    write_submission(tmp_path, found, scenes, name="sgm")
    place = tmp_path / "trainingQ" / "Piano"
    own = stereo.sgm(pair.left, pair.right, 16)
    assert np.array_equal(io.read_pfm(place / "disp0sgm_s.pfm"), own, equal_nan=True)
    filled = stereo.sgm(pair.left, pair.right, 16, fill=True)
    assert np.array_equal(pfm(place / "disp0sgm.pfm"), filled)


@pytest.mark.parametrize(("name", "inside"), [("kitti2012", ""), ("kitti2015", "disp_0/")])
@pytest.mark.parametrize("split", ["training", "testing"])
def test_kitti_gets_an_archive_of_levels(
    name: str, inside: str, split: str, tmp_path: Path
) -> None:
    found, dataset = evaluated(name, tmp_path, split=split)
    (path,) = write_submission(tmp_path / "out", found, dataset, name="mine")
    assert path == tmp_path / "out" / "mine.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"{inside}000000_10.png", f"{inside}000007_10.png"]
        archive.extractall(tmp_path / "unpacked")
    levels = io.read_image(tmp_path / "unpacked" / f"{inside}000000_10.png")
    assert levels.dtype == np.uint16
    expected = (RAMP * 256).astype(np.uint16)
    expected[:, 0] = 1  # a disparity of 0 is not an unknown one
    expected[1, 2] = 0
    assert np.array_equal(levels, expected)
    before = path.read_bytes()
    write_submission(tmp_path / "out", found, dataset, name="mine")
    assert path.read_bytes() == before


@pytest.mark.parametrize("split", ["training", "test"])
def test_eth3d_gets_maps_and_runtimes(split: str, tmp_path: Path) -> None:
    found, dataset = evaluated("eth3d", tmp_path, split=split)
    write_submission(tmp_path / "out", found, dataset)
    place = tmp_path / "out" / "low_res_two_view"
    assert files_below(place) == [
        "delivery_area_1l.pfm",
        "delivery_area_1l.txt",
        "terrains_2s.pfm",
        "terrains_2s.txt",
    ]
    assert np.array_equal(
        np.isposinf(pfm(place / "terrains_2s.pfm")), np.isnan(holed(None, None, 0))
    )
    words = (place / "terrains_2s.txt").read_text().split()
    assert words == ["runtime", f"{found.results[1].seconds:.6f}"]


def test_missing_scenes_are_a_warning(tmp_path: Path) -> None:
    trees.TREES["kitti2015"].make(tmp_path / "data")
    (tmp_path / "data/testing/image_3/000007_10.png").unlink()
    dataset = datasets.kitti2015(tmp_path / "data", split="testing")
    found = evaluate(dataset, FunctionMethod("f", dense), cache=tmp_path / "cache", jobs=0)
    with pytest.warns(StereoWarning, match="1 of 2 scenes are missing"):
        (path,) = write_submission(tmp_path, found, dataset)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["disp_0/000000_10.png"]


def far(left: Any, right: Any, max_disp: int) -> Any:
    return np.full(left.shape[:2], 256.0, np.float32)


def test_what_cant_be_written_leaves_an_older_file(tmp_path: Path) -> None:
    found, dataset = evaluated("kitti2015", tmp_path, far)
    (tmp_path / "mine.zip").write_text("older")
    with pytest.raises(StereoValueError, match=r"000000_10: .*256"):
        write_submission(tmp_path, found, dataset, name="mine")
    assert (tmp_path / "mine.zip").read_text() == "older"


def test_there_are_boards_for_some_data_sets_only(tmp_path: Path) -> None:
    found, dataset = evaluated("middlebury2003", tmp_path, dense)
    with pytest.raises(StereoError, match="no board that takes results of middlebury2003"):
        write_submission(tmp_path, found, dataset)


@pytest.mark.parametrize("name", ["", "a b", "../up", "ä", "a.b"])
def test_names_fit_into_file_names(name: str, tmp_path: Path) -> None:
    found, dataset = evaluated("eth3d", tmp_path, dense)
    with pytest.raises(StereoError, match="letters, digits"):
        write_submission(tmp_path, found, dataset, name=name)


def test_nothing_evaluated_is_an_error(tmp_path: Path) -> None:
    found, dataset = evaluated("eth3d", tmp_path, dense)
    with pytest.raises(StereoError, match="nothing to submit"):
        write_submission(tmp_path, replace(found, results=()), dataset)


def test_lost_or_damaged_maps_are_named(tmp_path: Path) -> None:
    found, dataset = evaluated("eth3d", tmp_path, dense)
    maps = found.results[0].maps
    assert read_maps(maps)
    maps.write_bytes(maps.read_bytes()[:80])
    with pytest.raises(StereoFileError, match=str(maps)):
        write_submission(tmp_path, found, dataset)
    maps.unlink()
    with pytest.raises(StereoFileError, match=str(maps)):
        write_submission(tmp_path, found, dataset)
    (tmp_path / "file").touch()
    with pytest.raises(StereoFileError, match="can't be made"):
        write_submission(tmp_path / "file", found, dataset)
