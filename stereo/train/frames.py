"""Samples of self-supervised training: an image, and others that show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stereo.datasets.clips import Clip
from stereo.geometry.arguments import checked_camera_matrix, inverse
from stereo.geometry.rectified import StereoGeometry
from stereo.train.augmentation import no_change, random_colours
from stereo.train.images import as_tensor, resized, rgb
from stereo.train.task import Setting
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["SOURCES", "FrameSamples"]

Float64Array = npt.NDArray[np.float64]

SOURCES = {"previous": -1, "next": 1, "right": 0}
"""The images that may explain one, and how many frames later they are."""

_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


class FrameSamples:
    """Images of clips, each with its sources, cameras and what is known of the motion.

    A sample has ``target`` (3, H, W) and ``sources`` (S, 3, H, W), RGB in [0, 1]; the same as the
    networks see them, with other colours, as ``target_seen`` and ``sources_seen``; ``K``
    (3, 3) and ``K_sources`` (S, 3, 3); ``source_from_target`` (S, 4, 4), the identity where the
    motion is not known.

    Parameters
    ----------
    clips : sequence of Clip
        At least one.
    intrinsics : array_like (3, 3) or StereoGeometry, optional
        Of the images of all clips; by default each clip's own.
    size : (int, int)
        Width and height of the samples, px.
    sources : sequence of str
        Keys of `SOURCES`.
    known_poses : bool
        Take the motion from the poses of the clips.
    augment : bool
        Mirror and change colours of half of the samples.
    seed : int
        Chooses the augmentation.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        intrinsics: Any,
        size: tuple[int, int],
        sources: Sequence[str],
        *,
        known_poses: bool,
        augment: bool,
        seed: int,
    ) -> None:
        if not clips:
            raise StereoValueError("there is no clip to learn from")
        self._clips, self._size, self._sources = tuple(clips), size, tuple(sources)
        self._known_poses, self._augment, self._seed = known_poses, augment, seed
        self._cameras = [
            _camera(clip, intrinsics, size, "right" in self._sources) for clip in self._clips
        ]
        self._check()
        steps = [SOURCES[source] for source in self._sources]
        self._places = [
            (k, frame)
            for k, clip in enumerate(self._clips)
            for frame in range(max(0, -min(steps)), len(clip) - max(0, *steps))
        ]
        if not self._places:
            raise StereoValueError(
                f"the clips have {[len(clip) for clip in self._clips]} images: too few for one "
                f"with its {', '.join(self._sources)}"
            )

    def __len__(self) -> int:
        """Return the number of images that have all sources."""
        return len(self._places)

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Tensor]:
        """Return a sample, augmented as its place in the training decides."""
        place, number = key
        if not self._augment:
            return self.plain(number)
        rng = np.random.Generator(np.random.PCG64([self._seed, place]))
        mirrored, coloured = rng.random(2) < 0.5
        change = random_colours(rng) if coloured else no_change
        return self._sample(number, bool(mirrored), change)

    def plain(self, number: int) -> dict[str, Tensor]:
        """Return a sample as it is."""
        return self._sample(number, False, no_change)

    def settings(self) -> Mapping[str, Setting]:
        """Return what decides the samples."""
        return {
            "size": f"{self._size[0]}x{self._size[1]}",
            "sources": ",".join(self._sources),
            "known_poses": self._known_poses,
            "augment": self._augment,
        }

    def _sample(self, number: int, mirrored: bool, change: Any) -> dict[str, Tensor]:
        k, frame = self._places[number]
        clip, camera = self._clips[k], self._cameras[k]
        images = [self._image(clip, camera, "left", frame)]
        transforms = []
        for source in self._sources:
            side = "right" if source == "right" else "left"
            images.append(self._image(clip, camera, side, frame + SOURCES[source]))
            transforms.append(self._motion(clip, camera, source, frame))
        K = np.stack([camera.K, *(camera.K_of(source) for source in self._sources)])
        motion = np.stack(transforms)
        if mirrored:
            images = [image[:, ::-1] for image in images]
            K[:, 0, 2] = self._size[0] - 1 - K[:, 0, 2]
            motion = _MIRROR @ motion @ _MIRROR
        plain = torch.stack([as_tensor(image) for image in images])
        seen = plain
        if change is not no_change:
            seen = torch.stack([as_tensor(change(image)) for image in images])
        matrices = torch.from_numpy(K.astype(np.float32))
        return {
            "target": plain[0],
            "sources": plain[1:],
            "target_seen": seen[0],
            "sources_seen": seen[1:],
            "K": matrices[0],
            "K_sources": matrices[1:],
            "source_from_target": torch.from_numpy(motion.astype(np.float32)),
        }

    def _image(self, clip: Clip, camera: _Camera, side: str, frame: int) -> Any:
        images = clip.left if side == "left" else clip.right
        assert images is not None  # _camera() made sure
        image = rgb(f"{side} image {frame}", images[frame])
        if image.shape[:2] != camera.full_size[::-1]:
            raise StereoValueError(
                f"{side} image {frame} is {image.shape[1]} x {image.shape[0]} px, and the first "
                f"image {camera.full_size[0]} x {camera.full_size[1]} px: all must be the same"
            )
        return resized(image, *self._size)

    def _motion(self, clip: Clip, camera: _Camera, source: str, frame: int) -> Float64Array:
        if source == "right":
            matrix = np.eye(4)
            matrix[0, 3] = -camera.baseline
            return matrix
        if not self._known_poses or clip.poses is None:
            return np.eye(4)
        motion: Float64Array = inverse(clip.poses[frame + SOURCES[source]]) @ clip.poses[frame]
        return motion

    def _check(self) -> None:
        for k, clip in enumerate(self._clips):
            if self._known_poses and clip.poses is None:
                raise StereoValueError(f"clip {k} has no poses: known_poses needs them")


