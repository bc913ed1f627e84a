"""The sizes and options of one call, as the kernels take them."""

from __future__ import annotations

from typing import NamedTuple


class Plan(NamedTuple):
    """Plain integers; `stereo/contract.py` explains those that it has too.

    Attributes
    ----------
    height, width : int
        H and W, px.
    planes : int
        Bytes of a census descriptor; byte k of all pixels is plane k.
    disparities, padded : int
        D, and D rounded up to a multiple of the vector length.
    stride : int
        Numbers from one pixel to the next where vectors may overlap the border of a
        pixel's disparities: `padded` and one vector between them.
    subpixel : int
        0 = none, 1 = parabola, 2 = equiangular.
    """

    height: int
    width: int
    planes: int
    disparities: int
    padded: int
    stride: int
    min_disp: int
    p1: int
    p2: int
    uniqueness: int
    lr_max_diff: int
    subpixel: int
