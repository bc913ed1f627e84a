"""Rectification of a pair about which nothing is known, from matched features."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import word
from stereo.geometry.features import epipolar_inliers, matched_features
from stereo.geometry.homographies import centred, distortion, levelled, moved, shift, upright
from stereo.geometry.quasi_euclidean import quasi_euclidean
from stereo.geometry.remapping import checked_raw_pair, warped
from stereo.inputs import checked_image
from stereo.io.images import opencv
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["UncalibratedRectification", "rectify_uncalibrated"]

Float64Array = npt.NDArray[np.float64]
Method = Literal["best", "quasi-euclidean", "hartley"]

_FEATURES, _PIXELS = 6000, 4_000_000
_PRICE = 2.0  # px of vertical offset that a distortion of 1 is worth: 10 % cost 0.2 px
_TAILS = (0.5, 99.5)  # per cent of the disparities that may be wrong matches
_MARGIN = 0.1  # of the range of disparities, at both ends: features don't cover all


@dataclass(frozen=True, eq=False)
class UncalibratedRectification:
    """Two homographies that make an uncalibrated pair rectified.

    There is no `calibration`: without one, disparities are known, but not metres.

    Attributes
    ----------
    H_left, H_right : ndarray, float64 (3, 3)
        rectified_from_left and rectified_from_right, for pixels (x, y, 1).
    image_size : (int, int)
        Width and height of raw and rectified images, px.
    method : {"quasi-euclidean", "hartley"}
        Where the homographies come from.
    matches_left, matches_right : ndarray, float64 (n, 2)
        Matches that agree with one epipolar geometry, px in the raw images.
    vertical_rms, vertical_median : float
        Of the absolute vertical distances of these matches after rectification, px.
    distortion : float
        Root mean square of the logarithms of the local scales all over both images: 0.1 is
        a stretch by about 10 %.
    score : float
        vertical_median + 2 px * distortion: the lower one is chosen of both methods.
    min_disp, max_disp : int
        Range for :func:`stereo.sgm`: the disparities of the matches and a tenth more.
        `min_disp` is 0, because the images are shifted so.
    """

    H_left: Float64Array
    H_right: Float64Array
    image_size: tuple[int, int]
    method: str
    matches_left: Float64Array
    matches_right: Float64Array
    vertical_rms: float
    vertical_median: float
    distortion: float
    score: float
    min_disp: int
    max_disp: int

    def apply(
        self, left: npt.ArrayLike, right: npt.ArrayLike, *, interpolation: str = "linear"
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Rectify a pair of images of the same cameras.

        Parameters
        ----------
        left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
            Raw images of `image_size`; uint8, uint16, float32 or float64, which is rounded to
            float32.
        interpolation : {"linear", "nearest", "cubic", "lanczos"}

        Returns
        -------
        left, right : ndarray
            Same size, dtype and channels; 0 where the raw image has nothing.

        Raises
        ------
        StereoTypeError, StereoValueError
            For another dtype or size.
        """
        images = checked_raw_pair(left, right, self.image_size)
        return (
            warped(images[0], self.H_left, interpolation),
            warped(images[1], self.H_right, interpolation),
        )

    def rectified_points(self, points: npt.ArrayLike, side: str) -> Float64Array:
        """Return where the rectified image shows points of a raw image.

        Parameters
        ----------
        points : array_like, (n, 2)
            x and y, px.
        side : {"left", "right"}

        Returns
        -------
        ndarray, float64 (n, 2)

        Raises
        ------
        StereoTypeError, StereoValueError
            If the points are no numbers, or have another shape.
        """
        name = word("side", side, ("left", "right"))
        try:
            pixels = np.asarray(points, np.float64)
        except (TypeError, ValueError) as error:
            raise StereoTypeError(f"points must be numbers: {error}") from None
        if pixels.ndim != 2 or pixels.shape[1] != 2:
            raise StereoValueError(f"points has shape {pixels.shape}: expected (n, 2)")
        return moved(pixels, self.H_left if name == "left" else self.H_right)


