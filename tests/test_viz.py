"""The colours of a disparity map."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from stereo import viz
from stereo.types import StereoTypeError, StereoValueError


def test_turbo_runs_from_dark_blue_over_green_to_dark_red() -> None:
    ramp = viz.colorize(np.arange(256.0)[None], 0, 256)[0].astype(int)
    published = {0: (48, 18, 59), 64: (40, 187, 236), 128: (164, 252, 60), 255: (122, 4, 3)}
    for index, colour in published.items():
        assert np.abs(ramp[index] - colour).max() <= 4, index
    assert len(np.unique(ramp, axis=0)) == 256
    assert np.abs(np.diff(ramp, axis=0)).max() <= 14  # no jump anywhere


def test_colours_follow_the_range_not_the_content() -> None:
    low = viz.colorize(np.array([[10.0, 11.0]]), 0, 64)
    high = viz.colorize(np.array([[10.0, 50.0]]), 0, 64)
    assert (low[0, 0] == high[0, 0]).all()
    moved = viz.colorize(np.array([[-54.0]]), -64, 0)
    assert (moved[0, 0] == low[0, 0]).all()


def test_no_match_is_black_and_nothing_else_is() -> None:
    disparity = np.linspace(-10, 80, 500).reshape(20, 25)
    disparity[3, 4] = np.nan
    black = (viz.colorize(disparity, 0, 64) == 0).all(axis=2)
    assert black[3, 4]
    assert black.sum() == 1


def test_outside_of_the_range_are_the_end_colours() -> None:
    picture = viz.colorize(np.array([[-1e30, 0.0, 63.99, 64.0, 1e30]]), 0, 64)[0]
    assert (picture[0] == picture[1]).all()
    assert (picture[2:] == picture[2]).all()
    assert (picture[1] != picture[2]).any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_floating_dtypes_and_strides(dtype: Any) -> None:
    disparity = np.arange(24, dtype=np.float32).reshape(4, 6)
    expected = viz.colorize(disparity, 0, 24)
    assert expected.shape == (4, 6, 3)
    assert expected.dtype == np.uint8
    flipped = np.array(disparity[::-1], dtype=dtype)[::-1]
    flipped.flags.writeable = False
    assert (viz.colorize(flipped, 0, 24) == expected).all()
    wide = np.zeros((4, 12), np.float32)
    wide[:, ::2] = disparity
    assert (viz.colorize(wide[:, ::2], 0, 24) == expected).all()


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (5, 2), (0, math.nan), (-math.inf, 0), (0, 5e-324)]
)
def test_bad_range(low: float, high: float) -> None:
    with pytest.raises(StereoValueError):
        viz.colorize(np.zeros((2, 2)), low, high)


@pytest.mark.parametrize(("low", "high"), [(-1.7e308, 1.7e308), (0, 1e-300)])
def test_extreme_ranges_work(low: float, high: float) -> None:
    assert viz.colorize(np.array([[1.0, 3e38]]), low, high).shape == (1, 2, 3)


def test_bad_maps() -> None:
    with pytest.raises(StereoTypeError, match="uint8"):
        viz.colorize(np.zeros((2, 2), np.uint8), 0, 64)
    with pytest.raises(StereoTypeError, match="complex"):
        viz.colorize(np.zeros((2, 2), complex), 0, 64)
    with pytest.raises(StereoValueError, match=r"\(2, 2, 1\)"):
        viz.colorize(np.zeros((2, 2, 1)), 0, 64)
    with pytest.raises(StereoValueError, match=r"\(0, 3\)"):
        viz.colorize(np.zeros((0, 3)), 0, 64)
    with pytest.raises(StereoValueError, match="row 1, column 0 is inf"):
        viz.colorize(np.array([[1.0], [np.inf]]), 0, 64)
    with pytest.raises(StereoTypeError, match="min_disp='a'"):
        viz.colorize(np.zeros((2, 2)), "a", 64)  # type: ignore[arg-type]
