"""Matching costs as a library: names, mixes, properties of all costs, and bad inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stereo
from stereo import costs, memory
from stereo.costs import tone
from stereo.types import StereoError, StereoTypeError, StereoValueError
from stereo.volume import CostVolume

REGISTERED = costs.names()
NAMES = tuple(name for name in REGISTERED if name != "mccnn")  # test_mccnn.py has that
NOISE = np.random.default_rng(7).integers(0, 256, (24, 60, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Constant:
    """A third party's cost."""

    name: str = "constant"
    unit: str = "nothing"
    maximum: int = 300
    p1: int = 1
    p2: int = 2
    value: int = 5
    returned: Any = None

    def compute(
        self, left: Any, right: Any, min_disp: int, max_disp: int, threads: int | None = None
    ) -> Any:
        """Return a constant volume, or what the test says."""
        if isinstance(self.returned, BaseException):
            raise self.returned
        if self.returned is not None:
            return self.returned
        data = np.full((*left.shape[:2], max_disp - min_disp), self.value, np.uint16)
        return CostVolume(data, min_disp, 65535, self.unit, self.p1, self.p2)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give each test a registry of its own."""
    fresh: dict[str, Any] = {}
    monkeypatch.setattr(costs, "_REGISTERED", fresh)
    return fresh


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_a_cost_go_together(name: str) -> None:
    cost = costs.resolve(name)
    volume = stereo.costs.compute(name, NOISE, NOISE[::-1], max_disp=9, min_disp=-4)
    assert volume.shape == (24, 60, 13)
    assert (volume.min_disp, volume.maximum, volume.unit) == (-4, cost.maximum, cost.unit)
    assert (volume.p1, volume.p2) == (cost.p1, cost.p2)
    assert 0 < cost.p1 < cost.p2
    assert volume.data.dtype == (np.uint8 if cost.maximum <= 255 else np.uint16)
    assert 8 * (cost.maximum + cost.p2) <= 65534  # 8 paths fit 16 bits


@pytest.mark.parametrize("name", [*NAMES, "mix"])
@given(shift=st.integers(-6, 6), dtype=st.sampled_from(("uint8", "uint16", "float32")))
def test_a_shifted_copy_costs_least_at_the_shift(name: str, shift: int, dtype: str) -> None:
    # Smoothed along x, so that half the resolution still shows the shift.
    smooth = sum(np.roll(NOISE.astype(int), k, axis=1) for k in range(4)) // 4
    left = smooth.astype(dtype) * (200 if dtype == "uint16" else 1)
    right = np.roll(left, -shift, axis=1)
    cost = costs.mix({"rank": 1, "ad": 0.5}) if name == "mix" else name
    volume = costs.compute(cost, left, right, max_disp=8, min_disp=-8)
    inner = volume.data[4:-4, 20:-20].astype(np.int64)
    best = inner.sum(axis=(0, 1)).argmin() + volume.min_disp
    assert best == shift
    if name != "mutual_information":
        assert (inner[..., shift + 8] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_threads_and_layout_do_not_change_the_volume(name: str) -> None:
    left, right = NOISE, np.roll(NOISE, -3, axis=1)
    expected = costs.compute(name, left, right, 8, threads=1)
    frozen = np.asfortranarray(left), right.copy()
    for image in frozen:
        image.setflags(write=False)
    again = costs.compute(name, *frozen, 8, threads=3)
    np.testing.assert_array_equal(again.data, expected.data)


@pytest.mark.parametrize("name", NAMES)
def test_no_candidate_at_all_costs_the_maximum(name: str) -> None:
    volume = costs.compute(name, NOISE, NOISE, max_disp=70, min_disp=60)
    assert (volume.data == volume.maximum).all()


def test_exposure_is_what_orderings_do_not_see() -> None:
    left, right = NOISE // 4, np.roll(NOISE // 4, -2, axis=1) * 3 + 20
    for name, bears in [("census", True), ("cs_census", True), ("rank", True), ("ad", False)]:
        volume = costs.compute(name, left, right, 6)
        assert (volume.data[8:-8, 12:-12, 2] == 0).all() == bears


def test_mix_is_the_rounded_weighted_sum() -> None:
    left, right = NOISE, NOISE[:, ::-1]
    parts = [costs.compute(name, left, right, 6).data.astype(float) for name in ("rank", "ad")]
    mixed = costs.mix({"rank": 2, costs.resolve("ad"): 0.5})
    volume = costs.compute(mixed, left, right, 6)
    np.testing.assert_array_equal(volume.data, np.floor(2 * parts[0] + 0.5 * parts[1] + 0.5))
    assert (mixed.maximum, mixed.p1, mixed.p2) == (2 * 48 + 30, 2 * 24 + 8, 2 * 96 + 60)
    assert mixed.name == "2 rank7x7 + 0.5 ad"
    assert costs.mix({mixed: 3}).maximum == 3 * mixed.maximum  # a mix can be mixed
    assert costs.compute(costs.mix({mixed: 3}), left, right, 6).data.dtype == np.uint16


def test_mix_of_third_parties() -> None:
    costs.register("constant", Constant())
    volume = costs.compute(costs.mix({"constant": 2, "census5x5": 1}), NOISE, NOISE, 1)
    assert (volume.data == 10).all()
    assert volume.maximum == 624
    with pytest.raises(StereoValueError, match="above its maximum 300"):
        costs.compute(costs.mix({Constant(value=301): 1}), NOISE, NOISE, 2)


def test_register_and_replace() -> None:
    assert costs.names() == REGISTERED
    costs.register("mine", Constant())
    assert costs.names() == (*REGISTERED, "mine")
    assert (costs.compute("mine", NOISE, NOISE, 3).data == 5).all()
    with pytest.raises(StereoValueError, match="already"):
        costs.register("mine", Constant())
    costs.register("mine", Constant(value=6), replace=True)
    assert (costs.compute("mine", NOISE, NOISE, 3).data == 6).all()
    with pytest.raises(StereoValueError, match="already"):
        costs.register("census", Constant(), replace=True)
    with pytest.raises(StereoTypeError, match="replace must be True or False, got 'no'"):
        costs.register("mine", Constant(), replace="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "cost", "message"),
    [
        (7, Constant(), "must be a string"),
        ("", Constant(), "can't name a cost"),
        ("a b", Constant(), "can't name a cost"),
        ("mine", Constant, "is a class"),
        ("mine", None, "no matching cost"),
        ("mine", len, "has no 'name'"),
        ("mine", Constant(name=3), "name of"),
        ("mine", Constant(unit=None), "unit of"),
        ("mine", Constant(maximum=1.5), "must be an integer"),
        ("mine", Constant(maximum=True), "must be an integer"),
        ("mine", Constant(maximum=70000), "0 … 65535"),
        ("mine", Constant(maximum=-1), "0 … 65535"),
        ("mine", Constant(p1=3), "0 <= p1 <= p2"),
        ("mine", Constant(p1=-1), "0 <= p1 <= p2"),
    ],
)
def test_what_is_no_cost_is_not_registered(name: Any, cost: Any, message: str) -> None:
    with pytest.raises(StereoError, match=message):
        costs.register(name, cost)
    assert costs.names() == REGISTERED


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros((24, 60, 4)), "returned ndarray"),
        (CostVolume(np.zeros((24, 60, 3), np.uint8)), r"returned a volume \(24, 60, 3\)"),
        (CostVolume(np.zeros((24, 60, 4), np.uint8), min_disp=1), "starts at disparity 1"),
        (CostVolume(np.full((24, 60, 4), 301, np.uint16), maximum=999), "above its maximum 300"),
        (CostVolume(np.full((24, 60, 4), 9, np.uint16), maximum=8), "above its maximum 8"),
        (MemoryError(), r"no memory .* 11520 bytes"),
    ],
)
def test_a_cost_that_returns_something_else(returned: Any, message: str) -> None:
    with pytest.raises(StereoError, match=message):
        costs.compute(Constant(returned=returned), NOISE, NOISE, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cost": "cencus"}, "unknown cost 'cencus'.*census5x5.*zncc"),
        ({"cost": 3}, "no matching cost"),
        ({"cost": costs.Rank}, "is a class"),
        ({"max_disp": 0}, "max_disp = 0 must be larger than min_disp = 0"),
        ({"max_disp": 16385}, "16385 px is too large: at most 16384 px"),
        ({"max_disp": 2.0}, "max_disp must be an integer"),
        ({"max_disp": None}, "max_disp must be an integer"),
        ({"min_disp": True}, "min_disp must be an integer"),
        ({"min_disp": -(1 << 40)}, "min_disp = "),
        ({"threads": 0}, "threads = 0"),
        ({"threads": "2"}, "threads must be an integer"),
        ({"left": NOISE[:-1]}, "a rectified pair has one shape"),
        ({"left": NOISE.astype(np.int32)}, "expected uint8"),
        ({"left": NOISE.astype(np.float32)}, "convert one of them"),
        ({"left": NOISE[..., :2]}, "expected \\(H, W\\)"),
        ({"left": np.full(NOISE.shape, np.nan)}, "NaN"),
        ({"left": NOISE[:0], "right": NOISE[:0]}, "empty"),
    ],
)
def test_bad_inputs(arguments: dict[str, Any], message: str) -> None:
    good = {"cost": "ad", "left": NOISE, "right": NOISE, "max_disp": 4}
    with pytest.raises(StereoError, match=message):
        costs.compute(**{**good, **arguments})


@pytest.mark.parametrize("name", NAMES)
def test_a_cost_checks_its_input_itself(name: str) -> None:
    with pytest.raises(StereoValueError, match="max_disp = 3 must be larger than min_disp = 3"):
        costs.resolve(name).compute(NOISE, NOISE, 3, 3)
    with pytest.raises(StereoValueError, match="one shape"):
        costs.resolve(name).compute(NOISE, NOISE[1:], 0, 3)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("census", "got str"),
        ({}, "at least one"),
        ({"census": 0}, "above 0"),
        ({"census": -1.0}, "above 0"),
        ({"census": float("nan")}, "above 0"),
        ({"census": float("inf")}, "above 0"),
        ({"census": "1"}, "must be a number"),
        ({"census": True}, "must be a number"),
        ({"cencus": 1}, "unknown cost"),
        ({5: 1}, "no matching cost"),
        ({"zncc": 300}, "reaches 76200"),
        ({"census": 0.01}, "reaches 0: it would tell nothing apart"),
    ],
)
def test_bad_mixes(weights: Any, message: str) -> None:
    with pytest.raises(StereoError, match=message):
        costs.mix(weights)


@pytest.mark.parametrize(
    "make",
    [
        lambda: costs.Census(4, 5, 1, 2),
        lambda: costs.Census(9, 9, 1, 2),
        lambda: costs.Census(1, 1, 1, 2),
        lambda: costs.CenterSymmetricCensus(13, 11),
        lambda: costs.CenterSymmetricCensus(-3, -3),
        lambda: costs.Rank(17, 17),
        lambda: costs.Rank(3.0, 3),  # type: ignore[arg-type]
        lambda: costs.ZNCC(8),
        lambda: costs.ZNCC(15),
        lambda: costs.ZNCC(True),
        lambda: costs.AbsoluteDifference(0),
        lambda: costs.AbsoluteDifference(256),
        lambda: costs.AbsoluteDifference(2.5),  # type: ignore[arg-type]
        lambda: costs.BirchfieldTomasi(256),
        lambda: costs.Gradient(4081),
    ],
)
def test_bad_parameters(make: Any) -> None:
    with pytest.raises((StereoValueError, StereoTypeError)):
        make()


@pytest.mark.parametrize("name", ["census", "mutual_information", "mix"])
def test_a_volume_beyond_the_machine_is_refused_first(name: str) -> None:
    # Such images take no memory themselves; to describe them would.
    image = np.broadcast_to(np.uint8(0), (1 << 20, 1 << 20))
    cost = costs.mix({"zncc": 2, "ad": 1}) if name == "mix" else name
    size = (1 << 44) * (2 if name == "mix" else 1)
    with pytest.raises(StereoError, match=f"{size} bytes"):
        costs.compute(cost, image, image, 16)


def test_a_volume_that_is_not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_physical_memory", lambda: None)
    with pytest.raises(StereoError, match=f"needs {1 << 56} bytes, which are not to be had"):
        memory.allocate((1 << 20, 1 << 20, 1 << 15), np.uint16)


def test_tones_of_bytes() -> None:
    image = np.uint8([[[1, 2, 4, 99], [255, 255, 255, 0]]])
    left, _ = tone.tones(image, image)
    assert left.tolist() == [[(1 + 4 + 4) // 4, 255]]
    gray = image[..., 0]
    assert tone.tones(gray, gray)[0] is gray


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_tones_share_the_range_of_both_images(dtype: str) -> None:
    left, right = np.array([[100, 150]], dtype), np.array([[356, 355]], dtype)
    found = tone.tones(left, right)
    scale = np.float32(255) / np.float32(256)
    assert found[0].tolist() == [[0, int(np.float32(50) * scale)]]
    assert found[1].tolist() == [[255, int(np.float32(255) * scale)]]
    assert tone.tones(left[:, :1], left[:, :1])[0].tolist() == [[0]]


@pytest.mark.parametrize("largest", [3.4e38, 1e-40, 1e-44])
def test_tones_of_extreme_floats(largest: float) -> None:
    left = np.array([[-largest, 0, largest]], np.float32)
    for found in tone.tones(left, left[:, ::-1]):
        low, middle, high = sorted(found[0].tolist())
        assert (low, middle) == (0, 127)
        assert high in (254, 255)  # as float32 rounds


@pytest.mark.parametrize("name", NAMES)
def test_extreme_floats_match_themselves(name: str) -> None:
    image = (NOISE.astype(np.float32) - 127.5) * np.float32(2.6e36)
    assert np.isfinite(image).all()
    volume = costs.compute(name, image, np.roll(image, -2, axis=1), 5)
    assert volume.data[4:-4, 12:-12].sum(axis=(0, 1), dtype=np.int64).argmin() == 2
