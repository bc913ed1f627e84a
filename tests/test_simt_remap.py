"""Remapping on the emulated device against its definition in NumPy, and that against OpenCV."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from comparison import assert_same
from device_backend import emulated_device

from stereo.backends import applied
from stereo.backends.cuda import CudaBackend

Float32 = npt.NDArray[np.float32]
DTYPES = (np.uint8, np.uint16, np.float32)
SIZES = (((1, 1), (3, 5)), ((1, 9), (7, 40)), ((13, 1), (1, 1)), ((17, 31), (19, 45)))


def remapped(image: npt.NDArray[Any], map_x: Float32, map_y: Float32, border: float) -> Any:
    """Return the image at the places of the maps, as `csrc/cuda/stages.h` defines it."""
    height, width = image.shape[:2]
    near = (map_x > -1) & (map_x < width) & (map_y > -1) & (map_y < height)
    x, y = np.where(near, map_x, 0), np.where(near, map_y, 0)
    left, top = np.floor(x), np.floor(y)
    framed = np.pad(
        image.astype(np.float32),
        ((1, 2), (1, 2)) + ((0, 0),) * (image.ndim - 2),
        constant_values=border,
    )

    def mixed(one: Float32, other: Float32, part: Float32) -> Float32:
        part = part.reshape(part.shape + (1,) * (image.ndim - 2))
        rest = np.float32(1) - part
        with np.errstate(invalid="ignore"):  # 0 * infinity, which is not looked at
            return np.where(rest == 0, 0, rest * one) + np.where(part == 0, 0, part * other)

    row, column = top.astype(int) + 1, left.astype(int) + 1
    upper, lower = (
        mixed(framed[row + k, column], framed[row + k, column + 1], x - left) for k in (0, 1)
    )
    values = mixed(upper, lower, y - top)
    values[~near] = border
    return values if image.dtype == np.float32 else np.rint(values).astype(image.dtype)


def drawn_maps(
    rng: np.random.Generator, shape: tuple[int, int], size: tuple[int, int]
) -> tuple[Float32, Float32]:
    """Return places in and around an image of `shape`: whole ones, between, and none at all."""
    maps = []
    for side in (shape[1], shape[0]):
        places = rng.uniform(-2, side + 1, size).astype(np.float32)
        places = np.where(rng.random(size) < 0.3, np.rint(places), places)
        odd = rng.choice(np.float32([np.nan, np.inf, -np.inf, 1e30, -1, side]), size)
        maps.append(np.where(rng.random(size) < 0.1, odd, places).astype(np.float32))
    return maps[0], maps[1]


@pytest.fixture(scope="module")
def simt() -> CudaBackend:
    return emulated_device()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_the_device_gives_the_bits_of_the_definition(
    simt: CudaBackend, dtype: Any, channels: int | None
) -> None:
    rng = np.random.default_rng(7)
    for shape, size in SIZES:
        full = shape if channels is None else (*shape, channels)
        image = rng.integers(0, 256, full).astype(dtype)
        maps = drawn_maps(rng, shape, size)
        for border in (7.0, float("nan")) if dtype == np.float32 else (7.0,):
            found = applied(simt, lambda *on, b=border: simt.remap(*on, b), image, *maps)
            assert_same(found, remapped(image, *maps, border))


def test_the_definition_is_that_of_opencv() -> None:
    """OpenCV rounds places to 1/32 px, so these are such places."""
    rng = np.random.default_rng(8)
    image = rng.uniform(-100, 100, (17, 31)).astype(np.float32)
    x, y = (
        (rng.integers(-64, 32 * side + 64, (40, 50)) / 32).astype(np.float32) for side in (31, 17)
    )
    expected = cv2.remap(
        image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=7.0
    )
    np.testing.assert_allclose(remapped(image, x, y, 7.0), expected, atol=1e-3)


def test_places_must_be_maps_of_one_shape(simt: CudaBackend) -> None:
    image, places = np.zeros((4, 5), np.uint8), np.zeros((2, 3), np.float32)
    for maps in ((places, places[:1]), (places, places.astype(np.int32)), (places[0], places)):
        with pytest.raises((TypeError, ValueError)):
            applied(simt, lambda *on: simt.remap(*on, 0.0), image, *maps)
    two = np.zeros((4, 5, 2), np.uint8)
    with pytest.raises(ValueError, match="channels"):
        applied(simt, lambda *on: simt.remap(*on, 0.0), two, places, places)
