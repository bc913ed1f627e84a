"""Census matching cost: the Hamming distance of local orderings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CENSUS_5X5", "CENSUS_7X7", "CENSUS_9X7", "Census"]


@dataclass(frozen=True)
class Census:
    """Hamming distance between census transforms (Zabih and Woodfill 1994).

    Each pixel is described by one bit for each other pixel of its window: whether
    that pixel is darker. The cost of a match is the number of differing bits, so it does not
    change under any strictly increasing change of brightness.

    Attributes
    ----------
    width, height : int
        Size of the window, px, both odd.
    p1, p2 : int
        Default penalties in units of this cost (bits), for a change of the disparity by
        1 px and by more along a path.
    """

    width: int
    height: int
    p1: int
    p2: int

    @property
    def maximum(self) -> int:
        """Largest possible cost, bits."""
        return self.width * self.height - 1


# Penalties chosen on 41 real pairs with ground truth (benchmarks/accuracy.py): about a quarter
# and one time the maximum of the cost, the second no larger than byte arithmetic takes.
CENSUS_5X5 = Census(5, 5, p1=8, p2=36)
CENSUS_7X7 = Census(7, 7, p1=14, p2=60)
CENSUS_9X7 = Census(9, 7, p1=14, p2=63)
