"""Which matching costs bear another exposure or lighting of one view: on real pairs.

The measure: of the non-occluded pixels with ground truth, the share whose smallest cost,
averaged over 9x9 px, lies more than 2 px off.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stereo import costs, io


@functools.cache
def scene(root: Path, name: str) -> tuple[Any, ...]:
    """Return left, right, true disparity (NaN where occluded) and max_disp."""
    folder = root / "middeval3_Q" / name
    true = np.where(
        io.read_image(folder / "mask0nocc.png") == 255,
        io.read_disparity(folder / "disp0GT.pfm"),
        np.nan,
    )
    _, _, range_and_more = (folder / "calib.txt").read_text().partition("ndisp=")
    left, right = (io.read_image(folder / file) for file in ("im0.png", "im1.png"))
    return left, right, true, int(range_and_more.split()[0])


def averaged(plane: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the sum over each window of 9x9 px."""
    padded = np.pad(plane.astype(np.int64), [(5, 4), (5, 4)], mode="edge")
    total = padded.cumsum(0).cumsum(1)
    return total[9:, 9:] - total[:-9, 9:] - total[9:, :-9] + total[:-9, :-9]


@functools.cache
def share_wrong(cost: str, root: Path, name: str) -> float:
    left, right, true, max_disp = scene(root, name)
    volume = costs.compute(cost, left, right, max_disp)
    least = np.full(true.shape, 1 << 40)
    winner = np.zeros(true.shape)
    for d in range(max_disp):
        cost_of_d = averaged(volume.data[..., d])
        cost_of_d[:, :d] = 1 << 40  # no counterpart
        winner[cost_of_d < least] = d
        least = np.minimum(least, cost_of_d)
    known = np.isfinite(true)
    return float((np.abs(winner - true)[known] > 2).mean())


@pytest.mark.parametrize("cost", ["census9x7", "mutual_information", "gradient_census"])
def test_another_exposure_is_borne(cost: str, data_root: Path) -> None:
    same = share_wrong(cost, data_root, "Motorcycle")
    other = share_wrong(cost, data_root, "MotorcycleE")
    assert same < 0.15
    assert other < same + 0.03


@pytest.mark.parametrize("cost", ["census9x7", "mutual_information", "gradient_census"])
def test_another_lighting_is_borne(cost: str, data_root: Path) -> None:
    assert share_wrong(cost, data_root, "ArtL") < 0.35


@pytest.mark.parametrize("cost", ["ad", "birchfield_tomasi"])
def test_intensities_are_not_enough(cost: str, data_root: Path) -> None:
    assert share_wrong(cost, data_root, "Motorcycle") < 0.3
    assert share_wrong(cost, data_root, "MotorcycleE") > 0.7
    assert share_wrong(cost, data_root, "ArtL") > 0.5
