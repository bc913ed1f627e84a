"""Files of ground truth, as the data sets encode them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.geometry.rectified import StereoGeometry
from stereo.io.images import read_image
from stereo.io.kitti import read_kitti
from stereo.io.kitti_calib import read_kitti_calib
from stereo.io.npy import read_npy
from stereo.io.pfm import read_pfm
from stereo.types import StereoFileError

__all__ = [
    "inverted_mask",
    "kitti_calibration",
    "known_in_kitti",
    "labels",
    "mask_255",
    "nonzero_mask",
    "positive_npy",
    "positive_pfm",
    "scaled_png",
]

Disparity = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def scaled_png(divisor: float) -> Callable[[Path], Disparity]:
    """Return a reader of gray images whose levels are disparity * divisor, 0 = unknown."""
    return partial(_scaled_png, divisor)


def _scaled_png(divisor: float, path: Path) -> Disparity:
    levels = gray_levels(path)
    disparity: Disparity = levels.astype(np.float32)
    disparity[levels == 0] = np.nan
    disparity /= np.float32(divisor)
    return disparity


def positive_pfm(path: Path) -> Disparity:
    """Read a PFM; the sign of its numbers is left out."""
    return np.abs(read_pfm(path))


def positive_npy(path: Path) -> Disparity:
    """Read an array of disparities in which 0 is unknown."""
    disparity = read_npy(path)
    return np.where(disparity > 0, disparity, np.float32(np.nan))


def mask_255(path: Path) -> Mask:
    """Read a mask in which only the level 255 counts."""
    visible: Mask = gray_levels(path) == 255
    return visible


def nonzero_mask(path: Path) -> Mask:
    """Read a mask in which every level but 0 counts."""
    visible: Mask = gray_levels(path) != 0
    return visible


def inverted_mask(others: tuple[Path, ...]) -> Callable[[Path], Mask]:
    """Return a reader of a mask of what is hidden, and of others that hide more."""
    return partial(_inverted_mask, others)


def _inverted_mask(others: tuple[Path, ...], path: Path) -> Mask:
    hidden = nonzero_mask(path)
    for other in others:
        more = nonzero_mask(other)
        if more.shape != hidden.shape:
            raise StereoFileError(
                f"{other} has the shape {more.shape} and {path} {hidden.shape}: "
                "both must be the same"
            )
        hidden |= more
    return ~hidden


def known_in_kitti(path: Path) -> Mask:
    """Read where a disparity map of KITTI has a number."""
    return ~np.isnan(read_kitti(path))


def labels(path: Path) -> npt.NDArray[np.uint8]:
    """Read a map of object numbers, of 8 bits."""
    levels = gray_levels(path)
    if levels.dtype != np.uint8:
        raise StereoFileError(f"{path} has the dtype {levels.dtype}: expected 8 bits a pixel")
    return levels


def kitti_calibration(image: Path, cameras: tuple[int, int]) -> Callable[[Path], StereoGeometry]:
    """Return a reader of P0 to P3, which takes the size of the images from one of them."""
    return partial(_kitti_calibration, image, cameras)


def _kitti_calibration(image: Path, cameras: tuple[int, int], path: Path) -> StereoGeometry:
    height, width = read_image(image).shape[:2]
    return read_kitti_calib(path, image_size=(width, height), cameras=cameras).geometry


def gray_levels(path: Path) -> npt.NDArray[Any]:
    """Read an image of one channel, or of three equal ones as some tools write it.

    Raises
    ------
    StereoFileError
        If it is in colour: its levels would have no meaning.
    """
    image = read_image(path)
    if image.ndim == 2:
        return image
    first = image[:, :, 0]
    if (image[:, :, 1:3] != first[:, :, None]).any():
        raise StereoFileError(f"{path} is a colour image, {image.shape}: expected a gray one")
    return np.ascontiguousarray(first)
