"""The algorithm in plain NumPy: slow, whole arrays per stage, the oracle of the tests.

Read it beside `docs/architecture.md`: one function a stage, with the same names. H, W
and D are the height, the width and the number of disparities; i counts disparities
from 0 and d = min_disp + i is their value in pixels. Stages 1 to 3 are in `reference_costs.py`,
4 to 10 here, 11 to 14 in `reference_filters.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, MatchingParams, Pair, Selection, SubPixel
from ..penalties import tables
from ..types import Flag
from .host_arrays import confirm as confirm
from .host_arrays import download as download
from .host_arrays import fill_rows_between as fill_rows_between
from .host_arrays import holes as holes
from .host_arrays import patch as patch
from .host_arrays import prior as prior
from .host_arrays import remove_speckles as remove_speckles
from .host_arrays import tones as tones
from .host_arrays import upload as upload
from .reference_costs import census as census
from .reference_costs import cost_volume as cost_volume
from .reference_costs import even_contrast as even_contrast
from .reference_costs import gray as gray
from .reference_costs import matching_cost as matching_cost
from .reference_filters import fill_directions as fill_directions
from .reference_filters import fill_row as fill_row
from .reference_filters import median as median
from .reference_filters import speckles as speckles
from .reference_filters import weighted_median as weighted_median

Steps = tuple[tuple[int, int], ...]
Bits = npt.NDArray[np.bool_]
Volume = npt.NDArray[np.int64]  # (H, W, D)
Map = npt.NDArray[np.int64]  # (H, W)

_CROSS: Steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
PATHS: dict[int, Steps] = {
    4: _CROSS,
    5: ((1, 0), (-1, 0), (0, 1), (1, 1), (-1, 1)),
    8: (*_CROSS, (1, 1), (-1, 1), (1, -1), (-1, -1)),
}
"""Steps (dx, dy) of the paths, by their number."""

NO_CANDIDATE = 1 << 40
"""Stands in a volume where a disparity is not a candidate; above every real S."""


@dataclass(frozen=True)
class Smoothness:
    """What the paths of stage 4 obey.

    Penalties, which fall at edges of the guide (H, W) by this scale, and the prior (H, W) whose
    slants they follow.
    """

    p1: int
    p2: int
    scale: float | None = None
    guide: npt.NDArray[Any] | None = None
    prior: npt.NDArray[Any] | None = None

    def transposed(self) -> Smoothness:
        """Return the same for the transposed image."""
        guide, prior = (None if each is None else each.T for each in (self.guide, self.prior))
        return replace(self, guide=guide, prior=prior)


@dataclass(frozen=True)
class _Workspace:
    """The reference keeps nothing between calls."""

    nbytes: int = 0
    allocations: int = 0


def unusable() -> str | None:
    """Nothing stands in the way: NumPy is always there."""
    return None


def describe() -> str:
    """Name NumPy and its version."""
    return f"NumPy {np.__version__}, the slow oracle of the tests"


def workspace() -> _Workspace:
    """Return the empty workspace."""
    return _Workspace()


def aggregate_path(cost: Volume, step: tuple[int, int], smoothness: Smoothness) -> Volume:
    """Stage 4 for one path: C (H, W, D) -> L (H, W, D) along the step (dx, dy)."""
    dx, dy = step
    if dy == 0:  # a horizontal path is a vertical one of the transposed image
        columns = aggregate_path(cost.transpose(1, 0, 2), (0, dx), smoothness.transposed())
        rows: Volume = columns.transpose(1, 0, 2)
        return rows
    height, width, _ = cost.shape
    begin, end = max(0, dx), width + min(0, dx)  # the x whose predecessor is in the image
    p1_at, p2_at = tables(smoothness.p1, smoothness.p2, smoothness.scale)
    path: Volume = cost.copy()
    for y in range(1, height) if dy > 0 else range(height - 2, -1, -1):

        def change(image: npt.NDArray[Any] | None, y: int = y) -> Map:
            """Along the path, to each pixel of the row from its predecessor."""
            if image is None:
                return np.zeros(end - begin, np.int64)
            here = image[y, begin:end].astype(np.int64)
            step: Map = here - image[y - dy, begin - dx : end - dx]
            return step

        edge = np.abs(change(smoothness.guide))
        rise = change(smoothness.prior)
        previous = path[y - dy, begin - dx : end - dx]
        inherited = _transition(previous, rise, p1_at[edge, None], p2_at[edge, None])
        path[y, begin:end] += inherited
    return path


def _raised(normal: Volume) -> Volume:
    """Shift N (n, D) by one disparity; the last one takes what would leave the range."""
    raised = np.pad(normal, ((0, 0), (1, 0)), constant_values=NO_CANDIDATE)
    raised[:, -2] = np.minimum(raised[:, -2], raised[:, -1])
    return raised[:, :-1]


def _transition(previous: Volume, rise: Map, p1: npt.NDArray[Any], p2: npt.NDArray[Any]) -> Volume:
    """L (n, D) of the predecessors -> E (n, D), what each disparity inherits."""
    normal = previous - previous.min(axis=-1, keepdims=True)
    normal = np.where(rise[:, None] == 1, _raised(normal), normal)
    normal = np.where(rise[:, None] == -1, _raised(normal[:, ::-1])[:, ::-1], normal)
    excess: Volume = np.minimum(normal, p2)
    excess[:, 1:] = np.minimum(excess[:, 1:], normal[:, :-1] + p1)
    excess[:, :-1] = np.minimum(excess[:, :-1], normal[:, 1:] + p1)
    return excess


def aggregate(cost: Volume, steps: Steps, smoothness: Smoothness) -> Volume:
    """Stage 4: C (H, W, D) -> S (H, W, D), the sum of L over the paths `steps`."""
    total = np.zeros_like(cost)
    for step in steps:
        total += aggregate_path(cost, step, smoothness)
    return total


def left_view(aggregated: Volume, min_disp: int) -> Volume:
    """Return S where i is a candidate of the left pixel, else NO_CANDIDATE."""
    width, disparities = aggregated.shape[1:]
    x, d = np.arange(width)[:, None], min_disp + np.arange(disparities)
    return np.where((x - d >= 0) & (x - d < width), aggregated, NO_CANDIDATE)


def right_view(aggregated: Volume, min_disp: int) -> Volume:
    """Return S(y, x + d, d) where i is a candidate of the right pixel x, else NO_CANDIDATE."""
    width, disparities = aggregated.shape[1:]
    i = np.arange(disparities)
    counterpart = np.arange(width)[:, None] + (min_disp + i)
    inside = (counterpart >= 0) & (counterpart < width)
    seen = aggregated[:, np.clip(counterpart, 0, width - 1), i]
    return np.where(inside, seen, NO_CANDIDATE)


def winners(view: Volume) -> tuple[Map, Map]:
    """Stages 5 and 7: the winner's i (smallest on ties) and its S, NO_CANDIDATE if none."""
    return view.argmin(axis=-1), view.min(axis=-1)


