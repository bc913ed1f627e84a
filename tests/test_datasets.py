"""Public data sets on disk: each layout as a tiny tree, whole and damaged."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trees
from conftest import missing
from trees import DISPARITY, GEOMETRY, HEIGHT, NONOCC, TREES, UNKNOWN, WIDTH, Tree

from stereo import datasets, io
from stereo.datasets import Dataset, Sample
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError


@pytest.fixture(scope="module", params=list(TREES))
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Tree]:
    """Give each data set, complete; the tree must not be changed."""
    tree = TREES[request.param]
    root = tmp_path_factory.mktemp(request.param)
    tree.make(root)
    return request.param, root, tree


def load(name: str, root: Path, **options: Any) -> Dataset:
    return datasets.load(name, root, **TREES[name].options | options)


def test_every_data_set_has_a_tree() -> None:
    assert list(TREES) == list(datasets.DATASETS)


def test_complete_trees_are_read(opened: tuple[str, Path, Tree]) -> None:
    name, root, tree = opened
    found = load(name, root)
    assert found.name == name
    assert [sample.name for sample in found] == tree.names
    sample = found[0]
    assert sample.left_path == root / tree.left
    assert sample.right_path == root / tree.right
    shape = (HEIGHT, WIDTH, 3) if tree.colour else (HEIGHT, WIDTH)
    assert sample.left.shape == sample.right.shape == shape
    assert sample.left.dtype == np.uint8
    assert sample.image_size == (WIDTH, HEIGHT)
    expected = DISPARITY if tree.dense else UNKNOWN
    disparity = sample.disparity
    assert disparity is not None
    assert disparity.dtype == np.float32
    assert np.array_equal(disparity, expected, equal_nan=True)
    right_disparity = sample.right_disparity
    assert (right_disparity is None) == (tree.right_truth is None)
    if right_disparity is not None:
        assert np.array_equal(right_disparity, UNKNOWN, equal_nan=True)


def test_complete_trees_have_what_else_there_is(opened: tuple[str, Path, Tree]) -> None:
    name, root, tree = opened
    sample = load(name, root)[0]
    nonocc = sample.nonocc
    assert (nonocc is None) == (tree.mask is None)
    if nonocc is not None:
        assert nonocc.dtype == np.bool_
        assert np.array_equal(nonocc, NONOCC)
    assert sample.max_disp == tree.max_disp
    objects = sample.objects
    assert (objects is None) == (not tree.objects)
    if objects is not None:
        assert np.array_equal(objects, trees.LEFT % 3)
    if tree.calibrated:
        geometry = sample.calibration
        assert geometry is not None
        assert geometry.focal_length == GEOMETRY.focal_length
        assert geometry.baseline == pytest.approx(GEOMETRY.baseline)
    elif name != "kitti2015":
        assert sample.calibration is None
    if name != "kitti2015":
        assert sample.isint == (name == "middeval3")


def test_samples_travel_between_processes(opened: tuple[str, Path, Tree]) -> None:
    name, root, _ = opened
    for sample in load(name, root):
        again = pickle.loads(pickle.dumps(sample))
        assert again.name == sample.name
        assert np.array_equal(again.left, sample.left)


FILES: dict[str, tuple[str, Callable[[Sample], Any]]] = {
    "left": ("left image", lambda sample: sample.left),
    "right": ("right image", lambda sample: sample.right),
    "truth": ("left ground truth", lambda sample: sample.disparity),
    "right_truth": ("right ground truth", lambda sample: sample.right_disparity),
    "mask": ("mask of non-occluded pixels", lambda sample: sample.nonocc),
}


def those_there(opened: tuple[str, Path, Tree]) -> list[str]:
    return [what for what in FILES if getattr(opened[2], what) is not None]


def test_a_missing_file_is_named(opened: tuple[str, Path, Tree], tmp_path: Path) -> None:
    name, whole, tree = opened
    for what in those_there(opened)[1:]:
        words, read = FILES[what]
        root = tmp_path / what
        shutil.copytree(whole, root)
        (root / getattr(tree, what)).unlink()
        found = load(name, root)
        assert [sample.name for sample in found] == tree.names  # the listing doesn't stop
        with pytest.raises(StereoFileError, match=f"lacks its {words}") as error:
            read(found[0])
        message = str(error.value)
        file = (root / getattr(tree, what)).with_suffix("")  # of 2001 there are .ppm and .png
        for part in (str(file), tree.names[0], "Nothing is downloaded"):
            assert part in message
        for other in found[1:]:
            if name != "booster":  # whose pairs share the ground truth
                read(other)


def test_a_truncated_file_is_named(opened: tuple[str, Path, Tree], tmp_path: Path) -> None:
    name, whole, tree = opened
    for what in those_there(opened):
        root = tmp_path / what
        shutil.copytree(whole, root)
        path = root / getattr(tree, what)
        path.write_bytes(path.read_bytes()[:-9])
        sample = load(name, root)[0]
        with pytest.raises(StereoFileError, match=r"damaged|bytes") as error:
            FILES[what][1](sample)
        assert str(path) in str(error.value)


def test_an_empty_or_missing_folder_says_where_the_data_is(
    opened: tuple[str, Path, Tree], tmp_path: Path
) -> None:
    name, _, _ = opened
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StereoFileError, match=r"Nothing is downloaded") as error:
            load(name, root)
        assert str(root) in str(error.value)


@pytest.mark.parametrize(
    ("name", "scene"),
    [
        ("middeval3", "trainingQ/Abandoned"),
        ("middlebury2003", "cones"),
        ("middlebury2006", "Abandoned"),
        ("middlebury2014", "Abandoned-perfect"),
        ("eth3d", "two_view_training/abandoned"),
        ("instereo2k", "train/part1/000000"),
        ("booster", "train/balanced/Abandoned"),
    ],
)
def test_an_empty_scene_is_named_and_stops_no_other(tmp_path: Path, name: str, scene: str) -> None:
    TREES[name].make(tmp_path)
    (tmp_path / scene).mkdir()
    (tmp_path / scene).with_name(".Trash").mkdir()  # no scene
    first, *others = load(name, tmp_path)
    with pytest.raises(StereoFileError, match="lacks its left image"):
        _ = first.left
    assert [sample.name for sample in others] == TREES[name].names
    assert others[0].disparity is not None


@pytest.mark.parametrize("what", ["right", "truth", "mask"])
def test_a_file_of_another_size_is_named(tmp_path: Path, what: str) -> None:
    TREES["middeval3"].make(tmp_path)
    file = tmp_path / getattr(TREES["middeval3"], what)
    if what == "truth":
        io.write_pfm(file, np.ones((HEIGHT, WIDTH + 1)))
    else:
        io.write_image(file, np.full((HEIGHT + 1, WIDTH), 255, np.uint8))
    sample = load("middeval3", tmp_path)[0]
    size = f"{WIDTH + 1} x {HEIGHT}" if what == "truth" else f"{WIDTH} x {HEIGHT + 1}"
    with pytest.raises(StereoFileError, match=f"is {size} px, and the left image 6 x 4 px"):
        _ = [sample.right, sample.disparity, sample.nonocc]


def test_a_calibration_of_another_size_is_named(tmp_path: Path) -> None:
    TREES["eth3d"].make(tmp_path)
    path = tmp_path / "two_view_training/delivery_area_1l/calib.txt"
    path.write_text(path.read_text().replace("width=6", "width=12"))
    with pytest.raises(StereoFileError, match="the calibration of eth3d delivery_area_1l"):
        _ = load("eth3d", tmp_path)[0].calibration


def test_a_pfm_with_the_wrong_count_is_named(tmp_path: Path) -> None:
    TREES["eth3d"].make(tmp_path)
    path = tmp_path / "two_view_training_gt/delivery_area_1l/disp0GT.pfm"
    path.write_bytes(path.read_bytes() + bytes(4))
    with pytest.raises(StereoFileError, match="has 100 bytes of numbers; 96 are needed"):
        _ = load("eth3d", tmp_path)[0].disparity


@pytest.mark.parametrize(
    ("name", "options", "names"),
    [
        ("kitti2012", {"split": "testing"}, ["000000_10", "000007_10"]),
        ("kitti2015", {"split": "testing"}, ["000000_10", "000007_10"]),
        ("eth3d", {"split": "test"}, ["delivery_area_1l", "terrains_2s"]),
        ("middeval3", {"split": "testF"}, ["Piano", "Teddy"]),
        ("booster", {"split": "test"}, ["Bathroom/im0", "Bathroom/im1"]),
    ],
)
def test_test_images_have_no_ground_truth(
    tmp_path: Path, name: str, options: dict[str, Any], names: list[str]
) -> None:
    TREES[name].make(tmp_path)
    found = load(name, tmp_path, **options)
    assert [sample.name for sample in found] == names
    assert found[0].disparity is None
    assert found[0].nonocc is None
    assert found[0].left.shape[:2] == (HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ("name", "options", "left"),
    [
        ("kitti2012", {"color": True}, "training/colored_0/000000_10.png"),
        ("middlebury2003", {"split": "H"}, "teddyH/im2.png"),
        ("middlebury2003", {"split": "F"}, "teddyF/im2.png"),
        ("middlebury2014", {"split": "imperfect"}, "Piano-imperfect/im0.png"),
        ("middeval3", {"split": "trainingH"}, "trainingH/Piano/im0.png"),
        ("sceneflow", {"rendering": "cleanpass"}, "frames_cleanpass/TEST/B/0003/left/0006.png"),
        ("sceneflow", {"split": "TRAIN"}, "frames_finalpass/TRAIN/A/0000/left/0006.png"),
        ("sintel", {"rendering": "clean"}, "training/clean_left/alley_1/frame_0001.png"),
        ("drivingstereo", {"split": "test"}, "test-left-image/left-image-half-size/frame.jpg"),
        ("drivingstereo", {"split": "rainy"}, "rainy/left-image-half-size/frame.jpg"),
        (
            "drivingstereo",
            {"split": "test", "size": "full"},
            "test-left-image/left-image-full-size/frame.jpg",
        ),
        ("instereo2k", {"split": "test"}, "test/000860/left.png"),
        ("described", {"split": "outdoor"}, "outdoor/tree/l.png"),
        ("described", {"split": ["outdoor"]}, "outdoor/tree/l.png"),
    ],
)
def test_options(tmp_path: Path, name: str, options: dict[str, Any], left: str) -> None:
    TREES[name].make(tmp_path)
    sample = load(name, tmp_path, **options)[0]
    assert sample.left_path == tmp_path / left
    assert sample.right.shape == sample.left.shape
    disparity = sample.disparity
    assert disparity is not None
    assert np.array_equal(disparity[1:], DISPARITY[1:])  # whatever the scale of the files


def test_tsukuba_has_its_own_scale_and_no_right_ground_truth(tmp_path: Path) -> None:
    TREES["middlebury2001"].make(tmp_path)
    found = load("middlebury2001", tmp_path)
    tsukuba = found.sample("tsukuba")
    assert np.array_equal(tsukuba.disparity, UNKNOWN, equal_nan=True)  # type: ignore[arg-type]
    assert tsukuba.right_disparity is None
    assert tsukuba.max_disp == 16
    venus = found.sample("venus")
    assert (venus.left_path.name, venus.right_path.name) == ("im2.ppm", "im6.ppm")
    assert venus.right_disparity is not None


def test_scenes_of_2005_without_ground_truth(tmp_path: Path) -> None:
    TREES["middlebury2005"].make(tmp_path)
    assert load("middlebury2005", tmp_path).sample("Dwarves").disparity is None


def test_kitti_2015_is_calibrated_by_a_file_of_another_archive(tmp_path: Path) -> None:
    TREES["kitti2015"].make(tmp_path)
    sample = load("kitti2015", tmp_path)[0]
    with pytest.raises(StereoFileError, match=r"lacks its calibration.*data_scene_flow_calib"):
        _ = sample.calibration


def test_the_encoding_of_sintel(tmp_path: Path) -> None:
    path = tmp_path / "frame_0001.png"
    levels = [[[0, 0, 0], [0, 1, 0], [1, 0, 0], [255, 255, 255], [0, 0, 1]]]
    io.write_image(path, np.array(levels, np.uint8))
    found = datasets.read_sintel_disparity(path)
    assert found[0].tolist() == [0, 1 / 64, 4, np.float32(1020 + 255 / 64 + 255 / 16384), 2**-14]
    io.write_image(path, np.zeros((2, 2), np.uint8))
    with pytest.raises(StereoFileError, match="uint8 and"):
        datasets.read_sintel_disparity(path)


def test_encoded_ground_truth_must_be_gray(tmp_path: Path) -> None:
    TREES["middlebury2003"].make(tmp_path)
    truth = tmp_path / "teddy/disp2.png"
    gray = io.read_image(truth)
    io.write_image(truth, np.stack([gray] * 3, axis=2))  # three equal channels are gray
    assert load("middlebury2003", tmp_path)[0].disparity is not None
    io.write_image(truth, trees.COLOUR)
    with pytest.raises(StereoFileError, match=r"disp2\.png is a colour image"):
        _ = load("middlebury2003", tmp_path)[0].disparity


def test_alpha_is_left_out(tmp_path: Path) -> None:
    TREES["middlebury2003"].make(tmp_path)
    alpha = np.full((HEIGHT, WIDTH, 1), 7, np.uint8)
    io.write_image(tmp_path / "teddy/im2.png", np.concatenate([trees.COLOUR, alpha], axis=2))
    assert np.array_equal(load("middlebury2003", tmp_path)[0].left, trees.COLOUR)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"disp_left": "d.png"', "no valid JSON"),
        ('["disp_left"]', "holds a list"),
        ('{"disp_left": "d.png", "left": 3}', "'left' of .* is 3: expected the name"),
        ('{"disp_left": "d.png", "left": "l.png"}', "'gt_divisor' of .* is None"),
        (
            '{"disp_left": "d.png", "left": "l.png", "gt_divisor": 0, "disp_max": 3}',
            "is 0: expected a number above 0",
        ),
    ],
)
def test_bad_descriptions(tmp_path: Path, text: str, message: str) -> None:
    TREES["described"].make(tmp_path)
    (tmp_path / "indoor/chair/meta.json").write_text(text, encoding="utf-8")
    broken, whole = load("described", tmp_path)
    with pytest.raises(StereoFileError, match=message) as error:
        _ = broken.left
    assert "indoor/chair/meta.json" in str(error.value)
    assert broken.name == "indoor/chair"
    assert whole.disparity is not None  # the others go on
    with pytest.raises(StereoFileError, match=message):
        datasets.described_pair(tmp_path / "indoor/chair")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda root: datasets.load("kitti", root), StereoValueError, "name = 'kitti' is not one"),
        (lambda root: datasets.load(["eth3d"], root), StereoTypeError, "must be a string"),  # type: ignore[arg-type]
        (
            lambda root: datasets.load("kitti2015", root, colour=True),
            StereoTypeError,
            "kitti2015 has no option 'colour': it has split$",
        ),
        (
            lambda root: datasets.load("kitti2015", root, split="train"),
            StereoValueError,
            "'train' is not one of 'training', 'testing'",
        ),
        (lambda root: datasets.load("eth3d", 3), StereoTypeError, "3 is not a path"),
        (
            lambda root: datasets.middlebury2006(root, exposure=1),
            StereoValueError,
            "give both or none",
        ),
        (
            lambda root: datasets.middlebury2006(root, illumination=4, exposure=1),
            StereoValueError,
            "illumination = 4",
        ),
        (
            lambda root: datasets.drivingstereo(root, split="train", size="full"),
            StereoValueError,
            "use 'half'",
        ),
        (lambda root: Dataset("mine", []), StereoValueError, "at least one"),
    ],
)
def test_bad_arguments(
    tmp_path: Path, call: Callable[[Path], Any], error: type[StereoError], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(tmp_path)


def test_a_data_set_is_a_sequence(tmp_path: Path) -> None:
    TREES["eth3d"].make(tmp_path)
    found = load("eth3d", tmp_path)
    assert len(found) == 2
    assert found[-1].name == "terrains_2s"
    assert [sample.name for sample in found[:1]] == ["delivery_area_1l"]
    assert repr(found) == "<Dataset eth3d: 2 samples>"
    with pytest.raises(StereoValueError, match="no sample 'nowhere'; it has 2: delivery_area_1l"):
        found.sample("nowhere")


def test_an_unknown_group_is_named(tmp_path: Path) -> None:
    TREES["described"].make(tmp_path)
    with pytest.raises(StereoValueError, match="no group 'street'; it has indoor, outdoor"):
        datasets.described(tmp_path, split="street")


def test_the_shared_pairs(data_root: Path) -> None:
    found = datasets.described(data_root)
    assert len(found) == 41
    smallest: dict[str, Sample] = {}
    for sample in found:  # one of each group
        smallest.setdefault(sample.dataset, sample)
    for sample in smallest.values():
        disparity, nonocc = sample.disparity, sample.nonocc
        assert disparity is not None
        assert sample.max_disp is not None
        assert np.nanmax(disparity) < sample.max_disp
        assert nonocc is None or np.isfinite(disparity[nonocc]).all()
        geometry = sample.calibration
        assert geometry is None or geometry.image_size == sample.image_size


@pytest.mark.parametrize(
    ("name", "group", "options"),
    [
        ("middlebury2001", "middlebury2001", {}),
        ("middlebury2003", "middlebury2003", {}),
        ("middlebury2005", "middlebury2005_third", {"split": "third"}),
        ("middlebury2006", "middlebury2006_half", {"split": "half"}),
        ("middeval3", "middeval3_Q", {"split": "trainingQ"}),
    ],
)
def test_real_scenes_are_what_their_descriptions_say(
    data_root: Path, tmp_path: Path, name: str, group: str, options: dict[str, Any]
) -> None:
    root = data_root / group
    if not root.is_dir():
        missing("data", f"there is no folder {group} in {data_root}")
    if name == "middeval3":
        (tmp_path / "trainingQ").symlink_to(root)
        root = tmp_path
    samples = datasets.load(name, root, **options)
    sample = next(sample for sample in samples if sample.name != "tsukuba")
    expected = datasets.described_pair(data_root / group / sample.name)
    assert np.array_equal(sample.left, expected.left)
    assert np.array_equal(sample.right, expected.right)
    found, truth = sample.disparity, expected.disparity
    assert found is not None
    assert truth is not None
    assert np.array_equal(found, truth, equal_nan=True)
    assert sample.max_disp is not None
    assert np.nanmax(found) < sample.max_disp
    if name == "middeval3":
        nonocc = sample.nonocc
        assert nonocc is not None
        assert 0.5 < nonocc.mean() < 1
        assert np.isfinite(found[nonocc]).all()
