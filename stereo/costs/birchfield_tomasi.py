"""The difference of Birchfield and Tomasi, which does not feel where pixels are sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..volume import CostVolume
from .proportional import ProportionalPenalties
from .request import Request
from .tone import tones
from .truncation import checked_truncation

__all__ = ["BirchfieldTomasi"]


@dataclass(frozen=True)
class BirchfieldTomasi(ProportionalPenalties):
    """Sampling-insensitive absolute difference (Birchfield and Tomasi 1998), truncated.

    A pixel is compared with the range of values that the other image, interpolated linearly
    along the row, takes within half a pixel of its counterpart; and the other way round.
    The smaller of both distances is the cost. Compared on the 8-bit scale of
    :func:`stereo.costs.tone.tones`; interpolation makes half gray levels, which the unit keeps.

    Attributes
    ----------
    truncation : int
        Largest cost, gray levels, 1 … 255: an occluded pixel costs no more.

    Raises
    ------
    StereoError
        For another truncation.

    Examples
    --------
    >>> import numpy as np
    >>> left, right = np.uint8([[0, 100, 200, 200]]), np.uint8([[50, 150, 200, 200]])
    >>> BirchfieldTomasi().compute(left, right, 0, 1).data[0].ravel().tolist()
    [0, 0, 0, 0]
    """

    truncation: int = 60

    def __post_init__(self) -> None:
        """Check the truncation."""
        checked_truncation(self.truncation, 255)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "birchfield_tomasi"

    @property
    def unit(self) -> str:
        """Half a gray level of 256."""
        return "half gray levels"

    @property
    def maximum(self) -> int:
        """The truncation, in half gray levels."""
        return 2 * self.truncation

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_difference import birchfield_tomasi

        views = [_ranges(image) for image in tones(request.left, request.right)]
        return request.volume(self, birchfield_tomasi, views[0], views[1][:, :, ::-1], self.maximum)


def _ranges(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Return value, smallest and largest value within half a pixel, all doubled: (3, H, W)."""
    padded = np.pad(image.astype(np.int16), [(0, 0), (1, 1)], mode="edge")
    value = 2 * padded[:, 1:-1]
    before, after = padded[:, :-2] + padded[:, 1:-1], padded[:, 2:] + padded[:, 1:-1]
    low = np.minimum(np.minimum(before, after), value)
    return np.stack([value, low, np.maximum(np.maximum(before, after), value)])
