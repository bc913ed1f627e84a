"""The rendered scenes: what they call the truth must agree with their pictures."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stereo import types
from stereo.datasets import synthetic

Floats = npt.NDArray[np.floating[Any]]
Pair = synthetic.SyntheticPair


@pytest.fixture(scope="module")
def room() -> Pair:
    return synthetic.render(320, 240, max_disp=40, seed=3, dtype="float32", noise=0.0)


def at_column(image: Floats, x: Floats) -> Floats:
    """Sample every row of an image at fractional columns, linearly."""
    left = np.clip(np.floor(x).astype(int), 0, max(image.shape[1] - 2, 0))
    right = np.minimum(left + 1, image.shape[1] - 1)
    weight = x - left
    first = np.take_along_axis(image, left, axis=1)
    sampled: Floats = first * (1 - weight) + np.take_along_axis(image, right, axis=1) * weight
    return sampled


def counterparts(disparity: Floats, sign: int) -> Floats:
    """Where the pixels of one view are in the other: sign -1 from left to right."""
    return np.arange(disparity.shape[1]) + sign * disparity.astype(np.float64)


def views(pair: Pair) -> list[tuple[Floats, Floats, Floats, Floats, npt.NDArray[np.bool_], int]]:
    """Both directions: image, other image, disparity, other disparity, occluded, sign."""
    left = (pair.left, pair.right, pair.disparity, pair.right_disparity, pair.occluded, -1)
    right = (pair.right, pair.left, pair.right_disparity, pair.disparity, pair.right_occluded, 1)
    return [left, right]


@pytest.mark.parametrize("side", [0, 1])
def test_a_point_looks_the_same_in_both_views(room: Pair, side: int) -> None:
    image, other, disparity, other_disparity, occluded, sign = views(room)[side]
    x = counterparts(disparity, sign)
    smooth = np.abs(at_column(other_disparity, x) - disparity) < 0.05
    flat = np.abs(np.gradient(image, axis=1)) + np.abs(np.gradient(image, axis=0)) < 30
    error = np.abs(at_column(other, x) - image)[~occluded & smooth & flat]
    assert error.size > 0.5 * image.size
    # What is left is the linear interpolation of the texture, not a shift: half
    # a pixel of it would cost more than three gray levels on average.
    assert np.mean(error) < 1.0
    assert np.percentile(error, 90) < 2.0


@pytest.mark.parametrize("wrong", [-0.5, 0.5])
def test_a_wrong_disparity_would_be_noticed(room: Pair, wrong: float) -> None:
    x = counterparts(room.disparity, -1)
    inside = ~room.occluded & (x > 1) & (x < 318)
    right_error = np.abs(at_column(room.right, x) - room.left)[inside].mean()
    wrong_error = np.abs(at_column(room.right, x + wrong) - room.left)[inside].mean()
    assert wrong_error > 2 * right_error


@pytest.mark.parametrize("side", [0, 1])
def test_both_truths_agree_on_what_both_views_see(room: Pair, side: int) -> None:
    _, _, disparity, other_disparity, occluded, sign = views(room)[side]
    error = np.abs(at_column(other_disparity, counterparts(disparity, sign)) - disparity)
    assert np.median(error[~occluded]) < 1e-4
    assert np.percentile(error[~occluded], 95) < 0.02  # the rest is beside depth edges


def z_buffer(disparity: Floats, x: Floats) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Splat one row into the other view: which of its pixels are surely, which maybe hidden.

    Neighbours less than 1 px apart in disparity are joined to a surface. What
    lies between pixel centres is unknown, so where the surface bends or ends it
    may reach two pixels further.
    """
    joined = np.abs(np.diff(disparity)) < 1
    ends = np.sort(np.stack([x[:-1], x[1:]]), axis=0)[:, joined]
    front = np.minimum(disparity[:-1], disparity[1:])[joined]
    covers = (ends[0, :, None] < x) & (x < ends[1, :, None])
    hidden = (covers & (front[:, None] > disparity + 0.05)).any(axis=0)
    bend = np.r_[True, np.abs(np.diff(disparity, 2)) > 0.1, True]
    beside = np.abs(x[bend, None] - x) < 2
    maybe = (beside & (disparity[bend, None] > disparity + 0.01)).any(axis=0)
    return np.asarray(hidden), np.asarray(hidden | maybe)


@pytest.mark.parametrize("side", [0, 1])
def test_occlusion_agrees_with_a_brute_force_z_buffer(room: Pair, side: int) -> None:
    _, _, disparity, other_disparity, occluded, sign = views(room)[side]
    x = counterparts(disparity, sign)
    outside = (x < 0) | (x > disparity.shape[1] - 1)
    rows = [z_buffer(d, columns) for d, columns in zip(disparity, x, strict=True)]
    hidden = np.stack([row[0] for row in rows])
    maybe = np.stack([row[1] for row in rows])
    assert np.mean(hidden & ~outside) > 0.02
    assert np.mean(maybe & ~hidden) < 0.07  # few pixels are left undecided
    assert np.count_nonzero((hidden | outside) & ~occluded) == 0
    # What hides a point may itself be hidden in this view: then only the other shows it.
    unexplained = occluded & ~(maybe | outside)
    nearest = np.maximum(at_column(other_disparity, np.floor(x)), at_column(other_disparity, x))
    assert np.mean(unexplained) < 0.0005
    assert (nearest > disparity + 0.05)[unexplained].all()


