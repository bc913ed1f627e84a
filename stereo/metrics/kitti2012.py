"""Scores of the KITTI stereo benchmark of 2012 (Geiger et al. 2012)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy.typing as npt

from stereo.metrics import _errors
from stereo.metrics._kitti import compared
from stereo.metrics._sets import Scores, as_list, weighted_means

__all__ = ["Kitti2012Score", "kitti2012"]

THRESHOLDS = (1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class Kitti2012Score:
    """What the board says of one disparity map, or of a set.

    Attributes
    ----------
    outliers : dict of float to float
        Share of the evaluated pixels, per cent, with an error above 1, 2, 3, 4 and 5 px, after
        the holes were filled. The board ranks by `outliers[3]`.
    outliers_estimated : dict of float to float
        The same for the pixels that have a result of their own; NaN if none has.
    density : float
        Share of the evaluated pixels that have a result of their own, per cent.
    avg_error : float
        Mean absolute error after the holes were filled, px.
    avg_error_estimated : float
        The same for the pixels that have a result of their own, px; NaN if none has.
    pixels : int
        Number of evaluated pixels.
    """

    outliers: Mapping[float, float]
    outliers_estimated: Mapping[float, float]
    density: float
    avg_error: float
    avg_error_estimated: float
    pixels: int

    @classmethod
    def mean(cls, scores: Scores[Kitti2012Score]) -> Kitti2012Score:
        """Average a set as the board does: the mean of the rates of the images.

        Parameters
        ----------
        scores : mapping of str to Kitti2012Score, or iterable of Kitti2012Score
            The images.

        Returns
        -------
        Kitti2012Score
            `pixels` is the sum. A figure that an image lacks (NaN) the set lacks too.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the set is empty or holds something else.

        Examples
        --------
        >>> import numpy as np
        >>> small, large = np.full((1, 1), 8.0), np.full((9, 9), 8.0)
        >>> scores = [kitti2012(small + 4, small), kitti2012(large, large)]
        >>> Kitti2012Score.mean(scores).outliers[3.0]
        50.0
        """
        found = as_list(cls, scores)
        return cls(**weighted_means(found, [1.0] * len(found)))


def kitti2012(
    disparity: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    nonocc: npt.ArrayLike | None = None,
) -> Kitti2012Score:
    """Score a disparity map as the KITTI benchmark of 2012 does.

    After ``evaluate_stereo`` of the benchmark's development kit: the holes are filled first, see
    :func:`stereo.metrics.kitti_filled`, and pixels that stay empty count with the disparity -1.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Pixels; NaN, infinite or negative = no result.
    truth : array_like, floating point, (H, W)
        Pixels; NaN, infinite, 0 or negative = unknown, not evaluated. disp_occ gives the board's
        Out-All and Avg-All, disp_noc its Out-Noc and Avg-Noc.
    nonocc : array_like, bool or uint8, (H, W), optional
        Evaluate only where it is True, or exactly 255: with disp_occ as the truth and the known
        pixels of disp_noc as the mask the result is that of disp_noc.

    Returns
    -------
    Kitti2012Score
        Percentages, and errors in pixels.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point, the shapes differ, or the ground truth is unknown
        everywhere.

    References
    ----------
    Geiger, Lenz, Urtasun: Are we ready for autonomous driving? The KITTI vision benchmark suite.
    CVPR 2012.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[20.0, 20.0, 20.0, np.nan]])
    >>> score = kitti2012(np.array([[20.0, np.nan, 24.0, 20.0]]), truth)
    >>> round(score.outliers[3.0], 2), score.outliers_estimated[3.0], round(score.density, 2)
    (33.33, 50.0, 66.67)
    """
    _, gt, errors, estimated = compared(disparity, truth, nonocc)
    own = errors[estimated]
    filled_wrong, own_wrong = _errors.wrong(errors, THRESHOLDS), _errors.wrong(own, THRESHOLDS)
    return Kitti2012Score(
        outliers={t: _errors.per_cent(count, gt.size) for t, count in filled_wrong.items()},
        outliers_estimated={t: _errors.per_cent(count, own.size) for t, count in own_wrong.items()},
        density=_errors.per_cent(own.size, gt.size),
        avg_error=_errors.mean(errors),
        avg_error_estimated=_errors.mean(own),
        pixels=gt.size,
    )
