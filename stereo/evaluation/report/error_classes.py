"""How wrong each pixel is, in the few classes that an error map has colours for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stereo.evaluation.results import Board

__all__ = [
    "HOLE",
    "UNKNOWN",
    "Scale",
    "as_compared",
    "classify",
    "paint",
    "scale_of",
]

Map = npt.NDArray[np.float32]

# Blue is right and warm is wrong, lighter in the middle: it is read without telling red from green.
_RIGHT = ((33, 80, 150), (110, 165, 215), (190, 220, 240))
_WRONG = ((253, 205, 110), (240, 125, 50), (170, 20, 45))
HOLE = (0, 0, 0)
UNKNOWN = (158, 158, 158)
_OCCLUDED_SHADE = 0.55
"""What the colours of occluded pixels are multiplied by."""


@dataclass(frozen=True)
class Scale:
    """The classes of a board.

    Attributes
    ----------
    limits : tuple of float
        Upper ends of all classes but the last, rising, in `unit`.
    colors : tuple of (int, int, int)
        RGB of each class, the first one the best.
    unit : str
        What errors are counted in.
    note : str
        What the reader must know beside the numbers; may be empty.
    """

    limits: tuple[float, ...]
    colors: tuple[tuple[int, int, int], ...]
    unit: str
    note: str

    def labels(self) -> list[str]:
        """Name each class by its ends."""
        ends = [f"{limit:g}" for limit in self.limits]
        inner = [f"{low} to {high} {self.unit}" for low, high in pairwise(ends)]
        return [f"up to {ends[0]} {self.unit}", *inner, f"above {ends[-1]} {self.unit}"]


_FILLED = "The board fills the holes before it scores."
_PIXELS = Scale((0.5, 1.0, 2.0, 4.0), (*_RIGHT[:2], *_WRONG), "px", "")
_SCALES: dict[Board, Scale] = {
    "middlebury": _PIXELS,
    "eth3d": _PIXELS,
    "kitti2012": Scale((1.0, 2.0, 3.0, 4.0, 5.0), (*_RIGHT, *_WRONG), "px", _FILLED),
    "kitti2015": Scale(
        (0.25, 0.5, 1.0, 2.0, 4.0),
        (*_RIGHT, *_WRONG),
        "limits",
        "The limit is 3 px, or 5 % of the true disparity where that is more: an outlier is "
        f"above 1 limit. {_FILLED}",
    ),
}


def scale_of(board: Board) -> Scale:
    """Return the classes of a board, which follow its thresholds."""
    return _SCALES[board]


def as_compared(board: Board, disparity: Map, *, stop: int, isint: bool) -> Map:
    """Return a result as its board compares it with the truth.

    Middlebury clips it to 0 … `stop`, px, and rounds it where the truth has whole numbers only;
    for KITTI what is negative is no result, and for ETH3D what is beyond the width of the image.
    """
    if board == "middlebury":
        inside = np.clip(disparity, np.float32(0), np.float32(stop))
        return np.floor(inside + np.float32(0.5)) if isint else inside
    usable = np.abs(disparity) <= disparity.shape[1] if board == "eth3d" else disparity >= 0
    return np.where(usable, disparity, np.float32(np.nan))


def classify(board: Board, disparity: Map, truth: Map) -> npt.NDArray[np.int8]:
    """Return the class of each pixel, -1 without a result and -2 where the truth is unknown.

    Parameters
    ----------
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}
        Whose thresholds count.
    disparity, truth : ndarray, float32 (H, W)
        Pixels; NaN = no result, and unknown.

    Returns
    -------
    ndarray, int8 (H, W)
        0 is the best class of `scale_of`.
    """
    error = np.abs(disparity - truth)
    if board == "kitti2015":
        error /= np.maximum(np.float32(3), np.float32(0.05) * truth)
    found = np.searchsorted(scale_of(board).limits, error, side="left")
    classes: npt.NDArray[np.int8] = found.astype(np.int8)
    classes[np.isnan(disparity)] = -1
    # 0 means unknown in a ground truth of KITTI, whatever read it.
    unknown = np.isnan(truth) | (board.startswith("kitti") & (truth <= 0))
    classes[unknown] = -2
    return classes


def paint(
    board: Board, classes: npt.NDArray[np.int8], nonocc: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.uint8]:
    """Return an error map, RGB (H, W, 3), in which occluded pixels are darker."""
    colors: Sequence[tuple[int, int, int]] = (*scale_of(board).colors, UNKNOWN, HOLE)
    picture = np.array(colors, np.uint8)[classes]
    if nonocc is not None:
        occluded = ~nonocc & (classes != -2)
        picture[occluded] = np.rint(picture[occluded] * _OCCLUDED_SHADE).astype(np.uint8)
    return picture
