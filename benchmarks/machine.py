"""What the benchmarks ran on, for the lines above their tables."""

from __future__ import annotations

import platform

import numpy as np
import opencv_modes

import stereo
from stereo.cores import available_cores
from stereo.evaluation.machine import processor

__all__ = ["describe", "versions"]


def describe() -> str:
    """Name the processor, the cores that may be used, and the versions."""
    return f"{processor()}, {available_cores()} cores, {platform.system()}; {versions()}"


def versions() -> str:
    """Name the versions of this library, of its peer and of what runs both."""
    python = platform.python_version()
    opencv, numpy = opencv_modes.version(), np.__version__
    return f"stereo {stereo.__version__}, OpenCV {opencv}, NumPy {numpy}, Python {python}"
