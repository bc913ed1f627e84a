"""The least time of a GPU for a frame, on paper: bytes and operations against the peaks of cards.

Nothing is measured here. What a kernel moves and computes is what the headers in csrc/cuda say;
what a card can do is its maker's figure. No kernel reaches both limits, so a real frame takes
longer than the larger of the two.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from tables import header, row

__all__ = ["CARDS", "STAGES", "Card", "Stage", "main", "milliseconds"]


@dataclass(frozen=True)
class Card:
    """A card by its maker's data sheet.

    Attributes
    ----------
    name : str
        What it is called.
    bandwidth : float
        GB/s of its memory.
    multiprocessors, clock : int, float
        Their number, and the boost clock in GHz.
    integers : int
        32-bit integer operations of a multiprocessor in a clock.
    """

    name: str
    bandwidth: float
    multiprocessors: int
    clock: float
    integers: int

    @property
    def operations(self) -> float:
        """Integer operations a second, in thousand millions."""
        return self.multiprocessors * self.integers * self.clock


@dataclass(frozen=True)
class Stage:
    """What a stage moves and computes.

    Attributes
    ----------
    name : str
        The stage.
    volume_bytes, volume_operations : float
        For each pixel and disparity.
    pixel_bytes, pixel_operations : float
        For each pixel.
    """

    name: str
    volume_bytes: float
    volume_operations: float
    pixel_bytes: float
    pixel_operations: float


CARDS = (
    Card("Jetson AGX Orin 64 GB", 204.8, 16, 1.30, 64),
    Card("T4", 320, 40, 1.59, 64),
    Card("RTX 3080", 760, 68, 1.71, 64),
    Card("RTX 4090", 1008, 128, 2.52, 64),
    Card("A100 40 GB", 1555, 108, 1.41, 64),
    Card("H100 SXM", 3350, 132, 1.98, 64),
)

_PATHS, _AXES = 4, 2
# A step: 7 operations a disparity for the path and, for the gradient census, 14 for its cost.
_STEP, _COST = 7, 14

STAGES = (
    Stage("gray, tones, guide, census", 0, 0, 60, 400),
    Stage("paths", 1.5 * _PATHS, _PATHS * (_STEP + _COST), 0, 0),
    Stage("winners", _AXES, _AXES + _COST + 4, 11, 0),
    Stage("left-right check", 0, 0, 30, 60),
    Stage("speckles, both medians", 0, 0, 25 + 8 + 10, 380 + 1500),
)
"""The preset "default": 4 paths, elements of a byte, all pixels of the weighted median changed."""

SIZES = ((640, 480, 128), (1242, 375, 128), (1280, 720, 128), (2560, 1920, 256))


def milliseconds(card: Card, width: int, height: int, disparities: int) -> tuple[float, float]:
    """Return the least times of a frame for its bytes and for its operations."""
    pixels = width * height
    moved = sum(pixels * (s.volume_bytes * disparities + s.pixel_bytes) for s in STAGES)
    done = sum(pixels * (s.volume_operations * disparities + s.pixel_operations) for s in STAGES)
    return moved / card.bandwidth / 1e6, done / card.operations / 1e6


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print('Preset "default", on paper; nothing was measured.\n')
    header("card", "size", "bytes, ms", "operations, ms", "frames a second, at most")
    for card in CARDS:
        for width, height, disparities in SIZES:
            times = milliseconds(card, width, height, disparities)
            row(
                card.name,
                f"{width}x{height}, D = {disparities}",
                *(f"{each:.2f}" for each in times),
                f"{1000 / max(times):.0f}",
            )


if __name__ == "__main__":
    main()
