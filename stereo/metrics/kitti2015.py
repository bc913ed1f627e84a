"""Scores of the KITTI stereo benchmark of 2015 (Menze and Geiger 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from stereo.metrics import _errors
from stereo.metrics._inputs import BoolArray, region
from stereo.metrics._kitti import compared
from stereo.metrics._sets import Scores, as_list

__all__ = ["Kitti2015Counts", "Kitti2015Score", "kitti2015"]

_ABSOLUTE = 3.0  # px
_RELATIVE = 0.05  # of the true disparity


@dataclass(frozen=True)
class Kitti2015Counts:
    """The pixels of one image, or of a set, that the rates are made of.

    Attributes
    ----------
    outliers_all, outliers_bg, outliers_fg : int
        Outliers among all evaluated pixels, those of the background and of objects.
    pixels_all, pixels_bg, pixels_fg : int
        Evaluated pixels. Without an object map those of bg and fg are 0.
    outliers_all_estimated, pixels_all_estimated, … : int
        The same of the pixels that have a result of their own.
    """

    outliers_all: int = 0
    outliers_bg: int = 0
    outliers_fg: int = 0
    pixels_all: int = 0
    pixels_bg: int = 0
    pixels_fg: int = 0
    outliers_all_estimated: int = 0
    outliers_bg_estimated: int = 0
    outliers_fg_estimated: int = 0
    pixels_all_estimated: int = 0
    pixels_bg_estimated: int = 0
    pixels_fg_estimated: int = 0

    @classmethod
    def sum(cls, counts: Sequence[Kitti2015Counts]) -> Kitti2015Counts:
        """Add up the counts of several images."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: sum(getattr(count, name) for count in counts) for name in names})


@dataclass(frozen=True)
class Kitti2015Score:
    """What the board says of one disparity map, or of a set.

    Attributes
    ----------
    d1_all, d1_bg, d1_fg : float
        Share of outliers, per cent, after the holes were filled: of all evaluated pixels, of
        those of the background, of those of objects. NaN where there are no such pixels, as of
        bg and fg without an object map. The board ranks by `d1_all`.
    d1_all_estimated, d1_bg_estimated, d1_fg_estimated : float
        The same for the pixels that have a result of their own.
    density : float
        Share of the evaluated pixels that have a result of their own, per cent.
    counts : Kitti2015Counts
        The numbers of pixels, from which sets are pooled.
    """

    d1_all: float
    d1_bg: float
    d1_fg: float
    d1_all_estimated: float
    d1_bg_estimated: float
    d1_fg_estimated: float
    density: float
    counts: Kitti2015Counts

    @classmethod
    def from_counts(cls, counts: Kitti2015Counts) -> Kitti2015Score:
        """Make the rates of numbers of pixels."""
        c, rate = counts, _errors.per_cent
        return cls(
            d1_all=rate(c.outliers_all, c.pixels_all),
            d1_bg=rate(c.outliers_bg, c.pixels_bg),
            d1_fg=rate(c.outliers_fg, c.pixels_fg),
            d1_all_estimated=rate(c.outliers_all_estimated, c.pixels_all_estimated),
            d1_bg_estimated=rate(c.outliers_bg_estimated, c.pixels_bg_estimated),
            d1_fg_estimated=rate(c.outliers_fg_estimated, c.pixels_fg_estimated),
            density=rate(c.pixels_all_estimated, c.pixels_all),
            counts=counts,
        )

    @classmethod
    def pooled(cls, scores: Scores[Kitti2015Score]) -> Kitti2015Score:
        """Score a set as the board does: all pixels of all images count the same.

        Parameters
        ----------
        scores : mapping of str to Kitti2015Score, or iterable of Kitti2015Score
            The images.

        Returns
        -------
        Kitti2015Score
            The rates of all pixels together; not the mean of the rates.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the set is empty or holds something else.

        Examples
        --------
        >>> import numpy as np
        >>> small, large = np.full((1, 1), 8.0), np.full((3, 3), 8.0)
        >>> Kitti2015Score.pooled([kitti2015(small + 4, small), kitti2015(large, large)]).d1_all
        10.0
        """
        return cls.from_counts(Kitti2015Counts.sum([s.counts for s in as_list(cls, scores)]))


def kitti2015(
    disparity: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    objects: npt.ArrayLike | None = None,
    nonocc: npt.ArrayLike | None = None,
) -> Kitti2015Score:
    """Score a disparity map as the KITTI benchmark of 2015 does.

    After ``evaluate_scene_flow`` of the benchmark's development kit: the holes are filled first,
    see :func:`stereo.metrics.kitti_filled`, and pixels that stay empty count with the disparity
    -1. An outlier has an error above 3 px and above 5 % of the true disparity.

    Parameters
    ----------
    disparity : array_like, floating point, (H, W)
        Pixels; NaN, infinite or negative = no result.
    truth : array_like, floating point, (H, W)
        Pixels; NaN, infinite, 0 or negative = unknown, not evaluated: disp_occ_0 for the board's
        "all pixels", disp_noc_0 for its "non-occluded pixels".
    objects : array_like, bool or integer, (H, W), optional
        The object map, obj_map: 0 is background. Without it there are no rates of background and
        foreground.
    nonocc : array_like, bool or uint8, (H, W), optional
        Evaluate only where it is True, or exactly 255.

    Returns
    -------
    Kitti2015Score
        Percentages.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the maps are not floating point, the object map is no integer map, the shapes differ,
        or the ground truth is unknown everywhere.

    Notes
    -----
    The kit divides in single precision, where an error of 5 % exactly comes out as just above it.
    Here such an error, which is rare, is not above 5 %.

    References
    ----------
    Menze, Geiger: Object scene flow for autonomous vehicles. CVPR 2015.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[20.0, 20.0, 100.0, np.nan]])
    >>> score = kitti2015(np.array([[20.0, 24.0, 104.0, 20.0]]), truth, objects=[[0, 1, 1, 0]])
    >>> round(score.d1_all, 2), score.d1_bg, score.d1_fg
    (33.33, 0.0, 50.0)
    """
    evaluated, gt, errors, estimated = compared(disparity, truth, nonocc)
    outlier = (errors > _ABSOLUTE) & (errors / gt > _RELATIVE)
    regions = {"all": np.ones(gt.shape, np.bool_)}
    if objects is not None:
        foreground = region("objects", objects, evaluated.shape)[evaluated]
        regions |= {"bg": ~foreground, "fg": foreground}
    counts: dict[str, int] = {}
    for name, inside in regions.items():
        counts[f"outliers_{name}"] = _count(outlier & inside)
        counts[f"pixels_{name}"] = _count(inside)
        counts[f"outliers_{name}_estimated"] = _count(outlier & inside & estimated)
        counts[f"pixels_{name}_estimated"] = _count(inside & estimated)
    return Kitti2015Score.from_counts(Kitti2015Counts(**counts))


def _count(mask: BoolArray) -> int:
    return int(np.count_nonzero(mask))
