"""The CUDA kernels, run on the CPU by the emulator of tests/simt, give the bits of the CPU backend.

The sizes are what the emulator can afford. `STEREO_SIMT_MODULE` names the emulated module.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from conftest import hosted, usable_backend
from device_backend import emulated_device
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    PLAIN,
    WINDOWS,
    Scene,
    colour_images,
    disparity_maps,
    guide_for,
    options,
    penalty_bounds,
    scenes,
    wide_maps,
    windowed,
)

import stereo
from stereo.backends import cuda
from stereo.contract import Backend, MatchingParams, Selection
from stereo.datasets import synthetic
from stereo.filters.guided import weight_tables

MAPS = ("disparity", "flags", "right_disparity", "confidence")
SHAPES = ((1, 1), (1, 40), (33, 1), (7, 61), (19, 33))


@pytest.fixture(scope="module")
def simt() -> Backend:
    """Give the emulated device, NumPy in and out."""
    return hosted(emulated_device())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cpu() -> Backend:
    return usable_backend("cpu")


def run(backend: Backend, scene: Scene, params: MatchingParams, details: bool = True) -> Selection:
    return backend.semiglobal(scene.pair(params), params, backend.workspace(), details)


def assert_same_selection(actual: Selection, expected: Selection) -> None:
    for name in MAPS:
        assert_same(getattr(actual, name), getattr(expected, name), name)


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[Scene, MatchingParams]:
    """Draw pairs that the emulator matches in a moment."""
    return draw(scenes(longest=18)), draw(options(st.integers(1, 40)))


@settings(max_examples=60)
@given(case=small_cases())
def test_matching(simt: Backend, cpu: Backend, case: tuple[Scene, MatchingParams]) -> None:
    expected = run(cpu, *case)
    assert_same_selection(run(simt, *case), expected)
    alone = run(simt, *case, details=False)
    assert_same(alone.disparity, expected.disparity, "disparity")
    assert alone.confidence is None


@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("disparities", [1, 31, 32, 33, 64, 65, 127, 129, 256, 300, 700])
def test_ranges_beside_those_that_kernels_are_made_for(
    simt: Backend, cpu: Backend, disparities: int, paths: int
) -> None:
    """Of every number of disparities that a lane may hold, in bytes and in words."""
    scene = Scene(5, 13, "uint8", 5, "shifted", seed=3)
    for p2 in (39, 3000):
        params = replace(
            PLAIN,
            disparities=disparities,
            min_disp=-4,
            paths=paths,
            p2=p2,
            lr_max_diff=1,
            uniqueness=5,
            subpixel="equiangular",
            edge_scale=10.0,
        )
        assert_same_selection(run(simt, scene, params), run(cpu, scene, params))


@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("window", WINDOWS)
def test_bounds_of_the_penalties(
    simt: Backend, cpu: Backend, window: tuple[int, int], paths: int
) -> None:
    scene = Scene(6, 15, "uint16", 4, "specks", seed=3)
    plain = windowed(PLAIN, window)
    for p2 in penalty_bounds(plain.maximum, paths)[::2]:
        params = replace(plain, paths=paths, p1=p2 // 2, p2=p2, lr_max_diff=1, min_disp=-5)
        assert_same_selection(run(simt, scene, params), run(cpu, scene, params))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("cost", ["census", "gradient_census"])
def test_images_of_each_type(
    simt: Backend, cpu: Backend, cost: Any, dtype: str, shape: tuple[int, int]
) -> None:
    params = replace(PLAIN, cost=cost, maximum=38 if cost == "gradient_census" else 24)
    scene = Scene(*shape, dtype, 256, "noise", seed=2)
    assert_same_selection(run(simt, scene, params), run(cpu, scene, params))


def test_a_workspace_holds_no_memory_of_the_last_call(simt: Backend, cpu: Backend) -> None:
    workspace = simt.workspace()
    for seed in range(4):
        scene = Scene(5 + 3 * seed, 29 - 6 * seed, "uint8", 256, "shifted", seed=seed)
        used = simt.semiglobal(scene.pair(PLAIN), PLAIN, workspace, True)
        assert_same_selection(used, run(cpu, scene, PLAIN))


@settings(max_examples=30)
@given(image=colour_images())
def test_gray(simt: Backend, cpu: Backend, image: npt.NDArray[Any]) -> None:
    assert_same(simt.gray(image), cpu.gray(image), "gray")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_tones(simt: Backend, cpu: Backend, dtype: Any, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    left, right = rng.integers(0, 60000, (2, *shape)).astype(dtype)
    pairs = [(left, right), (left, left), (left[:1], left[:1])]
    if dtype == np.float32:
        pairs += [(left * np.float32(scale), -left) for scale in (1e33, 1e-44)]
    for one, other in pairs:
        for level in (4, 0) if dtype == np.uint16 else (0,):
            found, expected = simt.tones(one, other, level), cpu.tones(one, other, level)
            for actual, tone in zip(found, expected, strict=True):
                assert_same(actual, tone, "tone")


@pytest.mark.parametrize("shape", SHAPES)
def test_even_contrast(simt: Backend, cpu: Backend, shape: tuple[int, int]) -> None:
    tone = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    tone[: shape[0] // 2] //= 16
    assert_same(simt.even_contrast(tone, 1), cpu.even_contrast(tone, 1), "even")


@settings(max_examples=60)
@given(disparity=disparity_maps() | wide_maps(), size=st.integers(1, 30), max_diff=st.floats(0, 3))
def test_filters(
    simt: Backend, cpu: Backend, disparity: npt.NDArray[np.float32], size: int, max_diff: float
) -> None:
    found = simt.speckles(disparity, size, max_diff)
    assert_same(found, cpu.speckles(disparity, size, max_diff), "speckles")
    for side in (3, 5):
        assert_same(simt.median(disparity, side, 1), cpu.median(disparity, side, 1), "median")
    filled = simt.fill_directions(disparity, 1)
    assert_same(filled, cpu.fill_directions(disparity, 1), "directions")
    row = cpu.fill_row(disparity)
    assert_same(simt.fill_row(disparity), row, "row")
    assert_same(simt.fill_rows_between(row), cpu.fill_rows_between(row), "rows between")
    assert_same(simt.holes(disparity), cpu.holes(disparity), "holes")
    assert_same(simt.prior(disparity), cpu.prior(disparity), "prior")
    moved = np.roll(disparity, 1, axis=1)
    assert_same(simt.confirm(disparity, moved), cpu.confirm(disparity, moved), "confirmed")
    patched = simt.patch(disparity, lambda: moved)
    assert_same(patched, cpu.patch(disparity, lambda: moved), "patched")


@settings(max_examples=20)
@given(
    disparity=disparity_maps() | wide_maps(),
    radius=st.sampled_from((1, 3, 5)),
    edges_only=st.booleans(),
    some=st.booleans(),
    seed=st.integers(0, 99),
)
def test_weighted_median(
    simt: Backend,
    cpu: Backend,
    disparity: npt.NDArray[np.float32],
    radius: int,
    edges_only: bool,
    some: bool,
    seed: int,
) -> None:
    guide = guide_for(disparity, seed, 9)
    where = np.random.default_rng(seed).random(disparity.shape) < 0.4 if some else None
    tables = weight_tables(radius, 10.0, 7.0)
    arguments = disparity, guide, *tables, where, edges_only, 1
    assert_same(simt.weighted_median(*arguments), cpu.weighted_median(*arguments), "median")


OPTIONS: list[dict[str, Any]] = [
    {},
    {"fill": True},
    {"passes": 2, "preset": "accurate", "uniqueness": 5},
    {"preset": "fast", "lr_max_diff": None},
    {"cost": "census", "median": 3, "speckle_size": 0},
    {"cost": "zncc", "min_disp": -3},
]


@pytest.mark.parametrize("chosen", OPTIONS, ids=str)
@pytest.mark.parametrize("colour", [False, True])
def test_the_whole_pipeline(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, Any], colour: bool
) -> None:
    pair = synthetic.render(45, 30, max_disp=12, seed=3, color=colour)
    expected = stereo.SGM(12, backend="cpu", **chosen).match(pair.left, pair.right)
    monkeypatch.setattr(cuda, "BACKEND", emulated_device())
    matcher = stereo.SGM(12, backend="cuda", **chosen)
    found = matcher.match(pair.left, pair.right)
    for name in MAPS:
        assert_same(getattr(found, name), getattr(expected, name), name)
    assert_same(matcher.compute(pair.left, pair.right), expected.disparity)
    held = matcher.workspace_bytes, matcher.workspace_allocations
    matcher.match(pair.right, pair.left)
    matcher.compute(pair.left[:9], pair.right[:9])
    assert (matcher.workspace_bytes, matcher.workspace_allocations) == held


def test_many_threads_may_share_a_matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "BACKEND", emulated_device())
    matcher = stereo.SGM(8, backend="cuda")
    pairs = [synthetic.shifted(30 + k, 20, k % 4, seed=k) for k in range(6)]
    expected = [stereo.sgm(pair.left, pair.right, 8, backend="cpu") for pair in pairs]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda pair: matcher.compute(pair.left, pair.right), pairs * 2))
    for one, other in zip(found, expected * 2, strict=True):
        assert_same(one, other)
