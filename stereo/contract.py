"""The contract between the pipeline and its backends, in Python's terms.

`csrc/contracts.h` says the same for the compiled backends. A backend is a module
that has the functions of :class:`Backend`; `stereo/backends/__init__.py` lists them.
Its arrays are NumPy's where it runs on the host. On a device they are its own, which
nobody else looks into; :meth:`Backend.upload` and :meth:`Backend.download` are the border.
All quantities up to the aggregated volume are integers, and the sub-pixel law is
one float32 formula, so every backend gives the same bits. `docs/architecture.md`
defines each stage to the last tie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = [
    "MAX_AGGREGATED",
    "MAX_DISPARITIES",
    "Backend",
    "Cost",
    "DeviceBackend",
    "Float32",
    "GrayImage",
    "MatchingParams",
    "Pair",
    "Selection",
    "SubPixel",
    "Tone",
    "Volume",
]

GrayImage = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.float32]
Float32 = npt.NDArray[np.float32]
Tone = npt.NDArray[np.uint8]
Volume = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
SubPixel = Literal["none", "parabola", "equiangular"]
Cost = Literal["census", "gradient_census", "volume"]

MAX_DISPARITIES = 16384
"""Largest search range, max_disp - min_disp, in pixels."""

MAX_AGGREGATED = 65534
"""Largest value S may reach: paths * (maximum of the cost + p2) stays at or below."""


@dataclass(frozen=True)
class Pair:
    """What is matched.

    Attributes
    ----------
    left, right : ndarray (H, W)
        Gray images of one shape and dtype.
    gray_level : int
        One level of the 8-bit images that they were, in their units: 1, or 4 where those had
        colours; 0 for images of other types. For the gradient census.
    left_tone, right_tone : ndarray, uint8 (H, W), or None
        The same on an 8-bit scale, for the gradient census.
    guide : ndarray, uint8 (H, W), or None
        The image whose edges the penalties follow.
    prior : ndarray, int32 (H, W), or None
        Whole disparities, px, of the surfaces that the paths follow; penalties are adaptive then.
    volume : ndarray, uint8 or uint16 (H, W, D), or None
        Costs, for the cost "volume"; what has no counterpart is filled in.
    """

    left: GrayImage
    right: GrayImage
    gray_level: int = 0
    left_tone: Tone | None = None
    right_tone: Tone | None = None
    guide: Tone | None = None
    prior: npt.NDArray[np.int32] | None = None
    volume: Volume | None = None


@dataclass(frozen=True)
class MatchingParams:
    """What the semi-global stage needs to know; checked by the pipeline.

    Attributes
    ----------
    min_disp : int
        First disparity of the search, px.
    disparities : int
        D, the number of disparities: the search is [min_disp, min_disp + D).
    cost : {"census", "gradient_census", "volume"}
        Where the matching cost comes from.
    window : (int, int)
        Census window (width, height), both odd.
    maximum : int
        Largest value of the matching cost.
    p1, p2 : int
        Penalties in units of the matching cost, 0 <= p1 <= p2, where the left image is flat.
    edge_scale : float or None
        Difference of the guide along a path that halves the penalties
        (:mod:`stereo.penalties`); None = they are constant.
    paths : {4, 5, 8}
        Number of aggregation paths.
    uniqueness : int
        Per cent in [0, 99]; 0 = off.
    lr_max_diff : int
        Largest left-right difference in px; -1 = no check.
    subpixel : {"none", "parabola", "equiangular"}
        Sub-pixel law.
    threads : int
        Number of threads, at least 1; the result does not depend on it.
    """

    min_disp: int
    disparities: int
    cost: Cost
    window: tuple[int, int]
    maximum: int
    p1: int
    p2: int
    edge_scale: float | None
    paths: int
    uniqueness: int
    lr_max_diff: int
    subpixel: SubPixel
    threads: int


@dataclass(frozen=True)
class Selection:
    """The result of selection and refinement, before the filters.

    Attributes
    ----------
    disparity : ndarray, float32 (H, W)
        Pixels; NaN where there is no match.
    flags : ndarray, uint8 (H, W), or None
        Bits of :class:`stereo.Flag`, 0 exactly where `disparity` is a number. A backend may
        leave it out unless details are asked for.
    right_disparity : ndarray, float32 (H, W), or None
        The right view's, NaN where it fails the left-right check; None unless
        details were asked for.
    confidence : ndarray, float32 (H, W), or None
        In [0, 1]; None unless details were asked for.
    """

    disparity: Float32
    flags: npt.NDArray[np.uint8] | None = None
    right_disparity: Float32 | None = None
    confidence: Float32 | None = None


class Backend(Protocol):
    """The functions of a backend. Images and maps are C-contiguous."""

    def unusable(self) -> str | None:
        """Why this backend can't run here, or None if it can."""

    def describe(self) -> str:
        """One line for `stereo.backends()`: what it runs on."""

    def workspace(self) -> Any:
        """Make a reusable workspace with the attributes `nbytes` and `allocations`."""

    def upload(self, arrays: Sequence[Any], workspace: Any) -> tuple[Any, ...]:
        """Bring the arrays of one call to where the stages run, as they are.

        They are NumPy's, or all of them views of memory of one device
        (:class:`stereo.devices.DeviceView`). What the stages make of them is kept in the workspace
        where there is a device, for the next call.
        """

    def download(self, maps: Sequence[Any], workspace: Any) -> tuple[Any, ...]:
        """Give the maps of a call to its caller, as the kind of arrays that he brought."""

    def gray(self, image: npt.NDArray[Any]) -> GrayImage:
        """(H, W), (H, W, 3) or (H, W, 4), any strides -> contiguous (H, W)."""

    def tones(self, left: GrayImage, right: GrayImage, gray_level: int) -> tuple[Tone, Tone]:
        """Bring the gray images of a pair to one 8-bit scale (:mod:`stereo.costs.tone`).

        `gray_level` is that of :class:`Pair`.
        """

    def semiglobal(
        self,
        pair: Pair,
        params: MatchingParams,
        workspace: Any,
        details: bool,
    ) -> Selection:
        """Do stages 2 to 10: cost, aggregation, selection, left-right check, sub-pixel."""

    def even_contrast(self, tone: Tone, threads: int) -> Tone:
        """Make the guide of adaptive penalties from a tone.

        128 plus the deviation of each pixel from the mean of its 9x9 window, times 16 / the
        standard deviation there where that is above 16.
        """

    def speckles(self, disparity: Float32, size: int, max_diff: float) -> npt.NDArray[np.bool_]:
        """Find the regions of fewer than `size` pixels: True there."""

    def remove_speckles(
        self,
        small: npt.NDArray[np.bool_],
        disparity: Float32,
        flags: npt.NDArray[np.uint8] | None,
        confidence: Float32 | None,
    ) -> Float32:
        """Return the map with NaN where `small`; there flags become SPECKLE and confidences 0.

        Flags and confidences, where they are given, are changed in place.
        """

    def median(self, disparity: Float32, size: int, threads: int) -> Float32:
        """Median of the valid pixels of each size x size window; NaN stays NaN."""

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

    def fill_rows_between(self, disparity: Float32) -> Float32:
        """Give rows without any number those of the nearest row that has some.

        Where two are as near it is the upper one. A map without any number stays as it is.
        """

    def holes(self, disparity: Float32) -> npt.NDArray[np.bool_]:
        """Find where there is no number: True there."""

    def patch(self, disparity: Float32, other: Callable[[], Float32]) -> Float32:
        """Return the map, with the numbers of another where it has none."""

    def prior(self, disparity: Float32) -> npt.NDArray[np.int32]:
        """Make whole numbers, rounded half to even; 0 for NaN."""

    def confirm(self, first: Float32, second: Float32) -> Float32:
        """Return the second map, with the first one's number where they differ by 1 px at most."""


@runtime_checkable
class DeviceBackend(Backend, Protocol):
    """A backend whose arrays are not on the host: it makes costs of what is there, too."""

    def largest(self, volume: Any) -> int:
        """Return the largest of given costs, uint8 or uint16 (H, W, D)."""

    def feature_volume(
        self,
        left: Any,
        right: Any,
        law: Any,
        min_disp: int,
        disparities: int,
        maximum: int,
    ) -> Any:
        """Make the costs (H, W, D) of two maps of features, float32 (H, W, F).

        `law` is a :class:`stereo.learned.law.Law`. The costs are uint8 where `maximum` allows,
        else uint16.
        """
