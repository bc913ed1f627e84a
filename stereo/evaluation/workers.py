"""Processes that evaluate scenes: what ends one of them is a failure of its scene alone."""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import cast

from stereo.evaluation.methods import Method
from stereo.evaluation.results import Failure, SceneResult
from stereo.evaluation.scene import Task, outcome
from stereo.evaluation.store import Store
from stereo.types import StereoTypeError

__all__ = ["outcomes"]

# Not "fork", which would copy the locks of threads that run here.
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class _Worker:
    """A process, what connects to it, and the task that it has."""

    process: BaseProcess
    connection: Connection
    task: Task | None = None


def outcomes(
    tasks: Sequence[Task], method: Method, store: Store, jobs: int
) -> Generator[tuple[Task, SceneResult | Failure]]:
    """Evaluate tasks in processes, and yield each with its outcome as soon as it has one.

    Parameters
    ----------
    tasks : sequence of Task
        The scenes.
    method : Method
        It is sent to each process once.
    store : Store
        Where the processes keep the results.
    jobs : int
        Number of processes, at least 1.

    Raises
    ------
    StereoTypeError
        If the method can't be sent to another process.
    """
    sent = _pickled(method, store)
    waiting = deque(tasks)
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.task for worker in workers):
            while waiting and len(workers) < jobs:
                workers.append(_started(sent))
                _give(workers[-1], waiting)
            for worker in _ready(workers):
                task, result = _finished(worker)
                if worker.process.exitcode is None:
                    _give(worker, waiting)
                else:
                    workers.remove(worker)
                    worker.connection.close()
                yield task, result
    finally:
        for worker in workers:
            worker.process.terminate()
            worker.connection.close()
        for worker in workers:
            worker.process.join()


def _pickled(method: Method, store: Store) -> bytes:
    try:
        return pickle.dumps((method, store))
    except Exception as error:  # pickling runs the code of whatever is pickled
        raise StereoTypeError(
            f"the method {method.name!r} can't be sent to another process ({error}): define it in "
            "a module, or give jobs = 0, which matches in this process"
        ) from error


def _started(sent: bytes) -> _Worker:
    here, there = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_work, args=(sent, there), daemon=True)
    with _interrupts_blocked():
        process.start()
    there.close()  # so that the end of the process is the end of the connection
    return _Worker(process, here)


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block SIGINT, also in what is started here: Ctrl-C is for this process, which ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _give(worker: _Worker, waiting: deque[Task]) -> None:
    worker.task = waiting.popleft() if waiting else None
    if worker.task is not None:
        with contextlib.suppress(BrokenPipeError):  # it has ended, which `_finished` finds out
            worker.connection.send(worker.task)


def _ready(workers: Sequence[_Worker]) -> list[_Worker]:
    """Wait until workers have an outcome or have ended."""
    busy = {worker.connection: worker for worker in workers if worker.task is not None}
    return [busy[connection] for connection in cast(list[Connection], wait(list(busy)))]


def _finished(worker: _Worker) -> tuple[Task, SceneResult | Failure]:
    task = worker.task
    assert task is not None  # only busy workers are waited for
    worker.task = None
    try:
        found: SceneResult | Failure = worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        return task, Failure(task.sample.name, _end(worker.process.exitcode, task))
    return task, found


def _end(code: int | None, task: Task) -> str:
    how = f"ended with the code {code}"
    if code is not None and code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += ", as the system does when memory runs out"
    return f"{task.sample.left_path}: the process that matched it {how}"


def _work(sent: bytes, connection: Connection) -> None:
    """Evaluate what comes, until nobody is there to send it."""
    method, store = pickle.loads(sent)
    while True:
        try:
            task: Task = connection.recv()
            connection.send(outcome(task, method, store))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
