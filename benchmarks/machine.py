"""What the benchmarks ran on, for the lines above their tables."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import opencv_modes

import stereo
from stereo.cores import available_cores

__all__ = ["describe", "versions"]


def describe() -> str:
    """Name the processor, the cores that may be used, and the versions."""
    return f"{_processor()}, {available_cores()} cores, {platform.system()}; {versions()}"


def versions() -> str:
    """Name the versions of this library, of its peer and of what runs both."""
    python = platform.python_version()
    opencv, numpy = opencv_modes.version(), np.__version__
    return f"stereo {stereo.__version__}, OpenCV {opencv}, NumPy {numpy}, Python {python}"


def _processor() -> str:
    """Return the model, with family and model number where the name says too little."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, _, value in lines}
    numbers = f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}"
    return f"{fields.get('model name', platform.machine())} ({numbers})"
