"""Maps of features to a cost volume, in the arithmetic of `csrc/cpu/features.h`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...volume import copy_outside
from .compile import kernel
from .threads import Job, bands, run


@kernel
def quantise(row: Any, cosine: bool, offset: float, scale: float, numbers: Any) -> None:
    """Round a row of features to integers.

    Parameters
    ----------
    row : ndarray, float32 (W, F)
    cosine : bool
        Divide the scale by the length of each vector.
    offset, scale : float
    numbers : ndarray, int16 (W, F)
        Result.
    """
    width, count = row.shape
    part = np.zeros(8)
    for x in range(width):
        own = scale
        if cosine:
            part[:] = 0.0
            for f in range(count):
                v = np.float64(row[x, f])
                part[f % 8] += v * v
            even = (part[0] + part[4]) + (part[2] + part[6])
            odd = (part[1] + part[5]) + (part[3] + part[7])
            own = scale / np.sqrt(even + odd) if even + odd > 0.0 else 0.0
        for f in range(count):
            numbers[x, f] = np.int16(np.rint((np.float64(row[x, f]) - offset) * own))


@kernel
def excesses(left: Any, right: Any, differences: bool, origin: int, total: Any) -> None:
    """Compare one left pixel with neighbouring entries of the right row.

    Parameters
    ----------
    left : ndarray, int16 (F,)
    right : ndarray, int16 (F, n)
    differences : bool
        Sum absolute differences; else products, which are taken from `origin`.
    origin : int
    total : ndarray, int32 (n,)
        Result.
    """
    n = total.shape[0]
    total[:] = np.int32(0) if differences else np.int32(origin)
    for f in range(left.shape[0]):
        number, row = np.int32(left[f]), right[f]
        if differences:
            for i in range(n):
                total[i] += abs(number - np.int32(row[i]))
        else:
            for i in range(n):
                total[i] -= number * np.int32(row[i])


@kernel
def row_costs(
    left: Any,
    mirrored: Any,
    law: tuple[bool, int, float, float],
    min_disp: int,
    total: Any,
    base: Any,
    costs: Any,
) -> None:
    """Fill the candidates of one row of the volume.

    Parameters
    ----------
    left : ndarray, int16 (W, F)
    mirrored : ndarray, int16 (F, W)
        The right row from right to left.
    law : tuple
        (differences, origin, ceiling, step).
    min_disp : int
    total : ndarray, int32 (D,)
        Scratch.
    base, costs : ndarray, uint8 or uint16 (W, D)
        Costs to add to, and the result. `base` may be (0, 0): nothing to add to.
    """
    differences, origin, ceiling, step = law
    width, disparities = costs.shape
    for x in range(width):
        begin = max(0, x - (width - 1) - min_disp)
        end = min(disparities, x - min_disp + 1)
        if begin >= end:
            continue
        first = width - 1 - x + min_disp + begin
        sums = total[begin:end]
        excesses(left[x], mirrored[:, first : first + end - begin], differences, origin, sums)
        for i in range(begin, end):
            excess = max(np.float32(total[i]), np.float32(0.0))
            excess = min(excess, np.float32(ceiling))
            costs[x, i] = np.int32(excess * np.float32(step) + np.float32(0.5))
        if base.shape[0] > 0:
            for i in range(begin, end):
                costs[x, i] += base[x, i]


def fill(
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    law: Any,
    base: npt.NDArray[Any] | None,
    data: npt.NDArray[Any],
    min_disp: int,
    maximum: int,
    threads: int,
) -> None:
    """Fill the cost volume `data`; the arguments are those of `stereo._cpu.feature_volume`."""
    height, width, count = left.shape
    differences, cosine = law.metric == "l1", law.metric == "cosine"
    numbers = (differences, int(law.origin), float(law.ceiling), float(law.step))
    nothing: npt.NDArray[Any] = np.empty((0, 0), data.dtype)

    def job(first: int, stop: int) -> Job:
        def work() -> None:
            own, other = (np.empty((width, count), np.int16) for _ in range(2))
            total = np.empty(data.shape[2], np.int32)
            for y in range(first, stop):
                for row, rounded in ((left[y], own), (right[y], other)):
                    quantise(np.ascontiguousarray(row), cosine, law.offset, law.scale, rounded)
                mirrored = np.ascontiguousarray(other[::-1].T)
                under = nothing if base is None else base[y]
                row_costs(own, mirrored, numbers, min_disp, total, under, data[y])

        return work

    run([job(*band) for band in bands(height, threads)])
    copy_outside(data, min_disp, maximum)
