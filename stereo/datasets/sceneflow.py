"""Scene Flow: FlyingThings3D, Driving and Monkaa, rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import positive_pfm
from stereo.datasets._layouts import files_in, folder
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike

__all__ = ["sceneflow"]

_HOME = (
    "The data set is at lmb.informatik.uni-freiburg.de, under 'Scene Flow Datasets': the images "
    "as PNG and the disparities are separate archives."
)


def sceneflow(
    root: PathLike,
    *,
    split: str = "",
    rendering: Literal["cleanpass", "finalpass"] = "finalpass",
) -> Dataset:
    """Open one of the three data sets of Scene Flow.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of FlyingThings3D, Driving or Monkaa: ROOT/frames_finalpass/FOLDERS/left/0001.png
        and right/0001.png, and ROOT/disparity/FOLDERS/left/0001.pfm.
    split : str
        Take only what is below this folder of FOLDERS: "TEST" or "TRAIN/A" of FlyingThings3D,
        "35mm_focallength" of Driving. By default all.
    rendering : {"cleanpass", "finalpass"}
        The images without or with motion blur and defocus.

    Returns
    -------
    Dataset
        Ground truth in px, known everywhere; `disparity` is also that of occluded pixels.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such rendering.

    Notes
    -----
    Disparities of a rendered pair are never negative, but releases of the data set differ in the
    sign that their PFM files have: it is left out.

    References
    ----------
    Mayer, Ilg, Häusser, Fischer, Cremers, Dosovitskiy, Brox: A large dataset to train
    convolutional networks for disparity, optical flow, and scene flow estimation. CVPR 2016.
    """
    word("rendering", rendering, ("cleanpass", "finalpass"))
    parent = folder(root, _HOME)
    images, truths = parent / f"frames_{rendering}", parent / "disparity"
    pattern = f"{split}/**/left/*.png" if split else "**/left/*.png"
    lefts = files_in(images, pattern, f"{split or 'FOLDERS'}/left/0001.png", _HOME)
    return Dataset("sceneflow", [_sample(left, images, truths) for left in lefts])


def _sample(left: Path, images: Path, truths: Path) -> Sample:
    scene = left.parent.parent
    place = scene.relative_to(images)
    return Sample(
        dataset="sceneflow",
        name=f"{place.as_posix()}/{left.stem}",
        home=_HOME,
        left_path=left,
        right_path=scene / "right" / left.name,
        disparity_file=File(truths / place / "left" / f"{left.stem}.pfm", positive_pfm),
    )
