"""The examples run as they are, and say what they should."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import missing

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


SAID = {
    "monocular": "mean error in the holes, fused",
    "custom_cost": "% of the pixels are right",
    "stages": "staged equals fused: True",
    "two_passes": "staged equals fused: True",
    "learned_features": "% of the pixels are right",
    "learned_stereo": "random weights",
    "train_self_supervised": "it learns: True",
}
NEEDS_TORCH = ("learned_features", "learned_stereo", "train_self_supervised")


@pytest.mark.parametrize("name", SAID)
def test_example(name: str) -> None:
    if name in NEEDS_TORCH and importlib.util.find_spec("torch") is None:
        missing("torch", "PyTorch is not installed: pip install torch")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert SAID[name] in done.stdout


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SAID)
