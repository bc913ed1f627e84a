"""The shapes of a rendered scene, and the rays that find them.

World coordinates: the left camera is at the origin, X points right, Y down and
Z into the scene. A ray has the direction (u, v, 1), so its parameter *is* the
depth Z of the point it reaches, and every shape below is met in closed form.
Arrays of points have the shape (3, n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Vector = tuple[float, float, float]

__all__ = ["Cylinder", "Motion", "Patch", "Plane", "Rays", "Sphere", "Surface", "cast", "unit"]


@dataclass(frozen=True)
class Motion:
    """A rigid motion: x becomes rotation @ x + translation."""

    rotation: FloatArray
    translation: FloatArray

    def point(self, point: Vector) -> Vector:
        """Return where a point goes."""
        x, y, z = (self.rotation @ point + self.translation).tolist()
        return x, y, z

    def direction(self, vector: Vector) -> Vector:
        """Return what becomes of a direction."""
        x, y, z = (self.rotation @ vector).tolist()
        return x, y, z

    def undone(self, points: FloatArray) -> FloatArray:
        """Return where points (3, n) came from."""
        origin: FloatArray = self.rotation.T @ (points - self.translation[:, None])
        return origin


@dataclass(frozen=True)
class Rays:
    """n rays that start in (origin_x, 0, 0) and run along (u, v, 1)."""

    origin_x: float
    u: FloatArray
    v: FloatArray

    def points(self, depth: FloatArray) -> FloatArray:
        """Return where the rays are at the given depth: (3, n)."""
        return np.stack([self.origin_x + self.u * depth, self.v * depth, depth])

    def __getitem__(self, index: IntArray) -> Rays:
        """Take some of the rays."""
        return Rays(self.origin_x, self.u[index], self.v[index])


class Surface(Protocol):
    """What the renderer asks of a shape."""

    def depth(self, rays: Rays) -> FloatArray:
        """Return Z of the first point of each ray on the shape; inf where it misses."""
        ...

    def normal(self, points: FloatArray) -> FloatArray:
        """Return outward unit normals (3, n), or (3, 1) where one serves all."""
        ...

    def bounds(self) -> tuple[FloatArray, FloatArray] | None:
        """Return lower and upper corner of a box around the shape; None if endless."""
        ...

    def moved(self, motion: Motion) -> Surface:
        """Return the same shape elsewhere."""
        ...


def unit(vector: Sequence[float] | FloatArray) -> FloatArray:
    """Scale the vector to length 1."""
    array = np.asarray(vector, dtype=np.float64)
    scaled: FloatArray = array / np.sqrt(np.sum(array * array))
    return scaled


@dataclass(frozen=True)
class Plane:
    """An endless plane through `point`, seen from the side its normal points to."""

    point: Vector
    facing: Vector

    def depth(self, rays: Rays) -> FloatArray:
        a, b, c = self.facing
        height = a * (self.point[0] - rays.origin_x) + b * self.point[1] + c * self.point[2]
        return _quotient(height, a * rays.u + b * rays.v + c)

    def normal(self, points: FloatArray) -> FloatArray:
        return unit(self.facing)[:, None]

    def bounds(self) -> tuple[FloatArray, FloatArray] | None:
        return None

    def moved(self, motion: Motion) -> Plane:
        return Plane(motion.point(self.point), motion.direction(self.facing))


@dataclass(frozen=True)
class Patch:
    """A flat rectangle (or ellipse), centre +- across +- down, across x down = its back.

    `across` and `down` are perpendicular.
    """

    centre: Vector
    across: Vector
    down: Vector
    elliptic: bool = False

    def coordinates(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the position on the patch; each coordinate runs from -1 to 1."""
        return _along(points, self.centre, self.across), _along(points, self.centre, self.down)

    def depth(self, rays: Rays) -> FloatArray:
        a, b, c = np.cross(self.down, self.across).tolist()
        depth = Plane(self.centre, (a, b, c)).depth(rays)
        hit = np.flatnonzero(depth < np.inf)
        s, t = self.coordinates(rays[hit].points(depth[hit]))
        outside = s * s + t * t > 1 if self.elliptic else (np.abs(s) > 1) | (np.abs(t) > 1)
        depth[hit[outside]] = np.inf
        return depth

    def normal(self, points: FloatArray) -> FloatArray:
        return unit(np.cross(self.down, self.across))[:, None]

    def bounds(self) -> tuple[FloatArray, FloatArray] | None:
        reach = np.abs(self.across) + np.abs(self.down)
        return self.centre - reach, self.centre + reach

    def moved(self, motion: Motion) -> Patch:
        across, down = motion.direction(self.across), motion.direction(self.down)
        return Patch(motion.point(self.centre), across, down, self.elliptic)


