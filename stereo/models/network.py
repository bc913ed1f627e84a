"""What every network is to its user: a call that turns a rectified pair into a disparity."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from ..arguments import MAX_OFFSET, integer
from ..inputs import checked_pair
from ..io.files import PathLike
from ..types import StereoValueError
from .images import as_rgb

__all__ = ["Network"]

Float32 = npt.NDArray[np.float32]


class Network(ABC):
    """A network with its weights, see :func:`stereo.models.load`.

    It can be pickled, and called wherever a function (left, right, max_disp) -> disparity is
    wanted.

    Attributes
    ----------
    name : str
        What it was loaded as.
    max_disp : int or None
        End of the search range that is part of its architecture, px; None where there is none.
    """

    def __init__(self, name: str, max_disp: int | None) -> None:
        self.name = name
        self.max_disp = max_disp

    def __call__(
        self, left: npt.ArrayLike, right: npt.ArrayLike, max_disp: int | None = None
    ) -> Float32:
        """Return the disparity of a rectified pair.

        Parameters
        ----------
        left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
            Images of one shape and dtype: uint8 (255 is white), uint16 (65535 is white), or
            float32 or float64 between 0 and 1. Gray or RGB; a fourth channel is not used. Any
            size: what the network needs is padded, and cut off from the result.
        max_disp : int, optional
            Disparities from here on become NaN, px. By default `self.max_disp`. The network
            does not search less because of it.

        Returns
        -------
        ndarray, float32 (H, W)
            x_left - x_right, px. NaN where d is outside [0, max_disp), or x - d outside the
            right image. A network gives every other pixel a number, also where the right
            image does not show it.

        Raises
        ------
        StereoTypeError
            For another dtype.
        StereoValueError
            For images that do not fit each other or the network, or a `max_disp` below 1 or
            above that of the network.
        StereoError
            If there is not enough memory.
        """
        checked_left, checked_right = checked_pair(left, right)
        end = self._end_of_range(max_disp)
        disparity = self._infer(as_rgb(checked_left, "left"), as_rgb(checked_right, "right"))
        return _bounded(disparity, end)

    @abstractmethod
    def _infer(self, left: Float32, right: Float32) -> Float32:
        """Return (H, W), px, of RGB images (3, H, W) between 0 and 1."""

    @abstractmethod
    def export_onnx(self, path: PathLike, size: tuple[int, int]) -> None:
        """Write the network as an ONNX file, for images of one size.

        ``stereo.models.load("onnx", weights=path)`` runs it without PyTorch. The file takes
        "left" and "right", float32 (1, 3, H, W), RGB between 0 and 1, and gives "disparity",
        float32 (1, H, W), px; padding and normalisation are inside.

        Parameters
        ----------
        path : str or os.PathLike
            The ``.onnx`` file to be.
        size : (int, int)
            Height and width of the images, px.

        Raises
        ------
        StereoError
            If the size is none, the network can't be exported, a package of the extra "onnx" is
            missing or the file can't be written.
        """

    def _end_of_range(self, max_disp: int | None) -> int | None:
        if max_disp is None:
            return self.max_disp
        end = integer("max_disp", max_disp, 1, MAX_OFFSET)
        if self.max_disp is not None and end > self.max_disp:
            raise StereoValueError(
                f"max_disp = {end} is more than {self.name} can find: its search range, part of "
                f"its weights, ends at {self.max_disp}"
            )
        return end


def _bounded(disparity: Float32, end: int | None) -> Float32:
    """Return a copy with NaN where d < 0, d >= end or x - d < 0."""
    columns = np.arange(disparity.shape[1], dtype=np.float32)
    good = (disparity >= 0) & (disparity <= columns)
    if end is not None:
        good &= disparity < end
    return np.where(good, disparity, np.float32(np.nan)).astype(np.float32, copy=False)
