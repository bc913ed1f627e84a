"""Penalties that follow from the maximum of a cost."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

__all__ = ["ProportionalPenalties"]


class ProportionalPenalties(ABC):
    """p1 is a share of the maximum, p2 twice the maximum: a jump outweighs any one pixel."""

    p1_share: ClassVar[float] = 0.25

    @property
    @abstractmethod
    def maximum(self) -> int:
        """Largest value that the cost can take."""

    @property
    def p1(self) -> int:
        """Penalty for a change of the disparity by 1 px."""
        return round(self.maximum * self.p1_share)

    @property
    def p2(self) -> int:
        """Penalty for a larger change."""
        return 2 * self.maximum
