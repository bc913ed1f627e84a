"""The algorithm in plain NumPy: slow, whole arrays per stage, the oracle of the tests.

Read it beside `docs/architecture.md`: one function a stage, with the same names. H, W
and D are the height, the width and the number of disparities; i counts disparities
from 0 and d = min_disp + i is their value in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import Float32, GrayImage, MatchingParams, Pair, Selection, SubPixel, Tone
from ..penalties import tables
from ..types import Flag
from .reference_filters import fill_directions as fill_directions
from .reference_filters import fill_row as fill_row
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


def gray(image: npt.NDArray[Any]) -> GrayImage:
    """Stage 1: (H, W), (H, W, 3) or (H, W, 4), any strides -> contiguous (H, W)."""
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    c0, c1, c2 = image[..., 0], image[..., 1], image[..., 2]
    if image.dtype == np.float32:
        quarter, half = np.float32(0.25), np.float32(0.5)
        mean: Float32 = np.ascontiguousarray((quarter * c0 + quarter * c2) + half * c1)
        return mean
    total = c0.astype(np.int64) + 2 * c1.astype(np.int64) + c2
    return np.ascontiguousarray(total.astype(np.uint16 if image.dtype == np.uint8 else np.float32))


def census(image: GrayImage, window: tuple[int, int]) -> Bits:
    """Stage 2: (H, W) -> (H, W, w*h - 1), one bit for each other pixel of the window."""
    height, width = image.shape
    reach_x, reach_y = window[0] // 2, window[1] // 2
    pixels: npt.NDArray[Any] = image
    padded = np.pad(pixels, ((reach_y, reach_y), (reach_x, reach_x)), mode="edge")
    bits = [
        padded[y : y + height, x : x + width] < pixels
        for y in range(window[1])
        for x in range(window[0])
        if (x, y) != (reach_x, reach_y)
    ]
    return np.stack(bits, axis=-1)


def smoothed(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Stage 2: the rows y - 2 ... y + 2 with the weights 1, 4, 6, 4, 1, the border replicated."""
    a, b, c, d, e = (
        np.pad(image, ((2, 2), (0, 0)), mode="edge")[k : k + len(image)] for k in range(5)
    )
    with np.errstate(over="ignore", invalid="ignore"):  # of floats near the end of their range
        total: npt.NDArray[Any] = ((a + e) + 4 * (b + d)) + 6 * c
    return total


