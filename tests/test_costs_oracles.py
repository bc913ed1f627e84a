"""Every matching cost against a slow oracle: one loop over disparities, plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stereo import costs
from stereo.backends import reference
from stereo.costs.mutual_information import MutualInformation
from stereo.costs.tone import channel_tones, tones
from stereo.volume import copy_outside

Array = npt.NDArray[Any]
PixelCost = Callable[[Array, Array, int], Array]  # left, right, d -> (H, W) where x - d is inside


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Array, Array, int, int]:
    """Draw left, right, min_disp, max_disp."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 14))
    channels = draw(st.sampled_from(((), (3,), (4,))))
    dtype = np.dtype(draw(st.sampled_from(("uint8", "uint16", "float32", "float64"))))
    levels = draw(st.sampled_from((1, 2, 5, 256)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    views = [rng.integers(0, levels, (height, width, *channels)) for _ in range(2)]
    if draw(st.booleans()):
        views[1] = np.roll(views[0], -draw(st.integers(-3, 3)), axis=1)
    scale = {"u": (np.iinfo(dtype).max // levels if dtype.kind == "u" else 1), "f": 0.37}[
        dtype.kind
    ]
    left, right = ((view * scale).astype(dtype) for view in views)
    if draw(st.booleans()):
        left, right = np.asfortranarray(left), right[::-1][::-1]
        right.setflags(write=False)
    first = draw(st.integers(-width - 2, width + 2))
    return left, right, first, first + draw(st.integers(1, 12))


def volume_of(left: Array, right: Array, low: int, high: int, maximum: int, cost: Any) -> Array:
    """Return the volume of `cost`, a function of x (columns) and d, as integers."""
    height, width = left.shape[:2]
    data = np.full((height, width, high - low), maximum, np.int64)
    for i, d in enumerate(range(low, high)):
        x = np.arange(max(0, d), min(width, width + d))
        if x.size:
            data[:, x, i] = cost(x, d)
    copy_outside(data, low, maximum)
    return data


def check(cost: Any, drawn: tuple[Array, Array, int, int], expected: Array) -> None:
    """Compare the volume of a cost with what the oracle says, for one thread and for two."""
    left, right, low, high = drawn
    found = costs.compute(cost, left, right, high, low, threads=1)
    maximum = costs.resolve(cost).maximum
    assert found.data.dtype == (np.uint8 if maximum <= 255 else np.uint16)
    assert (found.min_disp, found.maximum) == (low, maximum)
    np.testing.assert_array_equal(found.data, expected)
    again = costs.compute(cost, left, right, high, low, threads=2)
    np.testing.assert_array_equal(again.data, found.data)


def gray(image: Array) -> Array:
    """Architecture, stage 1, of what is checked: float64 becomes float32."""
    return reference.gray(image.astype(np.float32) if image.dtype == np.float64 else image)


def toned(left: Array, right: Array, law: Any = tones) -> list[Array]:
    """Return the tones of both images as wide integers."""
    if left.dtype == np.float64:
        left, right = left.astype(np.float32), right.astype(np.float32)
    return [view.astype(np.int64) for view in law(left, right)]


def bits(image: Array, window: tuple[int, int]) -> Array:
    return reference.census(image, window)


def windows(image: Array, width: int, height: int) -> Array:
    """Return the window of each pixel, row by row: (H, W, height * width)."""
    y, x = height // 2, width // 2
    padded = np.pad(image, [(y, y), (x, x)], mode="edge")
    seen = np.lib.stride_tricks.sliding_window_view(padded, (height, width))
    return seen.reshape(*image.shape, -1)


def darker_on_grid(image: Array, step: int, slack: int) -> Array:
    """Return which of the 12 neighbours of a grid are darker by more than `slack`."""
    reach = 2 * step
    seen = windows(image, 2 * reach + 1, 2 * reach + 1)
    grid = seen.reshape(*image.shape, 2 * reach + 1, 2 * reach + 1)[..., ::step, ::step]
    chosen = [(y, x) for y in range(5) for x in range(5) if (y + x) % 2 == 0 and (y, x) != (2, 2)]
    center = image - image.dtype.type(slack)
    return np.stack([grid[..., y, x] < center for y, x in chosen], axis=-1)


def smoothed(image: Array) -> Array:
    """Return the sum of five rows with binomial weights, from the outside in."""
    a, b, c, d, e = np.moveaxis(windows(image, 1, 5), -1, 0)
    four, six = image.dtype.type(4), image.dtype.type(6)
    total: Array = ((a + e) + four * (b + d)) + six * c
    return total


def sobel(image: Array) -> list[Array]:
    """Return both derivatives, pixel by pixel, in the dtype of the image."""
    height, width = image.shape
    result = [np.empty_like(image) for _ in range(2)]
    two = image.dtype.type(2)

    def at(y: int, x: int) -> Any:
        return image[min(max(y, 0), height - 1), min(max(x, 0), width - 1)]

    for y in range(height):
        for x in range(width):
            a, b, c = (at(y + k, x + 1) - at(y + k, x - 1) for k in (-1, 0, 1))
            result[0][y, x] = (a + two * b) + c
            a, b, c = (at(y + 1, x + k) - at(y - 1, x + k) for k in (-1, 0, 1))
            result[1][y, x] = (a + two * b) + c
    return result


def as_arithmetic(image: Array) -> Array:
    """int32 for integers, float32 for floats: what derivatives are computed in."""
    return image if image.dtype == np.float32 else image.astype(np.int32)


@pytest.mark.parametrize("name", ["census", "census5x5", "census7x7", "census9x7"])
@given(drawn=pairs())
def test_census_is_that_of_the_pipeline(name: str, drawn: Any) -> None:
    left, right, low, high = drawn
    cost = costs.resolve(name)
    assert isinstance(cost, costs.Census)
    window = cost.width, cost.height
    views = [bits(gray(view), window) for view in (left, right)]
    check(name, drawn, reference.cost_volume(*views, low, high - low))


@given(drawn=pairs())
def test_center_symmetric_census(drawn: Any) -> None:
    left, right, low, high = drawn
    seen = [windows(gray(view), 9, 7) for view in (left, right)]
    views = [w[..., :31] < w[..., :31:-1] for w in seen]
    expected = volume_of(
        left, right, low, high, 31, lambda x, d: (views[0][:, x] != views[1][:, x - d]).sum(-1)
    )
    check("cs_census", drawn, expected)


@given(drawn=pairs())
def test_rank(drawn: Any) -> None:
    left, right, low, high = drawn
    ranks = [(windows(gray(view), 7, 7) < gray(view)[..., None]).sum(-1) for view in (left, right)]
    expected = volume_of(
        left, right, low, high, 48, lambda x, d: abs(ranks[0][:, x] - ranks[1][:, x - d])
    )
    check("rank", drawn, expected)


@given(drawn=pairs(), truncation=st.sampled_from((1, 60, 255)))
def test_absolute_difference(drawn: Any, truncation: int) -> None:
    left, right, low, high = drawn
    views = toned(left, right)
    expected = volume_of(
        left,
        right,
        low,
        high,
        truncation,
        lambda x, d: np.minimum(abs(views[0][:, x] - views[1][:, x - d]), truncation),
    )
    check(costs.AbsoluteDifference(truncation), drawn, expected)


@given(drawn=pairs(), truncation=st.sampled_from((1, 60, 255)))
def test_absolute_difference_of_color(drawn: Any, truncation: int) -> None:
    left, right, low, high = drawn
    views = toned(left, right, channel_tones)
    channels = len(views[0])
    assert channels == (1 if left.ndim == 2 else 3)

    def mean(x: Array, d: int) -> Array:
        total = abs(views[0][..., x] - views[1][..., x - d]).sum(0)
        return np.minimum(np.rint(total / channels), truncation)

    expected = volume_of(left, right, low, high, truncation, mean)
    check(costs.AbsoluteDifference(truncation, color=True), drawn, expected)


@given(drawn=pairs(), truncation=st.sampled_from((1, 60, 255)))
def test_birchfield_tomasi(drawn: Any, truncation: int) -> None:
    left, right, low, high = drawn
    views = toned(left, right)
    width = left.shape[1]

    def near(view: Array, x: Array) -> Array:
        """Return the values at x - 1/2, x and x + 1/2: (H, n, 3)."""
        before, after = view[:, np.maximum(x - 1, 0)], view[:, np.minimum(x + 1, width - 1)]
        return np.stack([(before + view[:, x]) / 2, view[:, x], (after + view[:, x]) / 2], -1)

    def distance(value: Array, seen: Array) -> Array:
        return np.maximum(np.maximum(value - seen.max(-1), seen.min(-1) - value), 0)

    def cost(x: Array, d: int) -> Array:
        one = distance(views[0][:, x], near(views[1], x - d))
        other = distance(views[1][:, x - d], near(views[0], x))
        return np.minimum(2 * np.minimum(one, other), 2 * truncation)

    expected = volume_of(left, right, low, high, 2 * truncation, cost)
    check(costs.BirchfieldTomasi(truncation), drawn, expected)


@given(drawn=pairs(), truncation=st.sampled_from((1, 160, 4080)))
def test_gradient(drawn: Any, truncation: int) -> None:
    left, right, low, high = drawn
    views = [sobel(view) for view in toned(left, right)]

    def cost(x: Array, d: int) -> Array:
        total = sum(abs(one[:, x] - two[:, x - d]) for one, two in zip(*views, strict=True))
        return np.minimum(total, truncation)

    expected = volume_of(left, right, low, high, truncation, cost)
    check(costs.Gradient(truncation), drawn, expected)


@given(drawn=pairs(), size=st.sampled_from((3, 9, 13)))
def test_zncc(drawn: Any, size: int) -> None:
    left, right, low, high = drawn
    views = [windows(view, size, size) for view in toned(left, right)]
    centered = [view * size**2 - view.sum(-1, keepdims=True) for view in views]

    def exact(x: Array, d: int) -> Array:
        one, two = centered[0][:, x], centered[1][:, x - d]
        norm = np.sqrt((one * one).sum(-1) * (two * two).sum(-1).astype(float))
        zero = np.zeros(norm.shape)
        return 127 * (1 - np.divide((one * two).sum(-1), norm, out=zero, where=norm > 0))

    found = costs.compute(costs.ZNCC(size), left, right, high, low, threads=2)
    width = left.shape[1]
    for i, d in enumerate(range(low, high)):
        x = np.arange(max(0, d), min(width, width + d))
        # Rounded, so half a step; and float32 may decide otherwise where it is near a half.
        assert (abs(found.data[:, x, i] - exact(x, d)) <= 0.501).all()
    expected = found.data.copy()
    copy_outside(expected, low, 254)
    check(costs.ZNCC(size), drawn, expected)


@given(drawn=pairs())
def test_ad_census(drawn: Any) -> None:
    left, right, low, high = drawn
    described = [bits(gray(view), (9, 7)) for view in (left, right)]
    views = toned(left, right, channel_tones)

    def cost(x: Array, d: int) -> Array:
        hamming = (described[0][:, x] != described[1][:, x - d]).sum(-1)
        mean = abs(views[0][..., x] - views[1][..., x - d]).mean(0)
        return np.rint(127 * (1 - np.exp(-hamming / 30))) + np.rint(127 * (1 - np.exp(-mean / 10)))

    check("ad_census", drawn, volume_of(left, right, low, high, 254, cost))


@given(drawn=pairs())
def test_gradient_census(drawn: Any) -> None:
    left, right, low, high = drawn
    level = 0 if left.dtype != np.uint8 else 1 if left.ndim == 2 else 4
    images = [as_arithmetic(gray(view)) for view in (left, right)]
    described = [
        np.concatenate(
            [
                darker_on_grid(smoothed(image), 2, 0),
                *(darker_on_grid(slope, 1, level) for slope in sobel(image)),
            ],
            axis=-1,
        )
        for image in images
    ]
    views = toned(left, right)

    def cost(x: Array, d: int) -> Array:
        differing = (described[0][:, x] != described[1][:, x - d]).sum(-1)
        difference = abs(views[0][:, x] - views[1][:, x - d])
        return differing + (np.minimum(difference, 8) >> 2)

    check("gradient_census", drawn, volume_of(left, right, low, high, 38, cost))


@given(drawn=pairs())
@example(drawn=(np.zeros((70, 65), np.uint8), np.zeros((70, 65), np.uint8), -9, 30))
def test_mutual_information_is_a_table_of_two_tones(drawn: Any) -> None:
    left, right, low, high = drawn
    found = costs.compute("mutual_information", left, right, high, low, threads=1).data
    views = toned(left, right)
    width = left.shape[1]
    table: dict[tuple[int, int], int] = {}
    for i, d in enumerate(range(low, high)):
        for x in range(max(0, d), min(width, width + d)):
            for one, two, cost in zip(
                views[0][:, x], views[1][:, x - d], found[:, x, i], strict=True
            ):
                assert table.setdefault((int(one), int(two)), int(cost)) == cost
    expected = found.astype(np.int64)
    copy_outside(expected, low, 127)
    check(MutualInformation(), drawn, expected)


@given(drawn=pairs(), weights=st.tuples(*[st.sampled_from((0.01, 0.3, 1, 7.5, 300))] * 3))
def test_mix(drawn: Any, weights: tuple[float, ...]) -> None:
    left, right, low, high = drawn
    parts = dict(zip(("census5x5", "ad", "rank"), weights, strict=True))
    total = sum(
        np.float32(weight) * costs.compute(name, left, right, high, low).data.astype(np.float32)
        for name, weight in parts.items()
    )
    check(costs.mix(parts), drawn, np.floor(total + np.float32(0.5)))
