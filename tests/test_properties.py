"""What must hold for semi-global matching whatever the images, on every backend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import PLAIN, WINDOWS, Scene, cases, options, scenes, windowed

from stereo.backends import reference as staged
from stereo.contract import Backend, MatchingParams, Pair

Image = npt.NDArray[Any]
SEEDS = st.integers(0, 1 << 20)
WIDTH = 64


class Found(NamedTuple):
    """All the maps of a selection."""

    disparity: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint8]
    right_disparity: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]


def run(backend: Backend, left: Image, right: Image, params: MatchingParams) -> Found:
    left, right = np.ascontiguousarray(left), np.ascontiguousarray(right)
    found = backend.semiglobal(Pair(left, right), params, backend.workspace(), True)
    assert found.flags is not None
    assert found.right_disparity is not None
    assert found.confidence is not None
    return Found(found.disparity, found.flags, found.right_disparity, found.confidence)


def costs(left: Image, right: Image, params: MatchingParams) -> staged.Volume:
    bits = [staged.census(view, params.window) for view in (left, right)]
    return staged.cost_volume(bits[0], bits[1], params.min_disp, params.disparities)


def aggregated(left: Image, right: Image, params: MatchingParams) -> staged.Volume:
    smoothness = staged.Smoothness(params.p1, params.p2)
    return staged.aggregate(costs(left, right, params), staged.PATHS[params.paths], smoothness)


def textured_pair(shift: int, seed: int) -> tuple[Image, Image]:
    """Return views (20, WIDTH) of one random texture whose disparity is `shift`."""
    texture = np.random.default_rng(seed).integers(0, 256, (20, 12 + WIDTH + 12), np.uint8)
    return texture[:, 12 : 12 + WIDTH], texture[:, 12 + shift : 12 + WIDTH + shift]


@pytest.mark.parametrize("paths", [4, 5, 8])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("shift", [-12, -5, -1, 0, 1, 6, 11, 12])
def test_shifted_copy_gives_its_shift(
    backend: Backend, shift: int, window: tuple[int, int], paths: int
) -> None:
    left, right = textured_pair(shift, seed=5)
    plain = windowed(PLAIN, window)
    params = replace(plain, min_disp=-13, disparities=27, lr_max_diff=0, paths=paths)
    found = run(backend, left, right, params)
    # Descriptors at the border differ, and what is matched there bears on its neighbours.
    margin = window[0] // 2 + 8
    seen = slice(max(0, shift) + margin, WIDTH - max(0, -shift) - margin)
    assert (found.disparity[:, seen] == shift).all()
    seen_from_right = slice(max(0, -shift) + margin, WIDTH - max(0, shift) - margin)
    assert (found.right_disparity[:, seen_from_right] == shift).all()


@settings(max_examples=50)
@given(
    shift=st.integers(-6, 6),
    min_disp=st.integers(-12, 3),
    seed=SEEDS,
    params=options(st.integers(3, 10), plain=True),
)
def test_shifting_the_right_image_moves_min_disp(
    backend: Backend, shift: int, min_disp: int, seed: int, params: MatchingParams
) -> None:
    width, flat = 100, 12 + 6 + 6 + 5  # what enters and leaves the image, and its windows, are flat
    rng = np.random.default_rng(seed)
    left, right = rng.integers(0, 5, (2, 9, width)).astype(np.uint8)
    for view in (left, right):
        view[:, :flat] = view[:, -flat:] = 2
    moved = np.roll(right, shift, axis=1)
    # The right view has other candidates at its ends.
    params = replace(params, min_disp=min_disp, lr_max_diff=-1)
    other = replace(params, min_disp=params.min_disp - shift)
    assert np.array_equal(aggregated(left, right, params), aggregated(left, moved, other))

    # Candidates are bounded by the image, so compare where all of them are inside of both.
    counterparts = np.arange(width)[:, None] - params.min_disp - np.arange(params.disparities)
    inside = [((c >= 0) & (c < width)).all(axis=1) for c in (counterparts, counterparts + shift)]
    seen = inside[0] & inside[1]
    before, after = run(backend, left, right, params), run(backend, left, moved, other)
    assert np.array_equal(before.flags[:, seen], after.flags[:, seen])
    # Two additions in float32, at up to 32 px.
    np.testing.assert_allclose(
        before.disparity[:, seen], after.disparity[:, seen] + np.float32(shift), atol=1e-5, rtol=0
    )
    assert np.array_equal(before.confidence[:, seen], after.confidence[:, seen])


@given(scene=scenes(longest=24), params=options(st.integers(1, 24), plain=True))
def test_flipping_both_images_mirrors_the_aggregated_volume(
    scene: Scene, params: MatchingParams
) -> None:
    left, right = scene.views()
    negated = replace(params, min_disp=-(params.min_disp + params.disparities - 1))
    mirrored = aggregated(left[:, ::-1], right[:, ::-1], negated)
    assert np.array_equal(mirrored[:, ::-1, ::-1], aggregated(left, right, params))


@given(scene=scenes(longest=24), params=options(st.integers(1, 24), plain=True))
def test_swapping_mirrored_views_mirrors_the_cost_volume(
    scene: Scene, params: MatchingParams
) -> None:
    left, right = scene.views()
    cost = costs(left, right, params)
    swapped = costs(right[:, ::-1], left[:, ::-1], params)
    for i in range(params.disparities):
        for x in range(scene.width):
            counterpart = x - params.min_disp - i
            if 0 <= counterpart < scene.width:
                mirrored = swapped[:, scene.width - 1 - counterpart, i]
                assert np.array_equal(mirrored, cost[:, x, i])


@pytest.mark.parametrize("shift", [-9, -4, 0, 1, 7])
def test_swapping_mirrored_views_swaps_the_disparity_maps(backend: Backend, shift: int) -> None:
    left, right = textured_pair(shift, seed=6)
    params = replace(PLAIN, min_disp=-12, disparities=25, lr_max_diff=0)
    found = run(backend, left, right, params)
    swapped = run(backend, right[:, ::-1], left[:, ::-1], params)
    seen = slice(9 + 10, -9 - 10)  # the common part, without what the border bears on
    from_right, from_left = swapped.disparity[:, ::-1], swapped.right_disparity[:, ::-1]
    assert np.array_equal(found.right_disparity[:, seen], from_right[:, seen])
    assert np.array_equal(found.disparity[:, seen], from_left[:, seen])


@settings(max_examples=60)
@given(scene=scenes(), params=options(st.integers(1, 40), plain=True), seed=SEEDS)
def test_census_ignores_monotone_brightness_changes(
    backend: Backend, scene: Scene, params: MatchingParams, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    few = replace(scene, levels=min(scene.levels, 5))
    changed = []
    for view in few.views():  # an exposure of its own for each view
        values, index = np.unique(view, return_inverse=True)
        if view.dtype == np.float32:
            curve = np.cumsum(rng.uniform(1e-3, 1e3, values.size)) - 500
        else:
            top = np.iinfo(view.dtype).max
            curve = np.sort(rng.choice(top + 1, values.size, replace=False))
        changed.append(curve.astype(view.dtype)[index].reshape(view.shape))
    before = run(backend, *few.views(), params)
    after = run(backend, changed[0], changed[1], params)
    for name in Found._fields:
        one, other = getattr(before, name), getattr(after, name)
        assert np.array_equal(one, other, equal_nan=name != "flags"), name


@given(scene=scenes(longest=24), params=options(st.integers(1, 24), plain=True), data=st.data())
def test_far_rows_do_not_matter_to_horizontal_paths(
    scene: Scene, params: MatchingParams, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, scene.height - 1))
    stop = data.draw(st.integers(first + 1, scene.height))
    reach = params.window[1] // 2
    top, bottom = max(0, first - reach), min(scene.height, stop + reach)
    left, right = scene.views()

    def horizontal(rows: slice) -> staged.Volume:
        cost = costs(left[rows], right[rows], params)
        smoothness = staged.Smoothness(params.p1, params.p2)
        return staged.aggregate(cost, ((1, 0), (-1, 0)), smoothness)

    cropped = horizontal(slice(top, bottom))[first - top : stop - top]
    assert np.array_equal(cropped, horizontal(slice(None))[first:stop])


@settings(max_examples=100)
@given(case=cases(plain=True))
def test_results_keep_their_promises(backend: Backend, case: tuple[Scene, MatchingParams]) -> None:
    scene, params = case
    found = run(backend, *scene.views(), params)
    assert np.array_equal(np.isfinite(found.disparity), found.flags == 0)
    assert np.array_equal(np.isnan(found.disparity), found.flags != 0)
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert (found.confidence[found.flags != 0] == 0).all()
    assert ((found.flags & 1 == 0) | (found.flags == 1)).all()  # OUT_OF_RANGE stands alone
    assert np.isin(found.flags & 0b11100, (0, 4, 8, 16)).all()  # one left-right cause at most
    assert (found.flags < 32).all()

    x = np.arange(scene.width)
    for disparity, counterpart in (
        (found.disparity, x - found.disparity),
        (found.right_disparity, x + found.right_disparity),
    ):
        valid = np.isfinite(disparity)
        assert (disparity[valid] >= params.min_disp).all()
        assert (disparity[valid] <= params.min_disp + params.disparities - 1).all()
        assert (counterpart[valid] >= 0).all()
        assert (counterpart[valid] <= scene.width - 1).all()
    if params.uniqueness == 0 and params.lr_max_diff < 0:
        candidates = x[:, None] - params.min_disp - np.arange(params.disparities)
        reachable = ((candidates >= 0) & (candidates < scene.width)).any(axis=1)
        assert (np.isfinite(found.disparity) == reachable).all()


@settings(max_examples=60)
@given(
    scene=scenes(),
    params=options(st.integers(1, 40), plain=True),
    limits=st.tuples(*[st.integers(0, 99)] * 2),
)
def test_stricter_uniqueness_keeps_no_more(
    backend: Backend, scene: Scene, params: MatchingParams, limits: tuple[int, int]
) -> None:
    lenient, strict = (
        np.isfinite(run(backend, *scene.views(), replace(params, uniqueness=limit)).disparity)
        for limit in sorted(limits)
    )
    assert not (strict & ~lenient).any()


@settings(max_examples=60)
@given(
    scene=scenes(),
    params=options(st.integers(1, 40), plain=True),
    limits=st.tuples(*[st.integers(0, 9)] * 2),
)
def test_stricter_left_right_check_keeps_no_more(
    backend: Backend, scene: Scene, params: MatchingParams, limits: tuple[int, int]
) -> None:
    strict, lenient = (
        np.isfinite(run(backend, *scene.views(), replace(params, lr_max_diff=limit)).disparity)
        for limit in sorted(limits)
    )
    assert not (strict & ~lenient).any()


def test_flags_by_hand(backend: Backend) -> None:
    """The left half of a strip is seen by the right view beyond its border."""
    left, right = textured_pair(6, seed=4)
    params = replace(PLAIN, disparities=12, lr_max_diff=1)
    flags = run(backend, left, right, params).flags
    assert (flags[:, 20:-10] == 0).all()
    hidden = flags[:, :4]
    assert (hidden != 0).mean() > 0.5
    assert set(np.unique(hidden)) <= {0, 8, 16}  # BORDER or MISMATCH, for lack of candidates
    out = run(backend, left, right, replace(params, min_disp=40)).flags
    assert (out[:, :40] == 1).all()
    assert (out[:, 40:] != 1).all()
