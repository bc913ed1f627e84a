"""Real pairs from the folder that STEREO_DATA names: their images, truth and masks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import opencv_modes

from stereo import datasets, io
from stereo.types import StereoError

__all__ = ["Scene", "data_folder", "load", "pair_of_size", "scene_folders"]

# Sizes of the speed benchmark: scene, and how often it is enlarged before the crop.
_SOURCES = {
    (640, 480): ("middeval3_Q/Motorcycle", 1),
    (1242, 375): ("kitti_raw/2011_09_26_drive_0048_0000000000", 1),
    (1280, 720): ("middlebury2006_full/Aloe", 1),
    (1280, 960): ("middlebury2006_full/Aloe", 1),
    (2560, 1920): ("middlebury2006_full/Aloe", 2),
}


@dataclass(frozen=True, eq=False)
class Scene:
    """One pair with its truth.

    Attributes
    ----------
    group, name : str
        Data set and scene, the last two parts of the folder's path.
    left, right : ndarray, uint8, (H, W) or (H, W, 3)
        The images as they are in the files; colour is RGB.
    truth : ndarray, float32 (H, W)
        Disparity in pixels, NaN where it is unknown.
    evaluated : ndarray, bool (H, W)
        The pixels that count: truth known, and not occluded where a mask says so.
    masked : bool
        Whether there is such a mask.
    max_disp : int
        End of the search range for every method: the largest true disparity and 2 px,
        up to the next multiple of 16. The range starts at 0.
    """

    group: str
    name: str
    left: npt.NDArray[np.uint8]
    right: npt.NDArray[np.uint8]
    truth: npt.NDArray[np.float32]
    evaluated: npt.NDArray[np.bool_]
    masked: bool
    max_disp: int


def data_folder() -> Path | None:
    """Return the folder of STEREO_DATA, or else ../shared/data; None if it isn't there."""
    default = Path(__file__).resolve().parents[1] / "../shared/data"
    folder = Path(os.environ.get("STEREO_DATA", default)).resolve()
    return folder if folder.is_dir() else None


def scene_folders(data: Path, groups: list[str] | None = None) -> list[Path]:
    """List the folders of the pairs with a truth, sorted; only those of `groups` if given."""
    try:
        pairs = datasets.described(data, split=groups)
    except StereoError as error:
        raise SystemExit(str(error)) from error
    return [pair.left_path.parent for pair in pairs]


def load(folder: Path) -> Scene:
    """Read one pair with its truth, as its meta.json says."""
    pair = datasets.described_pair(folder)
    truth, nonocc = pair.disparity, pair.nonocc
    assert truth is not None
    assert pair.max_disp is not None
    known = ~np.isnan(truth)
    return Scene(
        group=folder.parent.name,
        name=folder.name,
        left=pair.left,
        right=pair.right,
        truth=truth,
        evaluated=known if nonocc is None else known & nonocc,
        masked=nonocc is not None,
        max_disp=pair.max_disp,
    )


def pair_of_size(width: int, height: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], str]:
    """Return gray images of one size for timing, and where they are from.

    They are cut from the middle of a real pair, which is enlarged where none is large
    enough; without STEREO_DATA they are rendered.
    """
    data = data_folder()
    source = _SOURCES.get((width, height))
    if data is None or source is None or not (data / source[0]).is_dir():
        pair = datasets.synthetic.render(width, height, max_disp=96)
        return pair.left, pair.right, "stereo.datasets.synthetic.render"
    name, factor = source
    meta = json.loads((data / name / "meta.json").read_text(encoding="utf-8"))
    left, right = (
        _cut(io.read_image(data / name / meta[side]), factor, width, height)
        for side in ("left", "right")
    )
    return left, right, f"{name}{f', {factor}x' if factor > 1 else ''}, middle"


def _cut(image: npt.NDArray[Any], factor: int, width: int, height: int) -> npt.NDArray[Any]:
    import cv2

    large = cv2.resize(opencv_modes.gray(image), None, fx=factor, fy=factor)
    top, start = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(large[top : top + height, start : start + width])
