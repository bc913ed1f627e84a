"""Is this pair rectified? Measured, from what the images show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag
from stereo.geometry.features import FeatureMatches, epipolar_inliers, matched_features
from stereo.inputs import checked_image
from stereo.types import StereoValueError

__all__ = ["RectificationCheck", "check_rectification"]

# Features of each image, and pixels to which larger ones are reduced.
_THOROUGH, _QUICK = (3000, 1_500_000), (1000, 300_000)
_FEWEST = 15  # matches from which figures are drawn
_TOLERATED = 1.0  # px of vertical offset that matching bears
_WRONG = (3.0, 6.0)  # px, and standard deviations, from the fitted offset: a wrong match
_NEGATIVE = 0.8  # share of negative disparities that makes a pair look swapped
_LEAST_DISPARITY = 0.5  # px: what is nearer 0 has no sign
_LINEAR = 2.0  # px, change of the vertical offset across the image that is worth a word


@dataclass(frozen=True)
class RectificationCheck:
    """What matched features say about a pair that should be rectified.

    Attributes
    ----------
    matches : int
        Matches that the figures rest on. Below 15 there are no figures: all are NaN, and
        `swapped` and `rotated` are False.
    vertical_rms : float
        Root mean square of y_left - y_right, px.
    vertical_median : float
        Median of the absolute value of y_left - y_right, px.
    vertical_shift : float
        Median of y_left - y_right, px: positive where the right image shows things higher up.
    slope_x, slope_y : float
        Change of y_left - y_right a column and a row. A roll of one camera by 1 degree gives a
        `slope_x` of 0.017; another scale or focal length gives a `slope_y`.
    residual_rms : float
        Root mean square of what a shift and the two slopes leave, px: noise and distortion.
    min_disparity, max_disparity : float
        Percentiles 1 and 99 of x_left - x_right, px.
    swapped : bool
        At least 80 % of the disparities are below -0.5 px: left and right are exchanged, or both
        images are upside down. Not told where `rotated`.
    rotated : bool
        One image is turned by about 180 degrees against the other.
    image_size : (int, int)
        Width and height, px.
    """

    matches: int
    vertical_rms: float
    vertical_median: float
    vertical_shift: float
    slope_x: float
    slope_y: float
    residual_rms: float
    min_disparity: float
    max_disparity: float
    swapped: bool
    rotated: bool
    image_size: tuple[int, int]

    @property
    def measured(self) -> bool:
        """Whether there were enough matches for figures."""
        return self.matches >= _FEWEST

    def problems(self) -> list[str]:
        """Return what is wrong with the pair, a sentence each; none for a good pair.

        Examples
        --------
        >>> from stereo.datasets import synthetic
        >>> pair = synthetic.render(320, 240, max_disp=32)
        >>> check_rectification(pair.left, pair.right).problems()
        []
        """
        if not self.measured:
            return [
                f"the images share only {self.matches} features: whether the pair is rectified "
                f"can't be told with less than {_FEWEST}"
            ]
        if self.rotated:
            return ["one image is turned by 180 degrees against the other"]
        found = []
        if self.swapped:
            found.append(
                f"left and right look swapped: disparities go from {self.min_disparity:.1f} to "
                f"{self.max_disparity:.1f} px, and those of a pair in the right order are not "
                "negative (both images upside down look the same)"
            )
        if self.vertical_median > _TOLERATED:
            found.append(
                f"matching points are {self.vertical_median:.1f} px apart vertically (median of "
                f"{self.matches}; RMS {self.vertical_rms:.1f} px): the pair is not rectified"
            )
        width, height = self.image_size
        if abs(self.slope_x) * width > _LINEAR:
            found.append(
                f"the vertical offset changes by {self.slope_x * width:.1f} px from left to right: "
                f"one camera is rolled by about {math.degrees(math.atan(self.slope_x)):.2f} degrees"
            )
        if abs(self.slope_y) * height > _LINEAR:
            found.append(
                f"the vertical offset changes by {self.slope_y * height:.1f} px from top to "
                f"bottom: the images differ in scale by about {abs(self.slope_y):.2%}"
            )
        return found


def check_rectification(
    left: npt.ArrayLike, right: npt.ArrayLike, *, quick: bool = False
) -> RectificationCheck:
    """Measure how well a pair is rectified, from matched features.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        The pair: uint8, uint16, float32 or float64, gray or RGB, of one size.
    quick : bool
        Use 1000 instead of 3000 features, of images reduced to 0.3 instead of 1.5 megapixels:
        some times faster, for a look before each matching.

    Returns
    -------
    RectificationCheck
        Figures; `problems()` puts them into words. Too few features to tell are reported
        there, not raised.

    Raises
    ------
    StereoTypeError, StereoValueError
        If these are no images, or their sizes differ.

    Notes
    -----
    SIFT features, matched both ways, kept where they agree with one fundamental matrix. A pair
    need not be rectified for that, so that the offsets of a bad pair are measured too.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.render(320, 240, max_disp=32)
    >>> check_rectification(pair.left, pair.right).vertical_median < 0.3
    True
    >>> check_rectification(pair.right, pair.left).swapped
    True
    """
    images = (checked_image(left, "left"), checked_image(right, "right"))
    shapes = [image.shape[:2] for image in images]
    if shapes[0] != shapes[1]:
        raise StereoValueError(
            f"left is {shapes[0][1]} x {shapes[0][0]} px and right {shapes[1][1]} x "
            f"{shapes[1][0]} px: a rectified pair has one size"
        )
    height, width = shapes[0]
    features, pixels = _QUICK if flag("quick", quick) else _THOROUGH
    matches = matched_features(*images, features=features, pixels=pixels)
    inliers, _ = epipolar_inliers(matches)
    return _figures(matches.where(inliers), (width, height))


def _figures(matches: FeatureMatches, size: tuple[int, int]) -> RectificationCheck:
    count = len(matches.left)
    if count < _FEWEST:
        nan = math.nan
        return RectificationCheck(count, nan, nan, nan, nan, nan, nan, nan, nan, False, False, size)
    vertical = matches.left[:, 1] - matches.right[:, 1]
    slopes, left_over = _linear(matches.left, vertical, size)
    # A wrong match may lie on its epipolar line by chance, most of all near an epipole.
    spread = max(_WRONG[0], _WRONG[1] * 1.4826 * float(np.median(np.abs(left_over))))
    right_ones = np.abs(left_over) <= spread
    matches, vertical = matches.where(right_ones), vertical[right_ones]
    residual = float(np.sqrt(np.mean(left_over[right_ones] ** 2)))
    count = len(vertical)
    disparity = matches.left[:, 0] - matches.right[:, 0]
    low, high = np.percentile(disparity, (1, 99))
    rotated = bool(np.mean(np.cos(matches.turns) < 0) > 0.5)
    negative = float(np.mean(disparity < -_LEAST_DISPARITY))
    return RectificationCheck(
        matches=count,
        vertical_rms=float(np.sqrt(np.mean(vertical**2))),
        vertical_median=float(np.median(np.abs(vertical))),
        vertical_shift=float(np.median(vertical)),
        slope_x=slopes[0],
        slope_y=slopes[1],
        residual_rms=residual,
        min_disparity=float(low),
        max_disparity=float(high),
        swapped=negative >= _NEGATIVE and not rotated,
        rotated=rotated,
        image_size=size,
    )


def _linear(
    places: npt.NDArray[np.float64], vertical: npt.NDArray[np.float64], size: tuple[int, int]
) -> tuple[tuple[float, float], npt.NDArray[np.float64]]:
    """Return the slopes of the vertical offset along x and y, and what they leave, px."""
    from scipy.optimize import least_squares

    extent = np.array(size, np.float64)
    design = np.column_stack([np.ones(len(places)), (places - (extent - 1) / 2) / extent])

    def left_over(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return vertical - design @ p

    start = np.array([np.median(vertical), 0.0, 0.0])
    found = least_squares(left_over, start, loss="soft_l1", f_scale=0.5)
    slopes = found.x[1:] / extent
    return (float(slopes[0]), float(slopes[1])), left_over(found.x)
