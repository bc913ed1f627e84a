"""`sgm` and `SGM` as a user meets them: inputs and results."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import same

import stereo
from stereo import Flag
from stereo.datasets import synthetic
from stereo.options import Options

Image = npt.NDArray[Any]
PAIR = synthetic.render(180, 120, max_disp=24, seed=3)
LEFT, RIGHT = PAIR.left, PAIR.right
COLOUR = synthetic.render(90, 60, max_disp=16, seed=4, color=True)
MAX_DISP = 24


def match_of(left: Image, right: Image, max_disp: int = MAX_DISP, **options: Any) -> stereo.Match:
    return stereo.SGM(max_disp, **options).match(left, right)


# --- what a call gives


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cost": "census5x5", "paths": 5, "uniqueness": 10, "median": 3, "subpixel": "parabola"},
        {"paths": 4, "lr_max_diff": None, "speckle_size": 0, "median": 0, "subpixel": "none"},
        {"min_disp": -9, "speckle_size": 400, "speckle_range": 0.5, "threads": 3},
    ],
)
def test_compute_match_and_sgm_agree(backend_name: str, options: dict[str, Any]) -> None:
    matcher = stereo.SGM(MAX_DISP, backend=backend_name, **options)
    match = matcher.match(LEFT, RIGHT)
    assert np.isfinite(match.disparity).mean() > 0.5
    assert same(matcher.compute(LEFT, RIGHT), match.disparity)
    assert same(stereo.sgm(LEFT, RIGHT, MAX_DISP, backend=backend_name, **options), match.disparity)
    assert matcher.backend == backend_name


def test_a_match_is_complete(backend_name: str) -> None:
    match = match_of(LEFT, RIGHT, backend=backend_name, uniqueness=3)
    for name, dtype in (
        ("disparity", "float32"),
        ("right_disparity", "float32"),
        ("confidence", "float32"),
        ("flags", "uint8"),
    ):
        found = getattr(match, name)
        assert (found.shape, found.dtype) == (LEFT.shape, dtype), name
        assert found.flags.writeable, name
    assert ((match.flags != 0) == np.isnan(match.disparity)).all()
    assert (match.confidence[match.flags != 0] == 0).all()
    assert ((match.confidence >= 0) & (match.confidence <= 1)).all()
    assert np.isfinite(match.right_disparity).mean() > 0.5
    assert match.seconds > 0
    seen = {flag for flag in Flag if (match.flags & flag).any()}
    assert {Flag.NOT_UNIQUE, Flag.MISMATCH, Flag.BORDER} <= seen


def test_flags_are_single_bits_of_a_byte() -> None:
    values = [int(flag) for flag in Flag]
    assert len(values) == len(set(values)) == 6
    assert sum(values) == np.bitwise_or.reduce(values) < 256
    assert all(value.bit_count() == 1 for value in values)


def test_speckles_are_flagged_and_filtered(backend_name: str) -> None:
    plain = {"backend": backend_name, "median": 0, "weighted_median": 0}
    kept = match_of(LEFT, RIGHT, speckle_size=0, **plain)
    cleaned = match_of(LEFT, RIGHT, speckle_size=300, **plain)
    speckles = (cleaned.flags & Flag.SPECKLE) != 0
    assert 0 < speckles.sum() < LEFT.size / 2
    assert not (kept.flags & Flag.SPECKLE).any()
    assert (cleaned.flags[speckles] == Flag.SPECKLE).all()  # of matched pixels only
    assert same(cleaned.disparity, np.where(speckles, np.float32(np.nan), kept.disparity))
    everything = match_of(LEFT, RIGHT, backend=backend_name, speckle_size=LEFT.size + 1)
    assert np.isnan(everything.disparity).all()
    assert (everything.flags != 0).all()


def test_the_options_of_sgm_are_those_of_its_class() -> None:
    by_function = inspect.signature(stereo.sgm).parameters
    by_class = inspect.signature(stereo.SGM).parameters
    images = ["left", "right"]
    assert list(by_function) == [*images, *by_class]
    for name, parameter in by_class.items():
        assert by_function[name].default == parameter.default, name
        assert by_function[name].annotation == parameter.annotation, name
        assert by_function[name].kind == parameter.kind, name
        positional = parameter.kind == inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert positional == (name == "max_disp"), name
    assert set(by_class) == {*inspect.signature(Options).parameters, "backend"}


def test_every_option_is_documented() -> None:
    documented = inspect.getdoc(stereo.SGM) or ""
    listed = documented.split("Parameters\n")[1].split("Raises\n")[0]
    names = [
        name.strip()
        for line in listed.splitlines()
        if " : " in line and not line.startswith(" ")
        for name in line.split(" : ")[0].split(",")
    ]
    assert names == list(inspect.signature(stereo.SGM).parameters)


# --- what goes in


def test_max_disp_may_be_positional_or_not() -> None:
    expected = stereo.sgm(LEFT, RIGHT, MAX_DISP)
    assert same(stereo.sgm(left=LEFT, right=RIGHT, max_disp=MAX_DISP), expected)
    assert same(stereo.SGM(max_disp=MAX_DISP).compute(LEFT, RIGHT), expected)
    with pytest.raises(TypeError):
        stereo.sgm(LEFT, RIGHT, MAX_DISP, 0)  # type: ignore[misc]


VIEWS: dict[str, Callable[[Image], Image]] = {
    "read-only": lambda image: np.frombuffer(image.tobytes(), image.dtype).reshape(image.shape),
    "strided": lambda image: np.repeat(np.repeat(image, 3, 0), 2, 1)[1::3, ::2],
    "reversed": lambda image: image[::-1, ::-1].copy()[::-1, ::-1],
    "Fortran": lambda image: np.asfortranarray(image),
    "big-endian": lambda image: image.astype(image.dtype.newbyteorder(">")),
    "subclass": lambda image: image.view(np.recarray),
    "unaligned": lambda image: (
        np.frombuffer(b"?" + image.tobytes(), np.uint8, offset=1)
        .view(image.dtype)
        .reshape(image.shape)
    ),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_any_memory_layout(backend_name: str, dtype: str, view: str) -> None:
    for pair in (PAIR, COLOUR):
        left, right = pair.left.astype(dtype), pair.right.astype(dtype)
        before = left.copy(), right.copy()
        odd_left, odd_right = VIEWS[view](left), VIEWS[view](right)
        expected = match_of(left, right, backend=backend_name)
        found = match_of(odd_left, odd_right, backend=backend_name)
        for name in ("disparity", "right_disparity", "confidence", "flags"):
            assert same(getattr(found, name), getattr(expected, name)), name
        for image, kept in zip((left, right, odd_left, odd_right), before * 2, strict=True):
            assert np.array_equal(image, kept)  # no input is written to


def test_a_constant_view_of_zero_strides(backend_name: str) -> None:
    flat = np.broadcast_to(np.uint8(9), (20, 30, 3))
    assert stereo.sgm(flat, flat, 8, backend=backend_name).shape == (20, 30)


def test_the_result_is_no_view_of_an_input(backend_name: str) -> None:
    image = LEFT.astype(np.float32)
    matcher = stereo.SGM(MAX_DISP, backend=backend_name, median=0, speckle_size=0)
    first = matcher.compute(image, image)
    kept = first.copy()
    second = matcher.compute(image[::-1], image)
    assert not any(np.shares_memory(first, other) for other in (second, image))
    assert same(first, kept)


def test_the_dtype_does_not_matter(backend_name: str) -> None:
    options = {"backend": backend_name, "cost": "census"}  # no intensities, only their order
    expected = match_of(LEFT, RIGHT, **options)
    for left, right in (
        (LEFT.astype(np.uint16), RIGHT.astype(np.uint16)),
        (LEFT.astype(np.uint16) * 257, RIGHT.astype(np.uint16) * 257),
        (LEFT.astype(np.float32), RIGHT.astype(np.float32)),
        (LEFT.astype(np.float32) / 255 - 7, RIGHT.astype(np.float32) / 255 - 7),
        (LEFT.astype(np.float64) * 1e30, RIGHT.astype(np.float64) * 1e30),
    ):
        assert same(match_of(left, right, **options).disparity, expected.disparity)


def test_the_dtype_hardly_matters_to_the_default(backend_name: str) -> None:
    expected = match_of(LEFT, RIGHT, backend=backend_name).disparity
    stretched = LEFT.astype(np.float32) * 3 + 50, RIGHT.astype(np.float32) * 3 + 50
    found = match_of(*stretched, backend=backend_name).disparity
    both = np.isfinite(found) & np.isfinite(expected)
    assert both.mean() > 0.95 * np.isfinite(expected).mean()
    assert (np.abs(found - expected)[both] <= 0.25).mean() > 0.97


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_the_order_of_the_channels_does_not_matter(backend_name: str, dtype: str) -> None:
    left, right = COLOUR.left.astype(dtype), COLOUR.right.astype(dtype)
    expected = match_of(left, right, backend=backend_name)
    assert np.isfinite(expected.disparity).mean() > 0.5
    alpha = np.arange(left[..., 0].size).reshape(*left.shape[:2], 1).astype(dtype)
    for other_left, other_right in (
        (left[..., ::-1], right[..., ::-1]),
        (np.dstack((left, alpha)), np.dstack((right, alpha[::-1]))),
    ):
        found = match_of(other_left, other_right, backend=backend_name)
        assert same(found.disparity, expected.disparity)


def test_gray_in_three_channels_equals_gray(backend_name: str) -> None:
    left, right = np.dstack([LEFT] * 3), np.dstack([RIGHT] * 3)
    expected = stereo.sgm(LEFT, RIGHT, MAX_DISP, backend=backend_name)
    assert same(stereo.sgm(left, right, MAX_DISP, backend=backend_name), expected)


# --- any size, any range


@pytest.mark.parametrize("height", [1, 2, 9])
@pytest.mark.parametrize("width", [1, 2, 3, 40])
@pytest.mark.parametrize("max_disp", [1, 2, 17, 64])
def test_any_size_and_range(backend_name: str, height: int, width: int, max_disp: int) -> None:
    rng = np.random.default_rng(5)
    right = rng.integers(0, 256, (height, width), np.uint8)
    left = np.roll(right, 1, axis=1)
    for min_disp in (0, -3, max_disp - 1):
        match = match_of(left, right, max_disp, min_disp=min_disp, backend=backend_name)
        assert match.disparity.shape == (height, width)
        valid = np.isfinite(match.disparity)
        assert (valid == (match.flags == 0)).all()
        assert (match.disparity[valid] >= min_disp).all()
        assert (match.disparity[valid] <= max_disp - 1).all()


def test_one_pixel(backend_name: str) -> None:
    pixel = np.array([[7]], np.uint8)
    options: dict[str, Any] = {"speckle_size": 0, "backend": backend_name}
    assert stereo.sgm(pixel, pixel, 1, **options).tolist() == [[0.0]]
    assert stereo.sgm(pixel, pixel, 5, **options).tolist() == [[0.0]]
    beyond = match_of(pixel, pixel, 5, min_disp=2, **options)
    assert np.isnan(beyond.disparity).all()
    assert beyond.flags.tolist() == [[Flag.OUT_OF_RANGE]]


@pytest.mark.parametrize("disparity", [-7, 0, 6])
def test_negative_disparities(backend_name: str, disparity: int) -> None:
    pair = synthetic.shifted(120, 40, disparity)
    options: dict[str, Any] = {"min_disp": -12, "backend": backend_name}
    found = stereo.sgm(pair.left, pair.right, 12, **options)
    seen = slice(max(disparity, 0) + 4, 120 + min(disparity, 0) - 4)
    assert (np.abs(found[:, seen] - disparity) < 0.5).mean() > 0.99


def test_more_disparities_than_columns(backend_name: str) -> None:
    left, right = LEFT[:, 40:72], RIGHT[:, 40:72]
    for max_disp in (33, 64, 300):
        found = stereo.sgm(left, right, max_disp, backend=backend_name)
        assert found.shape == left.shape
        assert (np.nan_to_num(found) < 32).all()


def test_there_is_no_black_border(backend_name: str) -> None:
    """Pixels left of `max_disp` are matched wherever the right image shows them."""
    pair = synthetic.shifted(160, 60, 4)
    disparity = stereo.sgm(pair.left, pair.right, 64, backend=backend_name)
    assert (np.abs(disparity[:, 4:] - 4) < 0.5).mean() > 0.99
