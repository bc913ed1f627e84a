"""Absolute difference of intensities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..volume import CostVolume
from .proportional import ProportionalPenalties
from .request import Request
from .tone import channel_tones, tones
from .truncation import checked_truncation

__all__ = ["AbsoluteDifference"]


@dataclass(frozen=True)
class AbsoluteDifference(ProportionalPenalties):
    """Absolute difference of intensities, truncated (Scharstein and Szeliski 2002).

    Of gray values, or the mean over the colour channels. Compared on an 8-bit scale: uint8 as it
    is, other dtypes stretched between the smallest and the largest value of both images
    (:func:`stereo.costs.tone.tones`).

    Attributes
    ----------
    truncation : int
        Largest cost, gray levels, 1 … 255: an occluded pixel costs no more.
    color : bool
        Compare the channels of colour images instead of their gray value.

    Raises
    ------
    StereoError
        For another truncation.

    Examples
    --------
    >>> import numpy as np
    >>> left, right = np.uint8([[10, 50, 200]]), np.uint8([[10, 70, 100]])
    >>> AbsoluteDifference(truncation=60).compute(left, right, 0, 2).data[0, 2].tolist()
    [60, 60]
    """

    truncation: int = 60
    color: bool = False

    def __post_init__(self) -> None:
        """Check the truncation."""
        checked_truncation(self.truncation, 255)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "ad_color" if self.color else "ad"

    @property
    def unit(self) -> str:
        """One gray level of 256."""
        return "gray levels"

    @property
    def maximum(self) -> int:
        """The truncation."""
        return self.truncation

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_difference import absolute

        if self.color:
            views = channel_tones(request.left, request.right)
        else:
            gray = tones(request.left, request.right)
            views = gray[0][np.newaxis], gray[1][np.newaxis]
        return request.volume(self, absolute, views[0], views[1][:, :, ::-1], self.truncation)
