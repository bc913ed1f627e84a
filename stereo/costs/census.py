"""Census matching cost: the Hamming distance of local orderings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_CENSUS", "Census"]


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


DEFAULT_CENSUS = Census(9, 7, p1=14, p2=63)
