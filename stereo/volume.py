"""`CostVolume`: a cost for each pixel and disparity, between the stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .arguments import MAX_OFFSET, integer, refuse_masked, whole
from .contract import MAX_DISPARITIES
from .types import StereoTypeError, StereoValueError

__all__ = ["CostVolume", "candidate_columns", "checked_volume", "copy_outside"]


@dataclass(frozen=True)
class CostVolume:
    """Costs of every pixel of the left image at every disparity; lower is better.

    Attributes
    ----------
    data : ndarray, uint8 or uint16 (H, W, D)
        C-contiguous. ``data[y, x, i]`` is the cost of left pixel (y, x) at the disparity
        ``min_disp + i``, i.e. of right pixel (y, x - min_disp - i).
    min_disp : int
        Disparity of the first plane, px; at most 2^20 from 0.
    maximum : int
        Largest value that the cost can take; no element exceeds it.
    unit : str
        What one step of cost is, such as "bits" or "gray levels".
    p1, p2 : int
        Penalties that suit this cost, in its unit, for a change of the disparity by 1 px
        and by more along a path.

    Raises
    ------
    StereoError
        If the array has another rank, dtype or layout, or the numbers do not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> volume = CostVolume(np.zeros((4, 6, 3), np.uint8), min_disp=-1, maximum=24, unit="bits")
    >>> volume.max_disp, volume.disparities
    (2, 3)
    """

    data: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    min_disp: int = 0
    maximum: int = 255
    unit: str = "cost"
    p1: int = 10
    p2: int = 120

    def __post_init__(self) -> None:
        """Check the array and how the numbers go together."""
        _check_array(self.data)
        integer("min_disp", self.min_disp, -MAX_OFFSET, MAX_OFFSET)
        for name in ("maximum", "p1", "p2"):
            whole(name, getattr(self, name))
        if not isinstance(self.unit, str):
            raise StereoTypeError(f"unit must be a string, got {self.unit!r}")
        limit = int(np.iinfo(self.data.dtype).max)
        if not 0 <= self.maximum <= limit:
            raise StereoValueError(
                f"maximum = {self.maximum} must be in 0 … {limit}, the range of {self.data.dtype}"
            )
        if not 0 <= self.p1 <= self.p2:
            raise StereoValueError(f"0 <= p1 <= p2 is needed, got p1 = {self.p1}, p2 = {self.p2}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, D)."""
        height, width, disparities = self.data.shape
        return height, width, disparities

    @property
    def disparities(self) -> int:
        """D, the number of disparities."""
        return int(self.data.shape[2])

    @property
    def max_disp(self) -> int:
        """End of the search range, px, exclusive."""
        return self.min_disp + self.disparities


def _check_array(data: Any) -> None:
    refuse_masked("the array of a cost volume", data)
    if not isinstance(data, np.ndarray):
        raise StereoTypeError(f"a cost volume holds a NumPy array, got {type(data).__name__}")
    if data.ndim != 3 or data.size == 0:
        raise StereoValueError(f"a cost volume is (H, W, D) and not empty, got {data.shape}")
    if data.dtype not in (np.uint8, np.uint16):
        raise StereoTypeError(f"a cost volume is uint8 or uint16, got {data.dtype}")
    if not data.flags.c_contiguous:
        raise StereoValueError("a cost volume must be C-contiguous: np.ascontiguousarray helps")
    if data.shape[2] > MAX_DISPARITIES:
        raise StereoValueError(f"{data.shape[2]} disparities are more than {MAX_DISPARITIES}")


def checked_volume(volume: Any) -> CostVolume:
    """Return the volume if it is one and no element exceeds its maximum."""
    if not isinstance(volume, CostVolume):
        raise StereoTypeError(
            f"a stereo.volume.CostVolume is needed, got {type(volume).__name__}: "
            "CostVolume(data, min_disp=...) makes one of an array (H, W, D)"
        )
    if volume.maximum < np.iinfo(volume.data.dtype).max:
        largest = int(volume.data.max())
        if largest > volume.maximum:
            raise StereoValueError(
                f"the volume holds a cost of {largest}, more than its maximum = {volume.maximum}"
            )
    return volume


def candidate_columns(width: int, disparity: int) -> range:
    """Columns x of the left image whose counterpart x - disparity lies in the right image.

    Examples
    --------
    >>> candidate_columns(10, 3), candidate_columns(10, -2), candidate_columns(4, 7)
    (range(3, 10), range(0, 8), range(0, 0))
    """
    first, stop = max(0, disparity), min(width, width + disparity)
    return range(first, stop) if first < stop else range(0)


def copy_outside(data: npt.NDArray[Any], min_disp: int, maximum: float) -> None:
    """Give what has no counterpart in the right image the cost of the nearest column that has.

    Parameters
    ----------
    data : ndarray (H, W, D)
        Changed in place.
    min_disp : int
        Disparity of the first plane, px.
    maximum : float
        The cost where a disparity has no counterpart in any column.
    """
    width = data.shape[1]
    for i in range(data.shape[2]):
        columns = candidate_columns(width, min_disp + i)
        if not columns:
            data[:, :, i] = maximum
            continue
        data[:, : columns.start, i] = data[:, columns.start, i, None]
        data[:, columns.stop :, i] = data[:, columns.stop - 1, i, None]
