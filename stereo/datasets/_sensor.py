"""The camera's sensor: exposure, noise, saturation and number format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.datasets._arguments import number
from stereo.datasets._render import Side
from stereo.types import StereoTypeError

__all__ = ["Sensor", "sensor"]

_PEAK = {"uint8": 255.0, "uint16": 65535.0, "float32": 255.0}


@dataclass(frozen=True)
class Sensor:
    """The checked options that all scenes share."""

    dtype: str
    color: bool
    noise: float
    gain: float
    gamma: float

    def expose(self, radiance: npt.NDArray[np.float64], side: Side, seed: int) -> npt.NDArray[Any]:
        """Turn radiance (H, W, 3) into an image of one camera."""
        light = radiance if self.color else _luma(radiance)
        if side == "right":
            light = self.gain * np.maximum(light, 0.0) ** self.gamma
        gray = 255.0 * light
        if self.noise:
            rng = np.random.Generator(np.random.PCG64([seed, 1 if side == "left" else 2]))
            variance = self.noise**2 * (0.5 + 0.5 * np.clip(gray, 0.0, 255.0) / 127.5)
            gray = gray + np.sqrt(variance) * rng.standard_normal(gray.shape)
        level = np.clip(gray, 0.0, 255.0) * (_PEAK[self.dtype] / 255.0)
        return (level if self.dtype == "float32" else np.rint(level)).astype(self.dtype)


def sensor(dtype: npt.DTypeLike, color: bool, noise: float, gain: float, gamma: float) -> Sensor:
    """Check the options and build the sensor that has them."""
    try:
        name = np.dtype(dtype).name
    except (TypeError, ValueError):
        name = repr(dtype)
    if name not in _PEAK:
        raise StereoTypeError(f"dtype {name} can't be rendered; choose one of {', '.join(_PEAK)}")
    if not isinstance(color, (bool, np.bool_)):
        raise StereoTypeError(f"color={color!r} is not a bool")
    return Sensor(
        name,
        bool(color),
        number("noise", noise, 0.0, 255.0),
        number("gain", gain, 1e-3, 1e3),
        number("gamma", gamma, 1e-3, 1e3),
    )


def _luma(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gray after ITU-R BT.601, in a fixed order of additions."""
    gray: npt.NDArray[np.float64] = 0.299 * rgb[..., 0] + 0.587 * rgb[..., 1] + 0.114 * rgb[..., 2]
    return gray
