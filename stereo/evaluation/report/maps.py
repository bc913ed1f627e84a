"""The maps of a scene, read back from where the evaluation left them."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stereo.io.files import readable
from stereo.io.npy import map_of_npy
from stereo.types import StereoFileError

__all__ = ["read_maps"]

Map = npt.NDArray[np.float32]


def read_maps(path: Path) -> tuple[Map, Map | None]:
    """Read the disparity of a scene, px, NaN = no result, and the confidence if there is one.

    Raises
    ------
    StereoFileError
        If the file is missing, damaged, or holds something else.
    """
    with readable(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                held = {name: archive.read(name) for name in archive.namelist()}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise StereoFileError(f"{path} is not a complete .npz file: {error}") from error
        except RuntimeError as error:  # it is encrypted
            raise StereoFileError(f"{path} can't be read: {error}") from error
    if "disparity.npy" not in held:
        raise StereoFileError(
            f"{path} holds {', '.join(held) or 'nothing'}: expected disparity.npy and, where the "
            "method gives one, confidence.npy"
        )
    maps = {name: map_of_npy(f"{name} of {path}", data) for name, data in held.items()}
    disparity, confidence = maps["disparity.npy"], maps.get("confidence.npy")
    if confidence is not None and confidence.shape != disparity.shape:
        raise StereoFileError(
            f"the confidence in {path} has shape {confidence.shape} and the disparity "
            f"{disparity.shape}: both must be the same"
        )
    return disparity, confidence
