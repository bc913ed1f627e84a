"""What an evaluation ran on."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from stereo.cores import available_cores

__all__ = ["describe", "processor"]


def describe() -> dict[str, str]:
    """Return "cpu", "cores", "system", and the versions "stereo", "numpy", "python"."""
    from stereo import __version__

    return {
        "cpu": processor(),
        "cores": str(available_cores()),
        "system": platform.system(),
        "stereo": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def processor() -> str:
    """Return the model, with family and model number where the name says too little."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, _, value in lines}
    numbers = f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}"
    return f"{fields.get('model name', platform.machine())} ({numbers})"
