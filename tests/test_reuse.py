"""A matcher from call to call: its workspace, threads, memory and failures."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from comparison import same
from conftest import usable_backend

import stereo
from stereo.datasets import synthetic
from stereo.types import StereoError

Image = npt.NDArray[Any]
PAIR = synthetic.render(180, 120, max_disp=24, seed=3)
LEFT, RIGHT = PAIR.left, PAIR.right
MAX_DISP = 24


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("paths", [4, 5, 8])
def test_the_second_call_allocates_no_workspace(
    backend_name: str, paths: int, threads: int
) -> None:
    matcher = stereo.SGM(MAX_DISP, paths=paths, threads=threads, backend=backend_name)
    assert (matcher.workspace_bytes, matcher.workspace_allocations) == (0, 0)
    matcher.match(LEFT, RIGHT)
    before = matcher.workspace_bytes, matcher.workspace_allocations
    assert min(before) > 0
    for _ in range(3):
        matcher.match(RIGHT, LEFT)
        matcher.compute(LEFT, RIGHT)
        matcher.compute(LEFT[:50], RIGHT[:50])  # a smaller one fits
    assert (matcher.workspace_bytes, matcher.workspace_allocations) == before


@pytest.mark.parametrize("cost", ["census", "census5x5"])
@pytest.mark.parametrize("size", [(640, 480), (1242, 375)])
@pytest.mark.parametrize("threads", [1, 2])
def test_size_of_the_workspace(cost: str, size: tuple[int, int], threads: int) -> None:
    usable_backend("cpu")
    image = np.zeros(size[::-1], np.uint8)
    matcher = stereo.SGM(128, cost=cost, threads=threads, backend="cpu")
    assert matcher.options.params().p2 <= 63
    matcher.compute(image, image)
    assert matcher.workspace_bytes <= 1.2 * image.size * 128


def test_many_threads_may_share_a_matcher(backend_name: str) -> None:
    matcher = stereo.SGM(16, backend=backend_name)
    pairs = [synthetic.shifted(70 + k, 40, k % 6, seed=k) for k in range(12)]
    expected = [matcher.compute(pair.left, pair.right) for pair in pairs]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            found = list(pool.map(lambda pair: matcher.compute(pair.left, pair.right), pairs))
            assert all(map(same, found, expected))


def test_many_matchers_at_once(backend_name: str) -> None:
    options: list[dict[str, Any]] = [
        {"threads": threads, "paths": paths, "cost": cost}
        for threads in (1, 2, 5)
        for paths in (4, 5, 8)
        for cost in ("census5x5", "census9x7")
    ]

    def run(chosen: dict[str, Any]) -> Image:
        return stereo.sgm(LEFT, RIGHT, MAX_DISP, backend=backend_name, **chosen)

    expected = [run(chosen) for chosen in options]
    with ThreadPoolExecutor(8) as pool:
        assert all(map(same, pool.map(run, options), expected))


def resident_pages() -> int:
    statm = Path("/proc/self/statm")
    if not statm.is_file():
        pytest.skip("there is no /proc/self/statm to read the memory from")
    return int(statm.read_text(encoding="ascii").split()[1])


def test_200_frames_from_two_threads_need_no_more_memory_than_the_first(backend_name: str) -> None:
    frames = [synthetic.shifted(200, 100, k, seed=k) for k in range(4)]
    matcher = stereo.SGM(32, backend=backend_name)
    expected = [matcher.match(frame.left, frame.right) for frame in frames]

    def run(first: int) -> bool:
        equal = True
        for k in range(first, first + 100):
            frame, wanted = frames[k % 4], expected[k % 4]
            match = matcher.match(frame.left, frame.right)
            equal &= same(match.disparity, wanted.disparity)
            equal &= same(match.right_disparity, wanted.right_disparity)
            equal &= same(match.confidence, wanted.confidence)
            equal &= same(match.flags, wanted.flags)
        return equal

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(run, (0, 1)))  # warm: both threads have a workspace
        before, kept = resident_pages(), matcher.workspace_bytes
        assert all(pool.map(run, (2, 3)))
        grown = (resident_pages() - before) * os.sysconf("SC_PAGE_SIZE")
    assert matcher.workspace_bytes == kept
    # 200 frames of 200 x 100 x (4 + 4 + 4 + 1) bytes that were kept would be 52 MB.
    assert grown < 8 << 20


def turns_of_another_thread(call: Callable[[], object]) -> int:
    """Count how often a thread that sleeps in between gets its turn during a call."""
    turns, running, started = 0, True, threading.Event()

    def take_turns() -> None:
        nonlocal turns
        while running:
            turns += 1
            started.set()
            time.sleep(0.001)

    other = threading.Thread(target=take_turns)
    other.start()
    try:
        started.wait()
        before = turns
        call()
        return turns - before
    finally:
        running = False
        other.join()


def test_the_interpreter_is_free_during_a_call(backend_name: str) -> None:
    """With the interpreter locked the other thread would get a few turns, however long it takes."""
    matcher = stereo.SGM(64, backend=backend_name, threads=1)
    turns = []
    for scale in (1, 1, 2, 3, 4, 6, 8):  # the first call may compile
        image = np.tile(LEFT, (scale, scale))
        turns.append(turns_of_another_thread(lambda image=image: matcher.compute(image, image)))
        if len(turns) > 1 and turns[-1] >= 60:
            return
    pytest.fail(f"another thread got only {turns} turns")


def test_a_failed_call_leaves_the_matcher_usable(backend_name: str) -> None:
    matcher = stereo.SGM(MAX_DISP, backend=backend_name)
    expected = matcher.compute(LEFT, RIGHT)
    for wrong in (RIGHT[:, 1:], RIGHT.astype(np.int32), RIGHT[0]):
        with pytest.raises(StereoError):
            matcher.compute(LEFT, wrong)
    assert same(matcher.compute(LEFT, RIGHT), expected)
