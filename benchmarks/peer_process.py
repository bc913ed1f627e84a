"""A contestant of `peers.py` and the process that matches for it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from peer_protocol import DESCRIPTOR

__all__ = ["Answer", "FailedError", "Process", "Request", "started"]

_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


class FailedError(Exception):
    """A contestant can't match; the message says why in one line."""


@dataclass(frozen=True)
class Request:
    """What a process is asked to match.

    Attributes
    ----------
    folder : pathlib.Path
        With left.png, right.png, left_gray.png and right_gray.png.
    max_disp : int
        End of the search range from 0, px, exclusive.
    result : pathlib.Path or None
        An .npy file for the disparities, float32 (H, W), px, NaN = no result.
    """

    folder: Path
    max_disp: int
    result: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What it took.

    Attributes
    ----------
    seconds : float
        Wall time of the matching.
    peak_bytes, resident_bytes : int
        The largest resident memory during it, and that afterwards.
    versions : dict of str to str
        Of the packages that matched.
    """

    seconds: float
    peak_bytes: int
    resident_bytes: int
    versions: dict[str, str]


class Process:
    """A process that stays for all scenes, so that nothing is compiled or loaded twice.

    See `started`.
    """

    def __init__(
        self, process: subprocess.Popen[str], answers: IO[str], messages: IO[str], limit: float
    ) -> None:
        self._process, self._answers = process, answers
        self._messages, self._limit = messages, limit

    def ask(self, request: Request) -> Answer:
        """Have a pair matched and wait for it.

        Raises
        ------
        FailedError
            If the process reports an error, ends, or takes longer than the limit.
        """
        assert self._process.stdin is not None
        text = json.dumps(
            {
                "folder": str(request.folder),
                "max_disp": request.max_disp,
                "result": None if request.result is None else str(request.result),
            }
        )
        try:
            print(text, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise FailedError(self._last_words()) from None
        if not select.select([self._answers], [], [], self._limit)[0]:
            raise FailedError(f"no answer within {self._limit:g} s")
        line = self._answers.readline()
        if not line:
            raise FailedError(self._last_words())
        return _answer(line)

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _last_words(self) -> str:
        try:
            code = self._process.wait(self._limit)
        except subprocess.TimeoutExpired:
            return "it answers no more"
        self._messages.seek(0)
        lines = self._messages.read().strip().splitlines()
        return f"{lines[-1] if lines else 'it ended'} (exit code {code})"


@contextmanager
def started(command: tuple[str, ...], limit: float) -> Iterator[Process]:
    """Start a process that serves with `peer_protocol`, and end it afterwards.

    Parameters
    ----------
    command : tuple of str
        The program and its arguments.
    limit : float
        Seconds after which an answer is no longer waited for.
    """
    reader, writer = os.pipe()  # not stdout, on which libraries print
    with (
        os.fdopen(reader, encoding="utf-8", errors="replace") as answers,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as messages,
    ):
        try:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=messages,
                stderr=messages,
                pass_fds=(writer,),
                text=True,
                env={**os.environ, **_ONE_THREAD, DESCRIPTOR: str(writer)},
            )
        finally:
            os.close(writer)  # so that the end of the process ends the answers
        process = Process(popen, answers, messages, limit)
        try:
            yield process
        finally:
            process.end()


def _answer(line: str) -> Answer:
    try:
        found = json.loads(line)
    except ValueError:
        raise FailedError(f"it answered {line.strip()[:80]!r}") from None
    if "error" in found:
        raise FailedError(" ".join(found["error"].split()))
    return Answer(**found)
