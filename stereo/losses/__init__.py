"""Losses that depth networks are trained with, for PyTorch.

They take tensors of any device and give scalars that can be differentiated. A mask says which
pixels count; what is under it, NaN included, has no influence on a loss or its gradient. Where
no pixel counts a loss is 0, and so is its gradient. The package needs the extra ``torch``.
"""

from __future__ import annotations

from stereo.models.extras import require

require("torch", "torch")  # the error says how it is had

from stereo.losses.alignment import (  # noqa: E402
    scale_and_shift,
    scale_shift_invariant,
    trimmed_scale_shift_invariant,
)
from stereo.losses.disparity import (  # noqa: E402
    SequenceLoss,
    pyramid_smooth_l1,
    sequence_loss,
    smooth_l1,
)
from stereo.losses.gradients import gradient_matching, gradient_orientation  # noqa: E402
from stereo.losses.logarithmic import scale_invariant_log, zoedepth_silog  # noqa: E402
from stereo.losses.photometric import (  # noqa: E402
    Reprojection,
    minimum_reprojection,
    photometric_error,
    ssim_error,
)
from stereo.losses.smoothness import edge_aware_smoothness  # noqa: E402

__all__ = [
    "Reprojection",
    "SequenceLoss",
    "edge_aware_smoothness",
    "gradient_matching",
    "gradient_orientation",
    "minimum_reprojection",
    "photometric_error",
    "pyramid_smooth_l1",
    "scale_and_shift",
    "scale_invariant_log",
    "scale_shift_invariant",
    "sequence_loss",
    "smooth_l1",
    "ssim_error",
    "trimmed_scale_shift_invariant",
    "zoedepth_silog",
]
