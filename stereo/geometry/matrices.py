"""Rectified pairs written as matrices: Q, and projections."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.geometry.arguments import finite_array
from stereo.types import StereoValueError

__all__ = ["Parameters", "parameters_of_projections", "parameters_of_q", "q_matrix"]

_Q_TOLERANCE = 1e-9  # of entries that must be 0 or 1, after division by the first one
_Q_FREE = ((0, 3), (1, 1), (1, 3), (2, 3), (3, 2), (3, 3))
_LARGEST_SIDESTEP = 0.02  # of the baseline, vertically and along the view

Float64Array = npt.NDArray[np.float64]


class Parameters(NamedTuple):
    """What a :class:`stereo.geometry.StereoGeometry` has beside the size of the images."""

    focal_length: float
    baseline: float
    cx_left: float
    cy_left: float
    cx_right: float
    cy_right: float
    aspect: float


def q_matrix(parameters: Parameters) -> Float64Array:
    """Return Q, (4, 4)."""
    f, baseline, cx, cy, cx_right, _, aspect = parameters
    return np.array(
        [
            [1, 0, 0, -cx],
            [0, 1 / aspect, 0, -cy / aspect],
            [0, 0, 0, f],
            [0, 0, 1 / baseline, (cx_right - cx) / baseline],
        ]
    )


def parameters_of_q(Q: Any) -> Parameters:
    """Read Q, whatever factor it has; StereoValueError if it is not that of a rectified pair."""
    given = finite_array("Q", Q, (4, 4))
    if given[0, 0] == 0:
        raise StereoValueError(f"Q = {given.tolist()} can't be used: its first entry is 0")
    matrix = given / given[0, 0]
    expected = np.zeros((4, 4))
    expected[0, 0] = 1
    for place in _Q_FREE:
        expected[place] = matrix[place]
    if not np.abs(matrix - expected).max() <= _Q_TOLERANCE:
        raise StereoValueError(
            f"Q = {given.tolist()} has not the form [[1, 0, 0, -cx], [0, 1, 0, -cy], "
            "[0, 0, 0, f], [0, 0, 1/B, doffs/B]]"
        )
    if not matrix[3, 2] > 0 or not matrix[1, 1] > 0:
        raise StereoValueError(
            f"Q[3, 2] = {matrix[3, 2]:g} and Q[1, 1] = {matrix[1, 1]:g} must be above 0: "
            "Q[3, 2] = 1 / baseline, and it is negative where left and right are swapped"
        )
    cx, cy = -matrix[0, 3], -matrix[1, 3] / matrix[1, 1]
    cx_right = cx + matrix[3, 3] / matrix[3, 2]
    return Parameters(matrix[2, 3], 1 / matrix[3, 2], cx, cy, cx_right, cy, 1 / matrix[1, 1])


def parameters_of_projections(P_left: Any, P_right: Any) -> Parameters:
    """Read two (3, 4) projections; StereoValueError if they are not those of a rectified pair."""
    left, right = _projection("P_left", P_left), _projection("P_right", P_right)
    if not np.allclose(left[[0, 1], [0, 1]], right[[0, 1], [0, 1]], rtol=1e-6, atol=0):
        raise StereoValueError(
            f"P_left has the focal lengths {left[0, 0]:g} and {left[1, 1]:g} px, and P_right "
            f"{right[0, 0]:g} and {right[1, 1]:g} px: those of a rectified pair are equal"
        )
    baseline = _baseline(left, right)
    f, aspect = left[0, 0], left[1, 1] / left[0, 0]
    return Parameters(f, baseline, left[0, 2], left[1, 2], right[0, 2], right[1, 2], aspect)


def _projection(name: str, value: Any) -> Float64Array:
    P = finite_array(name, value, (3, 4))
    pattern = P[:, :3] * [[1, 0, 1], [0, 1, 1], [0, 0, 0]] + np.diag([0.0, 0.0, 1.0])
    if not np.array_equal(P[:, :3], pattern) or not (P[0, 0] > 0 and P[1, 1] > 0):
        raise StereoValueError(
            f"{name} = {P.tolist()} is no rectified projection: expected "
            "[[f, 0, cx, f tx], [0, f, cy, f ty], [0, 0, 1, tz]] with f above 0"
        )
    return P


def _baseline(left: Float64Array, right: Float64Array) -> float:
    """Return how far the right camera is to the right of the left one, metres."""
    step = np.linalg.solve(right[:, :3], right[:, 3]) - np.linalg.solve(left[:, :3], left[:, 3])
    baseline = -float(step[0])
    if not baseline > 0:
        raise StereoValueError(
            f"the fourth columns of P_left and P_right put the right camera {baseline:g} m to the "
            "right of the left one: it must be above 0; are left and right swapped?"
        )
    if not max(abs(step[1]), abs(step[2])) < _LARGEST_SIDESTEP * baseline:
        raise StereoValueError(
            f"the cameras of P_left and P_right are {abs(step[1]):g} m apart vertically and "
            f"{abs(step[2]):g} m along the view, beside {baseline:g} m: the pair is not rectified"
        )
    return baseline
