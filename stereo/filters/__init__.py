"""Filters of disparity maps: what fails a check is NaN, what is filled or smoothed is a number.

Every filter takes a map float32 (H, W) in pixels with NaN where there is no match, and
returns a new one.
"""

from __future__ import annotations

from .consistency import left_right_check, left_right_flags
from .filling import fill
from .guided import bilateral, weighted_median
from .rejection import speckle, uniqueness
from .smoothing import median

__all__ = [
    "bilateral",
    "fill",
    "left_right_check",
    "left_right_flags",
    "median",
    "speckle",
    "uniqueness",
    "weighted_median",
]
