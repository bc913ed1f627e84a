"""Stereo pairs with known disparity, rendered or from public data sets on disk; and clips.

A data set is opened from the folder that it was unpacked to, by the function of its name or by
:func:`load`. Nothing is ever downloaded, and files are read when they are asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from stereo.arguments import word
from stereo.datasets import clips, synthetic
from stereo.datasets.booster import booster
from stereo.datasets.described import described, described_pair
from stereo.datasets.drivingstereo import drivingstereo
from stereo.datasets.eth3d import eth3d
from stereo.datasets.instereo2k import instereo2k
from stereo.datasets.kitti import kitti2012, kitti2015
from stereo.datasets.middlebury_pfm import middeval3, middlebury2014, middlebury2021
from stereo.datasets.middlebury_scaled import (
    middlebury2001,
    middlebury2003,
    middlebury2005,
    middlebury2006,
)
from stereo.datasets.sample import Dataset, File, Sample
from stereo.datasets.sceneflow import sceneflow
from stereo.datasets.sintel import read_sintel_disparity, sintel
from stereo.io.files import PathLike
from stereo.types import StereoTypeError

__all__ = [
    "DATASETS",
    "Dataset",
    "File",
    "Sample",
    "booster",
    "clips",
    "described",
    "described_pair",
    "drivingstereo",
    "eth3d",
    "instereo2k",
    "kitti2012",
    "kitti2015",
    "load",
    "middeval3",
    "middlebury2001",
    "middlebury2003",
    "middlebury2005",
    "middlebury2006",
    "middlebury2014",
    "middlebury2021",
    "read_sintel_disparity",
    "sceneflow",
    "sintel",
    "synthetic",
]

DATASETS: Mapping[str, Callable[..., Dataset]] = MappingProxyType(
    {
        "booster": booster,
        "described": described,
        "drivingstereo": drivingstereo,
        "eth3d": eth3d,
        "instereo2k": instereo2k,
        "kitti2012": kitti2012,
        "kitti2015": kitti2015,
        "middeval3": middeval3,
        "middlebury2001": middlebury2001,
        "middlebury2003": middlebury2003,
        "middlebury2005": middlebury2005,
        "middlebury2006": middlebury2006,
        "middlebury2014": middlebury2014,
        "middlebury2021": middlebury2021,
        "sceneflow": sceneflow,
        "sintel": sintel,
    }
)
"""The data sets by their names: what opens them."""


def load(name: str, root: PathLike, **options: Any) -> Dataset:
    """Open a data set by its name.

    Parameters
    ----------
    name : str
        One of :data:`DATASETS`.
    root : str or os.PathLike
        The folder of the data set; the function of that name says what it must hold.
    **options
        Those of the function of that name, such as `split`.

    Returns
    -------
    Dataset
        Its samples, in the order of their names.

    Raises
    ------
    StereoFileError
        If the folder, or any sample in it, is missing; the message says where to get the data.
    StereoTypeError, StereoValueError
        If there is no such data set, or it hasn't these options.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from stereo.io import write_image, write_kitti
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     part = pathlib.Path(folder) / "training"
    ...     for image in ("image_2", "image_3", "disp_occ_0"):
    ...         (part / image).mkdir(parents=True)
    ...     write_image(part / "image_2" / "000000_10.png", np.zeros((4, 6), np.uint8))
    ...     write_kitti(part / "disp_occ_0" / "000000_10.png", np.full((4, 6), 8.0))
    ...     samples = load("kitti2015", folder)
    ...     samples[0].name, samples[0].disparity[0, 0].item(), samples[0].max_disp
    ('000000_10', 8.0, 256)
    """
    opened = DATASETS[word("name", name, tuple(DATASETS))]
    _, *known = inspect.signature(opened).parameters
    for option in options:
        if option not in known:
            raise StereoTypeError(
                f"{name} has no option {option!r}: it has {', '.join(known) or 'none'}"
            )
    return opened(root, **options)
