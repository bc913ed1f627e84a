"""Points that two images share, from matched features."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.gray import gray_8bit
from stereo.io.images import opencv

__all__ = ["FeatureMatches", "epipolar_inliers", "matched_features"]

Float64Array = npt.NDArray[np.float64]

_RATIO = 0.8  # of the distances to the best and the second best feature (Lowe 2004)
_CONTRAST = 0.02  # half of SIFT's usual threshold: walls and roads have little texture
_BLOCK = 1024  # features that are compared at once: bounds the memory
_EPIPOLAR = 1.0  # px, noise for which MAGSAC is told to look
_CONFIDENCE, _TRIALS = 0.9999, 20000
_FEWEST = 15  # matches for a fundamental matrix that means something


class FeatureMatches(NamedTuple):
    """Matched features.

    Attributes
    ----------
    left, right : ndarray, float64 (n, 2)
        x and y, px; row k of both is one point.
    turns : ndarray, float64 (n,)
        By how much the right feature is turned against the left one, rad, in (-pi, pi].
    """

    left: Float64Array
    right: Float64Array
    turns: Float64Array

    def where(self, chosen: npt.NDArray[np.bool_]) -> FeatureMatches:
        """Return some of the matches."""
        return FeatureMatches(self.left[chosen], self.right[chosen], self.turns[chosen])


def matched_features(
    left: npt.ArrayLike, right: npt.ArrayLike, *, features: int, pixels: int
) -> FeatureMatches:
    """Match SIFT features (Lowe 2004) that are each other's nearest, by RootSIFT distances.

    Parameters
    ----------
    left, right : array_like, (H, W), (H, W, 3) or (H, W, 4)
        uint8, uint16 or float, gray or RGB. Sizes may differ.
    features : int
        Strongest features that are used of each image.
    pixels : int
        Larger images are reduced to about this many pixels first.

    Returns
    -------
    FeatureMatches
        No two share a point in both images.
    """
    first = _described(gray_8bit(left, "left"), features, pixels)
    second = _described(gray_8bit(right, "right"), features, pixels)
    nothing = np.empty((0, 2))
    if min(len(first[0]), len(second[0])) < 2:
        return FeatureMatches(nothing, nothing, np.empty(0))
    a, b = _mutual(first[2], second[2])
    turns = np.angle(np.exp(1j * (second[1][b] - first[1][a])))
    together = np.hstack([first[0][a], second[0][b]])
    _, unique = np.unique(np.round(together, 2), axis=0, return_index=True)
    return FeatureMatches(together[unique, :2], together[unique, 2:], turns[unique])


def _described(
    gray: npt.NDArray[np.uint8], features: int, pixels: int
) -> tuple[Float64Array, Float64Array, npt.NDArray[np.float32]]:
    """Return places (n, 2), orientations in rad (n,) and descriptors (n, 128)."""
    cv2 = opencv()
    height, width = gray.shape
    scale = min(1.0, float(np.sqrt(pixels / gray.size)))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size != (width, height):
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    sift = cv2.SIFT_create(nfeatures=features, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(gray, None)
    if not keypoints:
        return np.empty((0, 2)), np.empty(0), np.empty((0, 128), np.float32)
    places = np.array([keypoint.pt for keypoint in keypoints])
    places = (places + 0.5) * [width / size[0], height / size[1]] - 0.5
    angles = np.radians([keypoint.angle for keypoint in keypoints])
    # RootSIFT (Arandjelovic and Zisserman 2012): Euclidean distance becomes Hellinger's.
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return places, angles, rooted.astype(np.float32)


def _mutual(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows that are each other's nearest and pass the ratio test."""
    best = np.empty(len(first), np.int64)
    passes = np.empty(len(first), bool)
    back_value = np.full(len(second), -np.inf, np.float32)
    back = np.zeros(len(second), np.int64)
    for start in range(0, len(first), _BLOCK):
        some = slice(start, start + _BLOCK)
        similar = first[some] @ second.T  # of unit vectors: distance^2 = 2 - 2 * similarity
        top = np.argpartition(similar, -2, axis=1)[:, -2:]
        values = np.take_along_axis(similar, top, axis=1)
        order = values.argmax(axis=1)
        rows = np.arange(len(similar))
        best[some] = top[rows, order]
        nearest, next_one = 2 - 2 * values[rows, order], 2 - 2 * values[rows, 1 - order]
        passes[some] = nearest < _RATIO**2 * next_one
        column = similar.argmax(axis=0)
        value = similar[column, np.arange(len(second))]
        better = value > back_value
        back_value[better], back[better] = value[better], column[better] + start
    chosen = np.flatnonzero(passes & (back[best] == np.arange(len(first))))
    return chosen, best[chosen]


def epipolar_inliers(
    matches: FeatureMatches,
) -> tuple[npt.NDArray[np.bool_], Float64Array | None]:
    """Return which matches fit one fundamental matrix, and that matrix (right^T F left = 0).

    By MAGSAC++ (Barath et al. 2020). Without 15 matches, or a matrix that fits so many, there
    is none.
    """
    nothing = np.zeros(len(matches.left), bool)
    if len(matches.left) < _FEWEST:
        return nothing, None
    cv2 = opencv()
    F, mask = cv2.findFundamentalMat(
        matches.left, matches.right, cv2.USAC_MAGSAC, _EPIPOLAR, _CONFIDENCE, _TRIALS
    )
    if F is None or np.shape(F) != (3, 3) or not np.isfinite(F).all():
        return nothing, None
    inliers: Any = np.asarray(mask).ravel() > 0
    if inliers.sum() < _FEWEST:
        return nothing, None
    return inliers, np.asarray(F, np.float64)
