"""From two raw cameras to metres: calibration, rectification, depth and points."""

from __future__ import annotations

from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry

__all__ = ["Calibration", "StereoGeometry"]
