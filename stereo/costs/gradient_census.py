"""Census of the image and of its derivatives, with a little absolute difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..bands import in_bands
from ..volume import CostVolume
from .derived import derived
from .request import Request, flipped
from .tone import float_gray, gray_level, tones

__all__ = ["GRADIENT_CENSUS", "GradientCensus"]


@dataclass(frozen=True)
class GradientCensus:
    """Census of the smoothed image and of its Sobel derivatives, and the absolute difference.

    The census is that of Zabih and Woodfill (1994); taken of derivatives it sees what the
    order of intensities hides on slopes of brightness. With H(.) the Hamming distance of two
    census transforms and AD the absolute difference on the 8-bit scale of
    :func:`stereo.costs.tone.tones`,

    C = H(B) + H(Sx) + H(Sy) + min(AD, 8) // 4.

    H counts the 12 neighbours of a 5x5 grid with an even dx + dy: half the bits are as good as
    all, and on slanted surfaces better. B is the image smoothed down its columns (binomial, 5
    rows), and its grid has steps of 2 px: noise, which turns the bits of dark and flat regions at
    random, is averaged over five rows and seen from 9x9 px, while nothing blurs along the rows,
    where matches are searched. A neighbour in Sx and Sy has to be lower by more than one level of
    an 8-bit image, since a smaller difference is rounding. A change of exposure reaches only the
    last term, which is at most 2 of 38.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> volume = GRADIENT_CENSUS.compute(image, np.roll(image, -2, axis=1), min_disp=0, max_disp=4)
    >>> volume.data[3, 20].tolist()
    [14, 22, 0, 19]
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
        return 26

    @property
    def p2(self) -> int:
        """Penalty for a larger change, where the image is flat."""
        return 110

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_hamming import gradient_census

        bits, right_bits = (
            _described(float_gray(image), gray_level(image), request.threads)
            for image in (request.left, request.right)
        )
        left_tone, right_tone = tones(request.left, request.right)
        return request.volume(
            self, gradient_census, bits, flipped(right_bits), left_tone, flipped(right_tone)
        )


def _described(image: npt.NDArray[np.float32], level: int, threads: int) -> npt.NDArray[np.uint64]:
    """Return the census of the smoothed image and of both derivatives in one word."""
    from ..backends.numba_kernels.cost_hamming import diagonal_census

    bits = np.zeros(image.shape, np.uint64)
    for each in derived(image, level):
        padded = each.padded

        def append(first: int, stop: int, each: Any = each, padded: Any = padded) -> None:
            diagonal_census(padded, each.step, each.slack, bits, first, stop)

        in_bands(append, len(image), threads)
    return bits


GRADIENT_CENSUS = GradientCensus()
