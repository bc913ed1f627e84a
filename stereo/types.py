"""The types that every part of the library shares: the error, the flags, the result."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Flag",
    "Match",
    "StereoError",
    "StereoFileError",
    "StereoMemoryError",
    "StereoTypeError",
    "StereoValueError",
    "StereoWarning",
]


class StereoError(Exception):
    """Something this library was asked for can't be done.

    The message says what was seen and what would be right. The subclasses are
    also the built-in exceptions that a Python programmer expects, so that
    ``except ValueError`` and ``except StereoError`` both work.
    """


class StereoValueError(StereoError, ValueError):
    """A value is outside what is supported."""


class StereoTypeError(StereoError, TypeError):
    """An argument has a type or dtype that can't be used."""


class StereoMemoryError(StereoError, MemoryError):
    """There is not enough memory."""


class StereoFileError(StereoError, OSError):
    """A file can't be read or written."""


class StereoWarning(UserWarning):
    """What was asked for was done, but it looks like a mistake: the message says why."""


class Flag(enum.IntFlag):
    """Why a pixel has no disparity: one bit a cause, 0 for a matched pixel.

    A pixel is NaN if and only if its flags are not 0, unless it was filled. ``NOT_UNIQUE``
    may stand together with one of the left-right causes; every other cause stands alone.
    """

    OUT_OF_RANGE = 1
    """No disparity of the range has its counterpart inside the right image."""
    NOT_UNIQUE = 2
    """Another disparity, more than 1 px away, costs almost as little."""
    OCCLUSION = 4
    """Left and right disagree, and no disparity of the range would agree."""
    MISMATCH = 8
    """Left and right disagree, though another disparity would agree."""
    BORDER = 16
    """As OCCLUSION, where the image border cuts the search range short."""
    SPECKLE = 32
    """Part of a region smaller than ``speckle_size`` pixels."""


@dataclass(frozen=True)
class Match:
    """Everything that one matching gives.

    The maps are NumPy arrays, or, for images in the memory of a CUDA device, arrays there.

    Attributes
    ----------
    disparity : ndarray, float32 (H, W)
        x_left - x_right in pixels, seen from the left image; NaN = no match.
    right_disparity : ndarray, float32 (H, W)
        The same x_left - x_right seen from the right image; NaN = no match.
    confidence : ndarray, float32 (H, W)
        1 - S1 / S2 in [0, 1]: S1 is the aggregated cost of the winner, S2 the
        lowest one more than 1 px away from it. 1 where no such second
        candidate exists, 0 where there is no match or S2 is 0.
    flags : ndarray, uint8 (H, W)
        Bits of :class:`Flag`; 0 exactly where a match was found: where `disparity` is a
        number, unless it was filled.
    seconds : float
        Wall time of the call; of one with images on a CUDA device the time that it took to start
        the work there.
    """

    disparity: npt.NDArray[np.float32]
    right_disparity: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint8]
    seconds: float
