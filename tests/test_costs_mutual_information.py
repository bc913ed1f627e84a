"""The parts of mutual information: disparities at coarse scales, tables, the pyramid."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stereo.backends import reference
from stereo.costs import coarse_disparity
from stereo.costs import mutual_information as module
from stereo.costs.request import Request
from stereo.volume import CostVolume


@given(
    shape=st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 7)),
    min_disp=st.integers(-9, 9),
    levels=st.sampled_from((2, 128)),
    seed=st.integers(0, 99),
)
def test_disparities_are_those_of_the_reference(
    shape: Any, min_disp: int, levels: int, seed: int
) -> None:
    data = np.random.default_rng(seed).integers(0, levels, shape).astype(np.uint8)
    volume = CostVolume(data, min_disp, 127, "", 5, 40)
    found = coarse_disparity.matched(volume, 2)

    sums = reference.aggregate(
        data.astype(np.int64), reference.PATHS[4], reference.Smoothness(5, 40)
    )
    left, smallest = reference.winners(reference.left_view(sums, min_disp))
    right, _ = reference.winners(reference.right_view(sums, min_disp))
    height, width, disparities = shape
    for y, x in np.ndindex(height, width):
        i, there = left[y, x], x - min_disp - left[y, x]
        if smallest[y, x] == reference.NO_CANDIDATE or abs(right[y, there] - i) > 1:
            assert np.isnan(found[y, x])
            continue
        expected = float(min_disp + i)
        if 0 < i < disparities - 1:
            a, c = sums[y, x, i - 1] - sums[y, x, i], sums[y, x, i + 1] - sums[y, x, i]
            if a >= 0 and c >= 0 and a + c > 0:  # a neighbour that is no candidate may cost less
                expected += (a - c) / (2 * (a + c))
        assert found[y, x] == expected


def blurred(values: Any, mode: Any) -> Any:
    """Smooth by a 7x7 window of a Gaussian, entry by entry of the window."""
    taps = np.exp(-0.5 * np.arange(-3.0, 4.0) ** 2)
    kernel = np.outer(taps, taps) / taps.sum() ** 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, 3, mode=mode), (7, 7))
    return (windows * kernel).sum((2, 3))


@settings(max_examples=20)  # of 65536 entries each
@given(seed=st.integers(0, 99), shift=st.integers(-3, 3))
def test_table_is_the_pointwise_mutual_information(seed: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 256, (9, 12)).astype(np.uint8)
    right = np.roll(255 - left, -shift, axis=1)
    disparity = np.where(rng.random(left.shape) < 0.2, np.nan, shift + 0.4)
    counts = np.zeros((256, 256))
    for y, x in np.ndindex(left.shape):
        if np.isfinite(disparity[y, x]) and 0 <= x - shift < 12:
            counts[left[y, x], right[y, x - shift]] += 1
    joint = 0.99 * blurred(counts / counts.sum(), "constant") + 0.01 / 65536
    information = np.log(joint / (joint.sum(1)[:, None] * joint.sum(0)))
    cost = blurred(-information, "edge")
    expected = 127 * (cost - cost.min()) / (cost.max() - cost.min())
    found = module._table(left, right, disparity)
    assert found.shape == (256, 256)
    assert (found.min(), found.max()) == (0, 127)
    assert np.abs(found - expected).max() <= 0.501


def test_table_of_nothing_is_zero() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for disparity in (np.nan, 4.0, -4.0):
        assert not module._table(image, image, np.full(image.shape, disparity)).any()


@given(
    height=st.integers(1, 70),
    width=st.integers(1, 300),
    low=st.integers(-70, 70),
    count=st.integers(1, 70),
)
def test_pyramid_keeps_the_range(height: int, width: int, low: int, count: int) -> None:
    image = np.zeros((height, width), np.uint8)
    levels = module._pyramid(Request(image, image, low, count, 1))[::-1]
    assert levels[0].left.shape == (height, width)
    assert len(levels) == 1 or min(levels[-1].left.shape) >= 16
    assert len(levels) == 5 or min(levels[-1].left.shape) < 32
    for fine, coarse in itertools.pairwise(levels):
        assert coarse.left.shape == tuple(-(-side // 2) for side in fine.left.shape)
        assert coarse.min_disp <= fine.min_disp / 2
        assert coarse.max_disp - 1 >= (fine.max_disp - 1) / 2
        assert coarse.disparities <= fine.disparities // 2 + 2


def test_halving_averages_and_enlarging_doubles() -> None:
    image = np.uint8([[0, 10, 4], [20, 31, 6], [1, 2, 255]])
    assert module._means(image).tolist() == [[15, 5], [2, 255]]
    disparity = np.array([[1.5, np.nan], [-2.0, 3.0]])
    level = Request(image, image, 0, 1, 1)
    found = module._enlarged(disparity, level)
    expected = [[3, 3, np.nan], [3, 3, np.nan], [-4, -4, 6]]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(module._enlarged(found, level), found)
