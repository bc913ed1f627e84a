"""First guesses for the bundle adjustment, which need nothing but the corners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stereo.geometry.adjustment import Sighting
from stereo.geometry.calibration import CameraModel
from stereo.geometry.poses import composed, inverted
from stereo.geometry.projection import camera_matrix, undistorted
from stereo.io.images import opencv

__all__ = ["board_pose", "guessed_camera", "matched_orders"]

Float64Array = npt.NDArray[np.float64]
Orders = tuple[npt.NDArray[np.int64], ...]

_FOCAL_LENGTHS = {  # of the larger side of the image
    "pinhole": np.geomspace(0.3, 6.0, 14),
    "fisheye": np.geomspace(0.15, 2.0, 14),
}
_VIEWS = 24  # that a guess looks at: more change nothing
_STEEPEST = 0.15  # smallest Z of a viewing ray of length 1 for a pose: 81 degrees
_DISAGREEMENT = 0.3  # rad: two poses further apart have nothing to do with each other


def guessed_camera(
    sightings: Sequence[Sighting], size: tuple[int, int], model: CameraModel, coefficients: int
) -> Float64Array:
    """Guess fx, fy, cx, cy; the distortion is 0 at first.

    The principal point is the middle of the image, and of a row of focal lengths the one is
    taken for which a board fits best into the views.
    """
    step = max(1, len(sightings) // _VIEWS)
    some = sightings[::step]
    middle = (np.array(size) - 1) / 2
    guesses = [
        np.concatenate([[f, f], middle, np.zeros(coefficients)])
        for f in _FOCAL_LENGTHS[model] * max(size)
    ]
    errors = [
        sum(min(_pose_and_error(sighting, camera, model)[1], max(size)) for sighting in some)
        for camera in guesses
    ]
    return guesses[int(np.argmin(errors))]


def board_pose(sighting: Sighting, camera: Float64Array, model: CameraModel) -> Float64Array:
    """Return rotation vector and translation of camera_from_board, (6,)."""
    pose, _ = _pose_and_error(sighting, camera, model)
    points, plane = _facing_part(sighting, camera, model)
    if len(points) < 4:
        return pose
    refined = opencv().solvePnPRefineLM(points, plane, np.eye(3), None, pose[:3], pose[3:])
    together = np.concatenate([np.ravel(part) for part in refined])
    return together if np.isfinite(together).all() and together[5] > 0 else pose


def _facing_part(
    sighting: Sighting, camera: Float64Array, model: CameraModel
) -> tuple[Float64Array, Float64Array]:
    """Return the corners that a camera with K = identity could see, and where."""
    rays = undistorted(sighting.pixels, camera_matrix(camera), camera[4:], model)
    usable = rays[:, 2] > _STEEPEST
    plane = rays[usable, :2] / rays[usable, 2:]
    return sighting.points[usable].reshape(-1, 1, 3), plane.reshape(-1, 1, 2)


def _pose_and_error(
    sighting: Sighting, camera: Float64Array, model: CameraModel
) -> tuple[Float64Array, float]:
    """Return the pose, and the RMS distance to the corners in px; inf if there is no pose."""
    cv2 = opencv()
    facing = np.array([0, 0, 0, 0, 0, float(np.ptp(sighting.points[:, :2]) * 2)])
    points, plane = _facing_part(sighting, camera, model)
    if len(points) < 4:
        return facing, np.inf
    try:
        _, rotations, translations, _ = cv2.solvePnPGeneric(
            points, plane, np.eye(3), None, flags=cv2.SOLVEPNP_IPPE
        )
    except cv2.error:  # corners that no plane could show so: the adjustment will say so
        return facing, np.inf
    candidates = []
    for rotation, translation in zip(rotations, translations, strict=True):
        pose = np.concatenate([np.ravel(rotation), np.ravel(translation)])
        if np.isfinite(pose).all() and pose[5] > 0:
            back = cv2.projectPoints(points, pose[:3], pose[3:], np.eye(3), None)[0]
            candidates.append((float(np.sqrt(((back - plane) ** 2).sum(axis=-1).mean())), pose))
    if not candidates:
        return facing, np.inf
    error, pose = min(candidates, key=lambda candidate: candidate[0])
    return pose, error * float(camera[0])


def matched_orders(
    left: Sequence[Sighting],
    right: Sequence[Sighting],
    cameras: tuple[Float64Array, Float64Array],
    model: CameraModel,
    orders: Orders,
) -> tuple[list[int], Float64Array]:
    """Find how the cameras stand, and in which order the right images show the corners.

    Parameters
    ----------
    left, right : sequence of Sighting
        What both cameras saw of the same positions of the board; with more than one order,
        all corners.
    cameras : tuple of two (4 + k,) arrays
    model : {"pinhole", "fisheye"}
    orders : tuple of ndarray
        `symmetries` of the board.

    Returns
    -------
    chosen : list of int
        Row of `orders` for each view.
    right_from_left : ndarray, float64 (6,)
        Rotation vector and translation.

    Notes
    -----
    Each view and order is a hypothesis. The cameras don't move, so that the right one is that
    to which most views come close; a wrong order moves with the board.
    """
    relative = np.array(
        [
            _relatives(first, second, cameras, model, orders)
            for first, second in zip(left, right, strict=True)
        ]
    )  # (views, orders, 6)
    distances = np.array([board_pose(s, cameras[0], model)[5] for s in left])
    step = max(1, len(left) // _VIEWS)
    scores = []
    for o in range(len(orders)):  # usual orders first: they win where nothing tells them apart
        for v in range(0, len(left), step):
            apart = _apart(relative, relative[v, o], distances)
            scores.append((float(np.minimum(apart.min(axis=1), _DISAGREEMENT).sum()), o, v))
    lowest = min(score for score, _, _ in scores)
    _, o, v = next(row for row in scores if row[0] <= lowest * (1 + 1e-6) + 1e-6)
    apart = _apart(relative, relative[v, o], distances)
    return [int(row.argmin()) for row in apart], relative[v, o]


def _relatives(
    left: Sighting,
    right: Sighting,
    cameras: tuple[Float64Array, Float64Array],
    model: CameraModel,
    orders: Orders,
) -> list[Float64Array]:
    """Return right_from_left for each order of the right corners."""
    board_from_left = inverted(board_pose(left, cameras[0], model))
    if len(orders) == 1:
        return [composed(board_pose(right, cameras[1], model), board_from_left)]
    turned = [Sighting(right.points[order], right.pixels) for order in orders]
    return [composed(board_pose(s, cameras[1], model), board_from_left) for s in turned]


def _apart(relative: Float64Array, other: Float64Array, distances: Float64Array) -> Float64Array:
    """Return the angles between poses, rad, (views, orders): of rotation and of translation."""
    cv2 = opencv()
    back = cv2.Rodrigues(other[:3])[0].T
    angles = np.array(
        [
            [np.linalg.norm(cv2.Rodrigues(cv2.Rodrigues(pose[:3])[0] @ back)[0]) for pose in view]
            for view in relative
        ]
    )
    offsets = np.linalg.norm(relative[..., 3:] - other[3:], axis=-1) / distances[:, None]
    total: Float64Array = angles + offsets
    return total
