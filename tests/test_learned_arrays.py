"""Arrays and functions of the user as matching costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stereo import memory
from stereo.contract import MAX_AGGREGATED
from stereo.learned.arrays import STEPS, as_cost_volume, call_cost
from stereo.types import StereoError, StereoTypeError, StereoValueError
from stereo.volume import CostVolume, candidate_columns, copy_outside


class Exporter:
    """Offers an array by DLPack alone, as a tensor of another library does."""

    def __init__(self, array: Any, device: Any = 1) -> None:
        self.array, self.device = array, device

    def __dlpack__(self, **options: Any) -> Any:  # noqa: D105
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:  # noqa: D105
        return int(self.device), 0


def has_counterpart(width: int, disparities: int, min_disp: int) -> Any:
    inside = np.zeros((width, disparities), bool)
    for i in range(disparities):
        inside[list(candidate_columns(width, min_disp + i)), i] = True
    return inside


def oracle(cost: Any, min_disp: int) -> Any:
    """Convert a float volume, an entry at a time."""
    inside = has_counterpart(*cost.shape[1:], min_disp)
    values = cost[:, inside].astype(np.float64)
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    out = np.zeros(cost.shape, np.int64)
    for y, x, i in np.argwhere(np.broadcast_to(inside, cost.shape)):
        share = (np.float64(cost[y, x, i]) - low) / (high - low) if high > low else 0.0
        out[y, x, i] = int(share * STEPS + 0.5)
    copy_outside(out, min_disp, STEPS)
    return out


shapes = st.tuples(st.integers(1, 5), st.integers(1, 12), st.integers(1, 14))
offsets = st.integers(-15, 15) | st.sampled_from((-(1 << 20), 1 << 20))


@given(
    shape=shapes,
    min_disp=offsets,
    dtype=st.sampled_from((np.float16, np.float32, np.float64, ">f4")),
    layout=st.sampled_from(("C", "F")),
    junk=st.sampled_from((np.nan, np.inf, -np.inf, -7.0, 1e4)),
    seed=st.integers(0, 1 << 20),
)
def test_floats_are_quantised(
    shape: Any, min_disp: int, dtype: Any, layout: Any, junk: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cost = np.asarray(rng.exponential(size=shape).astype(dtype), order=layout)
    cost[:, ~has_counterpart(*shape[1:], min_disp)] = junk
    before = cost.copy()
    cost.flags.writeable = False
    volume = as_cost_volume(cost, (*shape[:2], 3), min_disp, min_disp + shape[2])
    assert volume.data.dtype == np.uint16
    assert (volume.min_disp, volume.maximum) == (min_disp, STEPS)
    np.testing.assert_array_equal(cost, before)
    np.testing.assert_array_equal(volume.data, oracle(before, min_disp))


def test_long_volumes_are_converted_in_several_chunks() -> None:
    cost = np.random.default_rng(0).random((40, 100, 90))
    inside = cost[:, has_counterpart(100, 90, -3)]
    volume = as_cost_volume(cost, (40, 100), -3, 87)
    share = (inside - inside.min()) / (inside.max() - inside.min())
    found = volume.data[:, has_counterpart(100, 90, -3)]
    np.testing.assert_array_equal(found, np.floor(share * STEPS + 0.5))
    assert found.min() == 0
    assert found.max() == STEPS


def test_sums_of_quantised_floats_fit_the_aggregated_volume() -> None:
    volume = as_cost_volume(np.random.default_rng(0).random((2, 9, 4)), (2, 9), 0, 4)
    assert 16 * (volume.maximum + volume.p2) <= MAX_AGGREGATED
    assert 16 * (STEPS + 1) * 9 // 4 > MAX_AGGREGATED  # no smaller than it must be
    assert volume.p1 == STEPS // 4


def test_extreme_floats() -> None:
    for low, high in ((0.0, 1e-320), (0.0, 1.7e308), (1e300, 1.0000001e300), (5.0, 5.0)):
        cost = np.full((2, 3, 1), low)
        cost[1] = high
        volume = as_cost_volume(cost, (2, 3), 0, 1)
        assert (volume.data[0] == 0).all()
        assert (volume.data[1] == (STEPS if high > low else 0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_narrow_integers_are_taken_as_they_are(dtype: Any) -> None:
    cost = np.arange(60, dtype=dtype).reshape(3, 5, 4)
    for given_cost in (cost, Exporter(cost)):
        volume = as_cost_volume(given_cost, (3, 5), 0, 4)
        assert np.shares_memory(volume.data, cost)
        assert volume.data.dtype == dtype
        assert (volume.maximum, volume.p1, volume.p2) == (59, 14, 73)
    turned = as_cost_volume(np.asfortranarray(cost), (3, 5), 0, 4)
    assert turned.data.flags.c_contiguous
    np.testing.assert_array_equal(turned.data, cost)
    swapped = as_cost_volume(cost.astype(cost.dtype.newbyteorder(">")), (3, 5), 0, 4)
    assert swapped.data.dtype.isnative
    np.testing.assert_array_equal(swapped.data[:, 3:], cost[:, 3:])


@given(
    shape=shapes,
    min_disp=offsets,
    dtype=st.sampled_from((np.int8, np.int16, np.int32, np.int64, np.uint32, np.uint64)),
    largest=st.sampled_from((0, 1, 127, 255, 256, 65535)),
    seed=st.integers(0, 1 << 20),
)
def test_other_integers(shape: Any, min_disp: int, dtype: Any, largest: int, seed: int) -> None:
    most = min(largest, int(np.iinfo(dtype).max))
    cost = np.random.default_rng(seed).integers(0, most + 1, shape).astype(dtype)
    inside = has_counterpart(*shape[1:], min_disp)
    if np.iinfo(dtype).min < 0:
        cost[:, ~inside] = -1
    volume = as_cost_volume(cost, shape[:2], min_disp, min_disp + shape[2])
    values = cost[:, inside]
    assert volume.maximum == values.max(initial=0)
    assert volume.data.dtype == (np.uint8 if volume.maximum <= 255 else np.uint16)
    expected = cost.astype(np.int64)
    copy_outside(expected, min_disp, volume.maximum)
    np.testing.assert_array_equal(volume.data, expected)


def test_a_cost_volume_passes_through() -> None:
    volume = CostVolume(np.zeros((3, 5, 4), np.uint8), min_disp=-2, p1=3, p2=5)
    assert as_cost_volume(volume, (3, 5, 3), -2, 2) is volume
    with pytest.raises(StereoValueError, match="min_disp = -2, the search at 0"):
        as_cost_volume(volume, (3, 5), 0, 4)
    with pytest.raises(StereoValueError, match="shape"):
        as_cost_volume(volume, (3, 6), -2, 2)


def test_lists_are_arrays() -> None:
    volume = as_cost_volume([[[0, 2], [1, 4]]], (1, 2), 0, 2)
    np.testing.assert_array_equal(volume.data, [[[0, 4], [1, 4]]])


def spoilt(value: float, dtype: Any = np.float32) -> Any:
    cost = np.ones((4, 6, 3), dtype)
    cost[2, 4, 1] = value
    return cost


class OnGpu:
    """What a CUDA array without DLPack shows of itself."""

    __cuda_array_interface__: Any = None


class NoExport(Exporter):
    """Refuses its export, as a tensor does that requires a gradient."""

    def __dlpack__(self, **options: Any) -> Any:  # noqa: D105
        raise BufferError("Can't export tensors that require gradient")


ONES = np.ones((4, 6, 3), np.float32)
BAD = [
    (ONES[..., :2], StereoValueError, r"shape \(4, 6, 2\).*= \(4, 6, 3\)"),
    (ONES[0], StereoValueError, r"shape \(6, 3\)"),
    (np.moveaxis(ONES, 2, 0), StereoValueError, "moveaxis"),
    (ONES[:0], StereoValueError, "shape"),
    (None, StereoTypeError, "NoneType"),
    ("census", StereoTypeError, "U6|shape"),
    (ONES.astype(object), StereoTypeError, "object"),
    (ONES.astype(bool), StereoTypeError, "bool"),
    (ONES.astype(np.complex64), StereoTypeError, "complex64"),
    (np.ma.masked_array(ONES), StereoTypeError, "masked"),
    ([[1], [2, 3]], StereoTypeError, "array"),
    (spoilt(np.nan), StereoValueError, "nan at row 2, column 4, disparity 1"),
    (spoilt(np.inf), StereoValueError, "inf at row 2, column 4, disparity 1"),
    (spoilt(-np.inf, np.float16), StereoValueError, "-inf at row 2"),
    (spoilt(-0.5), StereoValueError, "negative value -0.5"),
    (spoilt(-2, np.int32), StereoValueError, "negative value -2"),
    (spoilt(65536, np.int64), StereoValueError, "reaches 65536"),
    (Exporter(ONES, device=2), StereoTypeError, r"CUDA device.*\.cpu\(\)"),
    (Exporter(ONES, device=8), StereoTypeError, "Metal"),
    (Exporter(ONES, device=99), StereoTypeError, "device type 99"),
    (NoExport(ONES), StereoTypeError, "NoExport.*require gradient.*dense one of float32 can"),
    (Exporter(ONES, device="meta"), StereoTypeError, "of its device"),
    (OnGpu(), StereoTypeError, "CUDA device"),
]


@pytest.mark.parametrize(("cost", "error", "said"), BAD)
def test_bad_volumes(cost: Any, error: type[StereoError], said: str) -> None:
    with pytest.raises(StereoError, match=said) as caught:
        as_cost_volume(cost, (4, 6, 3), 0, 3)
    assert isinstance(caught.value, error) or cost == "census"


def test_calls_a_function_once_with_copies_of_what_it_was_given() -> None:
    left, right = np.zeros((4, 6, 3), np.uint8), np.ones((4, 6, 3), np.uint8)[::-1]
    calls = []

    def cost(*arguments: Any) -> Any:
        calls.append(arguments)
        return np.full((4, 6, 9), 7, np.uint8)

    volume = call_cost(cost, left, right, -4, 5)
    assert volume.data[0, 0, 0] == 7
    assert volume.min_disp == -4
    assert len(calls) == 1
    for found, view in zip(calls[0], (left, right), strict=False):
        assert np.array_equal(found, view)
        assert found.flags.c_contiguous
        found[:] = 9  # its own to change
    assert (left.max(), right.max()) == (0, 1)
    assert calls[0][2:] == (-4, 5)


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 144), (np.int64, 72)])
def test_memory_that_is_not_to_be_had(
    dtype: type, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_physical_memory", lambda: 71)
    with pytest.raises(StereoError, match=f"the volume 4 x 6 x 3 of uint.* needs {size} bytes"):
        as_cost_volume(ONES.astype(dtype), (4, 6, 3), 0, 3)


def test_exceptions_of_a_function_come_through() -> None:
    error = KeyError("mine")

    def cost(*arguments: Any) -> Any:
        raise error

    with pytest.raises(KeyError) as caught:
        call_cost(cost, ONES, ONES, 0, 3)
    assert caught.value is error
    with pytest.raises(StereoTypeError, match="NoneType"):
        call_cost(lambda *arguments: None, ONES, ONES, 0, 3)
