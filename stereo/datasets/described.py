"""Folders of pairs that say in a file meta.json what they hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.datasets._files import mask_255, scaled_png
from stereo.datasets._layouts import files_in, folder, nothing_found
from stereo.datasets.sample import Dataset, File, Sample
from stereo.geometry.rectified import StereoGeometry
from stereo.io.calibration import calibration_format, read_calibration
from stereo.io.files import PathLike, read_json
from stereo.io.images import read_image
from stereo.io.middlebury import MiddleburyCalibration, read_middlebury_calib
from stereo.io.pfm import read_pfm
from stereo.types import StereoFileError, StereoValueError

__all__ = ["described", "described_pair"]

_HOME = "Such a folder has a file meta.json for each pair, which names its files."
_DESCRIPTION = "meta.json"

# Which mask of a scene marks the non-occluded pixels, the best source first.
_MASKS = ("mask0nocc.png", "nonocc.png", "nocc_derived.png")
_CALIBRATIONS = ("calib.txt", "calib_cam_to_cam.txt")
_SPARE = 2  # px beyond the largest true disparity
_STEP = 16  # px that the search range is a multiple of


def described(root: PathLike, *, split: str | Sequence[str] | None = None) -> Dataset:
    """Open a folder GROUP/SCENE of pairs that describe themselves.

    Parameters
    ----------
    root : str or os.PathLike
        The folder: ROOT/GROUP/SCENE/meta.json, beside the files that it names. See
        :func:`described_pair`. Scenes whose meta.json has no ``disp_left`` are left out.
    split : str or sequence of str, optional
        Names of the groups to take; by default all.

    Returns
    -------
    Dataset
        The samples are called GROUP/SCENE.

    Raises
    ------
    StereoFileError
        If there is no pair with ground truth. A damaged meta.json is an error of its sample.
    StereoValueError
        If there is no such group.
    """
    parent = folder(root, _HOME)
    groups = [split] if isinstance(split, str) else split
    found = files_in(parent, f"*/*/{_DESCRIPTION}", f"GROUP/SCENE/{_DESCRIPTION}", _HOME)
    samples = [sample for sample in map(_sample_or_problem, found) if sample is not None]
    if not samples:
        nothing_found(parent, f"GROUP/SCENE/{_DESCRIPTION} with 'disp_left'", _HOME)
    known = sorted({sample.dataset for sample in samples})
    for group in groups or ():
        if group not in known:
            raise StereoValueError(f"{parent} has no group {group!r}; it has {', '.join(known)}")
    return Dataset(
        "described", [sample for sample in samples if not groups or sample.dataset in groups]
    )


def _sample_or_problem(path: Path) -> Sample | None:
    """Return a sample, one with a problem if its description is damaged, or None if it is none."""
    try:
        return described_pair(path.parent) if "disp_left" in read_json(path) else None
    except StereoFileError as error:
        group, scene = path.parent.parent.name, path.parent.name
        return Sample(group, f"{group}/{scene}", _HOME, path, path, problem=str(error))


def described_pair(scene: PathLike) -> Sample:
    """Open one folder with a meta.json.

    The keys are ``left``, ``right`` and ``disp_left``, which are names of files; ``gt_divisor``,
    by which the numbers of the ground truth are divided; ``disp_max``, the largest true
    disparity in px; and, where they are, ``disp_right`` and ``masks``, which has names of masks as
    keys. Ground truth is a PFM file, or a gray image in which 0 is unknown. Of the masks, the
    first of mask0nocc.png, nonocc.png and nocc_derived.png is taken: 255 is non-occluded. A
    calib.txt or calib_cam_to_cam.txt beside them is the calibration.

    Parameters
    ----------
    scene : str or os.PathLike
        The folder of the pair.

    Returns
    -------
    Sample
        Its `max_disp` is the largest true disparity and 2 px, up to the next multiple of 16.

    Raises
    ------
    StereoFileError
        If there is no meta.json, or it lacks a key.
    """
    place = folder(scene, _HOME)
    path = place / _DESCRIPTION
    meta = read_json(path)
    left = place / _text(path, meta, "left")
    divisor, largest = _number(path, meta, "gt_divisor"), _number(path, meta, "disp_max")
    if divisor <= 0:
        raise StereoFileError(f"'gt_divisor' of {path} is {divisor:g}: expected a number above 0")
    masks = meta.get("masks", {})
    mask = next((name for name in _MASKS if name in masks), None)
    right_truth = meta.get("disp_right")
    return Sample(
        dataset=place.parent.name,
        name=f"{place.parent.name}/{place.name}",
        home=_HOME,
        left_path=left,
        right_path=place / _text(path, meta, "right"),
        disparity_file=_truth(place / _text(path, meta, "disp_left"), divisor),
        right_disparity_file=_truth(place / right_truth, divisor) if right_truth else None,
        nonocc_file=None if mask is None else File(place / mask, mask_255),
        calibration_file=_calibration(place, left),
        range_stop=_STEP * math.ceil((largest + _SPARE) / _STEP),
    )


def _truth(path: Path, divisor: float) -> File[npt.NDArray[np.float32]]:
    if path.suffix == ".pfm":
        return File(path, partial(_divided_pfm, divisor))
    return File(path, scaled_png(divisor))


def _divided_pfm(divisor: float, path: Path) -> npt.NDArray[np.float32]:
    disparity = read_pfm(path)
    disparity /= np.float32(divisor)
    return disparity


def _calibration(place: Path, left: Path) -> File[StereoGeometry | MiddleburyCalibration] | None:
    path = next((place / name for name in _CALIBRATIONS if (place / name).exists()), None)
    return None if path is None else File(path, partial(_read_calibration, left))


def _read_calibration(left: Path, path: Path) -> StereoGeometry | MiddleburyCalibration:
    if calibration_format(path) == "middlebury":
        return read_middlebury_calib(path)
    height, width = read_image(left).shape[:2]
    found = read_calibration(path, image_size=(width, height), prefer="rectified")
    if not isinstance(found, StereoGeometry):
        raise StereoFileError(f"{path} describes raw cameras: expected a rectified pair")
    return found


def _text(path: Path, meta: dict[str, Any], key: str) -> str:
    value = meta.get(key)
    if not isinstance(value, str):
        raise StereoFileError(f"{key!r} of {path} is {value!r}: expected the name of a file")
    return value


def _number(path: Path, meta: dict[str, Any], key: str) -> float:
    value = meta.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StereoFileError(f"{key!r} of {path} is {value!r}: expected a number")
    return float(value)
