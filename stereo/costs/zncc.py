"""Zero-mean normalised cross-correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..types import StereoValueError
from ..volume import CostVolume
from .proportional import ProportionalPenalties
from .request import Request, flipped
from .tone import tones

__all__ = ["ZNCC"]

_SIZES = (3, 5, 7, 9, 11, 13)  # larger sums do not fit 32 bits
_SCALE = 127


@dataclass(frozen=True)
class ZNCC(ProportionalPenalties):
    """1 - zero-mean normalised cross-correlation of square windows (Hannah 1974; Faugeras 1993).

    The correlation of the deviations from the mean, divided by both standard deviations, is in
    -1 … 1 and does not change with offset and gain; a flat window has the correlation 0 with
    all others. Of the 8-bit scale of :func:`stereo.costs.tone.tones`. Sums run along columns and
    rows, so the time does not depend on the window.

    Attributes
    ----------
    size : {9, 3, 5, 7, 11, 13}
        Side of the window, px.

    Raises
    ------
    StereoValueError
        For another size.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).integers(0, 100, (9, 20), dtype=np.uint8)
    >>> brighter = 2 * image + np.uint8(20)
    >>> ZNCC(5).compute(image, brighter, 0, 4).data[4, 10].argmin()
    np.int64(0)
    """

    p1_share: ClassVar[float] = 1 / 8  # few windows correlate negatively

    size: int = 9

    def __post_init__(self) -> None:
        """Check the size."""
        if isinstance(self.size, bool) or self.size not in _SIZES:
            raise StereoValueError(
                f"size = {self.size!r} is not one of {', '.join(map(str, _SIZES))}"
            )

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return f"zncc{self.size}x{self.size}"

    @property
    def unit(self) -> str:
        """A correlation lower by 1/127."""
        return "1/127 of correlation"

    @property
    def maximum(self) -> int:
        """Cost of a correlation of -1."""
        return 2 * _SCALE

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)

        from ..backends.numba_kernels.cost_zncc import zncc

        reach = self.size // 2
        padded = [np.pad(image, reach, mode="edge") for image in tones(request.left, request.right)]
        (sums, inverse), (right_sums, right_inverse) = (_moments(p, self.size) for p in padded)
        return request.volume(
            self,
            zncc,
            padded[0],
            flipped(padded[1]),
            sums,
            flipped(right_sums),
            inverse,
            flipped(right_inverse),
            _SCALE,
        )


def _moments(
    padded: npt.NDArray[np.uint8], size: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return for each window the sum, and 1 / sqrt(n Σ I² - (Σ I)²) or 0 where that is 0."""
    values = padded.astype(np.int64)
    sums, squares = _box(values, size), _box(values * values, size)
    spread = size * size * squares - sums * sums
    inverse = np.divide(1.0, np.sqrt(spread), out=np.zeros(spread.shape), where=spread > 0)
    return sums.astype(np.int32), inverse.astype(np.float32)


def _box(values: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Return the sum over each window of size x size that lies in the array."""
    total = np.pad(values.cumsum(0).cumsum(1), [(1, 0), (1, 0)])
    lower, upper = total[size:], total[:-size]
    sums: npt.NDArray[np.int64] = lower[:, size:] - lower[:, :-size]
    sums -= upper[:, size:] - upper[:, :-size]
    return sums
