"""Metrics on any maps: against the definitions pixel by pixel, and what must always hold."""

from __future__ import annotations

import math
from typing import Any

import metric_oracles as oracles
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stereo import metrics

Map = npt.NDArray[Any]
few = settings(max_examples=50)

shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
# Eighths meet the thresholds exactly; the rest meets single precision.
numbers = st.one_of(
    st.integers(-8, 320).map(lambda eighths: eighths / 8), st.floats(0, 40, width=32)
)
with_holes = st.one_of(numbers, st.sampled_from([math.nan, math.inf, -math.inf]))


def float_maps(shape: tuple[int, ...], elements: st.SearchStrategy[float]) -> Any:
    return hnp.arrays(np.float32, shape, elements=elements)


@st.composite
def cases(draw: st.DrawFn, scales: tuple[int, ...] = (1,)) -> tuple[Map, Map, Map, int]:
    """Draw a result, a truth, a mask with a known pixel, and the scale between them."""
    shape, scale = draw(shapes), draw(st.sampled_from(scales))
    large = tuple(scale * side for side in shape)
    result, truth = draw(float_maps(shape, with_holes)), draw(float_maps(large, with_holes))
    mask = draw(hnp.arrays(np.bool_, large))
    assume((np.isfinite(truth) & (truth > 0) & mask).any())
    return result, truth, mask, scale


