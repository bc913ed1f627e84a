"""Tiny trees of files in the layouts of the public data sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo import io
from stereo.geometry.rectified import StereoGeometry
from stereo.io.middlebury import MiddleburyCalibration

WIDTH, HEIGHT = 6, 4
LEFT = np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH)
RIGHT = LEFT + np.uint8(100)
COLOUR = np.stack([LEFT, RIGHT, LEFT * np.uint8(2)], axis=2)

# What every tree holds, rounded as its format does: quarters of a pixel are exact in all but
# whole-pixel files. The first pixel is unknown where the format can say so.
DISPARITY = np.tile(np.float32([0, 1, 2, 3, 4, 5]), (HEIGHT, 1)) + np.float32(1)
UNKNOWN = DISPARITY.copy()
UNKNOWN[0, 0] = np.nan
NONOCC = np.ones((HEIGHT, WIDTH), np.bool_)
NONOCC[:, :2] = False
GEOMETRY = StereoGeometry.from_doffs(700.0, 0.1, 2.5, 1.5, (WIDTH, HEIGHT), doffs=12.0)


@dataclass(frozen=True)
class Tree:
    """How a data set is laid out, and what its first sample must be.

    Attributes
    ----------
    make : callable
        Fills an empty folder.
    options : dict
        Options of the data set.
    names : list of str
        The names of its samples.
    left, right : str
        The first sample's images, below the folder.
    truth, right_truth, mask : str or None
        Its other files, where it has them.
    max_disp : int or None
        Its search range.
    calibrated, objects, colour, dense : bool
        Whether it has these; `dense` = the format knows no unknown pixel.
    """

    make: Callable[[Path], None]
    options: dict[str, Any]
    names: list[str]
    left: str
    right: str
    truth: str | None
    right_truth: str | None = None
    mask: str | None = None
    max_disp: int | None = None
    calibrated: bool = False
    objects: bool = False
    colour: bool = False
    dense: bool = False


def image(path: Path, pixels: npt.NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_image(path, pixels)


def scaled(path: Path, factor: float, dtype: Any = np.uint8) -> None:
    image(path, (np.nan_to_num(UNKNOWN) * factor).astype(dtype))


def pfm(path: Path, disparity: npt.NDArray[np.float32] = UNKNOWN) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_pfm(path, disparity)


def mask(path: Path, hidden: int = 128) -> None:
    image(path, np.where(NONOCC, 255, hidden).astype(np.uint8))


def middlebury_calib(path: Path, **extras: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.write_middlebury_calib(path, MiddleburyCalibration(GEOMETRY, **extras))


def middlebury2001(root: Path) -> None:
    for name in ("im2.ppm", "im6.ppm"):
        image(root / "venus" / name, COLOUR)
    for name in ("disp2.pgm", "disp6.pgm"):
        scaled(root / "venus" / name, 8)
    image(root / "map/im0.png", LEFT)
    image(root / "map/im1.png", RIGHT)
    scaled(root / "map/disp0.pgm", 8)
    scaled(root / "map/disp1.pgm", 8)
    image(root / "tsukuba/scene1.row3.col3.ppm", COLOUR)
    image(root / "tsukuba/scene1.row3.col4.ppm", COLOUR)
    scaled(root / "tsukuba/truedisp.row3.col3.pgm", 16)


def middlebury2003(root: Path) -> None:
    for ending, scale in (("", 4), ("H", 2), ("F", 1)):
        scene = root / f"teddy{ending}"
        image(scene / "im2.png", COLOUR)
        image(scene / "im6.png", COLOUR)
        scaled(scene / "disp2.png", scale)
        scaled(scene / "disp6.png", scale)


def middlebury_later(scale: int) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for scene in ("Aloe", "Art"):
            for views in ("", "Illum2/Exp1/"):
                image(root / scene / f"{views}view1.png", COLOUR)
                image(root / scene / f"{views}view5.png", COLOUR)
            scaled(root / scene / "disp1.png", scale)
            scaled(root / scene / "disp5.png", scale)
        for views in ("", "Illum2/Exp1/"):
            image(root / "Dwarves" / f"{views}view1.png", COLOUR)
            image(root / "Dwarves" / f"{views}view5.png", COLOUR)

    return make


def middlebury2014(root: Path) -> None:
    for scene in ("Piano-perfect", "Piano-imperfect"):
        for name in ("im0.png", "im1.png", "im1E.png", "im1L.png"):
            image(root / scene / name, COLOUR)
        pfm(root / scene / "disp0.pfm")
        pfm(root / scene / "disp1.pfm")
        middlebury_calib(root / scene / "calib.txt", ndisp=20, isint=0)


def middlebury2021(root: Path) -> None:
    image(root / "artroom1/im0.png", COLOUR)
    image(root / "artroom1/im1.png", COLOUR)
    pfm(root / "artroom1/disp0.pfm")
    pfm(root / "artroom1/disp1.pfm")
    middlebury_calib(root / "artroom1/calib.txt", ndisp=20)


def middeval3(root: Path) -> None:
    for split in ("trainingQ", "trainingH", "testF"):
        for scene in ("Piano", "Teddy"):
            image(root / split / scene / "im0.png", COLOUR)
            image(root / split / scene / "im1.png", COLOUR)
            middlebury_calib(root / split / scene / "calib.txt", ndisp=20, isint=1)
            if split.startswith("training"):
                pfm(root / split / scene / "disp0GT.pfm")
                mask(root / split / scene / "mask0nocc.png")


def _kitti(root: Path, folders: dict[str, Any], truths: tuple[str, str]) -> None:
    for part in ("training", "testing"):
        for name in ("000000_10.png", "000007_10.png"):
            for folder, pixels in folders.items():
                image(root / part / folder / name, pixels)
                image(root / part / folder / name.replace("_10", "_11"), pixels)
            if part == "training":
                occ, noc = truths
                image(root / part / noc / name, LEFT)  # for the folder
                image(root / part / occ / name, LEFT)
                io.write_kitti(root / part / occ / name, UNKNOWN)
                io.write_kitti(root / part / noc / name, np.where(NONOCC, UNKNOWN, np.nan))


def kitti2012(root: Path) -> None:
    folders = {"image_0": LEFT, "image_1": RIGHT, "colored_0": COLOUR, "colored_1": COLOUR}
    _kitti(root, folders, ("disp_occ", "disp_noc"))
    # P1 and P3: the right cameras, 0.1 m to the right.
    lines = [f"P{k}: 700 0 2.5 {-70 * (k % 2)} 0 700 1.5 0 0 0 1 0" for k in range(4)]
    for part in ("training", "testing"):
        (root / part / "calib").mkdir()
        for number in ("000000", "000007"):
            (root / part / "calib" / f"{number}.txt").write_text("\n".join(lines))


def kitti2015(root: Path) -> None:
    _kitti(root, {"image_2": COLOUR, "image_3": COLOUR}, ("disp_occ_0", "disp_noc_0"))
    for name in ("000000_10.png", "000007_10.png"):
        image(root / "training/obj_map" / name, np.uint8(LEFT % 3))


def eth3d(root: Path) -> None:
    for split in ("training", "test"):
        for scene in ("delivery_area_1l", "terrains_2s"):
            images = root / f"two_view_{split}" / scene
            image(images / "im0.png", LEFT)
            image(images / "im1.png", RIGHT)
            middlebury_calib(images / "calib.txt", ndisp=WIDTH)
            if split == "training":
                pfm(root / "two_view_training_gt" / scene / "disp0GT.pfm")
                mask(root / "two_view_training_gt" / scene / "mask0nocc.png")


def sceneflow(root: Path) -> None:
    for place in ("TRAIN/A/0000", "TEST/B/0003"):
        for rendering in ("cleanpass", "finalpass"):
            image(root / f"frames_{rendering}" / place / "left/0006.png", COLOUR)
            image(root / f"frames_{rendering}" / place / "right/0006.png", COLOUR)
        pfm(root / "disparity" / place / "left/0006.pfm", -DISPARITY)


def sintel(root: Path) -> None:
    part = root / "training"
    for frame in ("alley_1/frame_0001.png", "market_2/frame_0033.png"):
        for folder in ("clean_left", "clean_right", "final_left", "final_right"):
            image(part / folder / frame, COLOUR)
        levels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        levels[..., 0], rest = np.divmod(DISPARITY.astype(int), 4)
        levels[..., 1] = rest * 64
        image(part / "disparities" / frame, levels)
        occluded = np.zeros((HEIGHT, WIDTH), np.uint8)
        occluded[:, 0] = 255
        outside = np.zeros((HEIGHT, WIDTH), np.uint8)
        outside[:, :2] = 255
        image(part / "occlusions" / frame, occluded)
        image(part / "outofframe" / frame, outside)


def drivingstereo(root: Path) -> None:
    kinds = ("left-image", "right-image", "disparity-map")
    for kind in kinds:
        ending = ".png" if kind == "disparity-map" else ".jpg"
        folders = [(f"train-{kind}/2018-07-09-16-11-56", 256)]
        for size, divisor in (("half", 256), ("full", 128)):
            folders.append((f"test-{kind}/{kind}-{size}-size", divisor))
            folders.append((f"rainy/{kind}-{size}-size", divisor))
        for folder, divisor in folders:
            if kind == "disparity-map":
                scaled(root / folder / f"frame{ending}", divisor, np.uint16)
            else:
                image(root / folder / f"frame{ending}", COLOUR)


def instereo2k(root: Path) -> None:
    for scene in ("train/part1/000001", "train/part2/000002", "test/000860"):
        image(root / scene / "left.png", COLOUR)
        image(root / scene / "right.png", COLOUR)
        scaled(root / scene / "left_disp.png", 100, np.uint16)
        scaled(root / scene / "right_disp.png", 100, np.uint16)


def booster(root: Path) -> None:
    for split in ("train", "test"):
        scene = root / split / "balanced/Bathroom"
        for camera in ("camera_00", "camera_02"):
            for name in ("im0.png", "im1.png"):
                image(scene / camera / name, COLOUR)
        if split == "train":
            np.save(scene / "disp_00.npy", np.nan_to_num(UNKNOWN))
            np.save(scene / "disp_02.npy", np.nan_to_num(UNKNOWN))
            mask(scene / "mask_00.png", hidden=0)


def described(root: Path) -> None:
    for scene in ("indoor/chair", "outdoor/tree"):
        place = root / scene
        image(place / "l.png", COLOUR)
        image(place / "r.png", COLOUR)
        scaled(place / "d.png", 4)
        mask(place / "nonocc.png")
        middlebury_calib(place / "calib.txt")
        meta = {
            "left": "l.png",
            "right": "r.png",
            "disp_left": "d.png",
            "gt_divisor": 4,
            "disp_max": 6.0,
            "masks": {"nonocc.png": "255 = not occluded"},
        }
        (place / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    (root / "calibration/board").mkdir(parents=True)
    (root / "calibration/board/meta.json").write_text("{}", encoding="utf-8")


TREES: dict[str, Tree] = {
    "booster": Tree(
        booster,
        {},
        ["Bathroom/im0", "Bathroom/im1"],
        "train/balanced/Bathroom/camera_00/im0.png",
        "train/balanced/Bathroom/camera_02/im0.png",
        "train/balanced/Bathroom/disp_00.npy",
        "train/balanced/Bathroom/disp_02.npy",
        "train/balanced/Bathroom/mask_00.png",
        colour=True,
    ),
    "described": Tree(
        described,
        {},
        ["indoor/chair", "outdoor/tree"],
        "indoor/chair/l.png",
        "indoor/chair/r.png",
        "indoor/chair/d.png",
        mask="indoor/chair/nonocc.png",
        max_disp=16,
        calibrated=True,
        colour=True,
    ),
    "drivingstereo": Tree(
        drivingstereo,
        {"split": "train"},
        ["2018-07-09-16-11-56/frame"],
        "train-left-image/2018-07-09-16-11-56/frame.jpg",
        "train-right-image/2018-07-09-16-11-56/frame.jpg",
        "train-disparity-map/2018-07-09-16-11-56/frame.png",
        max_disp=256,
        colour=True,
    ),
    "eth3d": Tree(
        eth3d,
        {},
        ["delivery_area_1l", "terrains_2s"],
        "two_view_training/delivery_area_1l/im0.png",
        "two_view_training/delivery_area_1l/im1.png",
        "two_view_training_gt/delivery_area_1l/disp0GT.pfm",
        mask="two_view_training_gt/delivery_area_1l/mask0nocc.png",
        max_disp=WIDTH,
        calibrated=True,
    ),
    "instereo2k": Tree(
        instereo2k,
        {},
        ["part1/000001", "part2/000002"],
        "train/part1/000001/left.png",
        "train/part1/000001/right.png",
        "train/part1/000001/left_disp.png",
        "train/part1/000001/right_disp.png",
        max_disp=656,
        colour=True,
    ),
    "kitti2012": Tree(
        kitti2012,
        {},
        ["000000_10", "000007_10"],
        "training/image_0/000000_10.png",
        "training/image_1/000000_10.png",
        "training/disp_occ/000000_10.png",
        mask="training/disp_noc/000000_10.png",
        max_disp=256,
        calibrated=True,
    ),
    "kitti2015": Tree(
        kitti2015,
        {},
        ["000000_10", "000007_10"],
        "training/image_2/000000_10.png",
        "training/image_3/000000_10.png",
        "training/disp_occ_0/000000_10.png",
        mask="training/disp_noc_0/000000_10.png",
        max_disp=256,
        objects=True,
        colour=True,
    ),
    "middeval3": Tree(
        middeval3,
        {},
        ["Piano", "Teddy"],
        "trainingQ/Piano/im0.png",
        "trainingQ/Piano/im1.png",
        "trainingQ/Piano/disp0GT.pfm",
        mask="trainingQ/Piano/mask0nocc.png",
        max_disp=20,
        calibrated=True,
        colour=True,
    ),
    "middlebury2001": Tree(
        middlebury2001,
        {},
        ["map", "tsukuba", "venus"],
        "map/im0.png",
        "map/im1.png",
        "map/disp0.pgm",
        "map/disp1.pgm",
        max_disp=32,
    ),
    "middlebury2003": Tree(
        middlebury2003,
        {},
        ["teddy"],
        "teddy/im2.png",
        "teddy/im6.png",
        "teddy/disp2.png",
        "teddy/disp6.png",
        max_disp=64,
        colour=True,
    ),
    "middlebury2005": Tree(
        middlebury_later(2),
        {"split": "half"},
        ["Aloe", "Art", "Dwarves"],
        "Aloe/view1.png",
        "Aloe/view5.png",
        "Aloe/disp1.png",
        "Aloe/disp5.png",
        max_disp=128,
        colour=True,
    ),
    "middlebury2006": Tree(
        middlebury_later(3),
        {"illumination": 2, "exposure": 1},
        ["Aloe", "Art", "Dwarves"],
        "Aloe/Illum2/Exp1/view1.png",
        "Aloe/Illum2/Exp1/view5.png",
        "Aloe/disp1.png",
        "Aloe/disp5.png",
        max_disp=86,
        colour=True,
    ),
    "middlebury2014": Tree(
        middlebury2014,
        {"right_view": "exposure"},
        ["Piano-perfect"],
        "Piano-perfect/im0.png",
        "Piano-perfect/im1E.png",
        "Piano-perfect/disp0.pfm",
        "Piano-perfect/disp1.pfm",
        max_disp=20,
        calibrated=True,
        colour=True,
    ),
    "middlebury2021": Tree(
        middlebury2021,
        {},
        ["artroom1"],
        "artroom1/im0.png",
        "artroom1/im1.png",
        "artroom1/disp0.pfm",
        "artroom1/disp1.pfm",
        max_disp=20,
        calibrated=True,
        colour=True,
    ),
    "sceneflow": Tree(
        sceneflow,
        {},
        ["TEST/B/0003/0006", "TRAIN/A/0000/0006"],
        "frames_finalpass/TEST/B/0003/left/0006.png",
        "frames_finalpass/TEST/B/0003/right/0006.png",
        "disparity/TEST/B/0003/left/0006.pfm",
        colour=True,
        dense=True,
    ),
    "sintel": Tree(
        sintel,
        {},
        ["alley_1/frame_0001", "market_2/frame_0033"],
        "training/final_left/alley_1/frame_0001.png",
        "training/final_right/alley_1/frame_0001.png",
        "training/disparities/alley_1/frame_0001.png",
        mask="training/occlusions/alley_1/frame_0001.png",
        max_disp=1024,
        colour=True,
        dense=True,
    ),
}
