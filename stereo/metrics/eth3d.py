"""Scores of ETH3D's two-view stereo benchmark (Schöps et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stereo.metrics import _errors
from stereo.metrics._inputs import counted, known, map_of, same_shape
from stereo.metrics._sets import Scores, as_list, weighted_means

__all__ = ["Eth3dScore", "eth3d"]

THRESHOLDS = (0.5, 1.0, 2.0, 4.0)
QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Eth3dScore:
    """What the board says of one disparity map, or of a set.

    All figures but `coverage` are over the evaluated pixels that have a result. Of a map without
    any result the rates are 100 and the errors infinite, as in ETH3D's own program.

    Attributes
    ----------
    bad : dict of float to float
        Share of errors above 0.5, 1, 2 and 4 px, per cent.
    coverage : float
        Share of the evaluated pixels that have a result, per cent.
    avg_error, rms : float
        Mean absolute error and root mean square error, px.
    quantiles : dict of float to float
        A50, A90, A95 and A99 by their shares: of the n sorted absolute errors number
        floor(n * share), counted from 0, px.
    pixels : int
        Number of evaluated pixels.
    """

    bad: Mapping[float, float]
    coverage: float
    avg_error: float
    rms: float
    quantiles: Mapping[float, float]
    pixels: int

    @classmethod
    def mean(cls, scores: Scores[Eth3dScore]) -> Eth3dScore:
        """Average a set as the board does: each image counts the same.

        Parameters
        ----------
        scores : mapping of str to Eth3dScore, or iterable of Eth3dScore
            The images.

        Returns
        -------
        Eth3dScore
            `pixels` is the sum.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the set is empty or holds something else.

        Examples
        --------
        >>> import numpy as np
        >>> small, large = np.full((1, 9), 4.0), np.full((9, 9), 4.0)
        >>> Eth3dScore.mean([eth3d(small + 3, small), eth3d(large, large)]).bad[2.0]
        50.0
        """
        found = as_list(cls, scores)
        return cls(**weighted_means(found, [1.0] * len(found)))


def eth3d(
    disparity: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    nonocc: npt.ArrayLike | None = None,
) -> Eth3dScore:
    """Score a disparity map as ETH3D's two-view benchmark does.

    After ETH3D's evaluation program. Pixels without a result lower the coverage and nothing else:
    the rates are those of the pixels that have one.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Pixels. NaN, infinite, or beyond the width of the image, |d| > W, = no result.
    truth : array_like, floating point, (H, W)
        Pixels; NaN or infinite = unknown, not evaluated.
    nonocc : array_like, bool or uint8, (H, W), optional
        The mask of pixels to evaluate, such as mask0nocc.png: True, or exactly 255, counts.
        Without it every known pixel counts.

    Returns
    -------
    Eth3dScore
        Percentages, and errors in pixels.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point, the shapes differ, or the ground truth is unknown
        everywhere.

    References
    ----------
    Schöps, Schönberger, Galliani, Sattler, Schindler, Pollefeys, Geiger: A multi-view stereo
    benchmark with high-resolution images and multi-camera videos. CVPR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[2.0, 2.0, 2.0, 2.0, np.inf]])
    >>> score = eth3d(np.array([[2.0, 3.5, np.nan, -6.0, 2.0]]), truth)
    >>> score.coverage, score.bad[1.0], score.avg_error
    (50.0, 50.0, 0.75)
    """
    result, gt = map_of("disparity", disparity), map_of("truth", truth)
    same_shape("disparity", result, gt.shape)
    evaluated = known(~np.isnan(gt), counted("nonocc", nonocc, gt.shape))
    values = result[evaluated]
    found = np.abs(values) <= gt.shape[1]
    errors = np.abs(values[found] - gt[evaluated][found])
    if errors.size == 0:
        return Eth3dScore(
            bad=dict.fromkeys(THRESHOLDS, 100.0),
            coverage=0.0,
            avg_error=math.inf,
            rms=math.inf,
            quantiles=dict.fromkeys(QUANTILES, math.inf),
            pixels=values.size,
        )
    wrong = _errors.wrong(errors, THRESHOLDS)
    return Eth3dScore(
        bad={t: _errors.per_cent(count, errors.size) for t, count in wrong.items()},
        coverage=_errors.per_cent(errors.size, values.size),
        avg_error=_errors.mean(errors),
        rms=_errors.rms(errors),
        quantiles=_errors.quantiles(errors, QUANTILES),
        pixels=values.size,
    )
