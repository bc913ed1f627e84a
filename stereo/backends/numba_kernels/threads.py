"""Kernels side by side: they hold no GIL, so ordinary threads run them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

Job = Callable[[], None]


def run(jobs: list[Job]) -> None:
    """Run the jobs at the same time, the first of them in this thread; wait for all."""
    if len(jobs) == 1:
        jobs[0]()
        return
    with ThreadPoolExecutor(len(jobs) - 1) as pool:
        others = [pool.submit(job) for job in jobs[1:]]
        jobs[0]()
        for other in others:
            other.result()


def cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bands(height: int, threads: int) -> list[tuple[int, int]]:
    """Cut the rows into at most `threads` bands (first, stop)."""
    count = min(height, threads, cores())
    return list(itertools.pairwise(height * n // count for n in range(count + 1)))
