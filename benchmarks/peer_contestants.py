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
    library, method : str
        What matches, and how.
    variant : str
        The backend, or "padded" where the images get a border; may be "".
    command : tuple of str
        Starts its process.
    slow : bool
        It takes so long that it is timed once, without a round before.
    """

    library: str
    method: str
    variant: str
    command: tuple[str, ...]
    slow: bool = False

    @property
    def label(self) -> str:
        """Library and method, for the tables."""
        return f"{self.library} {self.method}"

    @property
    def name(self) -> str:
        """The same with the variant."""
        return _joined(self.label, self.variant)

    @property
    def family(self) -> str:
        """Library and variant, for the chart."""
        return _joined(self.library, self.variant)


def own(presets: Sequence[str], backends: Sequence[str]) -> Iterator[Contestant]:
    """Yield the presets of this library on each backend."""
    for backend in backends:
        for preset in presets:
            command = (*_WORKER, "stereo", preset, backend)
            slow = preset == "learned" or backend == "reference"
            yield Contestant("stereo", preset, backend, command, slow)


def opencv() -> Iterator[Contestant]:
    """Yield OpenCV's block matcher and all modes of its SGBM, as they are and with a border."""
    for border, variant in (("plain", ""), ("padded", "padded")):
        for name in (BLOCK_MATCHER, *opencv_modes.ALL_MODES):
            yield Contestant("OpenCV", name, variant, (*_WORKER, "opencv", name, border))


def pandora(python: Path) -> Contestant:
    """Return Pandora, run by the interpreter of its environment."""
    command = (str(python), str(_HERE / "pandora_worker.py"))
    return Contestant("Pandora", "SGM", "", command, slow=True)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