def test_the_full_scene_holds_what_it_promises() -> None:
    pair = synthetic.render(640, 480, dtype="float32", noise=0.0)
    d = pair.disparity.astype(np.float64)
    assert d.min() < 12 < 50 < d.max()  # it spans the range of 64
    rise = np.abs(np.diff(d, axis=1))
    assert np.mean((rise > 1e-3) & (rise < 0.5)) > 0.3  # slanted or curved
    poles = d[150] - np.maximum(np.roll(d[150], 6), np.roll(d[150], -6)) > 3
    edges = np.flatnonzero(np.diff(np.r_[False, poles, False].astype(int)))
    widths = (edges[1::2] - edges[::2]).tolist()
    np.testing.assert_allclose(sorted(widths), [2, 3, 4], atol=1)
    board = pair.left[80:150, 180:290]
    assert board.max() - board.min() < 1e-3  # textureless
    checks = pair.left[100, 460:560] - pair.left[100, 460:560].mean()
    correlation = np.correlate(checks, checks, "full")[checks.size :]
    assert 10 <= int(np.argmax(correlation[5:]) + 6) <= 13  # it repeats
    assert pair.left[420:].std() > 15  # the floor is textured


@pytest.mark.parametrize("disparity", [0, 1, 7, -4, 3.5, 0.3, -2.75])
def test_shifted_has_one_exact_disparity(disparity: float) -> None:
    pair = synthetic.shifted(40, 12, disparity, seed=2, dtype="float32")
    assert (pair.disparity == np.float32(disparity)).all()
    assert (pair.right_disparity == np.float32(disparity)).all()
    assert pair.min_disp <= disparity < pair.max_disp
    x = np.arange(40) - disparity
    assert (pair.occluded == ((x < 0) | (x > 39))).all()
    visible = ~pair.occluded
    error = np.abs(at_column(pair.right, np.tile(x, (12, 1))) - pair.left)[visible]
    assert error.max() < 8


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("disparity", [5, -3])
def test_a_whole_shift_is_an_exact_copy(disparity: int, dtype: str) -> None:
    pair = synthetic.shifted(50, 9, disparity, dtype=dtype)
    left, right = (pair.left, pair.right) if disparity > 0 else (pair.right, pair.left)
    assert (left[:, abs(disparity) :] == right[:, : -abs(disparity)]).all()


def test_shift_beyond_the_image_is_all_occluded() -> None:
    assert synthetic.shifted(10, 4, 30).occluded.all()


def test_slanted_is_the_plane_that_was_asked_for() -> None:
    pair = synthetic.slanted(60, 20, 6.0, 0.1, -0.05)
    x, y = np.arange(60) - 29.5, np.arange(20)[:, None] - 9.5
    np.testing.assert_allclose(pair.disparity, 6 + 0.1 * x - 0.05 * y, atol=1e-5)
    right = (6 + 0.1 * x - 0.05 * y) / 0.9
    np.testing.assert_allclose(pair.right_disparity, right, atol=1e-5)


def test_the_seed_decides_everything() -> None:
    first, again, other = (synthetic.render(64, 48, seed=s) for s in (5, 5, 6))
    for field in dataclasses.fields(Pair):
        if field.name != "seed":
            a, b = getattr(first, field.name), getattr(again, field.name)
            assert np.array_equal(a, b), field.name
    assert not np.array_equal(first.left, other.left)
    assert not np.array_equal(first.disparity, other.disparity)


def test_the_left_view_does_not_depend_on_the_range() -> None:
    first = synthetic.render(80, 60, min_disp=0, max_disp=16)
    moved = synthetic.render(80, 60, min_disp=-20, max_disp=-4)
    wide = synthetic.render(80, 60, min_disp=0, max_disp=32)
    assert np.array_equal(first.left, moved.left)
    assert np.array_equal(first.left, wide.left)
    np.testing.assert_allclose(moved.disparity, first.disparity - 20, atol=1e-4)
    np.testing.assert_allclose(wide.disparity, first.disparity * 2, atol=1e-4)


