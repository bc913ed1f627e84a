"""The truncation of costs that are differences."""

from __future__ import annotations

from typing import Any

from ..types import StereoTypeError, StereoValueError

__all__ = ["checked_truncation"]


def checked_truncation(truncation: Any, largest: int) -> None:
    """Refuse a truncation that is no integer in 1 … `largest`."""
    if not isinstance(truncation, int) or isinstance(truncation, bool):
        raise StereoTypeError(f"truncation must be an integer, got {truncation!r}")
    if not 1 <= truncation <= largest:
        raise StereoValueError(f"truncation = {truncation} is not in 1 … {largest}")
