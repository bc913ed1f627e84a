"""Census transform: images to planes of bytes (architecture, stage 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...contract import MatchingParams, Pair
from ...costs.derived import derived
from ...costs.tone import float_gray
from .compile import kernel
from .plan import GRADIENT_CENSUS, TONE_PLANE, Plan
from .threads import Job, bands, run
from .workspace import Workspace

DIAGONAL_IMAGES = 3
"""Of the gradient census: gray and both gradients."""


@kernel
def census(padded: Any, window: tuple[int, int], planes: Any, first: int, stop: int) -> None:
    """Fill the rows first … stop - 1 of the first of `planes`.

    Parameters
    ----------
    padded : ndarray (H + h - 1, W + w - 1)
        The image with its border replicated, so that each window lies inside.
    window : (int, int)
        Width w and height h, odd.
    planes : ndarray, uint8 (H, P, W)
        Descriptors, eight bits in each of the planes; unused bits become 0.
    first, stop : int
        Range of rows.
    """
    window_width, window_height = window
    width = planes.shape[2]
    reach_x, reach_y = window_width // 2, window_height // 2
    middle = reach_y * window_width + reach_x
    for y in range(first, stop):
        center = padded[y + reach_y, reach_x : reach_x + width]
        planes[y, : (window_width * window_height + 6) // 8] = 0
        for q in range(window_width * window_height):
            if q == middle:
                continue
            bit = q if q < middle else q - 1
            dx = q % window_width
            other = padded[y + q // window_width, dx : dx + width]
            plane = planes[y, bit // 8]
            shift = bit % 8
            for x in range(width):
                plane[x] |= (other[x] < center[x]) << shift


@kernel
def diagonal_census(
    padded: Any, step: int, slack: Any, image: int, planes: Any, first: int, stop: int
) -> None:
    """Fill a plane and a half from one of three images: the neighbours with dx + dy even.

    They lie `step` apart, and count where they are darker by more than `slack`.
    The first eight bits go to plane `image`. The last four go to plane 3, those of image 1 to its
    upper half, or of image 2 to plane 4.
    """
    width = planes.shape[2]
    rest, upper = DIAGONAL_IMAGES + image // 2, 4 * (image % 2)
    for y in range(first, stop):
        planes[y, image] = 0
        if upper == 0:
            planes[y, rest] = 0
        center = padded[y + 2 * step, 2 * step : 2 * step + width]
        bit = 0
        for q in range(25):
            if q % 2 != 0 or q == 12:
                continue
            dx = step * (q % 5)
            other = padded[y + step * (q // 5), dx : dx + width]
            plane = planes[y, image if bit < 8 else rest]
            shift = bit if bit < 8 else bit - 8 + upper
            for x in range(width):
                plane[x] |= (other[x] < center[x] - slack) << shift
            bit += 1


@kernel
def reverse(planes: Any, min_disp: int, reversed_planes: Any, first: int, stop: int) -> None:
    """Lay out the right descriptors so that the counterparts of a left pixel are in a row.

    Entry j of a reversed plane is that of the right pixel W - 1 - min_disp - j, clamped to
    the image: the counterpart of the left pixel x at d = min_disp + i is entry
    (W - 1 - x) + i.

    Parameters
    ----------
    planes, reversed_planes : ndarray, uint8 (H, P, W) and (H, P, W + padded)
    min_disp : int
    first, stop : int
        Range of rows.
    """
    width, entries = planes.shape[2], reversed_planes.shape[2]
    last = width - 1 - min_disp  # the right pixel of entry 0
    inside = min(max(0, last - (width - 1)), entries)  # entries before it lie right of the image
    outside = min(max(0, last + 1), entries)  # and from here on left of it
    for y in range(first, stop):
        for p in range(planes.shape[1]):
            plane, target = planes[y, p], reversed_planes[y, p]
            target[:inside] = plane[width - 1]
            for j in range(inside, outside):
                target[j] = plane[last - j]
            target[outside:] = plane[0]


def descriptors(
    pair: Pair, plan: Plan, params: MatchingParams, workspace: Workspace
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the planes of both views, flat, those of the right one reversed."""
    shape = (plan.height, plan.planes, plan.width)
    reversed_shape = (*shape[:2], plan.width + plan.padded)
    planes = [workspace.array(f"census{side}", shape, np.uint8) for side in range(2)]
    reversed_planes = workspace.array("reversed", reversed_shape, np.uint8)
    if plan.planes == 0:
        return planes[0].reshape(-1), reversed_planes.reshape(-1)
    images = pair.left, pair.right
    if plan.cost == GRADIENT_CENSUS:
        for side, tone in enumerate((pair.left_tone, pair.right_tone)):
            planes[side][:, TONE_PLANE] = tone
        describe = _diagonals(images, pair.gray_level, planes)
    else:
        describe = _windows(images, params.window, planes, workspace)

    def job(first: int, stop: int) -> Job:
        def rows() -> None:
            describe(first, stop)
            reverse(planes[1], plan.min_disp, reversed_planes, first, stop)

        return rows

    run([job(*band) for band in bands(plan.height, params.threads)])
    return planes[0].reshape(-1), reversed_planes.reshape(-1)


def _windows(
    images: tuple[Any, Any], window: tuple[int, int], planes: list[Any], workspace: Workspace
) -> Callable[[int, int], None]:
    """Return what describes rows of both views by their census."""
    padded = [
        _padded(image, window, workspace, f"padded{side}") for side, image in enumerate(images)
    ]

    def describe(first: int, stop: int) -> None:
        for image, target in zip(padded, planes, strict=True):
            census(image, window, target, first, stop)

    return describe


def _diagonals(
    images: tuple[Any, Any], gray_level: int, planes: list[Any]
) -> Callable[[int, int], None]:
    """Return what describes rows of both views by the census of what is derived from them."""
    sources = [
        [(each.padded, each.step, each.slack) for each in derived(float_gray(image), gray_level)]
        for image in images
    ]

    def describe(first: int, stop: int) -> None:
        for side, target in zip(sources, planes, strict=True):
            for k, source in enumerate(side):
                diagonal_census(*source, k, target, first, stop)

    return describe


def _padded(
    image: npt.NDArray[Any], window: tuple[int, int], workspace: Workspace, name: str
) -> npt.NDArray[Any]:
    """Return the image with its border replicated by half a window."""
    height, width = image.shape
    x, y = window[0] // 2, window[1] // 2
    padded = workspace.array(name, (height + 2 * y, width + 2 * x), image.dtype)
    middle = padded[y : y + height]
    middle[:, x : x + width] = image
    middle[:, :x] = image[:, :1]
    middle[:, x + width :] = image[:, -1:]
    padded[:y] = middle[:1]
    padded[y + height :] = middle[-1:]
    return padded
