"""Rank transform: how many pixels of a window are darker than its centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..bands import in_bands
from ..volume import CostVolume
from .census import checked_window
from .proportional import ProportionalPenalties
from .request import Request
from .tone import float_gray

__all__ = ["Rank"]


@dataclass(frozen=True)
class Rank(ProportionalPenalties):
    """Absolute difference of rank transforms (Zabih and Woodfill 1994).

    The rank of a pixel is the number of pixels of its window that are darker. Like the
    census, it does not change under any strictly increasing change of brightness; unlike it, it
    forgets where in the window those pixels are.

    Attributes
    ----------
    width, height : int
        Size of the window, px, both odd; at most 255 pixels.

    Raises
    ------
    StereoValueError
        For another window.

    Examples
    --------
    >>> import numpy as np
    >>> left, right = np.uint8([[1, 3, 9]]), np.uint8([[4, 2, 6]])
    >>> Rank(3, 1).compute(left, right, 0, 1).data[0].ravel().tolist()
    [1, 1, 0]
    """

    p1_share: ClassVar[float] = 1 / 2  # one rank says little

    width: int = 7
    height: int = 7

    def __post_init__(self) -> None:
        """Check the window."""
        checked_window(self.width, self.height, 255)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return f"rank{self.width}x{self.height}"

    @property
    def unit(self) -> str:
        """One place in the order of the window."""
        return "ranks"

    @property
    def maximum(self) -> int:
        """Number of other pixels in the window."""
        return self.width * self.height - 1

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_difference import planes

        views = [self._ranks(image, request.threads) for image in (request.left, request.right)]
        return request.volume(self, planes, views[0], views[1][:, :, ::-1], self.maximum)

    def _ranks(self, image: npt.NDArray[Any], threads: int) -> npt.NDArray[np.int16]:
        """Return the rank transform as one plane, (1, H, W)."""
        from ..backends.numba_kernels.cost_difference import rank

        y, x = self.height // 2, self.width // 2
        padded = np.pad(float_gray(image), [(y, y), (x, x)], mode="edge")
        ranks = np.zeros((1, *image.shape[:2]), np.int16)

        def count(first: int, stop: int) -> None:
            rank(padded, (self.width, self.height), ranks[0], first, stop)

        in_bands(count, len(image), threads)
        return ranks
