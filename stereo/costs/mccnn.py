"""The features of MC-CNN beside gradient census: a learned matching cost by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..volume import CostVolume
from .gradient_census import GRADIENT_CENSUS

__all__ = ["MCCNN"]

_LEARNED = 24  # largest cost of the features


@dataclass(frozen=True)
class MCCNN:
    """Gradient census, and the cosine of the features of a trained network.

    The network is the fast architecture of Zbontar and LeCun (2016): each image goes through it
    once, and pixels that match have similar directions. Its cost, 24 min(1 - cos, 0.5) / 0.5,
    is added to that of :class:`stereo.costs.GradientCensus`: each is better for the other.

    It needs onnxruntime and the weights that the package mccnn ships:
    ``pip install 'stereo-depth[mccnn]' && pip install --no-deps mccnn``.

    Examples
    --------
    >>> MCCNN().maximum, MCCNN().p1, MCCNN().p2
    (62, 34, 158)
    """

    @property
    def name(self) -> str:
        """What messages and mixes call it."""
        return "mccnn"

    @property
    def unit(self) -> str:
        """One differing bit, or 1/48 of the cosine."""
        return "bits"

    @property
    def maximum(self) -> int:
        """Largest possible cost: those of both parts."""
        return GRADIENT_CENSUS.maximum + _LEARNED

    @property
    def p1(self) -> int:
        """Penalty for a change of the disparity by 1 px, where the image is flat."""
        return GRADIENT_CENSUS.p1 + _LEARNED // 3

    @property
    def p2(self) -> int:
        """Penalty for a larger change, where the image is flat."""
        return GRADIENT_CENSUS.p2 + _LEARNED * 2

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> CostVolume:
        """Return the volume of a pair; see :class:`stereo.costs.MatchingCost`.

        Raises
        ------
        StereoError
            If onnxruntime or the weights are missing: it says what to install.
        """
        from ..learned import mccnn

        # The network first: it may be what is missing.
        features = replace(mccnn.features(left, right, threads), maximum=_LEARNED)
        base = GRADIENT_CENSUS.compute(left, right, min_disp, max_disp, threads)
        return features.volume(left, right, min_disp, max_disp, threads, base=base)
