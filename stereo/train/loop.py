"""The training loop: batches in, weights, checkpoints, figures and pictures out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, default_collate

from stereo.io.files import PathLike, path_name
from stereo.io.images import opencv
from stereo.train.checkpoints import (
    CHECKPOINT,
    WEIGHTS,
    read_checkpoint,
    write_checkpoint,
    write_weights,
)
from stereo.train.options import Options
from stereo.train.order import BatchOrder
from stereo.train.processes import Processes, processes
from stereo.train.records import LOG, Records
from stereo.train.task import Batch, Samples, Setting, Task
from stereo.types import StereoError, StereoFileError

__all__ = ["Training", "fit"]


@dataclass(frozen=True)
class Training:
    """What a training came to.

    Attributes
    ----------
    step, steps : int
        The step that it stopped after, and how many it is to have.
    rows : list of dict
        The figures of log.csv: ``step``, ``learning_rate``, ``loss`` and its parts.
    folder : pathlib.Path
        Where checkpoint.pt, weights.pt, log.csv and pictures/ are.
    """

    step: int
    steps: int
    rows: list[dict[str, float]]
    folder: Path

    @property
    def weights(self) -> Path:
        """File with the state dict of the model."""
        return self.folder / WEIGHTS


def fit(
    task: Task, samples: Samples, output: PathLike, options: Options, *, resume: bool
) -> Training:
    """Train the model of a task.

    Parameters
    ----------
    task : Task
        The model and its loss.
    samples : Samples
        At least one.
    output : str or os.PathLike
        Folder for everything that is written; it is made if it isn't there.
    options : Options
        How long, how much at once, how fast.
    resume : bool
        Go on from the checkpoint in the folder.

    Returns
    -------
    Training
        The model itself is trained in place, and left in evaluation mode.

    Raises
    ------
    StereoFileError
        If the folder has a training that isn't to be continued, or lacks one that is, or can't be
        written.
    StereoValueError
        If the training to be continued was set up in another way, or the device can't be used.
    StereoError
        If the loss is no number any more.
    """
    with processes(options) as here:
        folder = _folder(output, resume, here)
        task.to(here.device)
        optimizer = task.optimizer(options.learning_rate or task.learning_rate)
        settings = _settings(task, samples, options)
        start = 0
        if resume:
            start = read_checkpoint(
                folder / CHECKPOINT, task.model, optimizer, settings, here.device
            )
        run = _Run(task, samples, folder, options, here, optimizer, settings)
        devices = [here.device] if here.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            rows = run.steps(start)
        task.eval()
    return Training(max(start, options.last_step), options.steps, rows, folder)


@dataclass(frozen=True)
class _Run:
    """One run of a training, from a step to another."""

    task: Task
    samples: Samples
    folder: Path
    options: Options
    here: Processes
    optimizer: Any
    settings: Mapping[str, Setting]

    def steps(self, start: int) -> list[dict[str, float]]:
        """Make all steps after `start`; return the rows of the log."""
        options, here = self.options, self.here
        forward = here.parallel(self.task)
        todo = range(start, options.last_step)
        fixed = self._moved(default_collate([self.samples.plain(0)]))
        with self._records(start) as records, _progress(todo, options, here) as advance:
            for step, batch in zip(todo, self._batches(todo), strict=True):
                self._seed(step)
                figures = self._update(forward, self._moved(batch), step)
                self._keep(step + 1, figures, records, fixed)
                advance(figures["loss"])
            if here.writes:
                write_weights(self.folder / WEIGHTS, self.task.model)
            here.wait()
            return records.rows if records is not None else []

    def _update(self, forward: nn.Module, batch: Batch, step: int) -> dict[str, float]:
        """Make one step and return its figures."""
        options, task = self.options, self.task
        learning_rate = options.learning_rate or task.learning_rate
        learning_rate *= task.rate(step, options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        task.train()
        self.optimizer.zero_grad(set_to_none=True)
        outcome = forward(batch)
        loss = outcome["loss"]
        if not bool(loss.detach().isfinite()):
            raise StereoError(
                f"the loss is {float(loss.detach()):g} in step {step + 1}: a lower learning rate "
                f"may help; the last checkpoint is in {self.folder}"
            )
        loss.backward()
        if task.clip_norm is not None:
            nn.utils.clip_grad_norm_(task.model.parameters(), task.clip_norm)
        self.optimizer.step()
        values = {name: float(value.detach()) for name, value in outcome.items()}
        return {"learning_rate": learning_rate, **values}

    def _keep(
        self, step: int, figures: dict[str, float], records: Records | None, fixed: Batch
    ) -> None:
        """Write what is due after a step."""
        options = self.options
        if records is None:
            return
        if step % options.log_every == 0 or step in (1, options.last_step):
            records.add(step, figures)
        if options.has_picture(step):
            records.add_picture(step, self._picture(fixed))
        if step % options.checkpoint_every == 0 or step == options.last_step:
            path = self.folder / CHECKPOINT
            write_checkpoint(path, step, self.task.model, self.optimizer, self.settings)

    def _picture(self, batch: Batch) -> Any:
        self.task.eval()
        with torch.no_grad():
            return self.task.picture(batch)

    @contextmanager
    def _records(self, start: int) -> Iterator[Records | None]:
        """Open the records in the process that writes them."""
        if not self.here.writes:
            yield None
            return
        with Records(self.folder, start, self.options.tensorboard) as records:
            yield records

    def _batches(self, todo: range) -> Any:
        options, here = self.options, self.here
        order = BatchOrder(
            len(self.samples), options.batch_size, options.seed, todo, here.rank, here.count
        )
        return DataLoader(
            self.samples,
            batch_sampler=order,
            num_workers=options.workers,
            worker_init_fn=_single_threaded,
            multiprocessing_context=_processes() if options.workers else None,
            pin_memory=here.device.type == "cuda",
        )

    def _moved(self, batch: Mapping[str, Tensor]) -> Batch:
        device = self.here.device
        return {name: value.to(device, non_blocking=True) for name, value in batch.items()}

    def _seed(self, step: int) -> None:
        """Make the random numbers of a step a function of seed, step and process."""
        sequence = np.random.SeedSequence([self.options.seed, step, self.here.rank])
        torch.manual_seed(int(sequence.generate_state(1)[0]))


def _processes() -> str:
    """Return how to start processes: not by fork, which hangs where OpenCV has threads."""
    return "forkserver" if "forkserver" in get_all_start_methods() else "spawn"


def _single_threaded(worker: int) -> None:
    """Keep OpenCV to one thread in a process that feeds a training."""
    opencv().setNumThreads(1)


def _settings(task: Task, samples: Samples, options: Options) -> dict[str, Setting]:
    learning_rate = options.learning_rate or task.learning_rate
    return {
        "steps": options.steps,
        "batch_size": options.batch_size,
        "learning_rate": learning_rate,
        "seed": options.seed,
        "samples": len(samples),
        **samples.settings(),
        **task.settings(),
    }


def _folder(output: PathLike, resume: bool, here: Processes) -> Path:
    """Return the folder of a training, made if need be."""
    folder = Path(path_name(output))
    there = [name for name in (CHECKPOINT, WEIGHTS, LOG) if (folder / name).exists()]
    here.wait()
    if resume and CHECKPOINT not in there:
        raise StereoFileError(f"{folder} has no {CHECKPOINT} to go on from")
    if there and not resume:
        raise StereoFileError(
            f"{folder} has {', '.join(there)} of before: go on with that training (resume), or "
            "name another folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StereoFileError(f"the folder {folder} can't be made: {error}") from error
    return folder


@contextmanager
def _progress(todo: range, options: Options, here: Processes) -> Iterator[Any]:
    """Show a bar on stderr if a person looks; give a function that moves it on."""
    if options.quiet or not here.writes or not sys.stderr.isatty():
        yield lambda loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        row = bar.add_task("loss", total=options.steps, completed=todo.start)

        def advance(loss: float) -> None:
            bar.update(row, advance=1, description=f"loss {loss:.4f}")

        yield advance
