"""The CUDA module as it was built: what it needs of the machine, and what it says of one."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import missing

import stereo
from stereo.types import StereoError

IMAGE = np.zeros((6, 9), np.uint8)


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """Give the compiled module, which needs no driver to be imported."""
    if importlib.util.find_spec("stereo._cuda") is None:
        missing("cuda_build", "stereo._cuda is not built: -C cmake.define.STEREO_CUDA=ON with nvcc")
    return importlib.import_module("stereo._cuda")


@pytest.fixture
def no_device(module: ModuleType) -> str:
    """Give the reason why there is no device."""
    reason: str | None = module.unusable()
    if reason is None:
        pytest.skip("there is a CUDA device")
    return reason


def test_the_module_needs_no_library_of_cuda(module: ModuleType) -> None:
    contents = Path(str(module.__file__)).read_bytes()
    assert b".nv_fatbin" in contents  # the kernels
    assert b"libcudart.so" not in contents


def test_without_a_device_the_reason_is_said(no_device: str) -> None:
    assert "NVIDIA driver" in no_device or "CUDA says: " in no_device
    row = next(row for row in stereo.backends() if row.name == "cuda")
    assert (row.usable, row.detail) == (False, no_device)
    with pytest.raises(StereoError, match=f"'cuda' can't be used: {re.escape(no_device)}"):
        stereo.sgm(IMAGE, IMAGE, 4, backend="cuda")


def test_without_a_device_auto_runs_on_the_host(
    no_device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEREO_BACKEND", raising=False)
    assert stereo.SGM(4).backend in ("cpu", "numba")
    assert stereo.sgm(IMAGE, IMAGE, 4).shape == IMAGE.shape


def test_without_a_device_nothing_crashes(module: ModuleType, no_device: str) -> None:
    workspace = module.Workspace()
    calls: list[Any] = [
        workspace.begin,
        lambda: workspace.begin_on(0, 1),
        lambda: workspace.wait_for(1),
        lambda: workspace.end([]),
        lambda: workspace.upload(IMAGE),
        lambda: workspace.download([]),
        lambda: module.device_of(0),
        module.describe,
    ]
    for call in calls:
        with pytest.raises(StereoError, match=r"CUDA driver|device"):
            call()
    assert (workspace.nbytes, workspace.allocations) == (0, 0)


def test_importing_the_library_does_not_import_the_module(module: ModuleType) -> None:
    code = "import sys, stereo; print('stereo._cuda' in sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )
    assert finished.stdout.strip() == "False"
