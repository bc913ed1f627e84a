"""The furnished room that `synthetic.render` shows, and plain walls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stereo.datasets._patterns import checks, contact_shadow, planks, stripes
from stereo.datasets._render import Material, Rig, Scene, Thing
from stereo.datasets._surfaces import Cylinder, FloatArray, Patch, Plane, Sphere, Vector
from stereo.datasets._texture import noise

__all__ = ["room", "slanted_wall", "wall"]

# Depths are given as the share q = 1 / Z of the disparity range: d = min_disp
# + q * (max_disp - min_disp). Everything visible has 0 < q < 1.
_BACKDROP = 0.08
_FLOOR_SLOPE = 1.7  # q of the floor grows so much from the middle row to 1 height below it
_OAK, _OAK_DARK = (0.72, 0.52, 0.33), (0.42, 0.27, 0.16)
_BLUE, _BLUE_PALE = (0.36, 0.52, 0.60), (0.45, 0.61, 0.68)
_GREEN, _GREEN_PALE = (0.42, 0.54, 0.42), (0.56, 0.67, 0.50)
_ORANGE, _CREAM = (0.88, 0.42, 0.16), (0.96, 0.88, 0.70)
_RED, _VIOLET, _STEEL = (0.74, 0.20, 0.20), (0.48, 0.36, 0.62), (0.56, 0.58, 0.62)
_INK, _PAPER = (0.13, 0.14, 0.18), (0.93, 0.92, 0.88)


def wall(rig: Rig, seed: int) -> Scene:
    """Put one fronto-parallel textured wall at Z = 1."""
    plane = Plane((0.0, 0.0, 1.0), (0.0, 0.0, -1.0))
    return Scene(
        rig, [Thing(plane, Material(colour=(0.60, 0.58, 0.54), contrast=0.25))], noise(seed)
    )


def slanted_wall(rig: Rig, seed: int, inverse_depth: tuple[float, float, float]) -> Scene:
    """Put one textured plane with 1 / Z = a*u + b*v + c in left ray coordinates."""
    a, b, c = inverse_depth
    plane = Plane((0.0, 0.0, 1.0 / c), (-a, -b, -c))
    return Scene(
        rig, [Thing(plane, Material(colour=(0.62, 0.60, 0.56), contrast=0.25))], noise(seed)
    )


def room(width: int, height: int, min_disp: int, max_disp: int, seed: int) -> Scene:
    """Furnish the full scene. The left view depends on the size and the seed alone."""
    unit_px = min(width / 4, height / 3)  # a quarter of the width of a 4:3 picture
    focal = 3.6 * unit_px
    rig = Rig(width, height, focal, float(min_disp), float(max_disp - min_disp))
    place = _Placer(rig, unit_px, np.random.Generator(np.random.PCG64([seed, 3])))
    feet = [
        place.on_floor(column + place.jitter(0.02), q)
        for column, q in ((0.345, 0.57), (0.59, 0.45), (0.84, 0.37))
    ]
    objects = [
        *_sphere(place, feet[0]),
        *_column(place, feet[1]),
        *_crate(place, feet[2]),
        *_panels(place),
        *_poles(place),
        *_wire(place),
    ]
    return Scene(rig, [*_shell(place, feet), *objects], noise(seed))


@dataclass(frozen=True)
class _Placer:
    """Turns picture fractions into world coordinates, with a little seeded jitter."""

    rig: Rig
    unit_px: float
    rng: np.random.Generator

    @property
    def floor(self) -> float:
        """Y of the floor."""
        return self.rig.height / (_FLOOR_SLOPE * self.rig.focal)

    def jitter(self, size: float) -> float:
        return float(self.rng.uniform(-size, size))

    def at(self, x: float, y: float, q: float) -> Vector:
        """Return the point seen at the fractions (x, y) of the left picture, 1 / Z = q."""
        u = (x - 0.5) * self.rig.width / self.rig.focal
        v = (y - 0.5) * self.rig.height / self.rig.focal
        return u / q, v / q, 1 / q

    def on_floor(self, x: float, q: float) -> Vector:
        """Return the point of the floor in the picture column x, 1 / Z = q."""
        return self.at(x, 0.5, q)[0], self.floor, 1 / q

    def size(self, units: float, q: float) -> float:
        """Return the world size of what looks `units` quarters of a picture wide at 1 / Z = q."""
        return self.pixels(units * self.unit_px, q)

    def pixels(self, pixels: float, q: float) -> float:
        """Return the world size of what looks `pixels` wide at 1 / Z = q."""
        return pixels / (self.rig.focal * q)

    def thin(self, width_px: float, q: float) -> float:
        """Return the radius of a rod that looks `width_px` wide, unless the picture is tiny."""
        return self.pixels(min(width_px / 2, 0.1 * self.unit_px), q)


def _shell(place: _Placer, feet: list[Vector]) -> list[Thing]:
    """Build floor, back wall, left wall, and a backdrop for rays that miss them."""
    shadows = list(zip(feet, (0.24, 0.2, 0.3), strict=True))
    floor = Material(_OAK, _OAK_DARK, 0.13, planks(0.16, 1.1), shadow=contact_shadow(shadows))
    back = Material(_BLUE, _BLUE_PALE, 0.13, stripes((1.0, 0.0, 0.0), 0.42), shift=300.5)
    side = Material(_GREEN, _GREEN_PALE, 0.13, stripes((0.0, 0.0, 1.0), 0.5), shift=600.5)
    return [
        Thing(Plane((0.0, 0.0, 1 / _BACKDROP), (0.0, 0.0, -1.0)), Material(_BLUE, shift=77.5)),
        Thing(Plane((0.0, place.floor, 0.0), (0.0, -1.0, 0.0)), floor),
        Thing(_upright(place, (-0.5, 0.235), (1.5, 0.095)), back),
        Thing(_upright(place, (-0.1, 0.77), (0.18, 0.154)), side),
    ]


def _upright(place: _Placer, start: tuple[float, float], end: tuple[float, float]) -> Patch:
    """Build a high vertical wall between two (column, q)."""
    first = np.array(place.at(start[0], 0.5, start[1]))
    last = np.array(place.at(end[0], 0.5, end[1]))
    tall = 2 * place.rig.height / (place.rig.focal * _BACKDROP)
    return Patch(_vector((first + last) / 2), _vector((last - first) / 2), (0.0, tall, 0.0))


def _sphere(place: _Placer, foot: Vector) -> list[Thing]:
    x, y, z = foot
    radius = place.size(0.46, 0.57)
    centre = (x, y - radius, z)
    bands = stripes((0.3 / radius, 1.0 / radius, -0.35 / radius), 0.42, centre)
    return [Thing(Sphere(centre, radius), Material(_ORANGE, _CREAM, 0.14, bands, shift=120.5))]


def _column(place: _Placer, foot: Vector) -> list[Thing]:
    x, y, z = foot
    radius, tall = place.size(0.28, 0.45), place.size(0.72, 0.45)
    helix = stripes((0.7 / radius, 1.0 / radius, 0.0), 0.9, (x, y, z))
    side = Material(_CREAM, _RED, 0.14, helix, shift=210.5)
    top = Material(_CREAM, contrast=0.15, shift=250.5)
    return _capped((x, y, z), (x, y - tall, z), radius, side, top)


def _capped(
    start: Vector, end: Vector, radius: float, side: Material, top: Material
) -> list[Thing]:
    """Build a cylinder with a lid on its end."""
    axis = np.subtract(end, start)
    across = np.cross(axis, (0.0, 0.0, 1.0))
    across = across * (radius / np.sqrt(np.sum(across * across)))
    down = np.cross(across, axis) / np.sqrt(np.sum(axis * axis))
    lid = Patch(end, _vector(across), _vector(down), elliptic=True)
    return [Thing(Cylinder(start, end, radius), side), Thing(lid, top)]


def _crate(place: _Placer, foot: Vector) -> list[Thing]:
    """Build a box turned about the vertical: front, both sides and top."""
    x, y, z = foot
    half = place.size(0.34, 0.37)
    turn = 0.5 + place.jitter(0.06)
    c, s = half * np.cos(turn), half * np.sin(turn)
    middle = np.array((x, y - half, z))
    front, right, up = np.array((s, 0, -c)), np.array((c, 0, s)), np.array((0, -half, 0))
    slats = stripes((0.0, 1.0 / half, 0.0), 0.5, (x, y, z))
    faces = ((front, right, -up), (right, -front, -up), (-right, front, -up), (up, right, front))
    return [
        Thing(
            Patch(_vector(middle + normal), _vector(across), _vector(down)),
            Material(_VIOLET, (0.58, 0.47, 0.70), 0.15, slats, shift=330.5 + 41 * k),
        )
        for k, (normal, across, down) in enumerate(faces)
    ]


def _panels(place: _Placer) -> list[Thing]:
    """Hang up a board without any texture, and a checkerboard that repeats every 11 to 15 px."""
    board = _hung(place, (0.27, 0.235), (0.52, 0.215), (0.10, 0.40))
    frame = _hung(place, (0.258, 0.232), (0.532, 0.212), (0.084, 0.416))
    checker = _hung(place, (0.68, 0.315), (0.93, 0.275), (0.08, 0.42))
    period = place.pixels(14.0, 0.295)
    return [
        Thing(frame, Material(_STEEL, contrast=0.1, shift=450.5)),
        Thing(board, Material(_PAPER, contrast=0.0)),
        Thing(checker, Material(_PAPER, _INK, 0.0, checks(checker, period))),
    ]


def _hung(
    place: _Placer, start: tuple[float, float], end: tuple[float, float], rows: tuple[float, float]
) -> Patch:
    """Build an upright rectangle from (column, q) to (column, q); `rows` hold at its middle."""
    first = np.array(place.at(start[0], 0.5, start[1]))
    last = np.array(place.at(end[0], 0.5, end[1]))
    centre = (first + last) / 2
    scale = centre[2] * place.rig.height / place.rig.focal
    centre[1] = (sum(rows) / 2 - 0.5) * scale
    down = (0.0, (rows[1] - rows[0]) / 2 * scale, 0.0)
    return Patch(_vector(centre), _vector((last - first) / 2), down)


def _poles(place: _Placer) -> list[Thing]:
    """Put up three thin poles, 2, 3 and 4 px wide (thinner in pictures below 80 x 60)."""
    things = []
    poles = ((0.485, 0.5, 2, 0.22), (0.215, 0.68, 3, 0.15), (0.945, 0.78, 4, 0.05))
    for column, q, width_px, top in poles:
        foot = place.on_floor(column + place.jitter(0.01), q)
        tip = (foot[0], place.at(column, top, q)[1], foot[2])
        metal = Material(_STEEL, contrast=0.12, shift=500.5 + 60 * width_px)
        off_axis = math.hypot(1.0, foot[0] / foot[2])  # a flat picture widens what is aside
        things += _capped(foot, tip, place.thin(width_px, q) / off_axis, metal, metal)
    return things


def _wire(place: _Placer) -> list[Thing]:
    """Stretch a wire that comes towards the viewer, about 2 px wide."""
    start = place.at(0.05, 0.02, 0.45)
    end = place.at(0.98, 0.30 + place.jitter(0.02), 0.62)
    metal = Material(_INK, contrast=0.12, shift=555.5)
    return _capped(start, end, place.thin(2, 0.5), metal, metal)


def _vector(array: FloatArray) -> Vector:
    x, y, z = array.tolist()
    return x, y, z
