"""Seeded, band-limited noise that can be sampled at any sub-pixel position."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

__all__ = ["Noise", "noise"]

_SIZE = 1024  # texels on a side of a tile
_FINE_TEXELS = 4  # texels a pixel: linear interpolation of the tile errs below 1 %


class Noise:
    """Smooth noise over the plane, with detail from 4 to about 200 px.

    It is the sum of six octaves of random cubic B-splines with knots 2, 4, ...
    64 px apart (lattice noise after Perlin 1985, with a smoother kernel). The
    three finer octaves repeat after 256 px and the coarser after 2048 px, so
    that the sum does not repeat within an image. Mean about 0, standard
    deviation about 1.

    Parameters
    ----------
    seed : int
        0 or more.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.Generator(np.random.PCG64([seed, 0]))
        self._fine = _tile(rng, (8, 16, 32), (0.45, 0.55, 0.45))
        self._coarse = _tile(rng, (8, 16, 32), (0.3, 0.25, 0.2))

    def __call__(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the noise at the positions (x, y) in pixels; any shape."""
        fine = _bilinear(self._fine, x * _FINE_TEXELS, y * _FINE_TEXELS)
        return fine + self.coarse(x, y)

    def coarse(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return only the octaves of 16 to 64 px."""
        # One texel is two pixels here, and the knots are at least 8 texels apart.
        return _bilinear(self._coarse, x * 0.5, y * 0.5)


@functools.lru_cache(maxsize=2)
def noise(seed: int) -> Noise:
    """Return the noise of a seed; kept, since it costs more than a small picture."""
    return Noise(seed)


def _tile(
    rng: np.random.Generator, spacings: Sequence[int], weights: Sequence[float]
) -> npt.NDArray[np.float32]:
    """Build a periodic tile: octaves with knots every `spacings` texels."""
    tile = np.zeros((_SIZE, _SIZE), dtype=np.float32)
    for spacing, weight in zip(spacings, weights, strict=True):
        # Uniform in +-1 has the variance 1/3, of which the spline keeps
        # sum(weights^2)^2 = 0.2298 on average over its phase.
        knots = rng.uniform(-weight, weight, (_SIZE // spacing, _SIZE // spacing))
        knots *= np.sqrt(3 / 0.2298)
        tile += _upsample(_upsample(knots.astype(np.float32), spacing).T, spacing)
    return tile


def _upsample(knots: npt.NDArray[np.float32], factor: int) -> npt.NDArray[np.float32]:
    """Evaluate a periodic cubic B-spline along axis 0, `factor` samples a knot."""
    t = np.arange(factor, dtype=np.float32) / np.float32(factor)
    weights = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    # Sums of plain products, not a matrix product: BLAS rounds differently
    # from machine to machine, and a seed should give the same picture anywhere.
    curve = np.zeros((knots.shape[0], factor, knots.shape[1]), dtype=np.float32)
    for k, weight in enumerate(weights):
        curve += weight[None, :, None] * np.roll(knots, 1 - k, axis=0)[:, None, :]
    return curve.reshape(-1, knots.shape[1])


def _bilinear(tile: npt.NDArray[np.float32], x: FloatArray, y: FloatArray) -> FloatArray:
    left, top = np.floor(x), np.floor(y)
    s, t = x - left, y - top
    column, row = left.astype(np.int64), top.astype(np.int64)
    x0, x1 = column % _SIZE, (column + 1) % _SIZE
    y0, y1 = row % _SIZE * _SIZE, (row + 1) % _SIZE * _SIZE
    flat = tile.ravel()
    upper = flat[y0 + x0] * (1 - s) + flat[y0 + x1] * s
    lower = flat[y1 + x0] * (1 - s) + flat[y1 + x1] * s
    result: FloatArray = upper * (1 - t) + lower * t
    return result