def assert_equal(score: Any, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert getattr(score, name) == pytest.approx(value, nan_ok=True, rel=1e-6), name


@few
@given(
    case=cases(scales=(1, 2, 4)),
    ndisp=st.one_of(st.none(), st.integers(1, 20)),
    isint=st.booleans(),
)
def test_middlebury_is_its_definition(
    case: tuple[Map, Map, Map, int], ndisp: int | None, isint: bool
) -> None:
    result, truth, mask, scale = case
    score = metrics.middlebury(result, truth, nonocc=mask, ndisp=ndisp, isint=isint, scale=scale)
    rows = result.tolist(), truth.tolist(), mask.tolist()
    assert_equal(score, oracles.middlebury(*rows, ndisp, isint, scale))


@few
@given(case=cases())
def test_eth3d_is_its_definition(case: tuple[Map, Map, Map, int]) -> None:
    result, truth, mask, _ = case
    score = metrics.eth3d(result, truth, nonocc=mask)
    assert_equal(score, oracles.eth3d(result.tolist(), truth.tolist(), mask.tolist()))


@few
@given(case=cases(), objects=st.data())
def test_kitti_is_its_definition(case: tuple[Map, Map, Map, int], objects: st.DataObject) -> None:
    result, truth, mask, _ = case
    truth = np.where(mask, truth, np.float32(np.nan))
    labels = objects.draw(hnp.arrays(np.uint8, truth.shape, elements=st.integers(0, 2)))
    expected = oracles.kitti(result.tolist(), truth.tolist(), labels.tolist())
    filled = np.nan_to_num(metrics.kitti_filled(result), nan=-1)
    assert filled.tolist() == oracles.kitti_filled(result.tolist())
    of_2015 = {name: expected.pop(name) for name in list(expected) if name.startswith("d1")}
    assert_equal(metrics.kitti2012(result, truth), expected)
    assert_equal(metrics.kitti2015(result, truth, objects=labels), of_2015)


@few
@given(truth=shapes.flatmap(lambda shape: float_maps(shape, st.floats(0.125, 100, width=32))))
def test_a_perfect_map_scores_0(truth: Map) -> None:
    assert set(metrics.middlebury(truth, truth).total_bad.values()) == {0}
    assert set(metrics.kitti2012(truth, truth).outliers.values()) == {0}
    assert metrics.kitti2015(truth, truth).d1_all == 0
    wide = np.pad(truth, ((0, 0), (0, 100)), constant_values=np.nan)  # |d| <= width
    assert set(metrics.eth3d(wide, wide).bad.values()) == {0}
    depth = metrics.depth(truth, truth, max_depth=100)
    assert depth.abs_rel == depth.rmse == depth.rmse_log == depth.silog == 0
    assert set(depth.delta.values()) == {1}


@few
@given(case=cases(), holes=st.data())
def test_more_holes_never_lower_middleburys_total_bad(
    case: tuple[Map, Map, Map, int], holes: st.DataObject
) -> None:
    result, truth, mask, _ = case
    emptied = np.where(holes.draw(hnp.arrays(np.bool_, result.shape)), np.float32(np.nan), result)
    before = metrics.middlebury(result, truth, nonocc=mask)
    after = metrics.middlebury(emptied, truth, nonocc=mask)
    assert all(after.total_bad[t] >= before.total_bad[t] for t in before.total_bad)
    assert after.invalid >= before.invalid


@few
@given(case=cases())
def test_relations_between_the_rates(case: tuple[Map, Map, Map, int]) -> None:
    result, truth, mask, _ = case
    kitti, d1 = metrics.kitti2012(result, truth), metrics.kitti2015(result, truth)
    assert d1.d1_all <= kitti.outliers[3.0]
    assert d1.density == kitti.density
    for rates in (kitti.outliers, metrics.middlebury(result, truth, nonocc=mask).bad):
        values = list(rates.values())
        assert values == sorted(values, reverse=True)
    middlebury = metrics.middlebury(result, truth, nonocc=mask)
    assert not middlebury.avg_error > middlebury.rms * (1 + 1e-6) + 1e-12


@few
@given(cases_of_set=st.lists(cases(), min_size=1, max_size=4))
def test_pooling_is_one_large_image(cases_of_set: list[tuple[Map, Map, Map, int]]) -> None:
    """All pixels in one row: none of them is a hole, so nothing is filled across."""
    scores, rows = [], []
    for result, truth, _, _ in cases_of_set:
        dense = np.where(np.isfinite(result), np.abs(result), np.float32(1))
        scores.append(metrics.kitti2015(dense, truth))
        rows.append((dense.ravel(), truth.ravel()))
    whole = [np.concatenate(parts)[None] for parts in zip(*rows, strict=True)]
    assert metrics.Kitti2015Score.pooled(scores).counts == metrics.kitti2015(*whole).counts


depths = st.floats(0.5, 50)


@st.composite
def depth_pairs(draw: st.DrawFn) -> tuple[Map, Map]:
    size = draw(st.integers(3, 12))
    prediction = draw(hnp.arrays(float, (1, size), elements=depths))
    truth = draw(hnp.arrays(float, (1, size), elements=depths))
    assume(np.ptp(prediction) > 0.1)
    assume(np.ptp(truth) > 0.1)
    return prediction, truth


@few
@given(pair=depth_pairs())
def test_depth_is_its_definition(pair: tuple[Map, Map]) -> None:
    prediction, truth = pair
    expected = oracles.depth(prediction[0].tolist(), truth[0].tolist())
    score = metrics.depth(prediction, truth)
    for name, value in expected.items():
        assert getattr(score, name) == pytest.approx(value, abs=1e-9), name


@few
@given(
    pair=depth_pairs(),
    align=st.sampled_from(["median", "scale_shift", "inverse_scale_shift"]),
    fit=st.sampled_from(["least_squares", "least_absolute"]),
    scale=st.sampled_from([0.25, 2.0, 37.0]),
    shift=st.sampled_from([0.0, -3.0, 0.7]),
)
def test_alignment_does_not_depend_on_what_it_aligns(
    pair: tuple[Map, Map], align: Any, fit: Any, scale: float, shift: float
) -> None:
    prediction, truth = pair
    if align == "median":
        fit, shift = None, 0.0
    moved = scale * prediction + shift
    options: Any = {"align": align, "fit": fit}
    here, there = (metrics.depth(p, truth, **options) for p in (prediction, moved))
    if fit == "least_absolute":  # several lines can be equally good: compare how good they are
        target = truth if align == "scale_shift" else 1 / truth
        residuals = [
            np.abs(score.scale * p + score.shift - target).sum()
            for score, p in ((here, prediction), (there, moved))
        ]
        assert residuals[0] == pytest.approx(residuals[1], rel=1e-9, abs=1e-12)
        return
    assert here.rmse == pytest.approx(there.rmse, rel=1e-5, abs=1e-7)
    assert here.abs_rel == pytest.approx(there.abs_rel, rel=1e-5, abs=1e-7)


@few
@given(pair=depth_pairs(), ties=st.booleans())
def test_least_absolute_is_the_best_line(pair: tuple[Map, Map], ties: bool) -> None:
    """One of the best lines passes through two of the points: try them all."""
    prediction, truth = (np.round(values) if ties else values for values in pair)
    assume(np.ptp(prediction) > 0.1)
    truth = np.maximum(truth, 1)
    score = metrics.depth(prediction, truth, align="scale_shift", fit="least_absolute")
    x, y = prediction[0], truth[0]
    best = math.inf
    for i in range(x.size):
        for j in range(i):
            if abs(x[i] - x[j]) > 1e-6:
                slope = (y[i] - y[j]) / (x[i] - x[j])
                best = min(best, np.abs(y - y[i] - slope * (x - x[i])).sum())
    found = np.abs(y - score.scale * x - score.shift).sum()
    assert found <= best * (1 + 1e-9) + 1e-9


@few
@given(
    values=hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 100)),
    order=st.data(),
)
def test_no_confidence_beats_the_oracle(values: Map, order: st.DataObject) -> None:
    sureness = order.draw(hnp.arrays(float, values.shape, elements=st.floats(0, 1, width=16)))
    curve = metrics.sparsification(values[None], sureness[None])
    assert curve.auc >= curve.auc_oracle - 1e-9
    assert curve.errors[-1] == pytest.approx(curve.overall)
    assert metrics.sparsification(values[None], -values[None]).ause == pytest.approx(0, abs=1e-9)
    shuffled = np.random.default_rng(0).permutation(values.size)
    again = metrics.sparsification(values[None, shuffled], sureness[None, shuffled])
    assert again.auc == pytest.approx(curve.auc)
