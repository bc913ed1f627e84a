"""Supervised training of stereo networks: RAFT-Stereo, from pairs with true disparity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stereo.arguments import flag, integer, number
from stereo.geometry.arguments import image_size
from stereo.io.files import PathLike
from stereo.losses import sequence_loss
from stereo.models.raft_stereo import RaftStereo
from stereo.train.loop import Training, fit
from stereo.train.options import Options
from stereo.train.pairs import Pair, PairSamples
from stereo.train.task import Batch, Setting, Task
from stereo.types import StereoTypeError, StereoValueError
from stereo.viz import colorize

__all__ = ["one_cycle", "supervised"]

_WARM_UP = 0.01
_EXTRA_STEPS = 100  # so that the last steps still have a learning rate
_FIRST, _LAST = 1 / 25, 1 / 250_000


def supervised(
    model: RaftStereo,
    pairs: Sequence[Pair],
    *,
    output: PathLike,
    size: tuple[int, int],
    iterations: int = 16,
    max_disp: float = 700.0,
    augment: bool = True,
    options: Options | None = None,
    resume: bool = False,
) -> Training:
    """Train RAFT-Stereo, or go on training it, on pairs with true disparity.

    AdamW, weight decay 1e-5, gradients clipped to the norm 1, and a learning rate that rises
    for 1 % of the steps and then falls linearly, as in the paper.

    Parameters
    ----------
    model : RaftStereo
        The bare module, trained in place.
    pairs : sequence of Pair
        Such as a :class:`stereo.datasets.Dataset`, or a list of rendered pairs: whatever has
        ``left``, ``right`` and ``disparity``. NaN = unknown.
    output : str or os.PathLike
        Folder for checkpoint.pt, weights.pt, log.csv and pictures/.
    size : (int, int)
        Width and height of the crops, multiples of 32.
    iterations : int
        Updates of the disparity in training.
    max_disp : float
        Larger disparities don't count, px.
    augment : bool
        Crop anywhere, and change the colours of half of the samples.
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
        For a model, pair or option that can't be used, or a checkpoint of another set-up.
    StereoFileError
        If an image can't be read, the folder can't be written, it has a training and `resume` is
        False, or it has none and `resume` is True.
    StereoError
        If the loss is no number any more, or TensorBoard is asked for and isn't installed.

    References
    ----------
    Lipson, Teed, Deng: RAFT-Stereo: Multilevel recurrent field transforms for stereo matching. 3DV
    2021.

    Examples
    --------
    >>> import tempfile
    >>> from stereo.datasets import synthetic
    >>> from stereo.models.raft_stereo import RaftStereoConfig
    >>> from stereo.train import Options
    >>> narrow = RaftStereoConfig(
    ...     encoder_channels=(8, 8, 8), hidden_channels=8, feature_channels=8
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     options = Options(steps=1, batch_size=1, device="cpu")
    ...     training = supervised(
    ...         RaftStereo(narrow), [synthetic.render(64, 32, max_disp=8)], output=folder,
    ...         size=(64, 32), iterations=2, options=options,
    ...     )
    >>> sorted(training.rows[0])
    ['epe', 'learning_rate', 'loss', 'step', 'within_1px', 'within_3px']
    """
    if not isinstance(model, RaftStereo):
        raise StereoTypeError(f"model must be a RaftStereo, got a {type(model).__name__}")
    integer("iterations", iterations, 1, 1000)
    number("max_disp", max_disp, positive=True)
    flag("augment", augment)
    flag("resume", resume)
    crop = image_size(size, "size")
    if crop[0] % model.multiple or crop[1] % model.multiple:
        raise StereoValueError(
            f"size = {crop[0]} x {crop[1]} px: both must be multiples of {model.multiple}"
        )
    chosen = options or Options()
    samples = PairSamples(pairs, crop, augment=augment, seed=chosen.seed)
    task = _Disparity(model, iterations, max_disp)
    return fit(task, samples, output, chosen, resume=resume)


def one_cycle(step: int, steps: int) -> float:
    """Return the factor of the learning rate: up for 1 % of the steps, then down, linearly.

    Parameters
    ----------
    step : int
        The step, from 0.
    steps : int
        How many there are.

    Returns
    -------
    float
        1/25 at first, 1 at most, and near 0 at the end, which lies 100 steps beyond the last one.

    References
    ----------
    Smith, Topin: Super-convergence: Very fast training of neural networks using large learning
    rates. 2019.

    Examples
    --------
    >>> one_cycle(0, 900), one_cycle(9, 900), round(one_cycle(899, 900), 2)
    (0.04, 1.0, 0.1)
    """
    total = steps + _EXTRA_STEPS
    peak = max(1.0, _WARM_UP * total - 1)
    if step <= peak:
        return _FIRST + (1 - _FIRST) * step / peak
    return 1 - (1 - _LAST) * (step - peak) / (total - 1 - peak)


class _Disparity(Task):
    """RAFT-Stereo and its loss over all updates."""

    learning_rate = 2e-4
    clip_norm = 1.0

    def __init__(self, model: RaftStereo, iterations: int, max_disp: float) -> None:
        super().__init__()
        self.model: RaftStereo = model
        self._iterations, self._max_disp = iterations, max_disp

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        truth = batch["disparity"]
        flows = self.model(batch["left"], batch["right"], iters=self._iterations)
        found = sequence_loss(
            [-flow for flow in flows], truth, truth.isfinite(), max_disp=self._max_disp
        )
        return {
            "loss": found.loss,
            "epe": found.epe,
            "within_1px": found.within_1px,
            "within_3px": found.within_3px,
        }

    def optimizer(self, learning_rate: float) -> Any:
        return torch.optim.AdamW(self.model.parameters(), lr=learning_rate, weight_decay=1e-5)

    def rate(self, step: int, steps: int) -> float:
        return one_cycle(step, steps)

    def settings(self) -> Mapping[str, Setting]:
        return {"iterations": self._iterations, "max_disp": self._max_disp}

    def picture(self, batch: Batch) -> npt.NDArray[np.uint8]:
        """Show the left image, the true disparity, and that of the network."""
        _, flow = self.model(batch["left"], batch["right"], iters=self._iterations)
        truth = batch["disparity"][0, 0].cpu().numpy()
        known = truth[np.isfinite(truth)]
        low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
        left = batch["left"][0].permute(1, 2, 0).round().byte().cpu().numpy()
        maps = [np.where(np.isfinite(truth), truth, np.nan), -flow[0, 0].cpu().numpy()]
        painted = [colorize(disparity, float(low), float(high) + 1e-3) for disparity in maps]
        return np.concatenate([left, *painted], axis=1)
