"""Poses as six numbers: rotation vector and translation of target_from_source."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stereo.io.images import opencv

__all__ = ["composed", "composition", "inverted"]

Float64Array = npt.NDArray[np.float64]


def composed(second: Float64Array, first: Float64Array) -> Float64Array:
    """Return the pose that applies `first` and then `second`."""
    done = opencv().composeRT(first[:3], first[3:], second[:3], second[3:])
    return np.concatenate([done[0].ravel(), done[1].ravel()])


def inverted(pose: Float64Array) -> Float64Array:
    """Return the pose that undoes `pose`."""
    R = opencv().Rodrigues(pose[:3])[0]
    return np.concatenate([-pose[:3], -R.T @ pose[3:]])


def composition(
    first: Float64Array, second: Float64Array
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return `second` after `first` as a pose, and its derivatives by both, (6, 6) each."""
    parts = opencv().composeRT(first[:3], first[3:], second[:3], second[3:])
    r, t, r_r1, r_t1, r_r2, r_t2, t_r1, t_t1, t_r2, t_t2 = parts
    pose = np.concatenate([r.ravel(), t.ravel()])
    return pose, np.block([[r_r1, r_t1], [t_r1, t_t1]]), np.block([[r_r2, r_t2], [t_r2, t_t2]])