def test_moving_the_range_moves_the_right_image() -> None:
    first = synthetic.render(80, 60, max_disp=16, noise=0.0)
    moved = synthetic.render(80, 60, min_disp=-5, max_disp=11, noise=0.0)
    assert np.array_equal(first.right[:, :-5], moved.right[:, 5:])


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 50),
    height=st.integers(1, 50),
    low=st.sampled_from([-16384, -300, -7, 0, 3, 500]),
    span=st.sampled_from([1, 2, 17, 200]),
)
def test_any_size_and_range_is_finite_and_within_bounds(
    width: int, height: int, low: int, span: int
) -> None:
    pair = synthetic.render(width, height, min_disp=low, max_disp=low + span)
    for disparity, occluded in (
        (pair.disparity, pair.occluded),
        (pair.right_disparity, pair.right_occluded),
    ):
        assert disparity.shape == occluded.shape == (height, width)
        assert disparity.dtype == np.float32
        assert occluded.dtype == np.bool_
        assert ((disparity >= low) & (disparity < low + span)).all()
    assert pair.left.shape == pair.right.shape == (height, width)


@pytest.mark.parametrize(("dtype", "peak"), [("uint8", 255), ("uint16", 65535), ("float32", 255)])
@pytest.mark.parametrize("color", [False, True])
def test_dtypes_use_their_range(dtype: str, peak: int, color: bool) -> None:
    pair = synthetic.render(120, 90, dtype=dtype, color=color)
    for image in (pair.left, pair.right):
        assert image.dtype == np.dtype(dtype)
        assert image.shape == ((90, 120, 3) if color else (90, 120))
        assert image.min() >= 0
        assert 0.7 * peak < image.max() <= peak
    if color:
        assert np.abs(np.diff(pair.left.astype(float), axis=2)).mean() > 0.02 * peak


def test_dtypes_show_the_same_scene() -> None:
    small, large, exact = (
        synthetic.render(60, 40, dtype=t, noise=0.0).left.astype(float)
        for t in ("uint8", "uint16", "float32")
    )
    assert np.abs(small - exact).max() <= 0.5 + 1e-3
    assert np.abs(large / 257 - exact).max() <= 0.5 / 257 + 1e-3


@pytest.mark.parametrize("sigma", [2.0, 6.0])
def test_noise_has_the_sigma_that_was_asked_for(sigma: float) -> None:
    options: dict[str, Any] = {"seed": 1, "dtype": "float32"}
    clean = synthetic.shifted(200, 150, 0, **options)
    noisy = synthetic.shifted(200, 150, 0, noise=sigma, **options)
    variance = sigma**2 * (0.5 + 0.5 * clean.left / 127.5)
    left = (noisy.left - clean.left) / np.sqrt(variance)
    right = (noisy.right - clean.right) / np.sqrt(variance)
    assert left.std() == pytest.approx(1.0, abs=0.02)
    assert right.std() == pytest.approx(1.0, abs=0.02)
    assert abs(np.mean(left * right)) < 0.03  # the two sensors are independent


def test_exposure_changes_the_right_view_only() -> None:
    options: dict[str, Any] = {"dtype": "float32", "noise": 0.0}
    plain = synthetic.render(80, 60, **options)
    other = synthetic.render(80, 60, gain=0.8, gamma=1.3, **options)
    assert np.array_equal(plain.left, other.left)
    expected = 255 * 0.8 * (plain.right / 255) ** 1.3
    assert np.percentile(np.abs(other.right - expected), 99) < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "0 x 480"),
        ({"height": -1}, "640 x -1"),
        ({"width": 10**6, "height": 10**6}, "1000000 x 1000000"),
        ({"max_disp": 0}, "max_disp=0"),
        ({"min_disp": 9, "max_disp": 3}, "min_disp=9"),
        ({"max_disp": 10**6}, "max_disp=1000000"),
        ({"seed": -1}, "seed=-1"),
        ({"noise": -0.5}, "noise=-0.5"),
        ({"noise": math.nan}, "noise=nan"),
        ({"gain": 0.0}, "gain=0.0"),
        ({"gamma": math.inf}, "gamma=inf"),
    ],
)
def test_bad_values(options: dict[str, Any], message: str) -> None:
    with pytest.raises(types.StereoValueError, match=message):
        synthetic.render(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"width": 6.5},
        {"height": "48"},
        {"max_disp": None},
        {"seed": True},
        {"dtype": "int16"},
        {"dtype": "nonsense"},
        {"dtype": object},
        {"color": 1},
        {"noise": "much"},
        {"gain": None},
        {"gamma": 1j},
    ],
)
def test_bad_types(options: dict[str, Any]) -> None:
    with pytest.raises(types.StereoTypeError):
        synthetic.render(**options)


def test_bad_walls() -> None:
    with pytest.raises(types.StereoValueError, match="disparity=nan"):
        synthetic.shifted(8, 8, math.nan)
    with pytest.raises(types.StereoValueError, match="slope_x=1"):
        synthetic.slanted(8, 8, 2.0, 1.0)
    with pytest.raises(types.StereoValueError, match="spans disparities"):
        synthetic.slanted(1000, 8, 0.0, 0.999)
