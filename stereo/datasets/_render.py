"""From a scene to what two cameras see of it: pictures, disparities, occlusions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from stereo.datasets._patterns import Pattern
from stereo.datasets._surfaces import FloatArray, IntArray, Rays, Surface, cast, unit
from stereo.datasets._texture import Noise

__all__ = [
    "Look",
    "Material",
    "Rig",
    "Scene",
    "Side",
    "Thing",
    "depth_at_centres",
    "disparity_and_occlusion",
    "picture",
]

Side = Literal["left", "right"]
Colour = tuple[float, float, float]

# Where a pixel is sampled, in pixels from its centre. Multiples of 2^-10, so
# that adding them to a column is exact and a whole shift shifts whole pictures.
_SUBSAMPLES = np.array([-341.0, 0.0, 341.0]) / 1024.0
_SAMPLES_AT_ONCE = 1 << 17  # keeps the working set of a strip inside the cache
_TO_LIGHT = unit((-0.45, -0.8, -0.55))
# A point and its own second image agree to rounding, different surfaces do not.
_SAME_SURFACE = 1e-4


@dataclass(frozen=True)
class Rig:
    """Two rectified pinhole cameras: d = offset + scale / Z.

    The left camera does not depend on `offset` and `scale`: they move the
    right camera and its principal point only.
    """

    width: int
    height: int
    focal: float
    offset: float
    scale: float

    def rays(self, side: Side, x: FloatArray, y: FloatArray) -> Rays:
        """Return the rays through the pixel positions (x, y) of one view."""
        centre_x, centre_y = (self.width - 1) / 2, (self.height - 1) / 2
        v = (y - centre_y) / self.focal
        if side == "left":
            return Rays(0.0, (x - centre_x) / self.focal, v)
        return Rays(self.scale / self.focal, (x + self.offset - centre_x) / self.focal, v)

    def disparity(self, depth: FloatArray) -> FloatArray:
        """Return the disparity in pixels of points at depth Z."""
        return self.offset + self.scale / depth


class Look(Protocol):
    """What the renderer asks of a material."""

    def shade(
        self, points: FloatArray, normal: FloatArray, noise: Noise, x: FloatArray, y: FloatArray
    ) -> FloatArray:
        """Return the radiance (3, n) of points that the left camera sees in (x, y)."""
        ...


@dataclass(frozen=True)
class Material:
    """How a surface looks, from whatever side it is seen.

    Attributes
    ----------
    colour, second : tuple of float
        Albedo (red, green, blue) in [0, 1] where the pattern is 0 and 1.
    contrast : float
        Standard deviation of the noise, relative to the albedo; 0 = textureless.
    pattern : callable or None
        Maps points (3, n) to a blend (n,) in [0, 1]; None = `colour` alone.
    shift : float
        Moves the noise, in pixels, so that two surfaces do not share it.
    shadow : callable or None
        Maps points (3, n) to a factor (n,) on the light; None = unshadowed.
    """

    colour: Colour
    second: Colour = (0.0, 0.0, 0.0)
    contrast: float = 0.2
    pattern: Pattern | None = None
    shift: float = 0.0
    shadow: Pattern | None = None

    def shade(
        self, points: FloatArray, normal: FloatArray, noise: Noise, x: FloatArray, y: FloatArray
    ) -> FloatArray:
        """Return the radiance (3, n) of points that the left camera sees in (x, y)."""
        light = 0.56 + 0.55 * np.maximum(np.sum(normal * _TO_LIGHT[:, None], axis=0), 0.0)
        if self.contrast:
            light = light * (1 + self.contrast * noise(x + self.shift, y + self.shift))
        if self.shadow is not None:
            light = light * self.shadow(points)
        albedo = np.array(self.colour)[:, None]
        if self.pattern is not None:
            blend = self.pattern(points)
            albedo = albedo + (np.array(self.second)[:, None] - albedo) * blend
        return np.broadcast_to(albedo * light, points.shape)


@dataclass(frozen=True)
class Thing:
    """A shape and how it looks."""

    surface: Surface
    material: Look


@dataclass(frozen=True)
class Scene:
    """Things in front of a pair of cameras; every ray of both meets one of them."""

    rig: Rig
    things: list[Thing]
    noise: Noise
    surfaces: list[Surface] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "surfaces", [thing.surface for thing in self.things])


def picture(scene: Scene, side: Side) -> FloatArray:
    """Render what a noiseless camera sees: radiance (H, W, 3), nominally in [0, 1]."""
    rig = scene.rig
    n = _SUBSAMPLES.size
    image = np.empty((rig.height, rig.width, 3))
    xs = (np.arange(rig.width)[:, None] + _SUBSAMPLES).ravel()
    rows = max(1, _SAMPLES_AT_ONCE // (xs.size * n))
    for top in range(0, rig.height, rows):
        bottom = min(top + rows, rig.height)
        ys = (np.arange(top, bottom)[:, None] + _SUBSAMPLES).ravel()
        x, y = np.broadcast_arrays(xs[None, :], ys[:, None])
        radiance = _radiance(scene, side, x.ravel(), y.ravel())
        samples = radiance.reshape(3, bottom - top, n, rig.width, n)
        image[top:bottom] = np.moveaxis(samples.mean(axis=(2, 4)), 0, -1)
    return image


def _radiance(scene: Scene, side: Side, x: FloatArray, y: FloatArray) -> FloatArray:
    rays = scene.rig.rays(side, x, y)
    depth, place = cast(scene.surfaces, rays)
    # The noise lives in left image coordinates: a function of the surface
    # point, the same for both views, and never finer than a pixel can show.
    x_left = x if side == "left" else x + scene.rig.disparity(depth)
    points = rays.points(depth)
    radiance = np.empty_like(points)
    for hit, thing in _by_thing(scene, place):
        where = points[:, hit]
        normal = thing.surface.normal(where)
        radiance[:, hit] = thing.material.shade(where, normal, scene.noise, x_left[hit], y[hit])
    return radiance


def _by_thing(scene: Scene, place: IntArray) -> list[tuple[IntArray, Thing]]:
    """Group the things that are seen, each with the samples that see it."""
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(scene.things)), side="right")
    groups = np.split(order, ends[:-1])
    return [(hit, thing) for hit, thing in zip(groups, scene.things, strict=True) if hit.size]


def disparity_and_occlusion(
    scene: Scene, side: Side
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return disparity at the pixel centres of one view, and what the other can't see."""
    rig = scene.rig
    shape = (rig.height, rig.width)
    x, y = _centres(rig)
    depth = depth_at_centres(scene, side)
    disparity = rig.disparity(depth)
    other: Side = "right" if side == "left" else "left"
    counterpart = x - disparity if side == "left" else x + disparity
    nearest, _ = cast(scene.surfaces, rig.rays(other, counterpart, y))
    outside = (counterpart < 0) | (counterpart > rig.width - 1)
    hidden = rig.disparity(nearest) > disparity + _SAME_SURFACE
    occluded = (outside | hidden).reshape(shape)
    return disparity.astype(np.float32).reshape(shape), occluded


def depth_at_centres(scene: Scene, side: Side) -> FloatArray:
    """Return the depth at the pixel centres of one view, (H * W,); inf where there is nothing."""
    return cast(scene.surfaces, scene.rig.rays(side, *_centres(scene.rig)))[0]


def _centres(rig: Rig) -> tuple[FloatArray, FloatArray]:
    rows, columns = np.indices((rig.height, rig.width), dtype=np.float64)
    return columns.ravel(), rows.ravel()
