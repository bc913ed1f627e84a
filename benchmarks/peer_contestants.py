"""Who takes part in `peers.py`, and how each is started."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import opencv_modes
from opencv_borders import BLOCK_MATCHER

__all__ = ["BASELINE", "Contestant", "opencv", "own", "pandora"]

_HERE = Path(__file__).resolve().parent
_WORKER = (sys.executable, str(_HERE / "peer_worker.py"))

BASELINE = "OpenCV MODE_HH"
"""The contestant that the times are compared with."""


@dataclass(frozen=True)
class Contestant:
    """A row of the tables.

    Attributes
    ----------
    name : str
        What the tables call it.
    family : str
        What it is of: this library on a backend, OpenCV, OpenCV with a border, or Pandora.
    command : tuple of str
        Starts its process.
    slow : bool
        It takes so long that it is timed once, without a round before.
    """

    name: str
    family: str
    command: tuple[str, ...]
    slow: bool = False


def own(presets: Sequence[str], backends: Sequence[str]) -> Iterator[Contestant]:
    """Yield the presets of this library on each backend."""
    for backend in backends:
        for preset in presets:
            name, family = f"stereo {preset}, {backend}", f"stereo, {backend}"
            command = (*_WORKER, "stereo", preset, backend)
            yield Contestant(name, family, command, slow=backend == "reference")


def opencv() -> Iterator[Contestant]:
    """Yield OpenCV's block matcher and all modes of its SGBM, as they are and with a border."""
    for border, suffix in (("plain", ""), ("padded", ", padded")):
        for name in (BLOCK_MATCHER, *opencv_modes.ALL_MODES):
            command = (*_WORKER, "opencv", name, border)
            yield Contestant(f"OpenCV {name}{suffix}", f"OpenCV{suffix}", command)


def pandora(python: Path) -> Contestant:
    """Return Pandora, run by the interpreter of its environment."""
    command = (str(python), str(_HERE / "pandora_worker.py"))
    return Contestant("Pandora, SGM", "Pandora", command, slow=True)
