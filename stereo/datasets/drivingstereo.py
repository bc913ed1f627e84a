"""DrivingStereo: roads, with ground truth from a laser scanner."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import scaled_png
from stereo.datasets._layouts import files_in, folder
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike
from stereo.types import StereoValueError

__all__ = ["drivingstereo"]

_HOME = (
    "The data set is at drivingstereo-dataset.github.io: images and disparity maps are separate "
    "archives."
)
_SPLITS = ("train", "test", "sunny", "cloudy", "foggy", "rainy")
_DIVISORS = {"half": 256, "full": 128}


def drivingstereo(
    root: PathLike,
    *,
    split: Literal["train", "test", "sunny", "cloudy", "foggy", "rainy"] = "test",
    size: Literal["half", "full"] = "half",
) -> Dataset:
    """Open DrivingStereo.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the data set: ROOT/train-left-image/SEQUENCE/NAME.jpg, train-right-image,
        train-disparity-map/SEQUENCE/NAME.png; ROOT/test-left-image/left-image-half-size/NAME.jpg,
        test-right-image/right-image-half-size, test-disparity-map/disparity-map-half-size; and
        of the weathers ROOT/rainy/left-image-half-size/NAME.jpg and so on. In "train" there may
        be no folders of sequences.
    split : {"train", "test", "sunny", "cloudy", "foggy", "rainy"}
        The part.
    size : {"half", "full"}
        Size of the images, 881 x 400 or 1762 x 800. "train" is there at half size only.

    Returns
    -------
    Dataset
        Ground truth of some pixels: level / 256 px at half size, level / 128 px at full size;
        0 = unknown.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such split or size.

    References
    ----------
    Yang, Song, Huang, Deng, Shi, Zhou: DrivingStereo: a large-scale dataset for stereo matching
    in autonomous driving scenarios. CVPR 2019. The divisors are those of public readers of the
    data set.
    """
    word("split", split, _SPLITS)
    divisor = _DIVISORS[word("size", size, tuple(_DIVISORS))]
    if split == "train" and size == "full":
        raise StereoValueError("size = 'full' doesn't exist for split = 'train': use 'half'")
    lefts, rights, truths = _folders(folder(root, _HOME), split, size)
    samples = []
    for left in files_in(lefts, "**/*.jpg", "NAME.jpg", _HOME):
        place = left.relative_to(lefts)
        samples.append(
            Sample(
                dataset="drivingstereo",
                name=place.with_suffix("").as_posix(),
                home=_HOME,
                left_path=left,
                right_path=rights / place,
                disparity_file=File(truths / place.with_suffix(".png"), scaled_png(divisor)),
                range_stop=65536 // divisor,
            )
        )
    return Dataset("drivingstereo", samples)


def _folders(root: Path, split: str, size: str) -> list[Path]:
    if split == "train":
        return [root / f"train-{what}" for what in ("left-image", "right-image", "disparity-map")]
    parts = [f"{what}-{size}-size" for what in ("left-image", "right-image", "disparity-map")]
    if split == "test":
        return [root / f"test-{part.removesuffix(f'-{size}-size')}" / part for part in parts]
    return [root / split / part for part in parts]
