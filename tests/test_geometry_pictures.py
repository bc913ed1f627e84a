"""Pictures: a pair under epipolar lines, the corners of a board, points."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from stereo.geometry import PointCloud, cloud_picture, coverage_picture, epipolar_picture
from stereo.geometry.report import CalibrationReport, Deviations, ViewReport
from stereo.types import StereoError

LEFT = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
RIGHT = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)


def report(corners: Any) -> CalibrationReport:
    nothing = np.empty((0, 2))
    view = ViewReport(0, "l", "r", "left only", 0.1, np.nan, np.asarray(corners), nothing)
    return CalibrationReport((640, 480), (view,), 0.1, 0.1, 0.1, Deviations(*range(10)), ())


def test_a_pair_lies_side_by_side_under_lines() -> None:
    picture = epipolar_picture(LEFT, RIGHT, lines=3)
    assert picture.shape == (60, 168, 3)
    assert picture.dtype == np.uint8
    lines = [10, 30, 50]
    others = np.setdiff1d(np.arange(60), lines)
    assert np.array_equal(picture[others, :80], LEFT[others])
    assert np.array_equal(picture[others, 88:], RIGHT[others])
    for row in lines:
        assert (picture[row] == picture[row, 0]).all()
    assert not np.array_equal(picture[10, 0], picture[30, 0])


def test_no_lines_and_as_many_as_rows() -> None:
    assert np.array_equal(epipolar_picture(LEFT, RIGHT, lines=0)[:, :80], LEFT)
    assert (epipolar_picture(LEFT, RIGHT, lines=60).std(axis=1) == 0).all()


def test_windows_are_outlined() -> None:
    windows = (10, 5, 20, 30), (0, 0, 80, 60)
    picture = epipolar_picture(LEFT, RIGHT, lines=0, windows=windows)
    magenta = (picture == [255, 0, 255]).all(axis=2)
    expected = np.zeros((60, 168), bool)
    for x, y, width, height in ((10, 5, 20, 30), (88, 0, 80, 60)):
        expected[y : y + height, x : x + width] = True
        expected[y + 1 : y + height - 1, x + 1 : x + width - 1] = False
    assert np.array_equal(magenta, expected)
    nothing = (0, 0, 0, 0)
    plain = epipolar_picture(LEFT, RIGHT, lines=0)
    assert np.array_equal(epipolar_picture(LEFT, RIGHT, lines=0, windows=(nothing,) * 2), plain)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_other_images_are_stretched(dtype: type) -> None:
    image = np.linspace(100, 900, 60 * 80).reshape(60, 80).astype(dtype)
    picture = epipolar_picture(image, image, lines=0)
    assert (picture[0, 0].tolist(), picture[-1, -1].tolist()) == ([0] * 3, [255] * 3)
    flat = epipolar_picture(np.full_like(image, 7), image, lines=0)
    assert (flat[:, :80] == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"right": RIGHT[1:]}, r"left is \(60, 80\) and right is \(59, 80\)"),
        ({"left": LEFT[:, :, 0] > 0}, "left image is bool"),
        ({"lines": -1}, "lines = -1 is not in 0"),
        ({"lines": 61}, "lines = 61 is not in 0"),
    ],
)
def test_bad_pairs_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(StereoError, match=message):
        epipolar_picture(**{"left": LEFT, "right": RIGHT, **options})


def test_coverage_shows_where_the_corners_were() -> None:
    pytest.importorskip("matplotlib")
    grid = np.stack(np.meshgrid(np.linspace(20, 300, 9), np.linspace(20, 230, 6)), axis=-1)
    some, none = (
        coverage_picture(report(grid.reshape(-1, 2))),
        coverage_picture(report(grid[:0, 0])),
    )
    assert some.shape == none.shape
    blue = some[:, :, 2].astype(int) - some[:, :, 0] > 60
    assert blue.sum() > 100
    height, width = blue.shape
    assert blue[:, width // 2 :].sum() == 0  # the right camera saw nothing
    rows, columns = np.nonzero(blue)
    assert columns.max() < width / 4  # they were in the upper left quarter
    assert rows.max() < 0.6 * height


@pytest.mark.parametrize("colors", [None, np.uint8, np.uint16, np.float32])
def test_a_cloud_is_drawn(colors: Any) -> None:
    pytest.importorskip("matplotlib")
    xyz = np.random.default_rng(0).uniform(1, 3, (500, 3)).astype(np.float32)
    palette = None if colors is None else np.tile([0, 0, 200], (500, 1)).astype(colors)
    picture = cloud_picture(PointCloud(xyz, palette))
    assert picture.shape == (600, 1200, 3)
    if colors is not None:
        assert ((picture[:, :, 2] > 150) & (picture[:, :, 0] < 50)).sum() > 1000


@pytest.mark.parametrize("count", [1, 2])
def test_few_points_are_drawn(count: int) -> None:
    pytest.importorskip("matplotlib")
    xyz = np.zeros((count, 3), np.float32)
    xyz[:, 2] = 1
    assert (cloud_picture(PointCloud(xyz)) < 100).any()


def test_of_many_points_the_same_ones_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("stereo.geometry.pictures._MOST_POINTS", 300)
    cloud = PointCloud(np.random.default_rng(0).uniform(1, 3, (500, 3)).astype(np.float32))
    assert np.array_equal(cloud_picture(cloud), cloud_picture(cloud))


def test_bad_clouds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StereoError, match="there are no points to draw"):
        cloud_picture(PointCloud(np.empty((0, 3), np.float32)))
    with pytest.raises(StereoError, match="must be a PointCloud, got ndarray"):
        cloud_picture(np.ones((3, 3)))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(StereoError, match=r"Matplotlib .* pip install 'stereo-depth\[plots\]'"):
        cloud_picture(PointCloud(np.ones((3, 3), np.float32)))
