"""Every backend, instruction set and number of threads equals the reference bit for bit."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    PLAIN,
    WINDOWS,
    Scene,
    cases,
    colour_images,
    disparity_maps,
    penalty_bounds,
    windowed,
)

from stereo.contract import Backend, Cost, MatchingParams, Selection

MAPS = ("disparity", "flags", "right_disparity", "confidence")


def assert_same_selection(actual: Selection, expected: Selection) -> None:
    for name in MAPS:
        assert_same(getattr(actual, name), getattr(expected, name), name)


def run(backend: Backend, scene: Scene, params: MatchingParams, details: bool = True) -> Selection:
    return backend.semiglobal(scene.pair(params), params, backend.workspace(), details)


@settings(max_examples=500)
@given(case=cases())
def test_matching(
    fast_backend: Backend, reference: Backend, case: tuple[Scene, MatchingParams]
) -> None:
    expected = run(reference, *case)
    assert_same_selection(run(fast_backend, *case), expected)
    alone = run(fast_backend, *case, details=False)
    assert_same(alone.disparity, expected.disparity, "disparity")
    if alone.flags is not None:
        assert expected.flags is not None
        assert_same(alone.flags, expected.flags, "flags")
    assert alone.right_disparity is None
    assert alone.confidence is None


@pytest.mark.parametrize("kind", ["noise", "specks"])
@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("window", WINDOWS)
def test_bounds_of_the_penalties(
    fast_backend: Backend, reference: Backend, window: tuple[int, int], paths: int, kind: str
) -> None:
    scene = Scene(12, 23, "uint8", 4, kind, seed=3)
    plain = windowed(PLAIN, window)
    for p2 in penalty_bounds(plain.maximum, paths):
        for p1 in {0, p2 // 2, p2}:
            params = replace(plain, paths=paths, p1=p1, p2=p2, lr_max_diff=1, min_disp=-5)
            assert_same_selection(run(fast_backend, scene, params), run(reference, scene, params))


@pytest.mark.parametrize("cost", ["census", "gradient_census"])
@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("disparities", [48, 130])
def test_any_number_of_threads(
    fast_backend: Backend, reference: Backend, paths: int, disparities: int, cost: Cost
) -> None:
    scene = Scene(67, 101, "uint8", 256, "shifted", seed=1)
    plain = PLAIN
    if cost == "gradient_census":
        plain = replace(PLAIN, cost=cost, maximum=38, p1=28, p2=127, edge_scale=10.0)
    params = replace(
        plain,
        min_disp=-8,
        disparities=disparities,
        paths=paths,
        lr_max_diff=1,
        uniqueness=5,
        subpixel="equiangular",
    )
    expected = run(reference, scene, params)
    assert np.isfinite(expected.disparity).mean() > 0.5  # there is something to compare
    for threads in (1, 2, 3, 7, 64):
        assert_same_selection(run(fast_backend, scene, replace(params, threads=threads)), expected)


@settings(max_examples=100)
@given(history=st.lists(cases(), min_size=2, max_size=4))
def test_workspace_holds_no_memory_of_the_last_call(
    fast_backend: Backend, history: list[tuple[Scene, MatchingParams]]
) -> None:
    workspace = fast_backend.workspace()
    for scene, params in history:
        used = fast_backend.semiglobal(scene.pair(params), params, workspace, True)
    assert_same_selection(used, run(fast_backend, *history[-1]))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("paths", [4, 5, 8])
def test_second_call_allocates_nothing(backend: Backend, paths: int, threads: int) -> None:
    scene = Scene(20, 30, "uint8", 256, "noise", seed=1)
    params = replace(PLAIN, paths=paths, threads=threads)
    workspace = backend.workspace()
    backend.semiglobal(scene.pair(params), params, workspace, False)
    before = workspace.nbytes, workspace.allocations
    backend.semiglobal(replace(scene, seed=2).pair(params), params, workspace, False)
    assert (workspace.nbytes, workspace.allocations) == before


def test_concurrent_calls(fast_backend: Backend) -> None:
    params = replace(PLAIN, lr_max_diff=1, subpixel="equiangular")
    pairs = [Scene(40, 60, "uint8", 256, "shifted", seed=seed) for seed in range(12)]
    expected = [run(fast_backend, scene, params) for scene in pairs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda scene: run(fast_backend, scene, params), pairs))
    for one, other in zip(together, expected, strict=True):
        assert_same_selection(one, other)


def test_concurrent_filters(fast_backend: Backend) -> None:
    rng = np.random.default_rng(2)
    maps = [rng.integers(0, 9, (50, 40)).astype(np.float32) for _ in range(12)]
    medians = functools.partial(fast_backend.median, size=3, threads=2)
    speckles = functools.partial(fast_backend.speckles, size=20, max_diff=1.0)
    for task in (medians, speckles):
        expected = [task(disparity) for disparity in maps]
        with ThreadPoolExecutor(4) as pool:
            for one, other in zip(pool.map(task, maps), expected, strict=True):
                assert_same(one, other, "result")


@given(image=colour_images())
def test_gray(fast_backend: Backend, reference: Backend, image: npt.NDArray[Any]) -> None:
    before = image.copy()
    actual = fast_backend.gray(image)
    assert actual.flags.c_contiguous
    assert_same(actual, reference.gray(image), "gray")
    assert_same(image, before, "the input")


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_gray_by_hand(backend: Backend, dtype: type, channels: int) -> None:
    image: npt.NDArray[Any] = np.zeros((1, 3, channels), dtype)
    image[0, 1, :3] = 255
    image[0, 2, :3] = 8, 100, 3
    image[..., 3:] = 77
    if dtype == np.float32:
        expected = np.array([[0, 255, 52.75]], np.float32)
    else:  # without a rounding that would make ties
        expected = np.array([[0, 1020, 211]], np.uint16 if dtype == np.uint8 else np.float32)
    assert_same(backend.gray(image), expected, "gray")


@settings(max_examples=150)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 150)),
    levels=st.sampled_from((2, 5, 256)),
    seed=st.integers(0, 1 << 20),
    threads=st.sampled_from((1, 2, 3, 7)),
)
def test_even_contrast(
    fast_backend: Backend,
    reference: Backend,
    shape: tuple[int, int],
    levels: int,
    seed: int,
    threads: int,
) -> None:
    rng = np.random.default_rng(seed)
    tone = (rng.integers(0, levels, shape) * (255 // (levels - 1))).astype(np.uint8)
    tone[: shape[0] // 2] //= 16  # a smooth region, too
    tone.flags.writeable = False
    assert_same(fast_backend.even_contrast(tone, threads), reference.even_contrast(tone, 1), "even")


@settings(max_examples=150)
@given(
    disparity=disparity_maps(),
    size=st.integers(1, 30),
    max_diff=st.sampled_from((0.0, 0.0625, 0.1, 0.5, 1.0, 2.0, 1e30, 1e300)),
)
def test_speckles(
    fast_backend: Backend,
    reference: Backend,
    disparity: npt.NDArray[np.float32],
    size: int,
    max_diff: float,
) -> None:
    expected = reference.speckles(disparity, size, max_diff)
    disparity.flags.writeable = False
    assert_same(fast_backend.speckles(disparity, size, max_diff), expected, "speckles")


@settings(max_examples=150)
@given(disparity=disparity_maps(), threads=st.sampled_from((1, 2, 3, 7)))
@pytest.mark.parametrize("size", [3, 5])
def test_median(
    fast_backend: Backend,
    reference: Backend,
    size: int,
    disparity: npt.NDArray[np.float32],
    threads: int,
) -> None:
    expected = reference.median(disparity, size, 1)
    disparity.flags.writeable = False
    assert_same(fast_backend.median(disparity, size, threads), expected, "median")


def test_every_instruction_set_is_tested() -> None:
    _cpu = pytest.importorskip("stereo._cpu", reason="the native module is not built")
    assert set(_cpu.instruction_sets()) <= {"baseline", "avx2", "avx512"}
