"""OpenCV's matchers as `peers.py` times them: at usual settings, with or without a border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import opencv_modes

__all__ = ["BLOCK_MATCHER", "Bordered", "bordered"]

BLOCK_MATCHER = "StereoBM"
"""The name of OpenCV's block matcher, beside the modes of StereoSGBM."""

_BLOCK_SIZE = 9

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Bordered:
    """One of OpenCV's matchers, which keeps its buffers, and the border that it is given.

    OpenCV leaves the first `max_disp` columns without a result, and StereoBM half a window at
    the other edges too. Both images are enlarged by as much as that, each edge repeated.

    Attributes
    ----------
    matcher : cv2.StereoMatcher
        What computes.
    left, others : int
        Columns that are added at the left, and pixels at the three other edges.
    """

    matcher: Any
    left: int = 0
    others: int = 0

    def compute(self, left: Gray, right: Gray) -> npt.NDArray[np.int16]:
        """Match gray images; sixteenths of a pixel, negative where there is no match."""
        if not self.left:
            return self.matcher.compute(left, right)
        found = self.matcher.compute(self._enlarged(left), self._enlarged(right))
        height, width = left.shape
        return found[self.others : self.others + height, self.left : self.left + width]

    @staticmethod
    def pixels(found: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return pixels, NaN where there is no match."""
        pixels: npt.NDArray[np.float32] = found.astype(np.float32) / np.float32(16)
        pixels[found < 0] = np.nan
        return pixels

    def _enlarged(self, image: Gray) -> Gray:
        import cv2

        edges = (self.others, self.others, self.left, self.others)
        return cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE)


def bordered(name: str, max_disp: int, *, padded: bool) -> Bordered:
    """Return a matcher by its name: a mode of StereoSGBM, or `BLOCK_MATCHER`."""
    if name == BLOCK_MATCHER:
        matcher, half = _block_matcher(max_disp), _BLOCK_SIZE // 2
    else:
        matcher, half = opencv_modes.usual(name, max_disp).create(), 0
    return Bordered(matcher, max_disp + half, half) if padded else Bordered(matcher)


def _block_matcher(max_disp: int) -> Any:
    """Return StereoBM at the settings of OpenCV's example stereo_match."""
    import cv2

    matcher = cv2.StereoBM_create(max_disp, _BLOCK_SIZE)
    matcher.setPreFilterCap(31)
    matcher.setTextureThreshold(10)
    matcher.setUniquenessRatio(15)
    matcher.setSpeckleWindowSize(100)
    matcher.setSpeckleRange(32)  # sixteenths of a pixel here, unlike in StereoSGBM
    matcher.setDisp12MaxDiff(1)
    return matcher
