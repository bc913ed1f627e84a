"""Scores of depth maps, as papers on monocular depth print them (Eigen et al. 2014)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, number, word
from stereo.metrics._alignment import Line, least_absolute, least_squares, median_scale
from stereo.metrics._inputs import (
    BoolArray,
    Float64Array,
    counted,
    known,
    raw_map,
    same_shape,
)
from stereo.metrics._sets import Scores, as_list, weighted_means
from stereo.types import StereoValueError

__all__ = ["Align", "DepthScore", "Fit", "depth"]

Align = Literal["median", "scale_shift", "inverse_scale_shift"]
Fit = Literal["least_squares", "least_absolute"]
_ALIGNS = ("median", "scale_shift", "inverse_scale_shift")
_FITS = ("least_squares", "least_absolute")
_UNALIGNED = Line(1.0, 0.0)


@dataclass(frozen=True)
class DepthScore:
    """The usual figures of one depth map, or of a set; fractions, not per cent.

    With d the predicted and t the true depth:

    Attributes
    ----------
    abs_rel : float
        Mean of |d - t| / t.
    sq_rel : float
        Mean of (d - t)² / t, in the unit of the depth.
    rmse : float
        Root of the mean of (d - t)², in the unit of the depth.
    rmse_log : float
        Root of the mean of (ln d - ln t)².
    log10 : float
        Mean of |log10 d - log10 t|.
    silog : float
        Standard deviation of ln d - ln t: it doesn't change with the scale. KITTI prints 100
        times this number.
    delta : dict of int to float
        Share of the pixels with max(d / t, t / d) < 1.25**k, for k = 1, 2, 3.
    coverage : float
        Share of the pixels with a true depth in the range that have a prediction. All other
        figures are over these.
    pixels : int
        Number of pixels that were compared.
    align, fit : str or None
        How the prediction was aligned before: None = not at all.
    scale, shift : float
        What it was aligned by: scale * prediction + shift is the depth, or its inverse for
        "inverse_scale_shift". NaN for a set.
    """

    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    log10: float
    silog: float
    delta: Mapping[int, float]
    coverage: float
    pixels: int
    align: Align | None
    fit: Fit | None
    scale: float
    shift: float

    @classmethod
    def mean(cls, scores: Scores[DepthScore]) -> DepthScore:
        """Average a set as papers do: each image counts the same.

        Parameters
        ----------
        scores : mapping of str to DepthScore, or iterable of DepthScore
            The images, all aligned in the same way.

        Returns
        -------
        DepthScore
            `pixels` is the sum; `scale` and `shift` are NaN.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the set is empty, holds something else, or mixes alignments.

        Examples
        --------
        >>> import numpy as np
        >>> truth = np.full((2, 2), 4.0)
        >>> DepthScore.mean([depth(truth, truth), depth(truth + 1, truth)]).abs_rel
        0.125
        """
        found = as_list(cls, scores)
        ways = {(score.align, score.fit) for score in found}
        if len(ways) > 1:
            raise StereoValueError(
                f"the set mixes alignments, {sorted(map(str, ways))}: expected one"
            )
        means = weighted_means(found, [1.0] * len(found))
        means |= {"scale": math.nan, "shift": math.nan}
        return cls(**means, align=found[0].align, fit=found[0].fit)


def depth(
    prediction: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    align: Align | None = None,
    fit: Fit | None = None,
    min_depth: float = 1e-3,
    max_depth: float = 80.0,
    mask: npt.ArrayLike | None = None,
    clip: bool = True,
) -> DepthScore:
    """Score a depth map, or the prediction of a model of relative depth.

    Parameters
    ----------
    prediction : array_like, floating point, (H, W)
        Depth in the unit of the truth, or what `align` turns into it. NaN or infinite = no
        prediction.
    truth : array_like, floating point, (H, W)
        Depth, usually metres; NaN or infinite = unknown. Only pixels with a depth from
        `min_depth` to `max_depth` are compared.
    align : {"median", "scale_shift", "inverse_scale_shift"}, optional
        How to align the prediction to the truth, for models that don't know the scale. By default
        it is taken as it is.

        - "median": multiplied by the ratio of the medians (Zhou et al. 2017).
        - "scale_shift": scale * prediction + shift is fitted to the depth.
        - "inverse_scale_shift": scale * prediction + shift is fitted to 1 / depth, for models
          that predict inverse depth or disparity (Ranftl et al. 2022). Its inverse is the depth;
          where it isn't above 0 the depth is beyond all bounds.
    fit : {"least_squares", "least_absolute"}, optional
        What the fit makes smallest: the sum of squares, the default, or the sum of absolute
        deviations, which outliers pull less. Only with the last two of `align`.
    min_depth, max_depth : float
        Range of the depth, above 0, in the unit of the truth. Usual are 0.001 to 80 outdoors and
        0.001 to 10 indoors.
    mask : array_like, bool or uint8, (H, W), optional
        Compare only where it is True, or exactly 255: a crop, for example.
    clip : bool
        Clip the aligned depth to the range before it is compared, as most papers do.

    Returns
    -------
    DepthScore
        Plain fractions, and how the prediction was aligned.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point, the shapes differ, there is no pixel to compare, a
        prediction that has to be a depth isn't above 0, the prediction is constant and has to be
        fitted, or an option can't be used.

    References
    ----------
    Eigen, Puhrsch, Fergus: Depth map prediction from a single image using a multi-scale deep
    network. NIPS 2014. Zhou, Brown, Snavely, Lowe: Unsupervised learning of depth and ego-motion
    from video. CVPR 2017. Ranftl, Lasinger, Hafner, Schindler, Koltun: Towards robust monocular
    depth estimation. TPAMI 2022.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[1.0, 2.0, 4.0, np.nan]])
    >>> depth(np.array([[1.0, 2.0, 5.0, 9.0]]), truth).delta[1]
    0.6666666666666666
    >>> score = depth(truth / 2, truth, align="median")
    >>> score.abs_rel, score.scale, score.align
    (0.0, 2.0, 'median')
    """
    nearest, farthest = _depth_range(min_depth, max_depth)
    flag("clip", clip)
    way, least = _alignment(align, fit)
    predicted, true = raw_map("prediction", prediction), raw_map("truth", truth)
    same_shape("prediction", predicted, true.shape)
    in_range = np.isfinite(true) & (true >= nearest) & (true <= farthest)
    if np.isfinite(true).any() and not in_range.any():
        raise StereoValueError(
            f"no true depth is in {nearest:g} … {farthest:g}: they span "
            f"{np.nanmin(true):g} … {np.nanmax(true):g}; the unit may be another one"
        )
    evaluated = known(in_range, counted("mask", mask, true.shape))
    values, depths = _with_prediction(predicted[evaluated], true[evaluated])
    if way in (None, "median"):
        _check_depths(predicted, evaluated)
    line = _line(values, depths, way, least)
    found = _found_depth(values, line, way)
    found = np.clip(found, nearest, farthest) if clip else _unclipped(found)
    share = values.size / int(np.count_nonzero(evaluated))
    return _score(found, depths, share, way, least, line)


def _score(
    found: Float64Array,
    true: Float64Array,
    coverage: float,
    align: Align | None,
    fit: Fit | None,
    line: Line,
) -> DepthScore:
    difference, log_ratio = found - true, np.log(found / true)
    worst = np.maximum(found / true, true / found)
    return DepthScore(
        abs_rel=float((np.abs(difference) / true).mean()),
        sq_rel=float((difference**2 / true).mean()),
        rmse=math.sqrt((difference**2).mean()),
        rmse_log=math.sqrt((log_ratio**2).mean()),
        log10=float(np.abs(log_ratio).mean()) / math.log(10),
        silog=float(log_ratio.std()),
        delta={k: float((worst < 1.25**k).mean()) for k in (1, 2, 3)},
        coverage=coverage,
        pixels=found.size,
        align=align,
        fit=fit,
        scale=line.scale,
        shift=line.shift,
    )


def _depth_range(min_depth: float, max_depth: float) -> tuple[float, float]:
    nearest = number("min_depth", min_depth, positive=True)
    farthest = number("max_depth", max_depth, positive=True)
    if nearest >= farthest:
        raise StereoValueError(f"min_depth = {nearest:g} must be below max_depth = {farthest:g}")
    return nearest, farthest


def _alignment(align: Align | None, fit: Fit | None) -> tuple[Align | None, Fit | None]:
    if align is not None:
        word("align", align, _ALIGNS)
    if fit is not None:
        word("fit", fit, _FITS)
    if align in (None, "median"):
        if fit is not None:
            raise StereoValueError(
                f"fit = {fit!r} has no meaning with align = {align!r}: it is for 'scale_shift' "
                "and 'inverse_scale_shift'"
            )
        return align, None
    return align, fit or "least_squares"


def _with_prediction(
    prediction: Float64Array, true: Float64Array
) -> tuple[Float64Array, Float64Array]:
    finite = np.isfinite(prediction)
    if not finite.any():
        raise StereoValueError(
            f"the prediction is NaN or infinite at all {true.size} pixels to compare"
        )
    return prediction[finite], true[finite]


def _check_depths(prediction: Float64Array, evaluated: BoolArray) -> None:
    wrong = evaluated & (prediction <= 0) & np.isfinite(prediction)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise StereoValueError(
            f"the prediction at row {row}, column {column} is {prediction[row, column]:g}: a depth "
            "is above 0, and NaN marks a pixel without one; a relative prediction needs "
            "align='scale_shift' or 'inverse_scale_shift'"
        )


def _line(
    prediction: Float64Array, true: Float64Array, align: Align | None, fit: Fit | None
) -> Line:
    if align is None:
        return _UNALIGNED
    if align == "median":
        return median_scale(prediction, true)
    fitted = least_absolute if fit == "least_absolute" else least_squares
    return fitted(prediction, true if align == "scale_shift" else 1 / true)


def _found_depth(prediction: Float64Array, line: Line, align: Align | None) -> Float64Array:
    aligned = line.scale * prediction + line.shift
    if align != "inverse_scale_shift":
        return aligned
    beyond = aligned <= 0
    return np.where(beyond, np.inf, 1 / np.where(beyond, 1.0, aligned))


def _unclipped(found: Float64Array) -> Float64Array:
    undefined = ~np.isfinite(found) | (found <= 0)
    if undefined.any():
        raise StereoValueError(
            f"{np.count_nonzero(undefined)} of {found.size} aligned depths are not above 0 or are "
            "infinite, and have no logarithm or error: use clip=True"
        )
    return found
