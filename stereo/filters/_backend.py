"""What the filters ask of a backend, beyond the stages of the pipeline."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from ..backends import resolve
from ..contract import Backend, Float32

__all__ = ["FilterBackend", "resolved"]


class FilterBackend(Backend, Protocol):
    """A backend with the filters. Maps are C-contiguous; infinities count as values."""

    def weighted_median(
        self,
        disparity: Float32,
        guide: npt.NDArray[np.uint8],
        color_weights: npt.NDArray[np.uint8],
        color_shift: int,
        space_weights: npt.NDArray[np.uint8],
        where: npt.NDArray[np.bool_] | None,
        edges_only: bool,
        threads: int,
    ) -> Float32:
        """Weighted median of the valid pixels of each window; NaN stays NaN.

        The weight of q in the window of p is
        ``color_weights[abs(guide[p] - guide[q]) >> color_shift] * space_weights[q - p]``, 0 where
        the 16 entries of the first table end. Its first entry and the middle of the second are
        not 0.
        """

    def fill_directions(self, disparity: Float32, threads: int) -> Float32:
        """Fill each NaN with the lower median of what 16 directions meet first."""

    def fill_row(self, disparity: Float32) -> Float32:
        """Fill each NaN with the smaller of its neighbours in the row."""


def resolved(name: str) -> FilterBackend:
    """Return the backend for a ``backend=`` argument."""
    return cast(FilterBackend, resolve(name)[1])
