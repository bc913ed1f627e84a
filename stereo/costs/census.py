"""Census matching cost: the Hamming distance of local orderings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..bands import in_bands
from ..types import StereoValueError
from ..volume import CostVolume
from .request import Request, flipped
from .tone import float_gray

__all__ = ["CENSUS_5X5", "CENSUS_7X7", "CENSUS_9X7", "Census", "checked_window", "descriptors"]

_BITS = 64  # of a descriptor


@dataclass(frozen=True)
class Census:
    """Hamming distance between census transforms (Zabih and Woodfill 1994).

    Each pixel is described by one bit for each other pixel of its window: whether
    that pixel is darker. The cost of a match is the number of differing bits, so it does not
    change under any strictly increasing change of brightness.

    Attributes
    ----------
    width, height : int
        Size of the window, px, both odd; at most 65 pixels.
    p1, p2 : int
        Default penalties in units of this cost (bits), for a change of the disparity by
        1 px and by more along a path.

    Raises
    ------
    StereoValueError
        For another window.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> volume = CENSUS_5X5.compute(image, np.roll(image, -2, axis=1), min_disp=0, max_disp=4)
    >>> volume.data[3, 20].tolist()
    [12, 17, 0, 21]
    """

    width: int
    height: int
    p1: int
    p2: int

    def __post_init__(self) -> None:
        """Check the window."""
        checked_window(self.width, self.height, _BITS + 1)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return f"census{self.width}x{self.height}"

    @property
    def unit(self) -> str:
        """One differing bit."""
        return "bits"

    @property
    def maximum(self) -> int:
        """Largest possible cost, bits."""
        return self.width * self.height - 1

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_hamming import hamming

        views = [
            descriptors(float_gray(image), (self.width, self.height), request.threads)
            for image in (request.left, request.right)
        ]
        return request.volume(self, hamming, views[0], flipped(views[1]))


def checked_window(width: Any, height: Any, largest: int) -> None:
    """Refuse a window that has no centre, or more than `largest` pixels."""
    sides = (width, height)
    if any(not isinstance(side, int) or side < 1 or side % 2 == 0 for side in sides) or not (
        1 < width * height <= largest
    ):
        raise StereoValueError(
            f"a window {width!r} x {height!r} can't be used: odd sides and 2 … {largest} pixels can"
        )


def descriptors(
    image: npt.NDArray[np.float32], window: tuple[int, int], threads: int
) -> npt.NDArray[np.uint64]:
    """Return the census transform of an image: architecture, stage 2.

    Parameters
    ----------
    image : ndarray, float32 (H, W)
    window : (int, int)
        Width and height, odd, at most 65 pixels.
    threads : int

    Returns
    -------
    ndarray, uint64 (H, W)
        One bit for each other pixel of the window, row by row.
    """
    from ..backends.numba_kernels.cost_hamming import census

    reach = window[1] // 2, window[0] // 2
    padded = np.pad(image, [(reach[0], reach[0]), (reach[1], reach[1])], mode="edge")
    bits = np.zeros(image.shape, np.uint64)
    in_bands(lambda first, stop: census(padded, window, bits, first, stop), len(bits), threads)
    return bits


# Penalties chosen on 41 real pairs with ground truth (benchmarks/accuracy.py): about a quarter
# and one time the maximum of the cost, the second no larger than byte arithmetic takes.
CENSUS_5X5 = Census(5, 5, p1=8, p2=36)
CENSUS_7X7 = Census(7, 7, p1=14, p2=60)
CENSUS_9X7 = Census(9, 7, p1=14, p2=63)
