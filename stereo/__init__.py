"""Stereo depth: semi-global matching at the speed of the machine.

>>> import stereo
>>> from stereo.datasets import synthetic
>>> pair = synthetic.shifted(64, 48, 5.0)
>>> disparity = stereo.sgm(pair.left, pair.right, max_disp=16)
>>> round(float(disparity[24, 40]), 1)
5.0
"""

from __future__ import annotations

from . import (
    aggregation,
    confidence,
    costs,
    filters,
    geometry,
    io,
    metrics,
    models,
    refinement,
    selection,
)
from .backends import BackendInfo, backends
from .geometry import depth, points
from .pipeline import SGM, sgm
from .types import Flag, Match, StereoError, StereoWarning

__all__ = [
    "SGM",
    "BackendInfo",
    "Flag",
    "Match",
    "StereoError",
    "StereoWarning",
    "aggregation",
    "backends",
    "confidence",
    "costs",
    "depth",
    "filters",
    "geometry",
    "io",
    "metrics",
    "models",
    "points",
    "refinement",
    "selection",
    "sgm",
]
__version__ = "0.1.0"
