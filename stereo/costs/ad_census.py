"""AD-Census: absolute difference and census, each made robust, added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..volume import CostVolume
from .census import descriptors
from .proportional import ProportionalPenalties
from .request import Request, flipped
from .tone import channel_tones, float_gray

__all__ = ["ADCensus"]

_SCALE = 127  # cost of either part where it is large
_WINDOW = (9, 7)
_LAMBDA_CENSUS = 30.0
_LAMBDA_AD = 10.0


@dataclass(frozen=True)
class ADCensus(ProportionalPenalties):
    """Absolute difference and 9x7 census, each as 1 - exp(-c / λ), added (Mei et al. 2011).

    The first tells apart what repeats, the second bears changes of brightness; the exponential
    bounds what either can say. λ is 10 gray levels for the mean absolute difference of the colour
    channels (of the gray value in gray images), on the 8-bit scale of
    :func:`stereo.costs.tone.channel_tones`, and 30 bits for the census of the gray image.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40), dtype=np.uint8)
    >>> volume = ADCensus().compute(image, np.roll(image, -2, axis=1), min_disp=0, max_disp=4)
    >>> volume.data[3, 20].tolist()
    [206, 226, 0, 232]
    """

    p1_share: ClassVar[float] = 1 / 2

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "ad_census"

    @property
    def unit(self) -> str:
        """1/127 of the most that either part can say."""
        return "1/127"

    @property
    def maximum(self) -> int:
        """Both parts at their largest."""
        return 2 * _SCALE

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_hamming import ad_census

        bits = [
            descriptors(float_gray(image), _WINDOW, request.threads)
            for image in (request.left, request.right)
        ]
        colors = channel_tones(request.left, request.right)
        channels = len(colors[0])
        return request.volume(
            self,
            ad_census,
            bits[0],
            flipped(bits[1]),
            colors[0],
            colors[1][:, :, ::-1],
            _robust(_WINDOW[0] * _WINDOW[1] - 1, _LAMBDA_CENSUS),
            _robust(255 * channels, _LAMBDA_AD * channels),
        )


def _robust(largest: int, scale: float) -> npt.NDArray[np.uint8]:
    """Return 127 (1 - exp(-c / scale)), rounded, for c = 0 … largest."""
    said: npt.NDArray[np.float64] = -np.expm1(-np.arange(largest + 1) / scale)
    return np.rint(_SCALE * said).astype(np.uint8)
