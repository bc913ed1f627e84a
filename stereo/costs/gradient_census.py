"""Census of the image and of its derivatives, with a little absolute difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..bands import in_bands
from ..volume import CostVolume
from .request import Request, flipped
from .sobel import sobel
from .tone import float_gray, tones

__all__ = ["GRADIENT_CENSUS", "GradientCensus"]

_REACH = 2  # of the 5x5 window, px


@dataclass(frozen=True)
class GradientCensus:
    """Diagonal census of the image and of its Sobel derivatives, and the absolute difference.

    The census is that of Zabih and Woodfill (1994); taken of derivatives it sees what the
    order of intensities hides on slopes of brightness. With H(.) the Hamming distance of two
    census transforms and AD the absolute difference on the 8-bit scale of
    :func:`stereo.costs.tone.tones`,

    C = H(I) + H(Sx) + H(Sy) + min(AD, 8) // 4,

    where H counts the 12 neighbours of a 5x5 window with an even dx + dy: half the bits are as
    good as all, and on slanted surfaces better. A change of exposure reaches only the last term,
    which is at most 2 of 38.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> volume = GRADIENT_CENSUS.compute(image, np.roll(image, -2, axis=1), min_disp=0, max_disp=4)
    >>> volume.data[3, 20].tolist()
    [17, 21, 0, 20]
    """

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "gradient_census"

    @property
    def unit(self) -> str:
        """One differing bit, or four gray levels."""
        return "bits"

    @property
    def maximum(self) -> int:
        """12 + 12 + 12 + 2."""
        return 38

    @property
    def p1(self) -> int:
        """Penalty for a change of the disparity by 1 px, where the image is flat."""
        return 28

    @property
    def p2(self) -> int:
        """Penalty for a larger change, where the image is flat."""
        return 127

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_hamming import gradient_census

        bits, right_bits = (
            _described(float_gray(image), request.threads)
            for image in (request.left, request.right)
        )
        left_tone, right_tone = tones(request.left, request.right)
        return request.volume(
            self, gradient_census, bits, flipped(right_bits), left_tone, flipped(right_tone)
        )


def _described(image: npt.NDArray[np.float32], threads: int) -> npt.NDArray[np.uint64]:
    """Return the census of an image and of both derivatives in one word."""
    from ..backends.numba_kernels.cost_hamming import diagonal_census

    bits = np.zeros(image.shape, np.uint64)
    for each in (image, *sobel(image)):
        padded = np.ascontiguousarray(np.pad(each, _REACH, mode="edge"))

        def append(first: int, stop: int, padded: Any = padded) -> None:
            diagonal_census(padded, bits, first, stop)

        in_bands(append, len(image), threads)
    return bits


GRADIENT_CENSUS = GradientCensus()
