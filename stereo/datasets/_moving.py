"""A scene as a camera sees it that is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stereo.datasets._render import Look, Rig, Scene, Thing
from stereo.datasets._surfaces import FloatArray, Motion
from stereo.datasets._texture import Noise

__all__ = ["path", "seen_from"]

_NEAREST = 1e-3  # of the depth that texture is looked up with
_TURN = 0.04  # radians that the camera looks aside at most, beside its way of 0.25
_PERIOD = 24  # frames of a round


def path(frames: int, travel: float) -> FloatArray:
    """Return poses (n, 4, 4), world_from_camera, of a camera that goes round and looks about.

    It moves by about travel / 4 from frame to frame, forward and sideways, and comes back after
    24 frames to a place a little higher or lower.
    """
    phase = 2 * np.pi * np.arange(frames) / _PERIOD
    sideways, forward = travel * np.sin(phase), travel * (1 - np.cos(phase))
    up = 0.3 * travel * np.sin(0.7 * phase)
    turn = 4 * travel * _TURN
    yaw, pitch = turn * np.sin(1.3 * phase), 0.5 * turn * np.sin(0.9 * phase)
    poses = np.tile(np.eye(4), (frames, 1, 1))
    poses[:, :3, :3] = _about_y(yaw) @ _about_x(pitch)
    poses[:, :3, 3] = np.stack([sideways, up, forward], axis=1)
    return poses


def seen_from(scene: Scene, world_from_camera: FloatArray) -> Scene:
    """Return the scene in the coordinates of a moved camera."""
    R = world_from_camera[:3, :3].T
    motion = Motion(R, -R @ world_from_camera[:3, 3])
    things = [
        Thing(thing.surface.moved(motion), _MovedLook(thing.material, motion, scene.rig))
        for thing in scene.things
    ]
    return Scene(scene.rig, things, scene.noise)


@dataclass(frozen=True)
class _MovedLook:
    """A material that looks as it does where the camera is at home."""

    look: Look
    motion: Motion
    rig: Rig

    def shade(
        self, points: FloatArray, normal: FloatArray, noise: Noise, x: FloatArray, y: FloatArray
    ) -> FloatArray:
        at_home = self.motion.undone(points)
        depth = np.maximum(at_home[2], _NEAREST)
        x_home = self.rig.focal * at_home[0] / depth + (self.rig.width - 1) / 2
        y_home = self.rig.focal * at_home[1] / depth + (self.rig.height - 1) / 2
        facing = self.motion.rotation.T @ normal
        return self.look.shade(at_home, facing, noise, x_home, y_home)


def _about_x(angle: npt.NDArray[np.float64]) -> FloatArray:
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    rows = np.stack([one, zero, zero, zero, c, -s, zero, s, c], axis=-1)
    return rows.reshape(-1, 3, 3)


def _about_y(angle: npt.NDArray[np.float64]) -> FloatArray:
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    rows = np.stack([c, zero, s, zero, one, zero, -s, zero, c], axis=-1)
    return rows.reshape(-1, 3, 3)
