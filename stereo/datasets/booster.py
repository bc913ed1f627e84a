"""Booster: rooms of high resolution, with transparent and mirroring objects."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import nonzero_mask, positive_npy
from stereo.datasets._layouts import folder, folders_in
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike

__all__ = ["booster"]

_HOME = "The data set is at cvlab-unibo.github.io/booster-web (booster_gt.zip)."


def booster(root: PathLike, *, split: Literal["train", "test"] = "train") -> Dataset:
    """Open the balanced pairs of Booster, both images of which have 12 megapixels.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the data set: ROOT/train/balanced/Bathroom/camera_00/im0.png, camera_02,
        disp_00.npy, disp_02.npy, mask_00.png. A scene has several pairs, of other lights.
    split : {"train", "test"}
        The part; only "train" has ground truth.

    Returns
    -------
    Dataset
        Ground truth of both views in px, 0 = unknown; `nonocc` is True where mask_00 isn't 0.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such split.

    Notes
    -----
    The unbalanced pairs, whose right image is smaller, and the calibration are not read. That 0
    is unknown, and an occluded pixel in the mask, is what public readers of the data set say.

    References
    ----------
    Zama Ramirez, Tosi, Poggi, Salti, Mattoccia, Di Stefano: Open challenges in deep stereo: the
    Booster dataset. CVPR 2022.
    """
    part = folder(root, _HOME) / word("split", split, ("train", "test")) / "balanced"
    samples: list[Sample] = []
    for scene in folders_in(part, "*", "SCENE/camera_00/im0.png", _HOME):
        pictures = sorted((scene / "camera_00").glob("*.png"))
        # Of a scene without images the first one is missing: reading it says so.
        for left in pictures or [scene / "camera_00" / "im0.png"]:
            samples.append(_sample(scene, left, split == "train"))
    return Dataset("booster", samples)


def _sample(scene: Path, left: Path, truth: bool) -> Sample:
    return Sample(
        dataset="booster",
        name=f"{scene.name}/{left.stem}",
        home=_HOME,
        left_path=left,
        right_path=scene / "camera_02" / left.name,
        disparity_file=File(scene / "disp_00.npy", positive_npy) if truth else None,
        right_disparity_file=File(scene / "disp_02.npy", positive_npy) if truth else None,
        nonocc_file=File(scene / "mask_00.png", nonzero_mask) if truth else None,
    )
