"""One process, or several that torchrun started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed, nn

from stereo.train.options import Options
from stereo.types import StereoValueError

__all__ = ["Processes", "processes"]


@dataclass(frozen=True)
class Processes:
    """The present process among those of a training.

    Attributes
    ----------
    rank, count : int
        Its number, and how many there are.
    device : torch.device
        Where it trains.
    """

    rank: int
    count: int
    device: Any

    @property
    def writes(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def parallel(self, module: nn.Module) -> Any:
        """Return the module, with gradients averaged over the processes if there are several."""
        if self.count == 1:
            return module
        # Parts of a network may be unused, such as the motion where the poses are known.
        return nn.parallel.DistributedDataParallel(module, find_unused_parameters=True)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def processes(options: Options) -> Iterator[Processes]:
    """Join the processes of torchrun, if there are several, while the body runs.

    Raises
    ------
    StereoValueError
        If the device can't be used, or the batch can't be shared out evenly.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if options.batch_size % count:
        raise StereoValueError(
            f"batch_size = {options.batch_size} can't be shared by {count} processes: a multiple"
        )
    device = _device(options.device, count)
    if count == 1:
        yield Processes(0, 1, device)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), count, device)
    finally:
        distributed.destroy_process_group()


def _device(name: str | None, count: int) -> Any:
    wanted = name or ("cuda" if torch.cuda.is_available() else "cpu")
    if wanted == "cuda" and count > 1:
        wanted = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: built without CUDA
        reason = str(error).splitlines()[0]
        raise StereoValueError(f"device = {wanted!r} can't be used: {reason}") from error
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return device
