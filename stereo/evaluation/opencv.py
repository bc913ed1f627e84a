"""OpenCV's StereoSGBM, which the demo, the benchmarks and evaluations compare with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["MODES", "OpenCVMatcher", "gray", "opencv_threads"]

MODES = {
    "MODE_HH": "STEREO_SGBM_MODE_HH",
    "MODE_SGBM": "STEREO_SGBM_MODE_SGBM",
    "MODE_SGBM_3WAY": "STEREO_SGBM_MODE_SGBM_3WAY",
    "MODE_HH4": "STEREO_SGBM_MODE_HH4",
}
"""The modes with 8, 5, 3 and 4 paths, and what cv2 calls them."""


@dataclass(frozen=True)
class OpenCVMatcher:
    """One mode of StereoSGBM with its options, under OpenCV's names in OpenCV's units.

    The penalties are the multiples of the squared block size that OpenCV's manual
    recommends for gray images: P1 = 8 * blockSize**2 and P2 = 32 * blockSize**2.

    Attributes
    ----------
    mode : str
        A name in `MODES`.
    max_disp : int
        End of the search range from 0, px, exclusive; a multiple of 16.
    block_size : int
        Side of the window, px, odd.
    uniqueness : int
        uniquenessRatio, per cent.
    speckle_size : int
        speckleWindowSize, pixels.
    speckle_range : int
        speckleRange, px.
    pre_filter_cap : int
        preFilterCap, gray levels.
    """

    mode: str
    max_disp: int
    block_size: int = 3
    uniqueness: int = 10
    speckle_size: int = 100
    speckle_range: int = 2
    pre_filter_cap: int = 63

    def create(self) -> Any:
        """Return the cv2.StereoSGBM, with disp12MaxDiff = 1."""
        cv2 = opencv()
        return cv2.StereoSGBM_create(
            minDisparity=0,
            numDisparities=self.max_disp,
            blockSize=self.block_size,
            P1=8 * self.block_size**2,
            P2=32 * self.block_size**2,
            disp12MaxDiff=1,
            preFilterCap=self.pre_filter_cap,
            uniquenessRatio=self.uniqueness,
            speckleWindowSize=self.speckle_size,
            speckleRange=self.speckle_range,
            mode=getattr(cv2, MODES[self.mode]),
        )

    def disparity(
        self, left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8], *, padded: bool = True
    ) -> npt.NDArray[np.float32]:
        """Match gray images and return pixels with NaN where there is no match.

        OpenCV leaves the first `max_disp` columns without a result. `padded` repeats
        the first column that often on the left of both images, so that it gives one.
        """
        extra = ((0, 0), (self.max_disp if padded else 0, 0))
        wide_left, wide_right = (np.pad(image, extra, "edge") for image in (left, right))
        fixed_point = self.create().compute(wide_left, wide_right)[:, extra[1][0] :]
        pixels: npt.NDArray[np.float32] = fixed_point.astype(np.float32) / np.float32(16)
        pixels[fixed_point < 0] = np.nan
        return pixels


def gray(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return an 8-bit image as OpenCV's gray, (H, W); colour is RGB."""
    if image.ndim == 2:
        return image
    cv2 = opencv()
    converted: npt.NDArray[np.uint8] = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return converted


@contextmanager
def opencv_threads(count: int) -> Iterator[None]:
    """Limit OpenCV to so many threads."""
    cv2 = opencv()
    before = cv2.getNumThreads()
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
