"""Losses and training without PyTorch: an error that says what to install, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCKED = "import sys; sys.modules['torch'] = None\n"
SAID = "pip install 'stereo-depth[torch]'"


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("module", ["stereo.losses", "stereo.train"])
def test_the_error_names_the_extra(module: str) -> None:
    done = python(f"{BLOCKED}import {module}")
    assert done.returncode == 1
    assert SAID in done.stderr.splitlines()[-1]
    assert "StereoError" in done.stderr.splitlines()[-1]


def test_the_command_names_the_extra() -> None:
    arguments = ["train", "self-supervised", "left", "-o", "out", "--size", "64x64"]
    done = python(f"{BLOCKED}from stereo.cli import main; sys.exit(main({arguments}))")
    assert (done.returncode, done.stdout) == (1, "")
    assert SAID in done.stderr
    assert done.stderr.count("\n") == 1


def test_clips_need_no_torch() -> None:
    done = python(f"{BLOCKED}from stereo.datasets import clips; clips.render(32, 24, frames=1)")
    assert done.returncode == 0, done.stderr
