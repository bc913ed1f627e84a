"""The stages one after the other give the bits of the matcher, with all that it returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same

import stereo
from stereo import aggregation, confidence, filters, refinement, selection
from stereo.datasets import synthetic
from stereo.volume import CostVolume

Map = npt.NDArray[np.float32]
NAN = np.float32(np.nan)
PAIR = synthetic.render(150, 70, max_disp=22, min_disp=-6, seed=4, noise=1.0)
SEARCH: dict[str, Any] = {"max_disp": 22, "min_disp": -6}


def mirrored(volume: CostVolume) -> CostVolume:
    """Return the volume that the mirrored right view would have."""
    width = volume.shape[1]
    data = np.zeros_like(volume.data)
    for i in range(volume.disparities):
        d = volume.min_disp + i
        seen = np.arange(max(0, -d), min(width, width - d))
        data[:, width - 1 - seen, i] = volume.data[:, seen + d, i]
    return CostVolume(data, volume.min_disp, volume.maximum, volume.unit)


def selected(total: CostVolume, uniqueness: int) -> tuple[Map, Map, Any, Any]:
    """Return disparity, right disparity, flags and confidence, before the filters."""
    winners, right_winners = selection.winner_take_all(total), selection.right_view(total)
    flags = filters.left_right_flags(winners, right_winners, **SEARCH)
    costs = selection.lowest(total, winners), selection.second_best(total, winners)
    rejected = np.isnan(filters.uniqueness(winners, *costs, uniqueness)) & ~np.isnan(winners)
    flags[rejected] |= np.uint8(stereo.Flag.NOT_UNIQUE)
    flags[np.isnan(winners)] = stereo.Flag.OUT_OF_RANGE
    disparity = np.where(flags == 0, refinement.equiangular(total, winners), NAN)
    certainty = np.where(flags == 0, confidence.peak_ratio(total, winners), np.float32(0))
    turned = right_winners[:, ::-1], winners[:, ::-1]
    right = refinement.equiangular(mirrored(total), turned[0])
    right[np.isnan(filters.left_right_check(*turned))] = np.nan
    return disparity, right[:, ::-1], flags, certainty


def staged(
    volume: CostVolume, passes: int, uniqueness: int, weighted: bool, **options: Any
) -> tuple[Map, Map, Any, Any]:
    """Return what the matcher returns, of public stages alone."""
    total = aggregation.sgm(volume, **options)
    disparity, right, flags, certainty = selected(total, uniqueness)
    if passes == 2:
        dense = filters.fill(filters.median(filters.speckle(disparity)), method="directions")
        first = disparity, right
        total = aggregation.sgm(volume, prior=dense, **options)
        disparity, right, flags, certainty = selected(total, uniqueness)
        disparity, right = (
            np.where(np.abs(one - two) <= 1, one, two)
            for one, two in zip(first, (disparity, right), strict=True)
        )
    clean = filters.speckle(disparity)
    flags[np.isnan(clean) & ~np.isnan(disparity)] = stereo.Flag.SPECKLE
    certainty[np.isnan(clean)] = 0
    views = filters.median(clean), filters.median(filters.speckle(right))
    if weighted:
        images = PAIR.left, PAIR.right
        views = tuple(
            filters.weighted_median(view, image, edges_only=True)
            for view, image in zip(views, images, strict=True)
        )
    return *views, flags, certainty


@pytest.mark.parametrize("preset", ["default", "fast", "accurate"])
def test_presets(preset: str) -> None:
    recipe = stereo.SGM(22, preset=preset).options.recipe
    volume = stereo.costs.compute(recipe.cost, PAIR.left, PAIR.right, **SEARCH)
    guide = PAIR.left if recipe.edge_scale > 0 else None
    found = staged(
        volume,
        recipe.passes,
        0,
        recipe.weighted_median > 0,
        paths=recipe.paths,
        p1=recipe.p1,
        p2=recipe.p2,
        guide=guide,
    )
    match = stereo.SGM(**SEARCH, preset=preset).match(PAIR.left, PAIR.right)
    compare(match, found)


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("cost", ["census5x5", "gradient_census", "zncc", "mutual_information"])
def test_options(cost: str, paths: int, passes: int) -> None:
    volume = stereo.costs.compute(cost, PAIR.left, PAIR.right, **SEARCH)
    found = staged(volume, passes, 5, False, paths=paths, guide=PAIR.left, edge_scale=8)
    matcher = stereo.SGM(
        **SEARCH,
        cost=cost,
        paths=paths,
        passes=passes,
        edge_scale=8,
        uniqueness=5,
        median=5,
        weighted_median=0,
    )
    compare(matcher.match(PAIR.left, PAIR.right), found)


def compare(match: stereo.Match, found: tuple[Map, Map, Any, Any]) -> None:
    assert 0.5 < np.isfinite(match.disparity).mean() < 1
    names = ("disparity", "right_disparity", "flags", "confidence")
    for name, actual in zip(names, found, strict=True):
        assert_same(actual, getattr(match, name), name)
