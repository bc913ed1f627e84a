"""Aggregation of volumes, each method against a slow oracle of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_volumes import THREADS, volumes

import stereo
from stereo import aggregation
from stereo.aggregation.semiglobal import PATHS
from stereo.backends import reference as oracle
from stereo.penalties import tables
from stereo.types import StereoError
from stereo.volume import CostVolume

Volume = npt.NDArray[np.int64]

FLAT = CostVolume(np.zeros((4, 5, 3), np.uint8), maximum=24, unit="bits", p1=2, p2=9)
GUIDE = np.zeros((4, 5), np.uint8)


def transition(previous: Volume, p1: int, p2: int) -> Volume:
    """E of architecture, stage 4, from its text: L (D,) of the predecessor -> E (D,)."""
    normal = previous - previous.min()
    terms = [normal, np.full_like(normal, p2)]
    for shift in (-1, 1):
        neighbour = np.full_like(normal, p1 + p2)  # above p2, so it never counts
        if shift < 0:
            neighbour[1:] = normal[:-1] + p1
        else:
            neighbour[:-1] = normal[1:] + p1
        terms.append(neighbour)
    inherited: Volume = np.min(terms, axis=0)
    return inherited


def slow_path(
    cost: Volume, step: tuple[int, int], low: Any, high: Any, guide: npt.NDArray[np.uint8] | None
) -> Volume:
    """L along one path, pixel by pixel; penalties are looked up by the difference of the guide."""
    height, width, _ = cost.shape
    dx, dy = step
    path = cost.copy()
    for y in range(height) if dy >= 0 else reversed(range(height)):
        for x in range(width) if dx >= 0 else reversed(range(width)):
            v, u = y - dy, x - dx
            if 0 <= v < height and 0 <= u < width:
                g = 0 if guide is None else abs(int(guide[y, x]) - int(guide[v, u]))
                path[y, x] += transition(path[v, u], int(low[g]), int(high[g]))
    return path


@st.composite
def penalties(draw: st.DrawFn, volume: CostVolume, paths: int) -> tuple[int, int]:
    """Draw p1 <= p2 up to what the volume allows, often near where 8 bits end."""
    largest = 65534 // paths - volume.maximum
    p2 = draw(
        st.integers(0, largest)
        | st.sampled_from((0, 1, 60, 254 - volume.maximum, 255 - volume.maximum, largest)).filter(
            lambda p2: 0 <= p2 <= largest
        )
    )
    return draw(st.integers(0, p2)), p2


def small(data: st.DataObject, longest: int = 9) -> CostVolume:
    """Draw a volume that 16 paths can sum up."""
    return data.draw(volumes(longest, 40).filter(lambda volume: volume.maximum <= 2000))


@settings(max_examples=60)
@given(data=st.data(), paths=st.sampled_from((4, 5, 8, 16)), threads=THREADS)
def test_sgm_and_the_winners_of_its_paths(
    data: st.DataObject, paths: int, threads: int | None
) -> None:
    volume = small(data)
    p1, p2 = data.draw(penalties(volume, paths))
    guide = scale = None
    if data.draw(st.booleans()):
        rng = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
        guide = rng.choice([0, 1, 7, 100, 255], volume.shape[:2]).astype(np.uint8)
        scale = data.draw(st.sampled_from((0.5, 10.0, 1000.0)))
    low, high = tables(p1, p2, scale)
    cost = volume.data.astype(np.int64)
    even = None if guide is None else oracle.even_contrast(guide, 1)
    each = [slow_path(cost, step, low, high, even) for step in PATHS[paths]]

    options: dict[str, Any] = {"guide": guide, "edge_scale": scale, "threads": threads}
    total = aggregation.sgm(volume, p1, p2, paths, **options)
    assert_same(total.data, sum(each).astype(np.uint16))
    assert total.maximum == paths * (volume.maximum + p2)
    assert (total.min_disp, total.unit) == (volume.min_disp, volume.unit)

    again, winners = aggregation.sgm_with_path_winners(volume, p1, p2, paths, **options)
    assert_same(again.data, total.data)
    for path, winner in zip(each, winners, strict=True):
        i, best = oracle.winners(oracle.left_view(path, volume.min_disp))
        expected = (volume.min_disp + i).astype(np.float32)
        expected[best == oracle.NO_CANDIDATE] = np.nan
        assert_same(winner, expected)


@settings(max_examples=60)
@given(
    data=st.data(),
    volume=volumes(30, 130).filter(lambda volume: volume.maximum <= 2000),
    paths=st.sampled_from((4, 5, 8)),
    threads=THREADS,
)
def test_sgm_is_the_reference(
    data: st.DataObject, volume: CostVolume, paths: int, threads: int | None
) -> None:
    p1, p2 = data.draw(penalties(volume, paths))
    expected = oracle.aggregate(
        volume.data.astype(np.int64), oracle.PATHS[paths], oracle.Smoothness(p1, p2)
    )
    total = aggregation.sgm(volume, p1, p2, paths, threads=threads)
    assert_same(total.data, expected.astype(np.uint16))


def test_paths_are_those_of_the_pipeline() -> None:
    for count, steps in oracle.PATHS.items():
        assert PATHS[count] == steps
    assert {count: len(set(steps)) for count, steps in PATHS.items()} == {4: 4, 5: 5, 8: 8, 16: 16}
    assert {(abs(dx), abs(dy)) for dx, dy in PATHS[16][8:]} == {(1, 2), (2, 1)}


def test_penalties_default_to_those_of_the_volume() -> None:
    data = np.random.default_rng(0).integers(0, 25, (6, 7, 5)).astype(np.uint8)
    volume = CostVolume(data, maximum=24, p1=3, p2=17)
    assert_same(aggregation.sgm(volume).data, aggregation.sgm(volume, 3, 17).data)


def test_colours_guide_like_their_gray() -> None:
    rng = np.random.default_rng(1)
    volume = CostVolume(rng.integers(0, 25, (6, 7, 5)).astype(np.uint8), maximum=24, p1=3, p2=17)
    colour = rng.integers(0, 256, (6, 7, 4)).astype(np.uint8)
    c0, c1, c2 = (colour[..., k].astype(int) for k in range(3))
    gray = ((c0 + 2 * c1 + c2) // 4).astype(np.uint8)
    for method in (aggregation.sgm, aggregation.guided_filter):
        guided = method(volume, guide=gray).data
        assert_same(method(volume, guide=colour).data, guided)
    assert not np.array_equal(
        aggregation.sgm(volume, guide=gray).data, aggregation.sgm(volume).data
    )


def slow_mgm(
    cost: Volume, step: tuple[int, int], low: Any, high: Any, guide: npt.NDArray[np.uint8] | None
) -> Volume:
    """L of one traversal: each pixel waits until both of its predecessors are done."""
    height, width, _ = cost.shape
    dx, dy = step
    path = np.full_like(cost, -1)
    waiting = [(y, x) for y in range(height) for x in range(width)]
    while waiting:
        y, x = waiting.pop(0)
        places = [(y - dy, x - dx), (y - dx, x + dy)]  # the normal of (dx, dy) is (-dy, dx)
        inside = [(v, u) for v, u in places if 0 <= v < height and 0 <= u < width]
        if any(path[place].min() < 0 for place in inside):
            waiting.append((y, x))
            continue
        handed = []
        for v, u in inside:
            g = 0 if guide is None else abs(int(guide[y, x]) - int(guide[v, u]))
            handed.append(transition(path[v, u], int(low[g]), int(high[g])))
        path[y, x] = cost[y, x] + (sum(handed) // len(handed) if handed else 0)
    return path


@settings(max_examples=60)
@given(data=st.data(), paths=st.sampled_from((4, 8)), threads=THREADS)
def test_mgm(data: st.DataObject, paths: int, threads: int | None) -> None:
    volume = small(data, longest=7)
    p1, p2 = data.draw(penalties(volume, paths))
    guide = scale = None
    if data.draw(st.booleans()):
        rng = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
        guide, scale = rng.choice([0, 1, 7, 100, 255], volume.shape[:2]).astype(np.uint8), 10
    low, high = tables(p1, p2, scale)
    cost = volume.data.astype(np.int64)
    even = None if guide is None else oracle.even_contrast(guide, 1)
    expected = sum(slow_mgm(cost, step, low, high, even) for step in PATHS[paths])
    total = aggregation.mgm(volume, p1, p2, paths, guide, edge_scale=scale, threads=threads)
    assert_same(total.data, expected.astype(np.uint16))
    assert total.maximum == paths * (volume.maximum + p2)


def test_any_method_takes_what_another_gives() -> None:
    rng = np.random.default_rng(2)
    guide = rng.integers(0, 256, (8, 9)).astype(np.uint8)
    volume = CostVolume(rng.integers(0, 25, (8, 9, 5)).astype(np.uint8), 1, 24, "bits", 2, 9)
    smooth = aggregation.cross_based(aggregation.box(volume), guide)
    total = aggregation.guided_filter(aggregation.sgm(smooth, guide=guide), guide)
    assert total.data.dtype == np.uint16
    assert smooth.data.dtype == np.uint8
    assert stereo.selection.winner_take_all(total).shape == (8, 9)


def test_inputs_are_left_alone() -> None:
    data = np.random.default_rng(3).integers(0, 25, (4, 5, 3)).astype(np.uint8)
    before, guide = data.copy(), GUIDE.copy()
    volume = CostVolume(data, maximum=24)
    for method in (aggregation.sgm, aggregation.cross_based, aggregation.guided_filter):
        method(volume, guide=guide)
    aggregation.box(volume)
    assert np.array_equal(data, before)
    assert not guide.any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"p1": -1}, "p1 = -1"),
        ({"p1": 2.5}, "p1 must be an integer"),
        ({"p2": "9"}, "p2 must be an integer"),
        ({"p2": 1 << 70}, "p2"),
        ({"p1": 10}, "p1 = 10 is larger than p2 = 9"),
        ({"p2": 1}, "p1 = 2 is larger than p2 = 1"),
        ({"p2": 8168}, "65536: 65534 is the most"),
        ({"p2": 4072, "paths": 16}, "65536: 65534 is the most"),
        ({"paths": 6}, "4, 5, 8, 16"),
        ({"paths": 8.0}, "paths must be an integer"),
        ({"paths": True}, "paths must be an integer"),
        ({"guide": GUIDE, "edge_scale": 0}, "edge_scale = 0 must be"),
        ({"guide": GUIDE, "edge_scale": float("nan")}, "edge_scale = nan must be"),
        ({"guide": GUIDE, "edge_scale": "5"}, "edge_scale must be a number"),
        ({"edge_scale": 5}, "edge_scale = 5 needs a guide"),
        ({"prior": np.ma.masked_array(np.zeros((4, 5), np.float32))}, "masked array"),
        ({"threads": 0}, "threads"),
    ],
)
def test_bad_options_of_sgm(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        aggregation.sgm(FLAT, **options)


@pytest.mark.parametrize("edge_scale", [5e-324, 1e308])
def test_extreme_scales_of_edges(edge_scale: float) -> None:
    low, high = (each.tolist() for each in tables(30, 90, edge_scale))
    assert (low[0], high[0]) == (30, 90)
    assert (low[1], high[1]) == ((3, 4) if edge_scale < 1 else (30, 90))


def test_the_scale_of_edges_is_5_by_default() -> None:
    guide = np.arange(20, dtype=np.uint8).reshape(4, 5) * 12
    volume = CostVolume(np.random.default_rng(0).integers(0, 99, (4, 5, 6)).astype(np.uint8))
    default = aggregation.sgm(volume, guide=guide)
    assert_same(default.data, aggregation.sgm(volume, guide=guide, edge_scale=5).data)
    assert (default.data != aggregation.sgm(volume, guide=guide, edge_scale=20).data).any()


def test_the_largest_penalty_is_accepted() -> None:
    assert aggregation.sgm(FLAT, p2=8167).maximum == 65528


GUIDED: tuple[Callable[..., Any], ...] = (
    aggregation.sgm,
    aggregation.mgm,
    aggregation.cross_based,
    aggregation.guided_filter,
)


@pytest.mark.parametrize("method", GUIDED)
@pytest.mark.parametrize(
    ("guide", "said"),
    [
        (GUIDE.astype(np.uint16), "uint16: only uint8"),
        (GUIDE.astype(np.float32), "float32: only uint8"),
        (GUIDE.astype(np.bool_), "bool: only uint8"),
        (GUIDE[:, :4], "4 x 4 and the volume 4 x 5"),
        (GUIDE[0], r"shape \(5,\)"),
        (np.zeros((4, 5, 2), np.uint8), r"shape \(4, 5, 2\)"),
        ("left.png", "must be an image, got str"),
        (np.ma.masked_array(GUIDE), "masked array"),
    ],
)
def test_bad_guides(method: Callable[..., Any], guide: Any, said: str) -> None:
    with pytest.raises(StereoError, match=said):
        method(FLAT, guide=guide)


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        (aggregation.mgm, {"paths": 5}, "4, 8"),
        (aggregation.mgm, {"p1": 10}, "p1 = 10 is larger"),
        (aggregation.mgm, {"p2": 8168}, "65534 is the most"),
        (aggregation.mgm, {"guide": GUIDE, "edge_scale": -1}, "edge_scale = -1 must be"),
        (aggregation.mgm, {"edge_scale": 5}, "needs a guide"),
        (aggregation.mgm, {"threads": 0}, "threads"),
        (aggregation.box, {"radius": -1}, "radius = -1"),
        (aggregation.box, {"radius": 1.5}, "radius must be an integer"),
        (aggregation.box, {"threads": 0}, "threads"),
        (aggregation.cross_based, {"guide": GUIDE, "arm": 128}, "arm = 128"),
        (aggregation.cross_based, {"guide": GUIDE, "tolerance": 256}, "tolerance = 256"),
        (aggregation.cross_based, {"guide": GUIDE, "threads": 0}, "threads"),
        (aggregation.guided_filter, {"guide": GUIDE, "radius": -1}, "radius = -1"),
        (aggregation.guided_filter, {"guide": GUIDE, "eps": 0}, "eps = 0"),
        (aggregation.guided_filter, {"guide": GUIDE, "eps": "1"}, "eps must be a number"),
        (aggregation.guided_filter, {"guide": GUIDE, "threads": -3}, "threads"),
    ],
)
def test_bad_options_of_the_others(
    method: Callable[..., Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(StereoError, match=said):
        method(FLAT, **options)


@pytest.mark.parametrize("method", [*GUIDED, aggregation.box])
def test_bad_volumes(method: Callable[..., Any]) -> None:
    options = {"guide": GUIDE} if method in GUIDED else {}
    with pytest.raises(StereoError, match="CostVolume is needed, got ndarray"):
        method(FLAT.data, **options)
    with pytest.raises(StereoError, match="a cost of 9, more than its maximum = 8"):
        method(CostVolume(np.full((4, 5, 3), 9, np.uint8), maximum=8, p1=0, p2=1), **options)


WITHOUT_MEMORY = """
import resource
import numpy as np
from stereo import aggregation
from stereo.types import StereoError
from stereo.volume import CostVolume

volume = CostVolume(np.zeros((1000, 1000, 300), np.uint8), maximum=255)
aggregation.box(CostVolume(np.zeros((2, 2, 2), np.uint8)))  # everything is imported now
aggregation.sgm(CostVolume(np.zeros((2, 2, 2), np.uint8)))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (200 << 20), used + (200 << 20)))
for method in (aggregation.box, aggregation.sgm):
    try:
        method(volume)
    except StereoError as error:
        print(error)
"""


def test_an_error_says_how_many_bytes_are_needed() -> None:
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("there is no /proc/self/statm to read the memory from")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MEMORY], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == [
        f"the aggregated volume 1000 x 1000 x 300 of {dtype} needs {size} bytes, "
        "which are not to be had now"
        for dtype, size in (("uint8", 300000000), ("uint16", 600000000))
    ], done.stderr
