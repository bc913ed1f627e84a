"""One matching, or two: the first tells the second how the surfaces slant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .contract import Backend, Float32, MatchingParams, Pair, Selection
from .filters.filling import from_directions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .options import Options

__all__ = ["matched", "prior_of", "without_speckles"]


def matched(
    backend: Backend,
    options: Options,
    pair: Pair,
    params: MatchingParams,
    workspace: Any,
    details: bool,
) -> Selection:
    """Match a pair in as many passes as the options say, up to the sub-pixel.

    A path pays p1 for each step of a slanted surface. In a second pass it pays nothing where the
    first result, filtered and filled, has that step too (after Scharstein, Taniai and Sinha 2017,
    "Semi-global stereo matching with surface orientation priors"). Where both agree within 1 px
    the first result stays: its sub-pixel knows nothing of the prior's whole pixels.
    """
    first = backend.semiglobal(pair, params, workspace, details)
    if options.recipe.passes == 1:
        return first
    prior = prior_of(backend, options, first.disparity)
    second = backend.semiglobal(replace(pair, prior=prior), params, workspace, details)
    right = second.right_disparity
    if right is not None and first.right_disparity is not None:
        right = backend.confirm(first.right_disparity, right)
    disparity = backend.confirm(first.disparity, second.disparity)
    return replace(second, disparity=disparity, right_disparity=right)


def prior_of(backend: Backend, options: Options, disparity: Float32) -> npt.NDArray[np.int32]:
    """Return whole disparities, filtered and without holes; 0 everywhere if there are none."""
    clean = without_speckles(backend, options, disparity)
    if options.recipe.median > 0:
        clean = backend.median(clean, int(options.recipe.median), options.worker_count)
    return backend.prior(from_directions(backend, clean, options.worker_count))


def without_speckles(
    backend: Backend,
    options: Options,
    disparity: Float32,
    flags: npt.NDArray[np.uint8] | None = None,
    confidence: Float32 | None = None,
) -> Float32:
    """Return the map with NaN in small regions; flags and confidence say so too, in place."""
    if options.speckle_size == 0:
        return disparity
    small = backend.speckles(disparity, int(options.speckle_size), float(options.speckle_range))
    return backend.remove_speckles(small, disparity, flags, confidence)