def second_best(view: Volume, winner: Map) -> Map:
    """Stage 5: S2, the smallest S more than 1 px from the winner; NO_CANDIDATE if none."""
    i = np.arange(view.shape[-1])
    rivals: Volume = np.where(np.abs(i - winner[..., None]) > 1, view, NO_CANDIDATE)
    second: Map = rivals.min(axis=-1)
    return second


def interpolate(view: Volume, winner: Map, min_disp: int, law: SubPixel) -> Float32:
    """Stage 9: disparity of the winners, float32 (H, W)."""
    disparity = (min_disp + winner).astype(np.float32)
    if law == "none":
        return disparity
    padded = np.pad(view, ((0, 0), (0, 0), (1, 1)), constant_values=NO_CANDIDATE)
    before, best, after = (
        np.take_along_axis(padded, winner[..., None] + k, axis=-1)[..., 0] for k in range(3)
    )
    a, c = before - best, after - best
    denominator = 2 * (a + c) if law == "parabola" else 2 * np.maximum(a, c)
    applies = (before < NO_CANDIDATE) & (after < NO_CANDIDATE) & (denominator != 0)
    numerator = np.where(applies, a - c, 0).astype(np.float32)
    offset = numerator / np.where(applies, denominator, 1).astype(np.float32)
    return np.asarray(disparity + offset, np.float32)


