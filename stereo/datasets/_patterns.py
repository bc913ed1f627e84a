"""Patterns painted on surfaces: functions of the surface point alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stereo.datasets._surfaces import FloatArray, Patch, Vector

__all__ = ["Pattern", "checks", "contact_shadow", "planks", "stripes"]

Pattern = Callable[[FloatArray], FloatArray]


def stripes(direction: Vector, period: float, origin: Vector = (0.0, 0.0, 0.0)) -> Pattern:
    """Paint soft stripes across `direction`."""

    def pattern(points: FloatArray) -> FloatArray:
        phase = sum(direction[k] * (points[k] - origin[k]) for k in range(3)) / period
        wave = np.abs(phase - np.floor(phase) - 0.5) * 4 - 1
        blend: FloatArray = np.clip(0.5 + 2.5 * wave, 0.0, 1.0)
        return blend

    return pattern


def planks(width: float, length: float) -> Pattern:
    """Paint floor boards that run away from the viewer; the joints are dark."""

    def pattern(points: FloatArray) -> FloatArray:
        row = np.floor(points[0] / width)
        along = points[2] / length + row * 0.382
        s = points[0] / width - row
        t = along - np.floor(along)
        joint = np.minimum(np.minimum(s, 1 - s) * width, np.minimum(t, 1 - t) * length)
        # A cheap hash gives each board its own tone.
        tone = (row * 0.754877 + np.floor(along) * 0.569840) % 1.0
        blend: FloatArray = np.maximum(0.45 * tone, np.clip(1.2 - joint / 0.006, 0.0, 1.0))
        return blend

    return pattern


def checks(patch: Patch, period: float) -> Pattern:
    """Paint a checkerboard with squares of half a period."""
    across, down = np.array(patch.across), np.array(patch.down)
    columns = 4 * np.sqrt(np.sum(across * across)) / period
    rows = 4 * np.sqrt(np.sum(down * down)) / period

    def pattern(points: FloatArray) -> FloatArray:
        s, t = patch.coordinates(points)
        parity = np.floor((s + 1) / 2 * columns) + np.floor((t + 1) / 2 * rows)
        return np.asarray(parity % 2, dtype=np.float64)

    return pattern


def contact_shadow(spots: Sequence[tuple[Vector, float]]) -> Pattern:
    """Darken spots where things stand on the floor."""

    def factor(points: FloatArray) -> FloatArray:
        light = np.ones(points.shape[1])
        for (x, _, z), radius in spots:
            squared = ((points[0] - x) ** 2 + (points[2] - z) ** 2) / radius**2
            light = light * (1 - 0.6 / (1 + squared * squared))
        return light

    return factor