@dataclass(frozen=True)
class Sphere:
    """A ball."""

    centre: Vector
    radius: float

    def depth(self, rays: Rays) -> FloatArray:
        x, y, z = self.centre[0] - rays.origin_x, self.centre[1], self.centre[2]
        squared = rays.u * rays.u + rays.v * rays.v + 1
        half = rays.u * x + rays.v * y + z
        return _near_root(squared, half, x * x + y * y + z * z - self.radius**2)

    def normal(self, points: FloatArray) -> FloatArray:
        normal: FloatArray = (points - np.reshape(self.centre, (3, 1))) / self.radius
        return normal

    def bounds(self) -> tuple[FloatArray, FloatArray] | None:
        centre = np.asarray(self.centre)
        return centre - self.radius, centre + self.radius

    def moved(self, motion: Motion) -> Sphere:
        return Sphere(motion.point(self.centre), self.radius)


@dataclass(frozen=True)
class Cylinder:
    """The round side of a cylinder between two points; its ends are open."""

    start: Vector
    end: Vector
    radius: float

    def depth(self, rays: Rays) -> FloatArray:
        axis = unit(np.subtract(self.end, self.start))
        length = float(np.dot(axis, np.subtract(self.end, self.start)))
        offset = np.subtract(self.start, (rays.origin_x, 0.0, 0.0))
        along_offset = float(np.dot(axis, offset))
        along_ray = axis[0] * rays.u + axis[1] * rays.v + axis[2]
        squared = rays.u * rays.u + rays.v * rays.v + 1 - along_ray * along_ray
        half = rays.u * offset[0] + rays.v * offset[1] + offset[2] - along_ray * along_offset
        rest = float(np.dot(offset, offset)) - along_offset**2 - self.radius**2
        depth = _near_root(squared, half, rest)
        hit = np.flatnonzero(depth < np.inf)
        position = depth[hit] * along_ray[hit] - along_offset
        depth[hit[(position < 0) | (position > length)]] = np.inf
        return depth

    def normal(self, points: FloatArray) -> FloatArray:
        axis = unit(np.subtract(self.end, self.start))[:, None]
        offset = points - np.reshape(self.start, (3, 1))
        normal: FloatArray = (offset - axis * np.sum(axis * offset, axis=0)) / self.radius
        return normal

    def bounds(self) -> tuple[FloatArray, FloatArray] | None:
        low = np.minimum(self.start, self.end) - self.radius
        return low, np.maximum(self.start, self.end) + self.radius

    def moved(self, motion: Motion) -> Cylinder:
        return Cylinder(motion.point(self.start), motion.point(self.end), self.radius)


def cast(surfaces: Sequence[Surface], rays: Rays) -> tuple[FloatArray, IntArray]:
    """Return the depth of the nearest surface on each ray, and its place in `surfaces`.

    A ray that meets nothing has depth inf and place -1.
    """
    depth = np.full(rays.u.shape, np.inf)
    place = np.full(rays.u.shape, -1, dtype=np.intp)
    for k, surface in enumerate(surfaces):
        near = _candidates(surface, rays)
        if near.size:
            z = surface.depth(rays[near])
            closer = z < depth[near]
            depth[near[closer]] = z[closer]
            place[near[closer]] = k
    return depth, place


def _candidates(surface: Surface, rays: Rays) -> IntArray:
    """Find the rays that pass the projection of the surface's bounds."""
    bounds = surface.bounds()
    if bounds is None:
        return np.arange(rays.u.size)
    low, high = bounds
    if low[2] <= 0:  # reaches behind the camera, where the box has no projection
        return np.arange(rays.u.size)
    xs = np.array([low[0], high[0]]) - rays.origin_x
    # An edge of the box is at its near or at its far side when it looks widest.
    us = np.outer(xs, [1 / low[2], 1 / high[2]])
    vs = np.outer([low[1], high[1]], [1 / low[2], 1 / high[2]])
    inside = (rays.v >= vs.min()) & (rays.v <= vs.max())
    if not inside.any():
        return np.flatnonzero(inside)
    return np.flatnonzero(inside & (rays.u >= us.min()) & (rays.u <= us.max()))


def _along(points: FloatArray, centre: Vector, half: Vector) -> FloatArray:
    square = half[0] ** 2 + half[1] ** 2 + half[2] ** 2
    x, y, z = (points[k] - centre[k] for k in range(3))
    result: FloatArray = (half[0] * x + half[1] * y + half[2] * z) / square
    return result


def _near_root(squared: FloatArray, half: FloatArray, rest: float) -> FloatArray:
    """Return the smaller root z of squared*z^2 - 2*half*z + rest, if it is in front; else inf."""
    discriminant = half * half - squared * rest
    depth = np.full(half.shape, np.inf)
    hit = np.flatnonzero((discriminant >= 0) & (squared > 0))
    root = (half[hit] - np.sqrt(discriminant[hit])) / squared[hit]
    depth[hit] = np.where(root > 0, root, np.inf)
    return depth


def _quotient(height: float, slope: FloatArray) -> FloatArray:
    """Divide height by slope where both are negative (in front, on the seen side); else inf."""
    depth = np.full(slope.shape, np.inf)
    hit = slope < 0 if height < 0 else np.zeros(slope.shape, dtype=np.bool_)
    depth[hit] = height / slope[hit]
    return depth
