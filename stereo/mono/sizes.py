"""The size at which an image goes into a network."""

from __future__ import annotations

import math
from typing import Literal

from stereo.types import StereoValueError

__all__ = ["Rule", "network_size"]

Rule = Literal["lower_bound", "upper_bound", "minimal", "fixed", "floor"]

_MOST_PIXELS = 1 << 24


def network_size(
    height: int, width: int, target: tuple[int, int], multiple: int, rule: Rule
) -> tuple[int, int]:
    """Return the height and width that an image is resized to.

    Parameters
    ----------
    height, width : int
        Size of the image, px.
    target : (int, int)
        Height and width that the network was trained at, px; "floor" does not use it.
    multiple : int
        Both sides become multiples of this, rounded to the nearest one (halves to even).
    rule : {"lower_bound", "upper_bound", "minimal", "fixed", "floor"}
        "lower_bound": the proportions stay, and no side is below the target (Depth Anything).
        "upper_bound": no side is above it (MiDaS v2.1-small). "minimal": the side is fitted whose
        scale is nearer to 1 (DPT, ZoeDepth). "fixed": the target. "floor": the image's own size,
        rounded down (GLPN).

    Raises
    ------
    StereoValueError
        If the image is too small for "floor", or so long and narrow that the network would get
        more than 2^24 pixels.

    References
    ----------
    Ranftl, Bochkovskiy, Koltun: Vision transformers for dense prediction. ICCV 2021.

    Examples
    --------
    >>> network_size(375, 1242, (384, 384), 32, "minimal")
    (384, 1280)
    >>> network_size(375, 1242, (256, 256), 32, "upper_bound")
    (64, 256)
    """
    if rule == "fixed":
        return target
    if rule == "floor":
        found = (height // multiple * multiple, width // multiple * multiple)
        if 0 in found:
            raise StereoValueError(
                f"the image is {width} x {height} px: this network needs {multiple} x {multiple} "
                "px at least"
            )
    else:
        down, across = target[0] / height, target[1] / width
        if rule == "lower_bound":
            scale = max(down, across)
        elif rule == "upper_bound":
            scale = min(down, across)
        else:
            scale = across if abs(1 - across) < abs(1 - down) else down
        found = (
            _multiple(scale * height, multiple, target[0], rule),
            _multiple(scale * width, multiple, target[1], rule),
        )
    if found[0] * found[1] > _MOST_PIXELS:
        raise StereoValueError(
            f"an image of {width} x {height} px would go into the network as {found[1]} x "
            f"{found[0]} px, more than {_MOST_PIXELS} pixels: crop or scale it"
        )
    return found


def _multiple(side: float, multiple: int, target: int, rule: Rule) -> int:
    nearest = round(side / multiple) * multiple
    if rule == "lower_bound" and nearest < target:
        nearest = math.ceil(side / multiple) * multiple
    if rule == "upper_bound" and nearest > target:
        nearest = math.floor(side / multiple) * multiple
    return max(nearest, multiple)
