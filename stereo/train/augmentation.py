"""Changes of colour that a network should not mind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Colours", "no_change", "random_colours"]

FloatArray = npt.NDArray[np.float32]

_BRIGHTNESS = _CONTRAST = _SATURATION = 0.2
_HUE = 0.1  # of a turn
_LUMA = np.array([0.299, 0.587, 0.114])
_GRAY_AXIS = np.full(3, 3**-0.5)


@dataclass(frozen=True)
class Colours:
    """An affine change of RGB: mixed by a matrix, contrast about the mean luma of each image."""

    matrix: npt.NDArray[np.float64]
    contrast: float

    def __call__(self, image: FloatArray) -> FloatArray:
        """Return the image (H, W, 3) in [0, 1], changed and clipped."""
        mixed = image @ self.matrix.T.astype(np.float32)
        middle = np.float32((mixed @ _LUMA.astype(np.float32)).mean())
        changed = middle + np.float32(self.contrast) * (mixed - middle)
        clipped: FloatArray = np.clip(changed, 0, 1, dtype=np.float32)
        return clipped


no_change = Colours(np.eye(3), 1.0)
"""Leaves an image as it is."""


def random_colours(rng: np.random.Generator) -> Colours:
    """Draw brightness, contrast and saturation of ±20 %, and hue of ±10 % of a turn."""
    brightness, contrast, saturation = (
        1 + rng.uniform(-reach, reach) for reach in (_BRIGHTNESS, _CONTRAST, _SATURATION)
    )
    hue = _turned(2 * np.pi * rng.uniform(-_HUE, _HUE))
    gray = np.tile(_LUMA, (3, 1))
    mix = gray + saturation * (np.eye(3) - gray)
    return Colours(brightness * hue @ mix, contrast)


def _turned(angle: float) -> npt.NDArray[np.float64]:
    """Return a rotation about the gray axis: Rodrigues' formula."""
    x, y, z = _GRAY_AXIS
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    outer = np.outer(_GRAY_AXIS, _GRAY_AXIS)
    rotated: npt.NDArray[np.float64] = (
        np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * outer
    )
    return rotated
