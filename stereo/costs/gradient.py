"""Difference of the image derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..volume import CostVolume
from .proportional import ProportionalPenalties
from .request import Request
from .sobel import sobel
from .tone import tones
from .truncation import checked_truncation

__all__ = ["Gradient"]


@dataclass(frozen=True)
class Gradient(ProportionalPenalties):
    """Difference of the Sobel derivatives, |ΔSx| + |ΔSy|, truncated (Scharstein 1994).

    An offset of brightness does not change it; a gain does. Taken of the 8-bit scale of
    :func:`stereo.costs.tone.tones`.

    Attributes
    ----------
    truncation : int
        Largest cost, 1 … 4080; eight steps are a slope of one gray level per px.

    Raises
    ------
    StereoError
        For another truncation.

    Examples
    --------
    >>> import numpy as np
    >>> left = np.uint8([[0, 10, 20, 20, 20]] * 3)
    >>> Gradient().compute(left, left + np.uint8(50), 0, 2).data[1, 3].tolist()
    [0, 40]
    """

    truncation: int = 160

    def __post_init__(self) -> None:
        """Check the truncation."""
        checked_truncation(self.truncation, 4080)

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "gradient"

    @property
    def unit(self) -> str:
        """An eighth of a gray level per px."""
        return "Sobel levels"

    @property
    def maximum(self) -> int:
        """The truncation."""
        return self.truncation

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_difference import planes

        views = [
            np.stack(sobel(image.astype(np.int16))) for image in tones(request.left, request.right)
        ]
        return request.volume(self, planes, views[0], views[1][:, :, ::-1], self.truncation)
