"""Centre-symmetric census: pixels opposite each other are compared, not with the centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bands import in_bands
from ..volume import CostVolume
from .census import checked_window
from .proportional import ProportionalPenalties
from .request import Request, flipped
from .tone import float_gray

__all__ = ["CenterSymmetricCensus"]


@dataclass(frozen=True)
class CenterSymmetricCensus(ProportionalPenalties):
    """Hamming distance between centre-symmetric census transforms (Spangenberg et al. 2013).

    One bit for each two pixels of the window that lie opposite each other with respect to the
    centre: whether the upper or left one is darker. Half as many bits as those of a census,
    and noise of the centre does not reach all of them.

    Attributes
    ----------
    width, height : int
        Size of the window, px, both odd; at most 129 pixels.

    Raises
    ------
    StereoValueError
        For another window.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> cost = CenterSymmetricCensus(5, 3)
    >>> volume = cost.compute(image, np.roll(image, -2, axis=1), min_disp=0, max_disp=4)
    >>> cost.maximum, volume.data[3, 20].tolist()
    (7, [2, 4, 0, 1])
    """

    width: int = 9
    height: int = 7

    def __post_init__(self) -> None:
        """Check the window."""
        checked_window(self.width, self.height, 129)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return f"cs_census{self.width}x{self.height}"

    @property
    def unit(self) -> str:
        """One differing bit."""
        return "bits"

    @property
    def maximum(self) -> int:
        """Number of pairs, bits."""
        return self.width * self.height // 2

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_hamming import center_symmetric, hamming

        y, x = self.height // 2, self.width // 2
        views = []
        for image in (request.left, request.right):
            padded = np.pad(float_gray(image), [(y, y), (x, x)], mode="edge")
            bits = np.zeros(image.shape[:2], np.uint64)

            def describe(first: int, stop: int, padded: Any = padded, bits: Any = bits) -> None:
                center_symmetric(padded, (self.width, self.height), bits, first, stop)

            in_bands(describe, len(bits), request.threads)
            views.append(bits)
        return request.volume(self, hamming, views[0], flipped(views[1]))
