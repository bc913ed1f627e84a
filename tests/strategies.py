"""Hypothesis strategies: images, options and disparity maps, with the hard cases in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from stereo.contract import MAX_AGGREGATED, MatchingParams, Pair
from stereo.volume import copy_outside

WINDOWS = ((5, 5), (7, 7), (9, 7))
DTYPES = (np.uint8, np.uint16, np.float32)

PLAIN = MatchingParams(
    min_disp=0,
    disparities=16,
    cost="census",
    window=(5, 5),
    maximum=24,
    p1=7,
    p2=39,
    edge_scale=None,
    paths=8,
    uniqueness=0,
    lr_max_diff=-1,
    subpixel="none",
    threads=2,
)
"""Matching without any check or refinement, to be changed by `dataclasses.replace`."""


@dataclass(frozen=True)
class Scene:
    """Recipe of an image pair that prints on one line.

    Attributes
    ----------
    height, width : int
    dtype : {"uint8", "uint16", "float32"}
    levels : int
        Number of gray levels; few make ties.
    kind : {"noise", "shifted", "specks", "ramp"}
        "specks" are rare bright pixels, whose cost reaches the maximum.
    seed : int
    """

    height: int
    width: int
    dtype: str
    levels: int
    kind: str
    seed: int

    def pair(self, params: MatchingParams) -> Pair:
        """Return the views, with tones, a guide and a prior that need not be theirs, and costs."""
        left, right = self.views()
        rng = np.random.default_rng(self.seed + 1)
        shape = (self.height, self.width)
        tones = rng.integers(0, self.levels, (2, *shape)) * (255 // (self.levels - 1))
        left_tone, right_tone = tones.astype(np.uint8)
        guide, prior = rng.permutation(left_tone), None
        if self.seed % 3 == 0:
            prior = (rng.integers(-2, 3, shape).cumsum(axis=1) // 4).astype(np.int32)
        if params.cost != "volume":
            return Pair(left, right, self.seed % 5, left_tone, right_tone, guide, prior)
        dtype = np.uint8 if params.maximum <= 255 else np.uint16
        volume = rng.integers(0, params.maximum + 1, (*shape, params.disparities)).astype(dtype)
        copy_outside(volume, params.min_disp, params.maximum)
        return Pair(left, right, guide=guide, prior=prior, volume=volume)

    def views(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return left and right, (H, W)."""
        rng = np.random.default_rng(self.seed)
        size = (self.height, self.width)
        left = rng.integers(0, self.levels, size)
        right = rng.integers(0, self.levels, size)
        if self.kind == "shifted":
            right = np.roll(left, -int(rng.integers(-5, 6)), axis=1)
        elif self.kind == "specks":
            left, right = (1 * (rng.random(size) < 0.04) for _ in range(2))
        elif self.kind == "ramp":
            left = np.add.outer(np.arange(self.height), np.arange(self.width)) % self.levels
        # The whole range of the dtype, so that wrapping sums would show.
        scale = 65535 // (self.levels - 1) if self.dtype == "uint16" else 255 // (self.levels - 1)
        offset = -1000.25 if self.dtype == "float32" else 0
        bright_left, bright_right = left * scale + offset, right * scale + offset
        return bright_left.astype(self.dtype), bright_right.astype(self.dtype)


@st.composite
def scenes(draw: st.DrawFn, longest: int = 40) -> Scene:
    """Draw pairs from 1 x 1 to `longest` px a side."""
    return Scene(
        height=draw(st.integers(1, longest)),
        width=draw(st.integers(1, longest)),
        dtype=draw(st.sampled_from(("uint8", "uint16", "float32"))),
        levels=draw(st.sampled_from((2, 3, 5, 256))),
        kind=draw(st.sampled_from(("noise", "shifted", "specks", "ramp"))),
        seed=draw(st.integers(0, 1 << 20)),
    )


def windowed(params: MatchingParams, window: tuple[int, int]) -> MatchingParams:
    """Return the same for a census of another window."""
    return replace(params, window=window, maximum=window[0] * window[1] - 1)


def penalty_bounds(maximum: int, paths: int) -> list[int]:
    """Return the p2 on both sides of where 8 bits stop being enough, and the extremes."""
    bound = MAX_AGGREGATED // paths - maximum
    edges = [0, 1, 62, 63, 64, 127, 128, 254 - maximum, 255 - maximum, 256 - maximum, bound]
    return [edge for edge in edges if edge >= 0]


