"""Mutual information, hierarchical: the table of costs follows from the images themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..volume import CostVolume
from .census import CENSUS_5X5
from .coarse_disparity import matched
from .request import Request, flipped
from .tone import tones

__all__ = ["MutualInformation"]

_MAXIMUM = 127
_HALVINGS = 4  # down to 1/16 of the size
_SMALLEST_SIDE = 16  # of a coarse image, px
_GAUSSIAN = np.exp(-0.5 * np.arange(-3, 4) ** 2)  # 7 taps, as in the paper; sigma 1 level
_GAUSSIAN /= _GAUSSIAN.sum()
_ANYWHERE = 0.01  # share of the pairs that may be of any tones: what was not seen is possible

Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MutualInformation:
    """Pixelwise mutual information, hierarchical (Kim et al. 2003; Hirschmüller 2008).

    How likely two tones are to be seen at the same point is learned from the pair: from the
    joint histogram P of tones that correspond by a previous disparity, smoothed by a Gaussian,
    the cost of a match is log P(l) + log P(r) - log P(l, r), smoothed too. It bears whatever
    change of exposure maps one tone to another, but not lighting that differs by place.
    Tones are those of :func:`stereo.costs.tone.tones`.

    The previous disparity comes from images of half the size, and theirs from a quarter,
    down to a sixteenth or 16 px a side: by semi-global matching over 4 paths with this
    cost, of the pixels that pass the left-right check. The first one comes from 5x5 census at
    the coarsest scale (the paper starts at random). The table of a pair is stretched to
    0 … 127; if no pixel at all corresponds, every cost is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(80, 48, 3.0)
    >>> volume = MutualInformation().compute(pair.left, pair.right // 2, 0, 8)
    >>> int(volume.data.sum(axis=(0, 1), dtype=np.int64).argmin())
    3
    """

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "mutual_information"

    @property
    def unit(self) -> str:
        """1/127 of the range of a pair's table."""
        return "1/127 of the table"

    @property
    def maximum(self) -> int:
        """Cost of the least likely pair of tones."""
        return _MAXIMUM

    @property
    def p1(self) -> int:
        """A quarter of the maximum."""
        return round(_MAXIMUM / 4)

    @property
    def p2(self) -> int:
        """The maximum."""
        return _MAXIMUM

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair, uint8; see :class:`stereo.costs.MatchingCost`."""
        request = Request.checked(left, right, min_disp, max_disp, threads)
        *coarse, finest = _pyramid(request)
        seen = (coarse or [finest])[0]
        first = CENSUS_5X5.compute(
            seen.left, seen.right, seen.min_disp, seen.max_disp, seen.threads
        )
        disparity = matched(first, seen.threads)
        for level in coarse:
            volume = self._volume(level, _enlarged(disparity, level))
            disparity = matched(volume, level.threads)
        return self._volume(finest, _enlarged(disparity, finest))

    def _volume(self, level: Request, disparity: Floats) -> CostVolume:
        """Return the volume of one scale by the table that follows from a disparity."""
        from ..backends.numba_kernels.cost_mutual_information import look_up

        table = _table(level.left, level.right, disparity)
        return level.volume(self, look_up, level.left, flipped(level.right), table)


def _pyramid(request: Request) -> list[Request]:
    """Return the request for tones at 1/16, 1/8, … 1 of the size, as far as they stay large."""
    left, right = tones(request.left, request.right)
    levels = [replace(request, left=left, right=right)]
    while len(levels) <= _HALVINGS and min(levels[-1].left.shape) >= 2 * _SMALLEST_SIDE:
        levels.append(_halved(levels[-1]))
    return levels[::-1]


def _halved(level: Request) -> Request:
    """Return the request for images of half the size, which covers the same disparities."""
    first, last = level.min_disp // 2, -(-(level.max_disp - 1) // 2)
    left, right = (_means(image) for image in (level.left, level.right))
    return Request(left, right, first, last + 1 - first, level.threads)


def _means(image: Plane) -> Plane:
    """Return the mean of each 2x2 pixels, rounded; the last row or column may count twice."""
    height, width = image.shape
    whole = np.pad(image.astype(np.uint16), [(0, height % 2), (0, width % 2)], mode="edge")
    total = whole[::2, ::2] + whole[1::2, ::2] + whole[::2, 1::2] + whole[1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def _enlarged(disparity: Floats, level: Request) -> Floats:
    """Return a disparity in the size and the px of `level`: the same, or of half the size."""
    height, width = level.left.shape
    if disparity.shape == (height, width):
        return disparity
    return np.repeat(np.repeat(2 * disparity, 2, axis=0), 2, axis=1)[:height, :width]


def _table(left: Plane, right: Plane, disparity: Floats) -> Plane:
    """Return the cost of each pair of tones, uint8 (256, 256) for the left and the right one.

    Parameters
    ----------
    left, right : ndarray, uint8 (H, W)
    disparity : ndarray, float64 (H, W)
        px, NaN = none.
    """
    y, x = np.nonzero(np.isfinite(disparity))
    there = x - np.rint(disparity[y, x]).astype(np.intp)
    inside = (there >= 0) & (there < right.shape[1])
    y, x, there = y[inside], x[inside], there[inside]
    if y.size == 0:
        return np.zeros((256, 256), np.uint8)
    pairs = left[y, x].astype(np.intp) * 256 + right[y, there]
    counts = np.bincount(pairs, minlength=1 << 16).reshape(256, 256) / y.size
    joint = (1 - _ANYWHERE) * _smoothed(counts, "constant") + _ANYWHERE / (1 << 16)
    cost = np.log(joint.sum(1))[:, None] + np.log(joint.sum(0)) - np.log(joint)
    cost = _smoothed(cost, "edge")
    cost -= cost.min()
    table: Plane = np.rint(cost * (_MAXIMUM / max(cost.max(), 1e-9))).astype(np.uint8)
    return table


def _smoothed(values: Floats, border: Literal["constant", "edge"]) -> Floats:
    """Return an array (256, 256) smoothed by the Gaussian along both axes."""
    for _ in range(2):  # along one axis, then transposed
        padded = np.pad(values, [(3, 3), (0, 0)], mode=border)
        values = sum(_GAUSSIAN[k] * padded[k : k + 256] for k in range(7)).T
    return values
