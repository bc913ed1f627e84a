"""ETH3D's two-view stereo benchmark."""

from __future__ import annotations

from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import mask_255
from stereo.datasets._layouts import folder, folders_in
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike
from stereo.io.middlebury import read_middlebury_calib
from stereo.io.pfm import read_pfm

__all__ = ["eth3d"]

_HOME = (
    "The data set is at www.eth3d.net, under 'Datasets', 'Low-res two-view': the images "
    "(two_view_training.7z) and the ground truth (two_view_training_gt.7z) are separate."
)


def eth3d(root: PathLike, *, split: Literal["training", "test"] = "training") -> Dataset:
    """Open the two-view benchmark, of gray images of low resolution.

    Parameters
    ----------
    root : str or os.PathLike
        The folder with ROOT/two_view_training/delivery_area_1l/im0.png, im1.png, calib.txt and
        ROOT/two_view_training_gt/delivery_area_1l/disp0GT.pfm, mask0nocc.png.
    split : {"training", "test"}
        The part; only "training" has ground truth.

    Returns
    -------
    Dataset
        Ground truth in px, `nonocc` (True at the mask's level 255), `calibration`, and `max_disp`
        from its ndisp, which is the width of the images.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such split.

    References
    ----------
    Schöps, Schönberger, Galliani, Sattler, Schindler, Pollefeys, Geiger: A multi-view stereo
    benchmark with high-resolution images and multi-camera videos. CVPR 2017. The level 255 is
    that of the benchmark's evaluation program.
    """
    word("split", split, ("training", "test"))
    parent = folder(root, _HOME)
    truths, training = parent / "two_view_training_gt", split == "training"
    samples = []
    for scene in folders_in(parent / f"two_view_{split}", "*", "SCENE/im0.png", _HOME):
        truth = truths / scene.name
        samples.append(
            Sample(
                dataset="eth3d",
                name=scene.name,
                home=_HOME,
                left_path=scene / "im0.png",
                right_path=scene / "im1.png",
                disparity_file=File(truth / "disp0GT.pfm", read_pfm) if training else None,
                nonocc_file=File(truth / "mask0nocc.png", mask_255) if training else None,
                calibration_file=File(scene / "calib.txt", read_middlebury_calib),
            )
        )
    return Dataset("eth3d", samples)
