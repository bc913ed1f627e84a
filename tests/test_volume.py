"""`CostVolume` refuses what it can't be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stereo.types import StereoError
from stereo.volume import CostVolume, checked_volume

GOOD = np.zeros((3, 4, 5), np.uint8)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"data": GOOD.tolist()}, "list"),
        ({"data": GOOD[0]}, r"\(4, 5\)"),
        ({"data": GOOD[:0]}, r"\(0, 4, 5\)"),
        ({"data": GOOD.astype(np.float32)}, "float32"),
        ({"data": GOOD[:, ::2]}, "C-contiguous"),
        ({"data": np.ma.masked_array(GOOD)}, "masked array"),
        ({"min_disp": 1 << 70}, "min_disp = 1180591620717411303424 is not in -1048576 … 1048576"),
        ({"min_disp": -(1 << 20) - 1}, "min_disp"),
        ({"min_disp": 1.5}, "min_disp must be an integer, got 1.5"),
        ({"maximum": 256}, "maximum = 256"),
        ({"maximum": True}, "maximum must be an integer"),
        ({"p1": "3"}, "p1 must be an integer, got '3'"),
        ({"p1": 9, "p2": 8}, "p1 = 9, p2 = 8"),
        ({"unit": None}, "unit must be a string"),
    ],
)
def test_a_volume_that_can_not_be_one(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StereoError, match=said):
        CostVolume(**{"data": GOOD, **options})


def test_no_cost_may_exceed_the_maximum() -> None:
    assert checked_volume(CostVolume(GOOD + 5, maximum=5)).maximum == 5
    with pytest.raises(StereoError, match="a cost of 6, more than its maximum = 5"):
        checked_volume(CostVolume(GOOD + 6, maximum=5))
