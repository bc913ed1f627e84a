"""MC-CNN: features of a small trained network as a matching cost, run by onnxruntime."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import thread_count
from ..inputs import checked_pair
from ..types import StereoError, StereoFileError
from ..volume import CostVolume
from .features import Features

__all__ = ["features", "find_weights", "volume"]

_FILE = "mc_cnn_fast_int8_excl_01.onnx"
_MARGIN = 5  # px that the five 3x3 convolutions take from each side
_INSTALL = "pip install 'stereo-depth[mccnn]' && pip install --no-deps mccnn"

Image = npt.NDArray[Any]


def volume(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    min_disp: int,
    max_disp: int,
    threads: int | None = None,
    weights: str | os.PathLike[str] | None = None,
    *,
    base: CostVolume | None = None,
    backend: str = "auto",
) -> CostVolume:
    """Return the matching cost of MC-CNN: 60 · min(1 - cos, 0.5) / 0.5 of its features.

    The fast architecture of Zbontar and LeCun (2016): one network, applied to each image,
    gives every pixel a vector of 64 features, and pixels that match have similar
    directions. After aggregation it does best as half of a cost, beside census (`base`).

    Parameters
    ----------
    left, right, threads, weights
        As in :func:`features`.
    min_disp, max_disp : int
        The search is min_disp <= d < max_disp, px.
    base : CostVolume, optional
        Another cost of the same pair and range, to which this one is added.
    backend : str
        What makes the volume of the features: "auto", "cpu" or "numba".

    Returns
    -------
    CostVolume
        See :meth:`stereo.learned.Features.volume`.

    Raises
    ------
    StereoError
        As :func:`features`, or if `base` does not fit.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 32, 5.0)
    >>> cost = volume(pair.left, pair.right, 0, 16)
    >>> int(cost.data[16, 40].argmin())
    5
    """
    checked_left, checked_right = checked_pair(left, right)
    found = features(checked_left, checked_right, threads, weights)
    return found.volume(
        checked_left, checked_right, min_disp, max_disp, threads, base=base, backend=backend
    )


def features(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    threads: int | None = None,
    weights: str | os.PathLike[str] | None = None,
) -> Features:
    """Return the network's features of both images.

    Each image is made gray, brought to mean 0 and standard deviation 1 and padded by
    repeating its border, so that every pixel has features.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        Rectified images as :func:`stereo.sgm` takes them.
    threads : int, optional
        By default every core of this process.
    weights : path, optional
        An ONNX file of the same form: input (h, w) float32, output (F, h - 10, w - 10). By
        default the quantised network of the PyPI package ``mccnn``, see :func:`find_weights`.

    Returns
    -------
    Features
        Cosine, truncated at 0.5, at most 60. The features are onnxruntime's: between machines
        and versions they may differ by a rounding.

    Raises
    ------
    StereoError
        If the images can't be used, or onnxruntime or the weights are missing: the message
        says what to install.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 32, 5.0)
    >>> features(pair.left, pair.right).left.shape
    (32, 64, 64)
    """
    images = checked_pair(left, right)
    session = _session(str(find_weights(weights)), thread_count(threads))
    maps = [_infer(session, _normalised(image)) for image in images]
    return Features(maps[0], maps[1], metric="cosine", truncate=0.5, maximum=60)


def find_weights(weights: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of the network.

    Only files of the PyPI package ``mccnn`` are used (CNES, Apache-2.0): it is neither imported,
    nor are its dependencies (rasterio, h5py and more) needed, so it is installed without
    them: ``pip install --no-deps mccnn``. Its weights were trained on Middlebury scenes, among
    them Motorcycle, Teddy, Dolls, Moebius and Books: scores on those say nothing.

    Parameters
    ----------
    weights : path, optional
        A file to take instead.

    Raises
    ------
    StereoFileError
        If a path was given and there is no such file.
    StereoError
        If the package, or this file in it, is not installed.

    Examples
    --------
    >>> find_weights("missing.onnx")
    Traceback (most recent call last):
    stereo.types.StereoFileError: there is no weights file missing.onnx
    """
    if weights is not None:
        path = Path(weights)
        if not path.is_file():
            raise StereoFileError(f"there is no weights file {path}")
        return path
    spec = importlib.util.find_spec("mc_cnn")  # finds a top-level package without importing it
    if spec is None or not spec.submodule_search_locations:
        raise StereoError(f"the weights of MC-CNN are not installed: {_INSTALL}")
    for folder in spec.submodule_search_locations:
        path = Path(folder) / "weights" / _FILE
        if path.is_file():
            return path
    raise StereoError(
        f"the installed package mccnn has no {_FILE} in {list(spec.submodule_search_locations)}:"
        " pip install --no-deps --upgrade mccnn, version 1.4.1 has it"
    )


@functools.lru_cache(maxsize=4)
def _session(path: str, threads: int) -> Any:
    try:
        runtime: Any = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise StereoError(f"MC-CNN needs onnxruntime ({error}): {_INSTALL}") from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only, and those are raised as well
    try:
        return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise StereoFileError(f"onnxruntime can't load {path}: {error}") from error


def _normalised(image: Image) -> npt.NDArray[np.float32]:
    """Return the image gray, with mean 0 and standard deviation 1."""
    gray = image.astype(np.float64)
    if gray.ndim == 3:
        gray = (gray[..., 0] + 2 * gray[..., 1] + gray[..., 2]) / 4
    gray -= gray.mean()
    deviation = gray.std()
    if deviation > 0:
        gray /= deviation
    return gray.astype(np.float32)


def _infer(session: Any, gray: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the features of each pixel, (H, W, F): a view of the network's (F, H, W)."""
    name = session.get_inputs()[0].name
    try:
        found: npt.NDArray[np.float32] = session.run(None, {name: np.pad(gray, _MARGIN, "edge")})[0]
    except Exception as error:  # such as another rank of the input
        raise StereoError(
            f"the network can't be run on an image of shape {gray.shape}: {error}"
        ) from error
    if found.ndim != 3 or found.shape[1:] != gray.shape:
        raise StereoError(
            f"the network gives {found.shape} for an image of {gray.shape} padded by {_MARGIN} px: "
            "expected (F, H, W)"
        )
    return np.moveaxis(found, 0, 2)
