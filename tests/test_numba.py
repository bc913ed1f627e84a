"""The Numba backend as a guest in a process: what it imports, and when it can't run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba", reason="Numba is not installed")


def python(code: str, **environment: str) -> str:
    """Run `code` in a fresh interpreter and return what it prints."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_numba_is_imported_only_when_it_is_used() -> None:
    code = "import sys, stereo.backends.numba_; print('numba' in sys.modules)"
    assert python(code) == "False"


def test_says_why_it_is_not_usable() -> None:
    code = "from stereo.backends import numba_; print(numba_.unusable())"
    assert python(code) == "None"
    assert "NUMBA_DISABLE_JIT" in python(code, NUMBA_DISABLE_JIT="1")


@pytest.mark.parametrize("writable", [True, False])
def test_runs_where_no_folder_can_be_written(tmp_path: object, writable: bool) -> None:
    code = (
        "from numba.core import caching\n"
        "def refuse(*_): raise RuntimeError('no locator available')\n"
        f"if not {writable}: caching.FunctionCache.__init__ = refuse\n"
        "import numpy as np\n"
        "from stereo.backends import numba_\n"
        "disparity = np.full((3, 4), 2, np.float32)\n"
        "print(numba_.median(disparity, 3, 2).sum(), 'anew' in numba_.describe())"
    )
    assert python(code, NUMBA_CACHE_DIR=str(tmp_path)) == f"24.0 {not writable}"
