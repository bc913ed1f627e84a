"""InStereo2K: rooms, with ground truth from structured light."""

from __future__ import annotations

from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import scaled_png
from stereo.datasets._layouts import folder, folders_in
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike

__all__ = ["instereo2k"]

_HOME = "The data set is at github.com/YuhuaXu/StereoDataset, which says where to load it."
_DIVISOR = 100  # levels a pixel


def instereo2k(root: PathLike, *, split: Literal["train", "test"] = "train") -> Dataset:
    """Open InStereo2K.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the data set: ROOT/train/000001/left.png, right.png, left_disp.png,
        right_disp.png. The scenes may be in further folders, such as ROOT/train/part1/000001.
    split : {"train", "test"}
        The part.

    Returns
    -------
    Dataset
        Ground truth of both views: level / 100 px, 0 = unknown.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such split.

    References
    ----------
    Bao, Wang, Xu, Guo, Hong, Zhang: InStereo2K: a large real dataset for stereo matching in
    indoor scenes. Science China Information Sciences 2020. The encoding is that of the data set's
    readme.
    """
    part = folder(root, _HOME) / word("split", split, ("train", "test"))
    every = folders_in(part, "**/*", "000001/left.png", _HOME)
    # A folder that holds folders is no scene; one that lacks its images is, and reading it says so.
    scenes = [path for path in every if not any(child.is_dir() for child in path.iterdir())]
    return Dataset(
        "instereo2k",
        [
            Sample(
                dataset="instereo2k",
                name=scene.relative_to(part).as_posix(),
                home=_HOME,
                left_path=scene / "left.png",
                right_path=scene / "right.png",
                disparity_file=File(scene / "left_disp.png", scaled_png(_DIVISOR)),
                right_disparity_file=File(scene / "right_disp.png", scaled_png(_DIVISOR)),
                range_stop=65536 // _DIVISOR + 1,
            )
            for scene in scenes
        ],
    )
