"""Middlebury's data sets with PFM ground truth: 2014, 2021 and the benchmark's MiddEval3."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import word
from stereo.datasets._files import mask_255
from stereo.datasets._layouts import folder, folders_in
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike
from stereo.io.middlebury import read_middlebury_calib
from stereo.io.pfm import read_pfm

__all__ = ["middeval3", "middlebury2014", "middlebury2021"]

_HOME = "The data set is at vision.middlebury.edu/stereo/data, under 'Stereo datasets' of {year}."
_HOME_EVAL = (
    "The benchmark's images and its ground truth (GT0) are separate archives of each size at "
    "vision.middlebury.edu/stereo/submit3."
)
_SPLITS = tuple(f"{part}{size}" for part in ("training", "test") for size in "QHF")
_RIGHT_VIEWS = {"default": "im1.png", "exposure": "im1E.png", "lighting": "im1L.png"}


def middlebury2014(
    root: PathLike,
    *,
    split: Literal["perfect", "imperfect"] = "perfect",
    right_view: Literal["default", "exposure", "lighting"] = "default",
) -> Dataset:
    """Open the scenes of 2014, at full size.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the scenes: ROOT/Adirondack-perfect/im0.png, im1.png, im1E.png, im1L.png,
        disp0.pfm, disp1.pfm, calib.txt.
    split : {"perfect", "imperfect"}
        Rectified perfectly, or as an ordinary calibration does it.
    right_view : {"default", "exposure", "lighting"}
        Take the right image as it is, with another exposure (im1E.png), or with other lights
        (im1L.png).

    Returns
    -------
    Dataset
        Ground truth in px; `calibration`, and `max_disp` from its ndisp.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If an option has no such value.

    References
    ----------
    Scharstein, Hirschmüller, Kitajima, Krathwohl, Nešić, Wang, Westling: High-resolution stereo
    datasets with subpixel-accurate ground truth. GCPR 2014.
    """
    home = _HOME.format(year=2014)
    word("split", split, ("perfect", "imperfect"))
    right = _RIGHT_VIEWS[word("right_view", right_view, tuple(_RIGHT_VIEWS))]
    scenes = folders_in(folder(root, home), f"*-{split}", f"SCENE-{split}/im0.png", home)
    return Dataset(
        "middlebury2014", [_sample("middlebury2014", scene, home, right) for scene in scenes]
    )


def middlebury2021(root: PathLike) -> Dataset:
    """Open the scenes of 2021, which were made with a mobile device.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the scenes: ROOT/artroom1/im0.png, im1.png, disp0.pfm, disp1.pfm,
        calib.txt. The images under ambient/ are not used.

    Returns
    -------
    Dataset
        Ground truth in px; `calibration`, and `max_disp` from its ndisp.

    Raises
    ------
    StereoFileError
        If there is no scene.

    References
    ----------
    The data set's page is the reference: Pan, Tomsett, Riba, Scharstein, 2021.
    """
    home = _HOME.format(year=2021)
    scenes = folders_in(folder(root, home), "*", "SCENE/im0.png", home)
    return Dataset("middlebury2021", [_sample("middlebury2021", scene, home) for scene in scenes])


def middeval3(root: PathLike, *, split: str = "trainingQ") -> Dataset:
    """Open the images of the stereo benchmark, version 3.

    Parameters
    ----------
    root : str or os.PathLike
        The folder MiddEval3: ROOT/trainingQ/Adirondack/im0.png, im1.png, calib.txt, and of the
        archives of ground truth disp0GT.pfm and mask0nocc.png.
    split : str
        "training" or "test" with the size: Q (quarter), H (half) or F (full): "trainingQ".

    Returns
    -------
    Dataset
        Ground truth in px of the size of the images, `nonocc` (True at the mask's level 255, not
        at 128 = occluded or 0 = unknown), `calibration`, and `max_disp` from its ndisp. The test
        images have no ground truth.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such split.

    References
    ----------
    Scharstein et al., GCPR 2014, as in :func:`middlebury2014`. The levels of the masks are those
    of the benchmark's development kit.
    """
    word("split", split, _SPLITS)
    parent = folder(root, _HOME_EVAL) / split
    scenes = folders_in(parent, "*", "SCENE/im0.png", _HOME_EVAL)
    training = split.startswith("training")
    return Dataset("middeval3", [_eval_sample(scene, training) for scene in scenes])


def _sample(dataset: str, scene: Path, home: str, right: str = "im1.png") -> Sample:
    return Sample(
        dataset=dataset,
        name=scene.name,
        home=home,
        left_path=scene / "im0.png",
        right_path=scene / right,
        disparity_file=File(scene / "disp0.pfm", read_pfm),
        right_disparity_file=File(scene / "disp1.pfm", read_pfm),
        calibration_file=File(scene / "calib.txt", read_middlebury_calib),
    )


def _eval_sample(scene: Path, training: bool) -> Sample:
    return Sample(
        dataset="middeval3",
        name=scene.name,
        home=_HOME_EVAL,
        left_path=scene / "im0.png",
        right_path=scene / "im1.png",
        disparity_file=File(scene / "disp0GT.pfm", read_pfm) if training else None,
        nonocc_file=File(scene / "mask0nocc.png", mask_255) if training else None,
        calibration_file=File(scene / "calib.txt", read_middlebury_calib),
    )
