"""OpenCV's StereoSGBM modes, as each benchmark sets them up."""

from __future__ import annotations

from stereo.evaluation.opencv import MODES as ALL_MODES
from stereo.evaluation.opencv import OpenCVMatcher, gray

__all__ = [
    "ALL_MODES",
    "MODES",
    "PEER_OF_PATHS",
    "THREADED",
    "gray",
    "same_stages",
    "set_threads",
    "usual",
    "version",
]

PEER_OF_PATHS = {8: "MODE_HH", 5: "MODE_SGBM", 4: "MODE_SGBM_3WAY"}
"""The mode that each number of paths is compared with; 3WAY follows 3 paths."""

MODES = tuple(PEER_OF_PATHS.values())
"""The modes that `speed.py` times; the others take all of `ALL_MODES`."""

THREADED = ("MODE_SGBM_3WAY",)
"""The modes that can use more than one thread."""


def usual(mode: str, max_disp: int, uniqueness: int = 10) -> OpenCVMatcher:
    """Return a mode at its usual settings, those of OpenCV's own examples but for the block.

    blockSize 3 (with which it scores best), P1 = 8 * 9, P2 = 32 * 9, disp12MaxDiff 1,
    uniquenessRatio 10, preFilterCap 63, speckles of 100 pixels and 2 px.
    """
    return OpenCVMatcher(mode, max_disp, uniqueness=uniqueness)


def same_stages(mode: str, max_disp: int) -> OpenCVMatcher:
    """Return a mode that does as much as the timed configuration of this library.

    A window of 5x5, the left-right check and sub-pixel interpolation, but neither
    uniqueness nor speckles. A 3x3 median is part of every call of OpenCV's compute.
    """
    return OpenCVMatcher(mode, max_disp, block_size=5, uniqueness=0, speckle_size=0)


def set_threads(threads: int) -> None:
    """Limit OpenCV to so many threads."""
    import cv2

    cv2.setNumThreads(threads)


def version() -> str:
    """Return OpenCV's version."""
    import cv2

    return str(cv2.__version__)