@dataclass(frozen=True)
class _Camera:
    """The cameras of a clip at the size of the samples."""

    full_size: tuple[int, int]
    K: Float64Array
    K_right: Float64Array
    baseline: float

    def K_of(self, source: str) -> Float64Array:
        return self.K_right if source == "right" else self.K


def _camera(clip: Clip, intrinsics: Any, size: tuple[int, int], pair: bool) -> _Camera:
    if not isinstance(clip, Clip):
        raise StereoTypeError(f"expected a Clip, got a {type(clip).__name__}")
    first = rgb("left image 0", clip.left[0])
    full_size = first.shape[1], first.shape[0]
    given = clip.geometry or clip.K if intrinsics is None else intrinsics
    if given is None:
        raise StereoValueError("the clip has no camera matrix: intrinsics must be given")
    if isinstance(given, StereoGeometry):
        if given.image_size != full_size:
            raise StereoValueError(
                f"the geometry is for images of {given.image_size[0]} x {given.image_size[1]} px, "
                f"and those of the clip are {full_size[0]} x {full_size[1]} px"
            )
        matrices = given.K_left, given.K_right
    else:
        matrices = (checked_camera_matrix("intrinsics", given),) * 2
    if pair and (clip.right is None or not isinstance(given, StereoGeometry)):
        raise StereoValueError(
            "the source 'right' needs a clip with right images and a StereoGeometry, which knows "
            "the baseline"
        )
    baseline = given.baseline if isinstance(given, StereoGeometry) else 0.0
    K, K_right = (_scaled(matrix, full_size, size) for matrix in matrices)
    return _Camera(full_size, K, K_right, baseline)


def _scaled(K: Float64Array, full: tuple[int, int], size: tuple[int, int]) -> Float64Array:
    """Return the camera matrix of resized images; pixel centres lie at whole numbers."""
    scaled = np.array(K, np.float64)
    for axis in (0, 1):
        factor = size[axis] / full[axis]
        scaled[axis, :2] *= factor
        scaled[axis, 2] = (scaled[axis, 2] + 0.5) * factor - 0.5
    return scaled
