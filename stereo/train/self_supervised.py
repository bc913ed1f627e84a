"""Self-supervised training of depth: Monodepth2, from video, pairs, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stereo.arguments import flag, number
from stereo.datasets.clips import Clip
from stereo.io.files import PathLike
from stereo.models.monodepth2 import Monodepth2, checked_size
from stereo.train.frames import SOURCES, FrameSamples
from stereo.train.loop import Training, fit
from stereo.train.options import Options
from stereo.train.reprojection import Explanation, Source, explain
from stereo.train.task import Batch, Setting, Task
from stereo.train.warping import pose_matrix
from stereo.types import StereoTypeError, StereoValueError
from stereo.viz import colorize

__all__ = ["self_supervised"]

_TIE_NOISE = 1e-5
_DECAY_AFTER, _DECAY = 0.75, 0.1  # of the steps; the paper's 15 of 20 epochs


def self_supervised(
    model: Monodepth2,
    clip: Clip | Sequence[Clip],
    intrinsics: Any = None,
    *,
    output: PathLike,
    size: tuple[int, int],
    sources: Sequence[str] = ("previous", "next"),
    known_poses: bool = False,
    augment: bool = True,
    smoothness: float = 1e-3,
    auto_mask: bool = True,
    options: Options | None = None,
    resume: bool = False,
) -> Training:
    """Learn depth from images alone, by explaining each with its neighbours (Monodepth2).

    Parameters
    ----------
    model : Monodepth2
        Trained in place.
    clip : Clip or sequence of Clip
        See :mod:`stereo.datasets.clips`.
    intrinsics : array_like (3, 3) or StereoGeometry, optional
        Of the images of all clips, px; by default each clip's own. A StereoGeometry for pairs.
    output : str or os.PathLike
        Folder for checkpoint.pt, weights.pt, log.csv and pictures/.
    size : (int, int)
        Width and height that the networks see, multiples of 32 from 64.
    sources : sequence of {"previous", "next", "right"}
        The images that explain one: its neighbours in time, the right image of its pair, or all.
        With "right" the depth is in the unit of the baseline; with neighbours alone its scale is
        unknown, unless the poses are known.
    known_poses : bool
        Take the motion from the poses of the clips instead of learning it.
    augment : bool
        Mirror half of the samples, and change the colours of half of them for the networks.
    smoothness : float
        Weight of the smoothness term, at least 0.
    auto_mask : bool
        Leave out pixels that the sources explain as well without any warping.
    options : Options, optional
        How long, how much at once, how fast, what is written.
    resume : bool
        Go on from the checkpoint in `output`, bit for bit as if nothing had been (on the CPU).

    Returns
    -------
    Training
        The model is left in evaluation mode.

    Raises
    ------
    StereoTypeError, StereoValueError
        For a model, clip or option that can't be used, or a checkpoint of another set-up.
    StereoFileError
        If an image can't be read, the folder can't be written, it has a training and `resume` is
        False, or it has none and `resume` is True.
    StereoError
        If the loss is no number any more, or TensorBoard is asked for and isn't installed.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019.

    Examples
    --------
    >>> import tempfile
    >>> from stereo.datasets import clips
    >>> from stereo.train import Options
    >>> clip = clips.render(64, 64, frames=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     options = Options(steps=2, batch_size=1, device="cpu")
    ...     training = self_supervised(
    ...         Monodepth2(width=8), clip, output=folder, size=(64, 64), options=options
    ...     )
    >>> training.step, sorted(training.rows[0])
    (2, ['learning_rate', 'loss', 'masked', 'photometric', 'step'])
    """
    if not isinstance(model, Monodepth2):
        raise StereoTypeError(f"model must be a Monodepth2, got a {type(model).__name__}")
    for name, value in (
        ("known_poses", known_poses), ("augment", augment), ("auto_mask", auto_mask),
        ("resume", resume),
    ):  # fmt: skip
        flag(name, value)
    number("smoothness", smoothness)
    chosen, used = options or Options(), _checked_sources(sources)
    samples = FrameSamples(
        _as_clips(clip),
        intrinsics,
        checked_size(size),
        used,
        known_poses=known_poses,
        augment=augment,
        seed=chosen.seed,
    )
    task = _Reprojection(model, used, known_poses, smoothness, auto_mask)
    return fit(task, samples, output, chosen, resume=resume)


def _as_clips(clip: Any) -> list[Clip]:
    if isinstance(clip, Clip):
        return [clip]
    try:
        return list(clip)
    except TypeError:
        raise StereoTypeError(
            f"clip must be a Clip or a sequence of them, got a {type(clip).__name__}"
        ) from None


def _checked_sources(sources: Any) -> tuple[str, ...]:
    if isinstance(sources, str) or not isinstance(sources, Sequence):
        raise StereoTypeError(f"sources must be a sequence of names, got {sources!r}")
    found = tuple(sources)
    if not found or len({*found}) != len(found) or not {*found} <= {*SOURCES}:
        raise StereoValueError(
            f"sources = {found!r} must be one or more of {', '.join(map(repr, SOURCES))}, once each"
        )
    return found


class _Reprojection(Task):
    """Monodepth2's networks and its loss."""

    learning_rate = 1e-4

    def __init__(
        self,
        model: Monodepth2,
        sources: tuple[str, ...],
        known_poses: bool,
        smoothness: float,
        auto_mask: bool,
    ) -> None:
        super().__init__()
        self.model: Monodepth2 = model
        self._sources, self._known_poses = sources, known_poses
        self._smoothness, self._auto_mask = smoothness, auto_mask

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        found = self._explain(batch, _TIE_NOISE)
        masked = 1 - torch.stack([scale.warped.float().mean() for scale in found.scales]).mean()
        return {"loss": found.loss, "photometric": found.photometric, "masked": masked}

    def optimizer(self, learning_rate: float) -> Any:
        networks = [self.model.depth_network]
        if any(self._learned(source) for source in self._sources):
            networks.append(self.model.pose_network)
        parameters = [value for network in networks for value in network.parameters()]
        return torch.optim.Adam(parameters, lr=learning_rate)

    def rate(self, step: int, steps: int) -> float:
        return _DECAY if step >= _DECAY_AFTER * steps else 1.0

    def settings(self) -> Mapping[str, Setting]:
        return {
            "smoothness": self._smoothness,
            "auto_mask": self._auto_mask,
            "min_depth": self.model.min_depth,
            "max_depth": self.model.max_depth,
        }

    def picture(self, batch: Batch) -> npt.NDArray[np.uint8]:
        """Show target, inverse depth, the first source as it was warped, and the error."""
        found = self._explain(batch, 0.0)
        inverse = (1 / found.depth[0, 0]).cpu().numpy()
        low, high = np.percentile(inverse, (1, 99))
        error = found.scales[0].error[0].expand(3, -1, -1) * 2
        pictures = [_bytes(image) for image in (batch["target"][0], found.warped[0][0], error)]
        pictures.insert(1, colorize(inverse, float(low), float(high) + 1e-6))
        top, bottom = np.concatenate(pictures[:2], 1), np.concatenate(pictures[2:], 1)
        return np.concatenate([top, bottom], axis=0)

    def _learned(self, source: str) -> bool:
        return source != "right" and not self._known_poses

    def _explain(self, batch: Batch, tie_noise: float) -> Explanation:
        target = batch["target"]
        disparities = self.model.depth_network(batch["target_seen"])
        sources = [
            Source(batch["sources"][:, k], batch["K_sources"][:, k], self._motion(batch, k))
            for k in range(len(self._sources))
        ]
        noise = None
        if self._auto_mask and tie_noise:
            shape = (len(target), len(sources), *target.shape[-2:])
            noise = tie_noise * torch.randn(shape, device=target.device)
        return explain(
            target,
            batch["K"],
            disparities,
            sources,
            min_depth=self.model.min_depth,
            max_depth=self.model.max_depth,
            smoothness=self._smoothness,
            auto_mask=self._auto_mask,
            tie_noise=noise,
        )

    def _motion(self, batch: Batch, k: int) -> Tensor:
        """Return source_from_target: known, or from both frames in temporal order."""
        if not self._learned(self._sources[k]):
            return batch["source_from_target"][:, k]
        frames = [batch["target_seen"], batch["sources_seen"][:, k]]
        earlier = self._sources[k] == "previous"
        ordered = frames[::-1] if earlier else frames
        axis_angle, translation = self.model.pose_network(torch.cat(ordered, dim=1))
        return pose_matrix(axis_angle[:, 0, 0], translation[:, 0, 0], invert=earlier)


def _bytes(image: Tensor) -> npt.NDArray[np.uint8]:
    levels = (image.clamp(0, 1) * 255).round().byte()
    found: npt.NDArray[np.uint8] = levels.permute(1, 2, 0).cpu().numpy()
    return found
