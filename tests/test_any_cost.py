"""`cost=` takes names, objects, arrays, functions and features: what comes of each."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import same
from conftest import usable_backend

import stereo
from stereo import costs
from stereo.datasets import synthetic
from stereo.presets import PLAIN as PLAIN_PRESET
from stereo.presets import PRESETS
from stereo.types import StereoError
from stereo.volume import CostVolume

PAIR = synthetic.render(120, 90, max_disp=24, seed=3)
D = 24
PLAIN: dict[str, Any] = {"median": 0, "weighted_median": 0, "speckle_size": 0}


def sgm(cost: Any, **options: Any) -> npt.NDArray[np.float32]:
    return stereo.sgm(PAIR.left, PAIR.right, D, cost=cost, **{**PLAIN, **options})


@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("edge_scale", [0, 10])
@pytest.mark.parametrize("name", ["census5x5", "census9x7", "gradient_census"])
def test_a_volume_is_the_fused_cost(
    backend_name: str, name: str, edge_scale: float, paths: int
) -> None:
    volume = costs.compute(name, PAIR.left, PAIR.right, D)
    options = {"backend": backend_name, "edge_scale": edge_scale, "paths": paths}
    assert same(sgm(volume, **options), sgm(name, **options))


def test_every_registered_cost_matches() -> None:
    for name in set(costs.names()) - {"mccnn"}:  # tests/test_mccnn.py has it
        disparity = sgm(name)
        error = np.abs(disparity - PAIR.disparity)[~PAIR.occluded]
        right = np.nanmean(error <= 1)
        assert right > 0.5, name
        assert np.isfinite(disparity).mean() > 0.5, name


def test_a_mix_and_a_third_party() -> None:
    class Nothing:
        name, unit, maximum, p1, p2 = "nothing", "bits", 24, 8, 36

        def compute(
            self, left: Any, right: Any, min_disp: int, max_disp: int, threads: Any = None
        ) -> CostVolume:
            shape = (*left.shape[:2], max_disp - min_disp)
            return CostVolume(np.zeros(shape, np.uint8), min_disp, 24)

    assert same(sgm(costs.mix({"census5x5": 1.0})), sgm("census5x5"))
    assert np.nanmax(sgm(Nothing(), lr_max_diff=None)) == 0  # the smallest d wins every tie


def test_an_array_and_a_function(backend_name: str) -> None:
    volume = costs.compute("census", PAIR.left, PAIR.right, D).data
    before = volume.copy()
    seen: list[tuple[tuple[int, ...], int, int]] = []

    def function(left: Any, right: Any, min_disp: int, max_disp: int) -> Any:
        seen.append((left.shape, min_disp, max_disp))
        return volume

    options = {"backend": backend_name, "p1": 14, "p2": 60}
    expected = sgm("census", **options)
    assert same(sgm(volume, **options), expected)
    assert same(sgm(function, **options), expected)
    assert seen == [(PAIR.left.shape, 0, D)]
    assert np.array_equal(volume, before)


def test_features_shift_with_the_image() -> None:
    rng = np.random.default_rng(0)
    right = rng.normal(size=(30, 60, 12)).astype(np.float32)
    features = costs.Features(np.roll(right, 5, axis=1), right)
    image = np.zeros((30, 60), np.uint8)
    disparity = stereo.sgm(image, image, 16, cost=features, **PLAIN)
    assert np.isfinite(disparity[:, 8:]).mean() > 0.9
    assert np.nanmax(np.abs(disparity[:, 8:] - 5)) < 0.25


def test_float_costs_are_quantised() -> None:
    volume = costs.compute("census", PAIR.left, PAIR.right, D).data
    found, expected = sgm(volume / np.float32(48)), sgm("census", p1=12, p2=60)
    both = np.isfinite(found) & np.isfinite(expected)
    assert (np.abs(found - expected)[both] <= 0.05).mean() > 0.95


def _no_numbers(left: Any, right: Any, min_disp: int, max_disp: int) -> Any:
    return np.full((*left.shape[:2], max_disp - min_disp), np.nan)


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (np.zeros((90, 120), np.uint8), "(90, 120)"),
        (np.zeros((90, 120, D + 1), np.uint8), f"(90, 120, {D + 1})"),
        (np.full((90, 120, D), -1), "-1"),
        (np.full((90, 120, D), np.inf), "inf"),
        (_no_numbers, "nan at row 0"),
        (lambda left, right, min_disp, max_disp: None, "None"),
        (CostVolume(np.zeros((90, 120, D), np.uint8), min_disp=3), "3"),
        (np.full((90, 120, D), 9000, np.uint16), "9000"),
        (CostVolume(np.full((90, 120, D), 99, np.uint8), maximum=5), "a cost of 99"),
    ],
    ids=["rank", "D", "negative", "infinite", "NaN", "None", "min_disp", "too large", "maximum"],
)
def test_a_cost_that_can_not_be_one(cost: Any, said: str) -> None:
    with pytest.raises(StereoError, match=re.escape(said)):
        sgm(cost)


def test_the_error_of_a_function_comes_through() -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        sgm(broken)


@pytest.mark.parametrize("backend", ["cpu", "numba", "reference"])
def test_a_filled_map_is_dense(backend: str) -> None:
    usable_backend(backend)
    small = PAIR.left[:40, :50], PAIR.right[:40, :50]
    match = stereo.SGM(D, fill=True, backend=backend).match(*small)
    sparse = stereo.SGM(D, backend=backend).match(*small)
    assert np.isfinite(match.disparity).all()
    assert np.isfinite(match.right_disparity).all()
    assert np.array_equal(match.flags, sparse.flags)
    kept = sparse.flags == 0
    assert same(match.disparity[kept], sparse.disparity[kept])


@pytest.mark.parametrize("options", [{}, {"passes": 2}], ids=str)
def test_holes_far_from_any_match(options: dict[str, Any]) -> None:
    """Of a patch of texture in the plain, few pixels match; from most, no direction meets any."""
    left = np.full((80, 120), 100, np.uint8)
    right = left.copy()
    left[30:39, 40:54] = np.random.default_rng(1).integers(0, 256, (9, 14))
    right[30:39, 36:50] = left[30:39, 40:54]
    sparse = stereo.sgm(left, right, 16, cost="zncc", uniqueness=20, **options)
    assert 0 < np.isfinite(sparse).sum() < 600
    expected = stereo.filters.fill(sparse, method="row", guide=left)
    dense = stereo.sgm(left, right, 16, cost="zncc", uniqueness=20, fill=True, **options)
    assert np.isfinite(dense).all()
    assert same(dense, expected)


def test_presets_give_way_to_options() -> None:
    recipe = stereo.SGM(16, paths=8, weighted_median=0).options.recipe
    assert (recipe.cost, recipe.paths, recipe.weighted_median) == ("gradient_census", 8, 0)
    assert stereo.SGM(16, cost="census").options.recipe == PLAIN_PRESET
    assert stereo.SGM(16, cost="zncc").options.recipe.paths == 8
    for name in ("default", "learned"):  # the others have the cost of "default"
        assert stereo.SGM(16, cost=PRESETS[name].cost).options.recipe == PRESETS[name]
    chosen = stereo.SGM(16, preset="default", cost="census").options
    assert (chosen.chosen.label, chosen.recipe.edge_scale) == ("census7x7", 5)
    assert stereo.SGM(16, preset="fast").options.params().p1 == 20
    assert stereo.SGM(16, preset="fast", p1=9).options.params().p1 == 9
    other = stereo.SGM(16, preset="fast", cost="census").options.params()
    assert (other.p1, other.p2) == (14, 60)  # those of the cost
