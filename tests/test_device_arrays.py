"""Images and maps that are on a device stay there, and what is given for them is of their kind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from device_arrays import ByDLPack, OnDevice, View, fake_cupy, on_host
from device_backend import emulated_device

import stereo
from stereo import filters
from stereo.backends import cuda
from stereo.costs import Features
from stereo.datasets import synthetic
from stereo.types import StereoError, StereoTypeError, StereoValueError

D = 12
PAIR = synthetic.render(40, 30, max_disp=D, seed=3)
COLOUR = synthetic.render(40, 30, max_disp=D, seed=3, color=True)
MAPS = ("disparity", "right_disparity", "confidence", "flags")
RNG = np.random.default_rng(3)
COSTS = RNG.integers(0, 60, (*PAIR.left.shape, D)).astype(np.uint8)
VECTORS = RNG.normal(size=(2, *PAIR.left.shape, 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the emulated device be the CUDA backend."""
    monkeypatch.setattr(cuda, "BACKEND", emulated_device())
    monkeypatch.delenv("STEREO_BACKEND", raising=False)


def host_match(left: Any, right: Any, **options: Any) -> stereo.Match:
    return stereo.SGM(D, backend="cpu", **options).match(left, right)


VIEWS: dict[str, tuple[Callable[[npt.NDArray[Any]], npt.NDArray[Any]], View]] = {
    "contiguous": (lambda image: image, lambda base: base),
    "every other column": (
        lambda image: np.repeat(image, 2, axis=1),
        lambda base: base[:, ::2],
    ),
    "upside down": (lambda image: image[::-1], lambda base: base[::-1]),
    "transposed": (lambda image: image.swapaxes(0, 1), lambda base: base.swapaxes(0, 1)),
    "part": (
        lambda image: np.concatenate([image] * 2, axis=1),
        lambda base: base[:, base.shape[1] // 2 :],
    ),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("pair", [PAIR, COLOUR], ids=["gray", "colour"])
def test_images_of_any_layout(pair: Any, dtype: str, view: str) -> None:
    left, right = pair.left.astype(dtype), pair.right.astype(dtype)
    spread, seen = VIEWS[view]
    on = [OnDevice(np.ascontiguousarray(spread(image)), seen) for image in (left, right)]
    assert on[0].shape == left.shape
    expected = host_match(left, right)
    found = stereo.SGM(D).match(*on)  # "auto" follows the arrays
    for name in MAPS:
        assert_same(on_host(getattr(found, name)), getattr(expected, name), name)
    alone = stereo.sgm(*on, max_disp=D)
    assert_same(on_host(alone), expected.disparity)
    assert alone.__cuda_array_interface__["stream"] == 1
    assert (alone.shape, alone.dtype) == (left.shape[:2], np.float32)


def test_results_are_of_the_library_that_the_images_are_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cupy = fake_cupy()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    left, right = cupy.ndarray(PAIR.left), cupy.ndarray(PAIR.right)
    found = stereo.SGM(D, backend="cuda", passes=2, fill=True).match(left, right)
    expected = host_match(PAIR.left, PAIR.right, passes=2, fill=True)
    for name in MAPS:
        assert isinstance(getattr(found, name), cupy.ndarray), name
        assert_same(on_host(getattr(found, name)), getattr(expected, name), name)


def test_one_matcher_takes_images_of_both_places() -> None:
    matcher = stereo.SGM(D, backend="cuda")
    expected = host_match(PAIR.left, PAIR.right).disparity
    on = OnDevice(PAIR.left), OnDevice(PAIR.right)
    for _ in range(2):
        assert_same(matcher.compute(PAIR.left, PAIR.right), expected)
        assert_same(on_host(matcher.compute(*on)), expected)


def test_the_streams_of_the_images_may_differ() -> None:
    left, right = OnDevice(PAIR.left, stream=2), OnDevice(PAIR.right, stream=1)
    found = stereo.sgm(left, right, D)
    assert found.__cuda_array_interface__["stream"] == 2
    assert_same(on_host(found), host_match(PAIR.left, PAIR.right).disparity)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_by_dlpack(dtype: str) -> None:
    images = PAIR.left.astype(dtype), PAIR.right.astype(dtype)
    left, right = (ByDLPack(OnDevice(image)) for image in images)
    assert_same(on_host(stereo.sgm(left, right, D)), host_match(*images).disparity)
    assert set(left.asked) == {1}  # the default stream
    with pytest.raises(StereoTypeError, match=r"left image, a ByDLPack.*2 lanes"):
        stereo.sgm(ByDLPack(OnDevice(images[0]), lanes=2), right, D)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_costs_on_the_device(dtype: Any) -> None:
    costs = COSTS.astype(dtype)
    found = stereo.sgm(OnDevice(PAIR.left), OnDevice(PAIR.right), D, cost=OnDevice(costs))
    assert_same(on_host(found), host_match(PAIR.left, PAIR.right, cost=costs).disparity)


@pytest.mark.parametrize("view", [None, lambda base: base.transpose(1, 2, 0)])
def test_features_on_the_device(view: Any) -> None:
    maps = (
        VECTORS if view is None else [np.ascontiguousarray(v.transpose(2, 0, 1)) for v in VECTORS]
    )
    features = Features(*(OnDevice(each, view) for each in maps))
    found = stereo.sgm(OnDevice(PAIR.left), OnDevice(PAIR.right), D, cost=features)
    expected = host_match(PAIR.left, PAIR.right, cost=Features(*VECTORS))
    assert_same(on_host(found), expected.disparity)


@pytest.mark.parametrize("metric", ["cosine", "l1", "dot"])
def test_features_of_the_host_are_compared_on_the_device(metric: Any) -> None:
    features = Features(*VECTORS, metric=metric, maximum=300)
    found = stereo.sgm(PAIR.left, PAIR.right, D, cost=features, backend="cuda")
    assert_same(found, host_match(PAIR.left, PAIR.right, cost=features).disparity)


def holey() -> npt.NDArray[np.float32]:
    disparity = (RNG.integers(0, 40, (21, 34)) / 4).astype(np.float32)
    disparity[RNG.random(disparity.shape) < 0.3] = np.nan
    disparity[5:7] = np.nan
    return disparity


HOLEY = holey()
GUIDE = RNG.integers(0, 256, HOLEY.shape).astype(np.uint8)
FILTERS: dict[str, Callable[..., Any]] = {
    "median": lambda to, **on: filters.median(to(HOLEY), 3, **on),
    "speckle": lambda to, **on: filters.speckle(to(HOLEY), 4, **on),
    "row": lambda to, **on: filters.fill(to(HOLEY), method="row", **on),
    "directions": lambda to, **on: filters.fill(to(HOLEY), method="directions", **on),
    "smooth": lambda to, **on: filters.fill(to(HOLEY), method="row", guide=to(GUIDE), **on),
    "weighted": lambda to, **on: filters.weighted_median(to(HOLEY), to(GUIDE), **on),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(name: str) -> None:
    expected = FILTERS[name](np.asarray, backend="cpu")
    assert_same(FILTERS[name](np.asarray, backend="cuda"), expected)
    assert_same(on_host(FILTERS[name](OnDevice)), expected)


def test_filling_by_the_cause_runs_on_the_host_between_stages_of_the_device() -> None:
    flags = np.where(np.isnan(HOLEY), RNG.choice(np.uint8([4, 8]), HOLEY.shape), 0)
    arguments = HOLEY, flags.astype(np.uint8)
    expected = filters.fill(*arguments, guide=GUIDE, backend="cpu")
    assert_same(filters.fill(*arguments, guide=GUIDE, backend="cuda"), expected)


LEFT, RIGHT = PAIR.left, PAIR.right
SPOILT = PAIR.left.astype(np.float32)
SPOILT[3, 5] = np.nan
ENDLESS = HOLEY.copy()
ENDLESS[2, 2] = np.inf


def sgm(*images: Any, **options: Any) -> Any:
    return stereo.sgm(*images, D, **options)


def given(cost: Any, **options: Any) -> Any:
    return sgm(OnDevice(LEFT), OnDevice(RIGHT), cost=cost, **options)


REFUSED: dict[str, tuple[Callable[[], Any], type[StereoError], str]] = {
    "one on the host": (lambda: sgm(OnDevice(LEFT), RIGHT), StereoTypeError, "right image is not"),
    "the other": (lambda: sgm(LEFT, OnDevice(RIGHT)), StereoTypeError, "left image is not"),
    "backend of the host": (
        lambda: sgm(OnDevice(LEFT), OnDevice(RIGHT), backend="cpu"),
        StereoTypeError,
        r"'cpu' runs on the host.*\.cpu\(\)",
    ),
    "shape": (
        lambda: sgm(OnDevice(LEFT), OnDevice(RIGHT[:, 1:])),
        StereoValueError,
        r"\(30, 40\).*\(30, 39\)",
    ),
    "dtype": (lambda: sgm(OnDevice(LEFT.astype("i4")), OnDevice(RIGHT)), StereoTypeError, "int32"),
    "float64": (
        lambda: sgm(OnDevice(LEFT.astype(float)), OnDevice(RIGHT.astype(float))),
        StereoTypeError,
        "float64 on a CUDA device: convert it there to native float32",
    ),
    "byte order": (
        lambda: sgm(OnDevice(LEFT.astype(">u2")), OnDevice(RIGHT.astype(">u2"))),
        StereoTypeError,
        ">u2",
    ),
    "NaN": (
        lambda: sgm(OnDevice(SPOILT), OnDevice(RIGHT.astype("f4"))),
        StereoValueError,
        "left image has NaN or infinite",
    ),
    "masked": (lambda: sgm(OnDevice(LEFT, mask=1), OnDevice(RIGHT)), StereoTypeError, "masked"),
    "no strides": (
        lambda: sgm(OnDevice(LEFT, strides=(1,)), OnDevice(RIGHT)),
        StereoValueError,
        "strides",
    ),
    "no pointer": (
        lambda: sgm(OnDevice(LEFT, data=(0, False)), OnDevice(RIGHT)),
        StereoValueError,
        "no memory",
    ),
    "host pointer": (
        lambda: sgm(OnDevice(LEFT, data=(LEFT.ctypes.data, False)), OnDevice(RIGHT)),
        StereoError,
        "says it is on a CUDA device is not",
    ),
    "stream 0": (lambda: sgm(OnDevice(LEFT, stream=0), OnDevice(RIGHT)), StereoValueError, "0"),
    "not aligned": (
        lambda: sgm(OnDevice(LEFT, typestr="<u2", strides=(81, 2)), OnDevice(RIGHT)),
        StereoValueError,
        "aligned",
    ),
    "named cost": (lambda: given("zncc"), StereoTypeError, "'zncc9x9' is made on the host"),
    "function": (lambda: given(lambda *_: COSTS), StereoTypeError, "given function"),
    "host costs": (lambda: given(COSTS), StereoTypeError, "given volume.*made on the host"),
    "shape of costs": (lambda: given(OnDevice(COSTS[..., 1:])), StereoValueError, r"\(H, W, D\)"),
    "float costs": (
        lambda: given(OnDevice(COSTS.astype("f4"))),
        StereoTypeError,
        "float32 on a CUDA device",
    ),
    "device costs for images of the host": (
        lambda: sgm(LEFT, RIGHT, cost=OnDevice(COSTS)),
        StereoTypeError,
        "lives on a CUDA device",
    ),
    "host features": (lambda: given(Features(*VECTORS)), StereoTypeError, "features"),
    "device features for images of the host": (
        lambda: sgm(LEFT, RIGHT, cost=Features(*map(OnDevice, VECTORS)), backend="cuda"),
        StereoTypeError,
        "features",
    ),
    "statistics": (
        lambda: given(Features(*map(OnDevice, VECTORS), metric="l1")),
        StereoTypeError,
        "'l1' needs the range",
    ),
    "volume of the host": (
        lambda: Features(*map(OnDevice, VECTORS)).volume(LEFT, RIGHT, 0, D),
        StereoTypeError,
        "features are on a CUDA device",
    ),
    "half features": (
        lambda: Features(*map(OnDevice, VECTORS.astype("f2"))),
        StereoTypeError,
        "float16 on a CUDA device",
    ),
    "infinite": (
        lambda: filters.median(OnDevice(ENDLESS)),
        StereoValueError,
        "disparity has infinite values",
    ),
    "float64 map": (
        lambda: filters.median(OnDevice(HOLEY.astype(float))),
        StereoTypeError,
        "float64 on a CUDA device",
    ),
    "map of the device": (
        lambda: filters.median(OnDevice(HOLEY), backend="numba"),
        StereoTypeError,
        "'numba' runs on the host",
    ),
    "guide of the host": (
        lambda: filters.weighted_median(OnDevice(HOLEY), GUIDE),
        StereoTypeError,
        "guide is on a CUDA device and the other is not",
    ),
    "some pixels": (
        lambda: filters.weighted_median(OnDevice(HOLEY), OnDevice(GUIDE), where=HOLEY > 3),
        StereoTypeError,
        "where can't be used",
    ),
    "by the cause": (
        lambda: filters.fill(OnDevice(HOLEY), GUIDE, method="interpolate"),
        StereoTypeError,
        "'interpolate' runs on the host",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, kind, said = REFUSED[name]
    with pytest.raises(kind, match=said):
        call()


def test_without_a_device_arrays_of_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = OnDevice(LEFT), OnDevice(RIGHT)
    monkeypatch.setattr(cuda.BACKEND, "unusable", lambda: "it is out of order")
    for backend in ("auto", "cuda"):
        with pytest.raises(StereoError, match="'cuda' can't be used: it is out of order"):
            sgm(left, right, backend=backend)


def test_the_environment_does_not_move_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEREO_BACKEND", "cpu")
    with pytest.raises(StereoTypeError, match="'cpu' runs on the host"):
        sgm(OnDevice(LEFT), OnDevice(RIGHT))


def in_another_process(code: str, **environment: str) -> str:
    """Run code with the emulated device as the CUDA backend; return what it prints."""
    folders = [str(Path(__file__).parent)]
    begin = (
        f"import sys; sys.path[:0] = {folders!r}\n"
        "import numpy as np, stereo\n"
        "from stereo.backends import cuda\n"
        "from device_backend import emulated_device\n"
        "cuda.BACKEND = emulated_device(); cuda.BACKEND.unusable()\n"
        "image = np.random.default_rng(1).integers(0, 256, (64, 96), np.uint8)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", begin + code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_too_little_memory_is_named_and_the_matcher_stays_usable() -> None:
    printed = in_another_process(
        "matcher = stereo.SGM(32, backend='cuda')\n"
        "try: matcher.compute(np.tile(image, (4, 4)), np.tile(image, (4, 4)))\n"
        "except stereo.StereoError as error: print(error)\n"
        "found = matcher.compute(image[:9, :40], image[:9, :40])\n"
        "print(np.nanmax(found))\n",
        SIMT_MEMORY="2000000",
    )
    first, last = printed.splitlines()
    assert "images of shape (256, 384) with 32 disparities don't fit in memory" in first
    assert re.search(r"\d{6,} bytes of device memory are needed.*out of memory", first)
    assert float(last) == 0


def test_the_arrays_say_which_device() -> None:
    printed = in_another_process(
        "import ctypes, os\n"
        "from device_arrays import OnDevice, on_host\n"
        "use = ctypes.CDLL(os.environ['STEREO_SIMT_MODULE'])._Z13cudaSetDevicei\n"
        "there, device = [], cuda.BACKEND._module.device_of\n"
        "for index in (0, 1):\n"
        "    use(index)\n"
        "    there.append(OnDevice(image))\n"
        "use(0)\n"
        "matcher = stereo.SGM(16)\n"
        "for one in (there[1], there[0], there[1]):\n"
        "    found = matcher.compute(one, one)\n"
        "    print(device(found.__cuda_array_interface__['data'][0]), np.nanmax(on_host(found)))\n"
        "try: matcher.compute(*there)\n"
        "except stereo.StereoError as error: print(error)\n",
        SIMT_DEVICES="2",
    )
    *rows, refused = printed.splitlines()
    assert rows == ["1 0.0", "0 0.0", "1 0.0"]
    assert refused.startswith("the right image is on another CUDA device than the left image")
