"""The native CPU backend; `csrc/bindings.cpp` defines it and `stereo.backends.cpu` uses it."""

from typing import Any

import numpy as np
import numpy.typing as npt

class Workspace:
    def __init__(self) -> None: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def allocations(self) -> int: ...

def instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def use(name: str) -> None: ...
def gray(image: npt.NDArray[Any]) -> npt.NDArray[np.uint16] | npt.NDArray[np.float32]: ...
def semiglobal(
    left: npt.NDArray[Any],
    right: npt.NDArray[Any],
    workspace: Workspace,
    details: bool,
    *,
    gray_level: int,
    left_tone: npt.NDArray[np.uint8] | None,
    right_tone: npt.NDArray[np.uint8] | None,
    volume: npt.NDArray[Any] | None,
    min_disp: int,
    disparities: int,
    cost: int,
    window_width: int,
    window_height: int,
    maximum: int,
    p1: int,
    p2: int,
    p1_at: npt.NDArray[np.uint16] | None,
    p2_at: npt.NDArray[np.uint16] | None,
    paths: int,
    uniqueness: int,
    lr_max_diff: int,
    subpixel: int,
    threads: int,
) -> tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.uint8] | None,
    npt.NDArray[np.float32] | None,
    npt.NDArray[np.float32] | None,
]: ...
def speckles(
    disparity: npt.NDArray[np.float32], size: int, max_diff: float
) -> npt.NDArray[np.bool_]: ...
def median(
    disparity: npt.NDArray[np.float32], size: int, threads: int
) -> npt.NDArray[np.float32]: ...
def feature_volume(
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    base: npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | None,
    out: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
    *,
    metric: int,
    offset: float,
    scale: float,
    origin: int,
    ceiling: float,
    step: float,
    min_disp: int,
    maximum: int,
    threads: int,
) -> None: ...
def weighted_median(
    disparity: npt.NDArray[np.float32],
    guide: npt.NDArray[np.uint8],
    color_weights: npt.NDArray[np.uint8],
    color_shift: int,
    space_weights: npt.NDArray[np.uint8],
    where: npt.NDArray[np.uint8] | None,
    edges_only: bool,
    threads: int,
) -> npt.NDArray[np.float32]: ...
def fill_directions(
    disparity: npt.NDArray[np.float32], threads: int
) -> npt.NDArray[np.float32]: ...
def fill_row(disparity: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]: ...
