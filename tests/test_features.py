"""Feature maps as a matching cost: every kernel against plain NumPy, and what the costs mean."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stereo.contract import Backend
from stereo.learned import Features
from stereo.types import StereoError, StereoTypeError, StereoValueError
from stereo.volume import CostVolume, copy_outside

METRICS = ("cosine", "l1", "dot")


def name_of(backend: Backend) -> str:
    if not hasattr(backend, "__name__"):
        pytest.skip("a device makes no volumes for the host")
    return "numba" if str(backend.__name__).endswith("numba_") else "cpu"  # type: ignore[attr-defined]


def rounded(features: Features) -> tuple[Any, Any, int, float]:
    """Both maps as integers, the origin and an excess of 1, as documented."""
    maps = [side.astype(np.float64) for side in (features.left, features.right)]
    count = maps[0].shape[2]
    if features.metric == "cosine":
        lengths = [np.sqrt(squared(side))[..., None] for side in maps]
        scales = [np.divide(2.0**14, n, out=np.zeros_like(n), where=n > 0) for n in lengths]
        origin, unit = 1 << 28, 2.0**28
    elif features.metric == "l1":
        low = min(side.min() for side in maps)
        span = max(side.max() for side in maps) - low
        maps = [side - low for side in maps]
        scales = [32767 / span if span else 0.0] * 2
        origin, unit = 0, scales[0]
    else:
        most = max(abs(side).max() for side in maps)
        scale = min(math.isqrt((2**30 - 1) // count), 32767) / most if most else 0.0
        scales = [scale] * 2
        longest = [math.sqrt(squared(side).max()) * scale for side in maps]
        origin = round(longest[0] * longest[1])
        unit = scale**2
    left, right = (
        np.rint(side * scale).astype(np.int64) for side, scale in zip(maps, scales, strict=True)
    )
    return left, right, origin, unit


def squared(vectors: Any) -> Any:
    """Sum of squares in the order that the library defines."""
    part = np.zeros((*vectors.shape[:2], 8))
    for f in range(vectors.shape[2]):
        part[..., f % 8] += vectors[..., f] * vectors[..., f]
    four = part[..., :4] + part[..., 4:]
    return (four[..., 0] + four[..., 2]) + (four[..., 1] + four[..., 3])


def oracle(features: Features, min_disp: int, disparities: int, base: Any = 0) -> Any:
    left, right, origin, unit = rounded(features)
    both = np.stack([features.left, features.right]).astype(np.float64)
    deviation = np.abs(both - both.mean(axis=(0, 1, 2))).mean(axis=(0, 1, 2)).sum()
    truncate = {"cosine": 0.5, "l1": float(f"{deviation:.3g}"), "dot": None}[features.metric]
    truncate = truncate if features.truncate is None else features.truncate
    ceiling = np.float32(origin if truncate is None else truncate * unit)
    step = np.float32(features.maximum / float(ceiling)) if ceiling > 0 else np.float32(0)
    height, width, _ = left.shape
    costs = np.zeros((height, width, disparities), np.int64)
    for i in range(disparities):
        d = min_disp + i
        for x in range(max(0, d), min(width, width + d)):
            if features.metric == "l1":
                excess = np.abs(left[:, x] - right[:, x - d]).sum(axis=-1)
            else:
                excess = origin - (left[:, x] * right[:, x - d]).sum(axis=-1)
            short = np.clip(excess.astype(np.float32), np.float32(0), ceiling)
            costs[:, x, i] = (short * step + np.float32(0.5)).astype(np.int64)
    costs += base
    copy_outside(costs, min_disp, features.maximum + np.max(base, initial=0))
    return costs


@dataclass(frozen=True)
class Case:
    """Recipe of two feature maps and a search that prints on one line."""

    shape: tuple[int, int, int]
    metric: Any
    truncate: float | None
    maximum: int
    min_disp: int
    disparities: int
    layout: str
    seed: int

    def maps(self) -> tuple[Any, Any]:
        """Return the left and the right map."""
        height, width, _ = self.shape
        rng = np.random.default_rng(self.seed)
        left, right = rng.normal(size=(2, *self.shape)).astype(np.float32)
        left[rng.random((height, width)) < 0.2] = 0  # vectors without a direction
        right = np.where(rng.random((height, width, 1)) < 0.4, left, right)
        if self.layout == "planes":
            left, right = (np.ascontiguousarray(np.moveaxis(m, 2, 0)) for m in (left, right))
            return np.moveaxis(left, 0, 2), np.moveaxis(right, 0, 2)
        if self.layout == "reversed":
            return left[::-1, ::-1, ::-1], right[::-1, ::-1, ::-1]
        return left, right


@st.composite
def cases(draw: st.DrawFn) -> Case:
    metric = draw(st.sampled_from(METRICS))
    return Case(
        shape=(draw(st.integers(1, 4)), draw(st.integers(1, 45)), draw(st.integers(1, 70))),
        metric=metric,
        truncate=draw(st.sampled_from((None, 0.25, 0.5))) if metric == "cosine" else None,
        maximum=draw(st.sampled_from((1, 60, 255, 256, 4000, 65535))),
        min_disp=draw(st.integers(-20, 20) | st.sampled_from((-(1 << 20), 1 << 20))),
        disparities=draw(st.integers(1, 70)),
        layout=draw(st.sampled_from(("rows", "planes", "reversed"))),
        seed=draw(st.integers(0, 1 << 20)),
    )


def image_of(maps: Any) -> Any:
    return np.zeros(maps.shape[:2])


@given(case=cases(), threads=st.sampled_from((1, 2, 3, 7)))
def test_equals_plain_numpy(fast_backend: Backend, case: Case, threads: int) -> None:
    left, right = case.maps()
    features = Features(left, right, case.metric, case.truncate, case.maximum)
    volume = features.volume(
        image_of(left),
        image_of(right),
        case.min_disp,
        case.min_disp + case.disparities,
        threads,
        backend=name_of(fast_backend),
    )
    assert volume.data.dtype == (np.uint8 if case.maximum <= 255 else np.uint16)
    assert volume.maximum == case.maximum
    assert volume.data.max() <= case.maximum
    assert volume.min_disp == case.min_disp
    np.testing.assert_array_equal(volume.data, oracle(features, case.min_disp, case.disparities))


@pytest.mark.parametrize(
    ("dtype", "base_maximum", "maximum", "expected"),
    [
        (np.uint8, 48, 60, np.uint8),
        (np.uint8, 200, 55, np.uint8),
        (np.uint8, 200, 56, np.uint16),
        (np.uint16, 48, 60, np.uint16),
        (np.uint16, 65000, 535, np.uint16),
    ],
)
def test_adds_to_a_base(
    fast_backend: Backend, dtype: Any, base_maximum: int, maximum: int, expected: Any
) -> None:
    rng = np.random.default_rng(3)
    maps = rng.normal(size=(2, 3, 30, 5)).astype(np.float32)
    costs = rng.integers(0, base_maximum + 1, (3, 30, 9)).astype(dtype)
    base = CostVolume(costs, min_disp=-2, maximum=base_maximum, unit="bits", p1=3, p2=9)
    features = Features(*maps, maximum=maximum)
    image = image_of(maps[0])
    before = costs.copy()
    volume = features.volume(image, image, -2, 7, base=base, backend=name_of(fast_backend))
    assert volume.data.dtype == expected
    assert volume.maximum == base_maximum + maximum
    assert volume.unit == "bits + cosine"
    assert (volume.p1, volume.p2) == (3 + maximum // 4, 9 + maximum * 5 // 4)
    np.testing.assert_array_equal(costs, before)
    np.testing.assert_array_equal(volume.data, oracle(features, -2, 9, costs.astype(np.int64)))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("shift", [-4, 0, 6])
def test_shifted_features_give_their_shift(metric: Any, shift: int) -> None:
    rng = np.random.default_rng(8)
    right = rng.normal(size=(5, 60, 16)).astype(np.float32)
    if metric == "dot":  # a dot product compares directions only where lengths agree
        right /= np.linalg.norm(right, axis=-1, keepdims=True)
    left = np.roll(right, shift, axis=1)
    volume = Features(left, right, metric, maximum=4000).volume(left, right, -8, 12)
    winners = volume.data[:, 12:48].argmin(axis=-1) - 8
    assert (winners == shift).all()


def test_costs_are_what_the_metrics_say() -> None:
    rng = np.random.default_rng(9)
    left, right = rng.normal(size=(2, 4, 12, 24)).astype(np.float32)
    wide = left.astype(np.float64), right.astype(np.float64)
    product = (wide[0] * wide[1]).sum(-1)
    lengths = [np.linalg.norm(side, axis=-1) for side in wide]
    expected = {
        "cosine": (np.minimum(1 - product / (lengths[0] * lengths[1]), 1.5) / 1.5, 5e-5 / 1.5),
        "l1": (np.minimum(np.abs(wide[0] - wide[1]).sum(-1), 30) / 30, 24 * 9 / 32767 / 30),
        "dot": (
            np.minimum(lengths[0].max() * lengths[1].max() - product, 60) / 60,
            24**0.5 / 32768 * 5 * 60 / 60,
        ),
    }
    for metric, truncate in (("cosine", 1.5), ("l1", 30.0), ("dot", 60.0)):
        volume = Features(left, right, metric, truncate, maximum=50000)  # type: ignore[arg-type]
        found = volume.volume(left, right, 0, 1).data[..., 0] / 50000
        excess, tolerance = expected[metric]
        np.testing.assert_allclose(found, excess, atol=tolerance + 1e-5)
        assert found.std() > 0.05


def test_scale_of_a_vector_does_not_change_its_cosine() -> None:
    rng = np.random.default_rng(2)
    maps = rng.normal(size=(2, 3, 20, 7)).astype(np.float32)
    factor = 2.0 ** rng.integers(-100, 60, (3, 20, 1))
    plain = Features(*maps).volume(maps[0], maps[0], 0, 8)
    scaled = Features((maps[0] * factor).astype(np.float32), maps[1]).volume(maps[0], maps[0], 0, 8)
    np.testing.assert_array_equal(plain.data, scaled.data)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("value", [0.0, 3.0, -1e38, 1e-45])
def test_equal_features_cost_the_same_everywhere(metric: Any, value: float) -> None:
    maps = np.full((2, 6, 9), value, np.float32)
    volume = Features(maps, maps, metric).volume(maps, maps, 0, 4)
    assert len(np.unique(volume.data)) == 1
    # Only cosine has an opinion about a vector of zeros.
    assert volume.data[0, 0, 0] == (60 if metric == "cosine" and value == 0 else 0)


def test_dtypes_and_dlpack() -> None:
    rng = np.random.default_rng(4)
    maps = rng.normal(size=(2, 3, 20, 6)).astype(np.float16)
    expected = Features(*maps.astype(np.float32)).volume(maps[0], maps[0], 0, 8).data

    class Exporter:  # as PyTorch's tensors
        def __init__(self, array: Any) -> None:
            self.array = array

        def __dlpack__(self, **options: Any) -> Any:
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self) -> tuple[int, int]:
            device: tuple[int, int] = self.array.__dlpack_device__()
            return device

    wide = maps.astype(np.float32)
    for pair in (maps, maps.astype(np.float64), [Exporter(m) for m in wide]):
        features = Features(*pair)
        np.testing.assert_array_equal(features.volume(maps[0], maps[0], 0, 8).data, expected)
    assert np.shares_memory(Features(Exporter(wide[0]), Exporter(wide[1])).left, wide)


GOOD = np.ones((4, 6, 3), np.float32)
BAD_FEATURES = [
    ({"right": GOOD[:3]}, StereoValueError, "one shape"),
    ({"left": GOOD[0], "right": GOOD[0]}, StereoValueError, r"expected \(H, W, F\)"),
    ({"left": GOOD[:, :0], "right": GOOD[:, :0]}, StereoValueError, "not empty"),
    ({"left": GOOD.astype(np.int8)}, StereoTypeError, "int8: expected float32"),
    ({"left": GOOD.astype(object)}, StereoTypeError, "object"),
    ({"left": GOOD * np.float32(np.inf)}, StereoValueError, "inf at row 0, column 0, feature 0"),
    ({"right": np.where(np.arange(3) == 2, np.nan, GOOD)}, StereoValueError, "nan at row 0"),
    ({"left": GOOD.astype(np.float64) * 1e39}, StereoValueError, "finite in float32"),
    ({"metric": "l2"}, StereoValueError, "'cosine', 'l1', 'dot'"),
    ({"maximum": 0}, StereoValueError, "maximum = 0"),
    ({"maximum": 65536}, StereoValueError, "1 … 65535"),
    ({"maximum": 2.5}, StereoTypeError, "maximum must be"),
    ({"truncate": 0.0}, StereoValueError, "truncate"),
    ({"truncate": -1}, StereoValueError, "truncate"),
    ({"truncate": math.nan}, StereoValueError, "truncate"),
    ({"truncate": math.inf}, StereoValueError, "truncate"),
    ({"truncate": "0.5"}, StereoTypeError, "truncate"),
]


@pytest.mark.parametrize(("change", "error", "said"), BAD_FEATURES)
def test_bad_features(change: dict[str, Any], error: type[StereoError], said: str) -> None:
    with pytest.raises(error, match=said):
        Features(**{"left": GOOD, "right": GOOD, **change})


SLOPE = np.arange(72, dtype=np.float32).reshape(4, 6, 3)
BAD_VOLUMES = [
    ({}, {"left_image": np.zeros((4, 7))}, "left image"),
    ({}, {"right_image": np.zeros((5, 6, 3))}, "right image"),
    ({}, {"left_image": np.zeros((6, 3))}, "moveaxis"),
    ({}, {"threads": 0}, "threads"),
    ({}, {"threads": 1.0}, "threads"),
    ({}, {"backend": "reference"}, "'cpu' and 'numba'"),
    ({}, {"backend": "nothing"}, "unknown backend"),
    ({}, {"base": CostVolume(np.zeros((4, 6, 3), np.uint8))}, "shape"),
    ({}, {"base": CostVolume(np.zeros((4, 6, 4), np.uint8), min_disp=1)}, "min_disp = 1"),
    (
        {"maximum": 65535},
        {"base": CostVolume(np.zeros((4, 6, 4), np.uint8), maximum=1)},
        "65535 is the most",
    ),
    ({"truncate": 2.1}, {}, "beyond 2,"),
    ({"truncate": 1e-8}, {}, "16 bits resolve"),
    ({"metric": "l1", "truncate": 300}, {}, "beyond 213"),
    ({"metric": "l1", "truncate": 1e-4}, {}, "16 bits resolve"),
    ({"metric": "dot", "truncate": 1e9}, {}, "largest excess"),
]


@pytest.mark.parametrize(("features", "call", "said"), BAD_VOLUMES)
def test_bad_volumes(features: dict[str, Any], call: dict[str, Any], said: str) -> None:
    image = np.zeros((4, 6))
    arguments = {"left_image": image, "right_image": image, "min_disp": 0, "max_disp": 4, **call}
    with pytest.raises(StereoError, match=said):
        Features(SLOPE, SLOPE, **features).volume(**arguments)


def test_says_how_much_memory_is_missing() -> None:
    thin = np.ones((1, 1, 1), np.float32)
    maps = np.broadcast_to(thin, (1 << 20, 1 << 20, 1))
    features = Features(thin, thin)
    object.__setattr__(features, "left", maps)  # checking that many pixels would take hours
    with pytest.raises(StereoError, match=str(2**40 * 16384)):
        features.volume(maps, maps, 0, 16384)


def test_importing_the_library_takes_no_numba() -> None:
    code = "import sys, stereo.learned; assert not {'numba', 'cv2', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
