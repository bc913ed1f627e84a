"""What every training is told: how long, how much at once, how fast, what it writes."""

from __future__ import annotations

from dataclasses import dataclass

from stereo.arguments import flag, integer, number
from stereo.types import StereoTypeError

__all__ = ["Options"]

_MOST = 1 << 31


@dataclass(frozen=True)
class Options:
    """How long to train, how much at once, how fast, and what is written on the way.

    Attributes
    ----------
    steps : int
        Number of updates of the weights.
    batch_size : int
        Samples of an update, over all processes.
    learning_rate : float, optional
        Its largest value; by default that of the paper.
    seed : int
        0 or more. Chooses order, augmentation and noise: on the CPU, with as many threads, the
        same seed gives the same bits.
    workers : int
        Processes that read and prepare samples; 0 = the training itself does it. They start as
        new interpreters: a script that asks for them needs ``if __name__ == "__main__":``.
    device : str, optional
        What PyTorch calls it, such as "cpu" or "cuda:1"; by default CUDA where there is any,
        else the CPU. Of several processes on CUDA, each takes the device of its local rank.
    log_every : int
        Steps from one row of log.csv to the next.
    checkpoint_every : int
        Steps from one checkpoint to the next; there is one at the end too.
    picture_every : int
        Steps from one picture to the next; there are some after 1, 10, and 100 steps and at the
        end too. 0 = no pictures.
    tensorboard : bool
        Write events for TensorBoard too; needs the extra ``train``.
    stop_after : int, optional
        Stop after this step as if interrupted; learning rates are those of `steps`.
    quiet : bool
        No progress bar. There is none either where stderr is no terminal.

    Raises
    ------
    StereoTypeError, StereoValueError
        If a value is outside its range or of the wrong type.

    Examples
    --------
    >>> Options(steps=100, batch_size=4).checkpoint_every
    1000
    """

    steps: int = 20_000
    batch_size: int = 12
    learning_rate: float | None = None
    seed: int = 0
    workers: int = 0
    device: str | None = None
    log_every: int = 10
    checkpoint_every: int = 1000
    picture_every: int = 1000
    tensorboard: bool = False
    stop_after: int | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        """Check every value."""
        for name in ("steps", "batch_size", "log_every", "checkpoint_every"):
            integer(name, getattr(self, name), 1, _MOST)
        integer("seed", self.seed, 0, _MOST)
        integer("workers", self.workers, 0, 256)
        integer("picture_every", self.picture_every, 0, _MOST)
        if self.learning_rate is not None:
            number("learning_rate", self.learning_rate, positive=True)
        if self.stop_after is not None:
            integer("stop_after", self.stop_after, 1, self.steps)
        if self.device is not None and not isinstance(self.device, str):
            raise StereoTypeError(f"device must be a string such as 'cuda', got {self.device!r}")
        flag("tensorboard", self.tensorboard)
        flag("quiet", self.quiet)

    @property
    def last_step(self) -> int:
        """The step that this run ends with."""
        return self.steps if self.stop_after is None else self.stop_after

    def has_picture(self, step: int) -> bool:
        """Return whether there is a picture after a step."""
        if not self.picture_every:
            return False
        early = step in (1, 10, 100)
        return early or step % self.picture_every == 0 or step == self.last_step
