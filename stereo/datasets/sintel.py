"""MPI Sintel's stereo data, rendered from the film."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.datasets._files import inverted_mask
from stereo.datasets._layouts import files_in, folder
from stereo.datasets.sample import Dataset, File, Sample, read_colour
from stereo.io.files import PathLike
from stereo.types import StereoFileError

__all__ = ["read_sintel_disparity", "sintel"]

_HOME = "The data set is at sintel.is.tue.mpg.de, under 'Stereo' (MPI-Sintel-stereo-training)."
_WEIGHTS = (4.0, 1 / 64, 1 / 16384)  # px a level of red, green and blue
_RANGE_STOP = 1024  # the width of the images, up to which disparities are encoded


def sintel(root: PathLike, *, rendering: Literal["clean", "final"] = "final") -> Dataset:
    """Open the stereo training data of MPI Sintel.

    Parameters
    ----------
    root : str or os.PathLike
        The folder with ROOT/training/final_left/alley_1/frame_0001.png, final_right, clean_left,
        clean_right, disparities, occlusions, outofframe.
    rendering : {"clean", "final"}
        The images without or with motion blur, defocus and fog.

    Returns
    -------
    Dataset
        `disparity` in px, see :func:`read_sintel_disparity`; `nonocc` is True where neither
        occlusions nor outofframe mark the pixel.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such rendering.

    References
    ----------
    Butler, Wulff, Stanley, Black: A naturalistic open source movie for optical flow evaluation.
    ECCV 2012. Encoding and folders: the Python kit that comes with the data (sintel_io).
    """
    word("rendering", rendering, ("clean", "final"))
    part = folder(root, _HOME) / "training"
    lefts = files_in(part / f"{rendering}_left", "*/*.png", "SEQUENCE/frame_0001.png", _HOME)
    samples = []
    for left in lefts:
        place = Path(left.parent.name) / left.name
        hidden = File(part / "occlusions" / place, inverted_mask((part / "outofframe" / place,)))
        samples.append(
            Sample(
                dataset="sintel",
                name=f"{left.parent.name}/{left.stem}",
                home=_HOME,
                left_path=left,
                right_path=part / f"{rendering}_right" / place,
                disparity_file=File(part / "disparities" / place, read_sintel_disparity),
                nonocc_file=hidden,
                range_stop=_RANGE_STOP,
            )
        )
    return Dataset("sintel", samples)


def read_sintel_disparity(path: PathLike) -> npt.NDArray[np.float32]:
    """Read a disparity map of MPI Sintel: a PNG of three times 8 bits.

    Parameters
    ----------
    path : str or os.PathLike
        The file; the disparity is 4 R + G / 64 + B / 16384 px.

    Returns
    -------
    ndarray, float32 (H, W)
        Disparity in pixels, known everywhere.

    Raises
    ------
    StereoFileError
        If the file is missing or damaged, or is no 8-bit colour image.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from stereo.io import write_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "frame_0001.png"
    ...     write_image(path, np.array([[[2, 96, 128]]], np.uint8))
    ...     read_sintel_disparity(path)
    array([[9.5078125]], dtype=float32)
    """
    image = read_colour(Path(path))
    if image.dtype != np.uint8 or image.ndim != 3:
        raise StereoFileError(
            f"{path} is a {image.dtype} image of shape {image.shape}; "
            "a disparity map of Sintel is uint8 and (H, W, 3)"
        )
    disparity: npt.NDArray[np.float32] = (image @ np.array(_WEIGHTS)).astype(np.float32)
    return disparity
