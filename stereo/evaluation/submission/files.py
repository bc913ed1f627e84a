"""What the formats share: the maps of an evaluation, and the folders for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from stereo.evaluation.maps import read_maps
from stereo.evaluation.results import SceneResult
from stereo.types import StereoFileError

__all__ = ["disparity_of", "made"]


def disparity_of(result: SceneResult) -> npt.NDArray[np.float32]:
    """Return the disparity of a result, float32 (H, W), px, NaN = no result."""
    return read_maps(result.maps)["disparity"]


def made(folder: Path) -> Path:
    """Return a folder, which is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StereoFileError(f"the folder {folder} can't be made: {error.strerror}") from error
    return folder