def agreement(left: Volume, right_winner: Map, min_disp: int, lr_max_diff: int) -> Bits:
    """Stage 8: (H, W, D), where candidate d has |d - right winner(x - d)| <= lr_max_diff."""
    width, disparities = left.shape[1:]
    i = np.arange(disparities)
    counterpart = np.clip(np.arange(width)[:, None] - (min_disp + i), 0, width - 1)
    close: Bits = np.abs(i - right_winner[:, counterpart]) <= lr_max_diff
    return (left < NO_CANDIDATE) & close


def left_right_flags(left: Volume, winner: Map, agrees: Bits) -> npt.NDArray[np.uint8]:
    """Stage 8, left view: why the winner does not agree with the right view; 0 if it does."""
    consistent = np.take_along_axis(agrees, winner[..., None], axis=-1)[..., 0]
    cut_short = (left == NO_CANDIDATE).any(axis=-1)
    cause = np.where(cut_short, Flag.BORDER, Flag.OCCLUSION)
    cause = np.where(agrees.any(axis=-1), Flag.MISMATCH, cause)
    return np.where(consistent, 0, cause).astype(np.uint8)


def right_agrees(right_winner: Map, left_winner: Map, min_disp: int, lr_max_diff: int) -> Bits:
    """Stage 8, right view: |d - left winner(x + d)| <= lr_max_diff for its winner d."""
    height, width = right_winner.shape
    counterpart = np.clip(np.arange(width) + min_disp + right_winner, 0, width - 1)
    seen = left_winner[np.arange(height)[:, None], counterpart]
    close: Bits = np.abs(right_winner - seen) <= lr_max_diff
    return close


def confidence(best: Map, second: Map) -> Float32:
    """Stage 10: (S2 - S1) / S2, float32 (H, W); 1 without S2, 0 where S2 = 0."""
    exists = second < NO_CANDIDATE
    divides = exists & (second > 0)
    numerator = np.where(divides, second - best, 0).astype(np.float32)
    ratio = numerator / np.where(divides, second, 1).astype(np.float32)
    return np.where(exists, ratio, np.float32(1))


def select(aggregated: Volume, params: MatchingParams, details: bool) -> Selection:
    """Stages 5 to 10: S (H, W, D) -> disparities, flags and confidence."""
    min_disp, lr_max_diff = params.min_disp, params.lr_max_diff
    left, right = left_view(aggregated, min_disp), right_view(aggregated, min_disp)
    winner, best = winners(left)
    right_winner, right_best = winners(right)
    second = second_best(left, winner)

    flags = np.zeros(best.shape, np.uint8)
    if params.uniqueness > 0:
        close = second * (100 - params.uniqueness) <= best * 100
        flags[(second < NO_CANDIDATE) & close] |= np.uint8(Flag.NOT_UNIQUE)
    right_valid = right_best < NO_CANDIDATE
    if lr_max_diff >= 0:
        agrees = agreement(left, right_winner, min_disp, lr_max_diff)
        flags |= left_right_flags(left, winner, agrees)
        right_valid &= right_agrees(right_winner, winner, min_disp, lr_max_diff)
    flags[best == NO_CANDIDATE] = Flag.OUT_OF_RANGE

    disparity = interpolate(left, winner, min_disp, params.subpixel)
    disparity[flags != 0] = np.nan
    if not details:
        return Selection(disparity, flags)
    right_disparity = interpolate(right, right_winner, min_disp, params.subpixel)
    right_disparity[~right_valid] = np.nan
    certainty = confidence(best, second)
    certainty[flags != 0] = 0
    return Selection(disparity, flags, right_disparity, certainty)


def semiglobal(pair: Pair, params: MatchingParams, workspace: Any, details: bool) -> Selection:
    """Stages 2 to 10."""
    guide = None if params.edge_scale is None else pair.guide
    smoothness = Smoothness(params.p1, params.p2, params.edge_scale, guide, pair.prior)
    aggregated = aggregate(matching_cost(pair, params), PATHS[params.paths], smoothness)
    return select(aggregated, params, details)
