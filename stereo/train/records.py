"""What a training leaves behind: rows of figures, pictures, events for TensorBoard."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.io.files import read_text, write_bytes
from stereo.io.images import write_image
from stereo.types import StereoError, StereoFileError

__all__ = ["LOG", "PICTURES", "Records", "read_log"]

LOG = "log.csv"
PICTURES = "pictures"

Row = dict[str, float]


def read_log(path: Path) -> list[Row]:
    """Read the rows of a log.csv.

    Raises
    ------
    StereoFileError
        If the file is missing or is no such log.
    """
    rows = csv.DictReader(io.StringIO(read_text(path)))
    try:
        return [{name: float(value) for name, value in row.items()} for row in rows]
    except (TypeError, ValueError) as error:
        raise StereoFileError(f"{path} is no log of a training: {error}") from error


class Records:
    """Writes the figures and pictures of one training to its folder.

    Parameters
    ----------
    folder : pathlib.Path
        An existing folder.
    start : int
        The step that the training goes on from: later rows of an interrupted run are dropped.
    tensorboard : bool
        Write events too.
    """

    def __init__(self, folder: Path, start: int, tensorboard: bool) -> None:
        self._log, self._pictures = folder / LOG, folder / PICTURES
        kept = read_log(self._log) if start and self._log.exists() else []
        self.rows = [row for row in kept if row["step"] <= start]
        self._write_log()
        self._pictures.mkdir(exist_ok=True)
        self._events: Any = _event_writer(folder, start) if tensorboard else None

    def __enter__(self) -> Records:
        """Return the records."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the files."""
        self._write_log()
        if self._events is not None:
            self._events.close()

    def add(self, step: int, figures: Mapping[str, float]) -> None:
        """Take down the figures of a step."""
        self.rows.append({"step": float(step), **figures})
        with self._log.open("a", encoding="ascii") as file:
            if len(self.rows) == 1:
                file.write(_line(self.rows[0]))
            file.write(_line(self.rows[-1].values()))
        if self._events is not None:
            for name, value in figures.items():
                self._events.add_scalar(name, value, step)

    def add_picture(self, step: int, picture: npt.NDArray[np.uint8]) -> None:
        """Write a picture that was made after a step."""
        write_image(self._pictures / f"{step:08d}.png", picture)
        if self._events is not None:
            self._events.add_image("picture", picture, step, dataformats="HWC")

    def _write_log(self) -> None:
        lines = [_line(self.rows[0])] if self.rows else []
        lines += [_line(row.values()) for row in self.rows]
        write_bytes(self._log, "".join(lines).encode("ascii"))


def _line(values: Any) -> str:
    cells = [f"{value:.9g}" if isinstance(value, float) else str(value) for value in values]
    return ",".join(cells) + "\n"


def _event_writer(folder: Path, start: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise StereoError(
            f"TensorBoard can't be loaded ({error}): pip install 'stereo-depth[train]'"
        ) from error
    return SummaryWriter(str(folder / "events"), purge_step=start + 1)