def rectify_uncalibrated(
    left: npt.ArrayLike, right: npt.ArrayLike, *, method: Method = "best"
) -> UncalibratedRectification:
    """Rectify a pair from its matched features alone.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        Raw images of one size: uint8, uint16, float32 or float64, gray or RGB. Their lenses
        should distort little.
    method : {"best", "quasi-euclidean", "hartley"}
        "quasi-euclidean" (Fusiello and Irsara 2008) looks for two turned cameras with one focal
        length, and distorts little. "hartley" (Hartley 1999, through
        ``cv2.stereoRectifyUncalibrated``, with less shear after Loop and Zhang 1999) follows
        any fundamental matrix. "best" takes the lower `score`.

    Returns
    -------
    UncalibratedRectification

    Raises
    ------
    StereoTypeError
        If these are no images.
    StereoValueError
        If their sizes differ, they share too few features, or no method gives images that
        are neither flipped nor torn, as where one camera moved towards the scene.

    Notes
    -----
    SIFT features, matched both ways, and a fundamental matrix by MAGSAC++. Both homographies
    keep left on the left and up upwards. Which of both cameras is the left one can't be told
    without calibration: where they are exchanged, near things have the smaller disparity.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.render(320, 240, max_disp=32)
    >>> found = rectify_uncalibrated(pair.left, pair.right)
    >>> found.vertical_median < 0.5
    True
    >>> left, right = found.apply(pair.left, pair.right)
    >>> left.shape
    (240, 320)
    """
    wanted = word("method", method, ("best", "quasi-euclidean", "hartley"))
    images = (checked_image(left, "left"), checked_image(right, "right"))
    sizes = [(image.shape[1], image.shape[0]) for image in images]
    if sizes[0] != sizes[1]:
        raise StereoValueError(
            f"left is {sizes[0][0]} x {sizes[0][1]} px and right {sizes[1][0]} x {sizes[1][1]} "
            "px: both must have one size"
        )
    matches = matched_features(*images, features=_FEATURES, pixels=_PIXELS)
    inliers, F = epipolar_inliers(matches)
    if F is None:
        raise StereoValueError(
            f"the images share {len(matches.left)} features, of which fewer than 15 agree with "
            "one position of the cameras: they show too little texture, or different things"
        )
    kept = matches.where(inliers)
    candidates = []
    if wanted in ("best", "quasi-euclidean"):
        pair = quasi_euclidean(kept.left, kept.right, sizes[0])
        candidates.append(_candidate("quasi-euclidean", pair, kept.left, kept.right, sizes[0]))
    if wanted in ("best", "hartley"):
        found = _hartley(kept.left, kept.right, F, sizes[0])
        if found is not None:
            candidates.append(_candidate("hartley", found, kept.left, kept.right, sizes[0]))
    usable = [candidate for candidate in candidates if candidate is not None]
    if not usable:
        raise StereoValueError(
            f"{len(kept.left)} matches agree, but no rectification keeps both images upright and "
            "in one piece: did one camera move towards the scene, or turn by more than a right "
            "angle?"
        )
    return _in_range(min(usable, key=lambda candidate: candidate.score))


def _hartley(
    left: Float64Array, right: Float64Array, F: Float64Array, size: tuple[int, int]
) -> tuple[Float64Array, Float64Array] | None:
    """Return Hartley's homographies with less shear; None if there are none."""
    done, first, second = opencv().stereoRectifyUncalibrated(left, right, F, size, threshold=0)
    if not done or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    if abs(first[2, 2]) < 1e-12 or abs(second[2, 2]) < 1e-12:
        return None
    try:
        return levelled(first, second, size)
    except np.linalg.LinAlgError:  # a homography that flattens the middle of the image
        return None


def _candidate(
    method: str,
    pair: tuple[Float64Array, Float64Array],
    left: Float64Array,
    right: Float64Array,
    size: tuple[int, int],
) -> UncalibratedRectification | None:
    """Return a rectification with its figures; None if an image is flipped or torn."""
    H_left, H_right = centred(*pair, size)
    if not (upright(H_left, size) and upright(H_right, size)):
        return None
    vertical = moved(left, H_left)[:, 1] - moved(right, H_right)[:, 1]
    stretch = math.hypot(distortion(H_left, size), distortion(H_right, size)) / math.sqrt(2)
    median = float(np.median(np.abs(vertical)))
    return UncalibratedRectification(
        H_left,
        H_right,
        size,
        method,
        left,
        right,
        float(np.sqrt(np.mean(vertical**2))),
        median,
        stretch,
        median + _PRICE * stretch,
        0,
        0,
    )


def _in_range(found: UncalibratedRectification) -> UncalibratedRectification:
    """Shift the images towards each other so that disparities begin at 0."""
    points = moved(found.matches_left, found.H_left), moved(found.matches_right, found.H_right)
    disparity = points[0][:, 0] - points[1][:, 0]
    low, high = np.percentile(disparity, _TAILS)
    margin = max(1.0, _MARGIN * float(high - low))
    first = math.floor(low - margin)
    last = math.ceil(high + margin)
    half = first // 2
    return replace(
        found,
        H_left=shift(found.H_left, -half, 0),
        H_right=shift(found.H_right, first - half, 0),
        min_disp=0,
        max_disp=last - first + 1,
    )