def gradients(image: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Stage 2: Sobel gradients along x and y, the border replicated."""
    a = np.pad(image, 1, mode="edge")
    nw, n, ne = a[:-2, :-2], a[:-2, 1:-1], a[:-2, 2:]
    w, e = a[1:-1, :-2], a[1:-1, 2:]
    sw, s, se = a[2:, :-2], a[2:, 1:-1], a[2:, 2:]
    with np.errstate(over="ignore", invalid="ignore"):
        return (ne - nw) + 2 * (e - w) + (se - sw), (sw - nw) + 2 * (s - n) + (se - ne)


def diagonal_census(image: npt.NDArray[Any], step: int, slack: int) -> Bits:
    """Stage 2: (H, W) -> (H, W, 12), the neighbours of a 5x5 grid with dx + dy even."""
    height, width = image.shape
    padded = np.pad(image, 2 * step, mode="edge")
    with np.errstate(over="ignore", invalid="ignore"):
        center = image - image.dtype.type(slack)
    bits = [
        padded[step * y : step * y + height, step * x : step * x + width] < center
        for y in range(5)
        for x in range(5)
        if (x + y) % 2 == 0 and (x, y) != (2, 2)
    ]
    return np.stack(bits, axis=-1)


def gradient_census(image: GrayImage, gray_level: int) -> Bits:
    """Stage 2: (H, W) -> (H, W, 36), diagonal census of the smoothed image and both gradients."""
    wide: npt.NDArray[Any] = image if image.dtype == np.float32 else image.astype(np.int32)
    images = (smoothed(wide), 2, 0), *((each, 1, gray_level) for each in gradients(wide))
    return np.concatenate([diagonal_census(*each) for each in images], axis=-1)


def even_contrast(tone: Tone, threads: int) -> Tone:
    """Stage 2: the deviation from the mean of a 9x9 window, less where that varies more."""
    side, spread = 9, np.float32(16)
    count, steady = side * side, np.float32(side * side) * spread
    padded = np.pad(tone.astype(np.int64), side // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    total, squares = windows.sum(axis=(2, 3)), (windows**2).sum(axis=(2, 3))
    above = (count * tone.astype(np.int64) - total).astype(np.float32)
    deviation = np.sqrt((count * squares - total**2).astype(np.float32))
    even = above * spread / np.maximum(deviation, steady) + np.float32(128.5)
    bounded: Tone = np.clip(even, 0, 255).astype(np.uint8)
    return bounded


def nearest_columns(width: int, d: int) -> npt.NDArray[np.intp]:
    """Return x', the nearest column to each x whose counterpart x' - d is in the image."""
    return np.clip(np.arange(width), max(d, 0), width - 1 + min(d, 0))


def cost_volume(left: Bits, right: Bits, min_disp: int, disparities: int) -> Volume:
    """Stage 3: bits of both views -> C (H, W, D), the number of differing bits."""
    height, width, bits = left.shape
    cost = np.full((height, width, disparities), bits, np.int64)
    for i in range(disparities):
        d = min_disp + i
        if abs(d) < width:
            at = nearest_columns(width, d)
            cost[..., i] = np.count_nonzero(left[:, at] != right[:, at - d], axis=-1)
    return cost


def tone_cost(left: Tone, right: Tone, min_disp: int, disparities: int) -> Volume:
    """Stage 3: a quarter of the difference of the tones, which counts up to 8."""
    height, width = left.shape
    cost = np.full((height, width, disparities), 2, np.int64)
    for i in range(disparities):
        d = min_disp + i
        if abs(d) < width:
            at = nearest_columns(width, d)
            difference = np.abs(left[:, at].astype(np.int64) - right[:, at - d])
            cost[..., i] = np.minimum(difference, 8) // 4
    return cost


def matching_cost(pair: Pair, params: MatchingParams) -> Volume:
    """Stages 2 and 3: C (H, W, D)."""
    search = params.min_disp, params.disparities
    if params.cost == "census":
        left, right = census(pair.left, params.window), census(pair.right, params.window)
        return cost_volume(left, right, *search)
    if params.cost == "gradient_census":
        assert pair.left_tone is not None
        assert pair.right_tone is not None
        left, right = (gradient_census(image, pair.gray_level) for image in (pair.left, pair.right))
        bits = cost_volume(left, right, *search)
        return bits + tone_cost(pair.left_tone, pair.right_tone, *search)
    assert pair.volume is not None
    return pair.volume.astype(np.int64)


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


def speckles(disparity: Float32, size: int, max_diff: float) -> Bits:
    """Stage 11: True on the regions of fewer than `size` pixels."""
    height, width = disparity.shape
    with np.errstate(over="ignore"):  # beyond float32 there is no limit
        limit = np.float32(max_diff)
    seen = np.isnan(disparity)
    small = np.zeros(disparity.shape, np.bool_)
    for seed in np.argwhere(~seen):
        if seen[tuple(seed)]:
            continue
        seen[tuple(seed)] = True
        region = [(int(seed[0]), int(seed[1]))]
        for y, x in region:  # grows while it is walked
            for v, u in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
                inside = 0 <= v < height and 0 <= u < width
                if inside and not seen[v, u] and abs(disparity[v, u] - disparity[y, x]) <= limit:
                    seen[v, u] = True
                    region.append((v, u))
        if len(region) < size:
            small[tuple(np.transpose(region))] = True
    return small


def median(disparity: Float32, size: int, threads: int) -> Float32:
    """Stage 12: each valid pixel takes the median of the valid pixels of its window."""
    height, width = disparity.shape
    reach = size // 2
    padded = np.pad(disparity, reach, constant_values=np.nan)
    window = np.stack(
        [padded[y : y + height, x : x + width] for y in range(size) for x in range(size)], axis=-1
    )
    window.sort(axis=-1)  # NaN last
    middle = np.maximum(np.count_nonzero(~np.isnan(window), axis=-1) - 1, 0) // 2
    result = np.take_along_axis(window, middle[..., None], axis=-1)[..., 0]
    return np.where(np.isnan(disparity), np.float32(np.nan), result)
