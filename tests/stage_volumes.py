"""Hypothesis strategies for cost volumes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from stereo.volume import CostVolume

THREADS = st.sampled_from((None, 1, 2, 3, 7))


@st.composite
def volumes(draw: st.DrawFn, longest: int = 20, most: int = 70) -> CostVolume:
    """Draw volumes from 1 x 1 x 1 on, many with ties, some at the limit of their dtype."""
    shape = draw(st.tuples(st.integers(1, longest), st.integers(1, longest), st.integers(1, most)))
    maximum = draw(st.sampled_from((1, 3, 24, 255, 2000, 65535)))
    dtype = np.uint8 if maximum < 256 and draw(st.booleans()) else np.uint16
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    lowest = draw(st.sampled_from((0, max(0, maximum - 3), maximum)))
    data = rng.integers(lowest, maximum + 1, shape).astype(dtype)
    data.flags.writeable = draw(st.booleans())
    min_disp = draw(st.integers(-25, 25) | st.sampled_from((-(1 << 20), 1 << 20)))
    return CostVolume(data, min_disp, maximum, "bits", 2, 9)
