"""The maps of a scene on disk: `disparity` and, where there is one, `confidence`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.io.files import PathLike, path_name, replacing
from stereo.io.npz import arrays_of_npz
from stereo.types import StereoFileError

__all__ = ["read_maps", "write_maps"]

Float32 = npt.NDArray[np.float32]


def read_maps(path: PathLike) -> dict[str, Float32]:
    """Read the maps of a :class:`SceneResult`.

    Parameters
    ----------
    path : str or os.PathLike
        Its `maps`.

    Returns
    -------
    dict of str to ndarray, float32 (H, W)
        "disparity", px, NaN = no result; "confidence" where the method gives one.

    Raises
    ------
    StereoFileError
        If the file is missing or damaged, or holds something else.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "maps.npz"
    ...     write_maps(path, np.float32([[2.5, np.nan]]))
    ...     read_maps(path)
    {'disparity': array([[2.5, nan]], dtype=float32)}
    """
    found = arrays_of_npz(path, ["disparity"], ["confidence"])
    for key, array in found.items():
        if array.dtype != np.float32 or array.ndim != 2:
            raise StereoFileError(
                f"{key} of {path_name(path)} is {array.dtype} of shape {array.shape}: expected "
                "float32 (H, W)"
            )
    return found


def write_maps(path: PathLike, disparity: Float32, confidence: Float32 | None = None) -> None:
    """Write the maps of a scene, float32 (H, W); an existing file is replaced when all is there.

    Raises
    ------
    StereoFileError
        If the file can't be written.
    """
    maps: dict[str, Any] = {"disparity": disparity}
    if confidence is not None:
        maps["confidence"] = confidence
    with replacing(path) as file:
        np.savez(file, **maps)