@st.composite
def options(
    draw: st.DrawFn, disparities: st.SearchStrategy[int] | None = None, *, plain: bool = False
) -> MatchingParams:
    """Draw all that the contract allows; `plain`: census and constant penalties only."""
    kinds = ("census",) if plain else ("census", "census", "gradient_census", "volume")
    cost = draw(st.sampled_from(kinds))
    window = draw(st.sampled_from(WINDOWS)) if cost == "census" else (5, 5)
    maximum = window[0] * window[1] - 1
    if cost == "gradient_census":
        maximum = 38
    elif cost == "volume":
        maximum = draw(st.sampled_from((0, 1, 60, 200, 255, 256, 1820, 8000)))
    paths = draw(st.sampled_from((4, 5, 8)))
    bounds = penalty_bounds(maximum, paths)
    p2 = draw(st.sampled_from(bounds) | st.integers(0, bounds[-1]))
    return MatchingParams(
        min_disp=draw(st.integers(-20, 20) | st.sampled_from((-(1 << 20), -300, 300, 1 << 20))),
        disparities=draw(st.integers(1, 70) if disparities is None else disparities),
        cost=cost,
        window=window,
        maximum=maximum,
        p1=draw(st.sampled_from((0, p2, min(p2, 255 - min(p2, 255)))) | st.integers(0, p2)),
        p2=p2,
        edge_scale=None if plain else draw(st.sampled_from((None, 10.0, 0.5, 1000.0))),
        paths=paths,
        uniqueness=draw(st.sampled_from((0, 1, 10, 50, 99)) | st.integers(0, 99)),
        lr_max_diff=draw(st.integers(-1, 3) | st.sampled_from((16384,))),
        subpixel=draw(st.sampled_from(("none", "parabola", "equiangular"))),
        threads=draw(st.sampled_from((1, 2, 3, 7))),
    )


@st.composite
def cases(draw: st.DrawFn, *, plain: bool = False) -> tuple[Scene, MatchingParams]:
    """Draw a pair and options; large D go with small images."""
    if draw(st.integers(0, 5)) == 0:
        many = st.sampled_from((127, 128, 129, 192, 255, 256, 257, 300))
        scene, params = draw(scenes(longest=12)), draw(options(many, plain=plain))
        return scene, replace(params, min_disp=draw(st.integers(-310, 20)))
    return draw(scenes()), draw(options(plain=plain))


@st.composite
def colour_images(draw: st.DrawFn) -> npt.NDArray[Any]:
    """Draw gray and colour images of every dtype with any strides, some of them read-only."""
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    channels = draw(st.sampled_from((0, 3, 4)))
    dtype = draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    doubled = (2 * shape[0], 2 * shape[1], *([channels + 1] if channels else []))
    # The whole range of the integers; a float image may be negative.
    image: npt.NDArray[Any] = rng.integers(-40000, 40000, doubled).astype(dtype)
    if dtype == np.float32:
        image /= np.float32(7)
    if draw(st.booleans()):
        image = image.swapaxes(0, 1)
    image = image[
        :: draw(st.sampled_from((-2, -1, 1, 2))), :: draw(st.sampled_from((-2, -1, 1, 2)))
    ]
    if channels:
        image = image[..., ::-1][..., :channels] if draw(st.booleans()) else image[..., 1:]
    if draw(st.booleans()):
        image = image.copy()
    image.flags.writeable = draw(st.booleans())
    return image


@st.composite
def disparity_maps(draw: st.DrawFn) -> npt.NDArray[np.float32]:
    """Draw maps (H, W) in steps of 1/16 px, many of them equal, with holes."""
    shape = draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    disparity: npt.NDArray[np.float32] = (rng.integers(-40, 40, shape) / 16).astype(np.float32)
    disparity *= np.float32(draw(st.sampled_from((0.125, 1, 1.1, 100))))
    disparity[rng.random(shape) < draw(st.sampled_from((0, 0.1, 0.5, 0.9, 1)))] = np.nan
    disparity += np.float32(0)  # turns -0 into 0
    return disparity


@st.composite
def wide_maps(draw: st.DrawFn) -> npt.NDArray[np.float32]:
    """Draw maps wider than every vector, mostly smooth, with holes and steps."""
    shape = draw(st.integers(1, 9)), draw(st.integers(40, 200))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    disparity = rng.integers(0, 8, shape) / 16 + 10.0 * (rng.random(shape) < 0.05)
    disparity[rng.random(shape) < draw(st.sampled_from((0, 0.02, 0.5)))] = np.nan
    disparity -= draw(st.sampled_from((0, 5)))
    return disparity.astype(np.float32)


def guide_for(disparity: npt.NDArray[Any], seed: int, levels: int) -> npt.NDArray[np.uint8]:
    """Return random gray levels for a map, few or many."""
    rng = np.random.default_rng(seed)
    return (rng.integers(0, levels, disparity.shape) * (255 // (levels - 1))).astype(np.uint8)
