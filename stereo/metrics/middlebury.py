"""Scores of the Middlebury stereo benchmark, version 3 (Scharstein et al. 2014)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, integer, number
from stereo.metrics import _errors
from stereo.metrics._inputs import Float64Array, counted, known, map_of
from stereo.metrics._sets import as_list, weighted_means
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["MIDDLEBURY_WEIGHTS", "MiddleburyScore", "middlebury"]

THRESHOLDS = (0.5, 1.0, 2.0, 4.0)
QUANTILES = (0.5, 0.9, 0.95, 0.99)
_SCALES = (1, 2, 4)
_LARGEST_NDISP = 1 << 20

MIDDLEBURY_WEIGHTS: Mapping[str, float] = MappingProxyType(
    dict.fromkeys(("PianoL", "Playroom", "Playtable", "Shelves", "Vintage"), 0.5)
)
"""Weights of the training scenes in the averages of the board; that of all others is 1."""


@dataclass(frozen=True)
class MiddleburyScore:
    """What the board says of one disparity map, or of a set.

    Attributes
    ----------
    bad : dict of float to float
        Share of the evaluated pixels, per cent, that have a result with an error above 0.5, 1, 2
        and 4 px of the ground truth.
    invalid : float
        Share of the evaluated pixels without a result, per cent.
    total_bad : dict of float to float
        `bad` + `invalid`. For a map without holes it is the figure of the board's tables.
    avg_error, rms : float
        Mean absolute error and root mean square error of the evaluated pixels that have a
        result, px of the ground truth; NaN if none has.
    quantiles : dict of float to float
        A50, A90, A95 and A99 by their shares: of the n sorted absolute errors of the pixels with
        a result, number floor(n * share), counted from 0.
    pixels : int
        Number of evaluated pixels.
    """

    bad: Mapping[float, float]
    invalid: float
    total_bad: Mapping[float, float]
    avg_error: float
    rms: float
    quantiles: Mapping[float, float]
    pixels: int

    @classmethod
    def mean(
        cls,
        scores: Mapping[str, MiddleburyScore],
        weights: Mapping[str, float] = MIDDLEBURY_WEIGHTS,
    ) -> MiddleburyScore:
        """Average a set as the board does: each scene with its weight, whatever its size.

        Parameters
        ----------
        scores : mapping of str to MiddleburyScore
            The scenes by their names in the benchmark, which decide the weights.
        weights : mapping of str to float
            Scenes that are not in it have the weight 1.

        Returns
        -------
        MiddleburyScore
            `pixels` is the sum. A figure that a scene lacks (NaN) the set lacks too.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the set is empty or holds something else, or a weight is no number above 0.

        Examples
        --------
        >>> import numpy as np
        >>> truth = np.full((2, 2), 8.0)
        >>> scores = {"Piano": middlebury(truth, truth), "PianoL": middlebury(truth + 3, truth)}
        >>> round(MiddleburyScore.mean(scores).bad[2.0], 2)
        33.33
        """
        if not isinstance(scores, Mapping):
            raise StereoTypeError(
                f"scores is a {type(scores).__name__}: expected a mapping from the names of the "
                "scenes, for the names decide the weights"
            )
        found = as_list(cls, scores)
        factors = [
            number(f"the weight of {name}", weights.get(name, 1.0), positive=True)
            for name in scores
        ]
        return cls(**weighted_means(found, factors))


def middlebury(
    disparity: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    nonocc: npt.ArrayLike | None = None,
    ndisp: int | None = None,
    isint: bool = False,
    scale: int | None = None,
) -> MiddleburyScore:
    """Score a disparity map as the Middlebury benchmark does.

    After ``evaldisp`` of the benchmark's development kit. The comparison is at the resolution of
    the ground truth: each pixel of a result of half or quarter size stands for 2 x 2 or 4 x 4
    pixels, and its disparity is multiplied by 2 or 4. So a threshold of 2 px is half a pixel of a
    result of quarter size. Holes count in the number of pixels, but not as bad: they are
    `invalid`.

    Parameters
    ----------
    disparity : array_like, floating point, (H / scale, W / scale)
        Pixels of its own size; NaN or infinite = no result.
    truth : array_like, floating point, (H, W)
        Pixels; NaN or infinite = unknown, not evaluated.
    nonocc : array_like, bool or uint8, (H, W), optional
        The mask of pixels to evaluate, such as mask0nocc.png: True, or exactly 255, counts.
        Without it every known pixel counts ("all").
    ndisp : int, optional
        The number of disparities in the calib.txt of the result's size. Results are clipped to
        0 … scale * ndisp, which spares methods that don't know the range. Without it they are
        clipped at 0 only.
    isint : bool
        Round the results (halves away from 0), as the board does for scenes whose calib.txt has
        isint=1, of which the ground truth has whole numbers only.
    scale : {1, 2, 4}, optional
        How many times larger the ground truth is. By default it is found from the shapes; if it
        is given, it must agree with them.

    Returns
    -------
    MiddleburyScore
        Percentages, and errors in pixels of the ground truth.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point, the shapes don't fit, the ground truth is unknown
        everywhere, or an option can't be used.

    See Also
    --------
    stereo.metrics.kitti2012, stereo.metrics.kitti2015, stereo.metrics.eth3d
        Their rates have other denominators, and can't be compared with these.

    References
    ----------
    Scharstein, Hirschmüller, Kitajima, Krathwohl, Nešić, Wang, Westling: High-resolution stereo
    datasets with subpixel-accurate ground truth. GCPR 2014.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[10, 10, 10, 10, np.inf]])
    >>> score = middlebury(np.array([[10, 11.5, 13, np.nan, 99]]), truth, ndisp=16)
    >>> score.bad[1.0], score.bad[2.0], score.invalid, score.total_bad[2.0], score.avg_error
    (50.0, 25.0, 25.0, 50.0, 1.5)
    """
    result, gt = map_of("disparity", disparity), map_of("truth", truth)
    factor = _scale(result, gt, scale)
    flag("isint", isint)
    evaluated = known(~np.isnan(gt), counted("nonocc", nonocc, gt.shape))
    aligned = _at_full_size(result, factor, ndisp, isint)[evaluated]
    found = ~np.isnan(aligned)
    errors = np.abs(aligned[found] - gt[evaluated][found])
    n, holes = aligned.size, aligned.size - errors.size
    wrong = _errors.wrong(errors, THRESHOLDS)
    return MiddleburyScore(
        bad={t: _errors.per_cent(count, n) for t, count in wrong.items()},
        invalid=_errors.per_cent(holes, n),
        total_bad={t: _errors.per_cent(count + holes, n) for t, count in wrong.items()},
        avg_error=_errors.mean(errors),
        rms=_errors.rms(errors),
        quantiles=_errors.quantiles(errors, QUANTILES),
        pixels=n,
    )


def _scale(result: Float64Array, truth: Float64Array, given: int | None) -> int:
    wanted = _SCALES if given is None else (integer("scale", given, 1, _SCALES[-1]),)
    for scale in wanted:
        if scale in _SCALES and truth.shape == tuple(scale * side for side in result.shape):
            return scale
    times = "1, 2 or 4 times" if given is None else f"scale = {given} times (1, 2 or 4)"
    raise StereoValueError(
        f"disparity has shape {result.shape} and the ground truth {truth.shape}: "
        f"the ground truth must be exactly {times} as large"
    )


def _at_full_size(result: Float64Array, scale: int, ndisp: int | None, isint: bool) -> Float64Array:
    """Return the result in pixels of the ground truth, clipped and rounded; NaN in holes."""
    largest = None if ndisp is None else scale * integer("ndisp", ndisp, 1, _LARGEST_NDISP)
    disparity = np.clip(scale * result, 0, largest)
    if isint:
        disparity = np.floor(disparity + 0.5)  # C's round() of what is not negative
    large: Float64Array = disparity.repeat(scale, axis=0).repeat(scale, axis=1)
    return large
