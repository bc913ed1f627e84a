"""The emulator of tests/simt finds bugs that were planted for it, and nothing else.

STEREO_SIMT_BUILD names a folder where CMake has built the target ``simt_selftests``;
without it they are built here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import missing

ROOT = Path(__file__).resolve().parents[1]

# What finds which bug: the emulator with an error whose text is given, a result that is wrong in
# one of the orders, or the report of a sanitizer.
ERRORS = {
    "shuffle_out_of_mask": "a shuffle from a lane that is not in its mask",
    "exited_lane": "a lane exits for which others wait in __shfl_xor_sync",
    "divergent_masks": "a lane exits for which others wait in __shfl_xor_sync",
    "divergent_shuffles": "__shfl_sync meets __shfl_xor_sync",
    "exit_before_barrier": "a thread exits, while others wait at a barrier",
    "divergent_barriers": "a barrier, while threads wait at that of",
}
WRONG = [
    "missing_syncthreads",
    "missing_second_syncthreads",
    "missing_syncwarp",
    "unwritten_shared",
    "unwritten_global",
    "race_between_blocks",
    "order_of_lanes",
]
RACES = [
    "missing_syncthreads",
    "missing_second_syncthreads",
    "missing_syncwarp",
    "shuffle_as_fence",
    "vote_as_fence",
    "race_between_blocks",
]
ADDRESSES = {
    "shared_overrun": "out of bounds",
    "dynamic_shared_overrun": "heap-buffer-overflow",
    "global_overrun": "heap-buffer-overflow",
    "misaligned_vector": "misaligned address",
}

# The checks of tests/simt/options.hpp, and what is missed by what without each.
EXITED_LANES, SOURCES, BARRIERS, POISON, ORDERS = 1, 2, 4, 8, 16
BARRIER_ORDER, SHUFFLE_DISORDER, BLOCK_DISORDER = 32, 64, 128

Run = Callable[..., str]


@pytest.fixture(scope="session")
def selftests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the self-tests."""
    if built := os.environ.get("STEREO_SIMT_BUILD"):
        return Path(built).resolve() / "tests/simt"
    if shutil.which("cmake") is None or shutil.which("c++") is None:
        missing("simt", "the emulator needs CMake and a C++ compiler")
    build = tmp_path_factory.mktemp("simt")
    for command in (
        ["cmake", "-S", ROOT, "-B", build, "-DSTEREO_SIMT=ON"],
        ["cmake", "--build", build, "--target", "simt_selftests", "-j", "2"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return build / "tests/simt"


@pytest.fixture(scope="session")
def run(selftests: Path) -> Run:
    """Give a function that runs a self-test under a sanitizer, or none, and says what came out."""

    def run(sanitizer: str, *arguments: str, left_out: int = 0) -> str:
        name = "simt_selftest" + (f"_{sanitizer}" if sanitizer else "")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SIMT_")}
        done = subprocess.run(
            [selftests / name, *arguments],
            env={**environment, "SIMT_LEFT_OUT": str(left_out)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    return run


def test_every_bug_is_looked_for(run: Run) -> None:
    names = run("").split()
    assert sorted(names) == sorted({*ERRORS, *WRONG, *RACES, *ADDRESSES})
    assert len(names) == len(set(names))


@pytest.mark.parametrize("sanitizer", ["", "address", "thread"])
def test_nothing_is_found_where_nothing_is_wrong(run: Run, sanitizer: str) -> None:
    assert run(sanitizer, "clean") == "right\n"


@pytest.mark.parametrize("sanitizer", ["", "address", "thread"])
def test_the_emulated_runtime(run: Run, sanitizer: str) -> None:
    assert run(sanitizer, "host") == "right\n"


@pytest.mark.parametrize("bug", ERRORS)
def test_the_emulator_reports(run: Run, bug: str) -> None:
    found = run("", "planted", bug)
    assert found.startswith("error: forward: ")
    assert ERRORS[bug] in found
    assert "planted.cu:" in found
    assert "block (0, 0, 0), thread (" in found


@pytest.mark.parametrize("bug", WRONG)
def test_orders_and_poison_give_wrong_results(run: Run, bug: str) -> None:
    assert run("", "planted", bug).startswith("wrong: ")


@pytest.mark.parametrize("bug", RACES)
def test_thread_sanitizer_reports(run: Run, bug: str) -> None:
    found = run("thread", "planted", bug)
    assert "WARNING: ThreadSanitizer: data race" in found
    assert "planted.cu" in found


@pytest.mark.parametrize("bug", ADDRESSES)
def test_address_and_undefined_sanitizers_report(run: Run, bug: str) -> None:
    assert ADDRESSES[bug] in run("address", "planted", bug)


@pytest.mark.parametrize(
    ("sanitizer", "check", "bug"),
    [
        ("", EXITED_LANES, "exited_lane"),
        ("", SOURCES, "shuffle_out_of_mask"),
        ("", BARRIERS, "exit_before_barrier"),
        ("", BARRIERS, "divergent_barriers"),
        ("", POISON, "unwritten_shared"),
        ("", POISON, "unwritten_global"),
        ("", ORDERS, "race_between_blocks"),
        ("", ORDERS, "order_of_lanes"),
        ("thread", BARRIER_ORDER, "missing_second_syncthreads"),
        ("thread", SHUFFLE_DISORDER, "shuffle_as_fence"),
        ("thread", SHUFFLE_DISORDER, "vote_as_fence"),
        ("thread", BLOCK_DISORDER, "race_between_blocks"),
    ],
)
def test_each_check_is_what_finds_the_bug(run: Run, sanitizer: str, check: int, bug: str) -> None:
    found = run(sanitizer, "planted", bug, left_out=check)
    if sanitizer == "thread":
        assert "data race" not in found
        assert found.startswith(("right", "wrong"))
    else:
        assert found == "right\n"
