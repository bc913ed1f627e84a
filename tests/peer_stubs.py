"""A small stand-in for Pandora and its virtual environment, for the tests of `peers.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["pandora_venv", "program"]

_PANDORA = '''
from types import SimpleNamespace

import cv2
import numpy as np

print("a library that talks")


def import_plugin():
    pass


def run(machine, left, right, config):
    """Every pixel lies 5.25 px further left, but for the first column, which is invalid."""
    invalid = np.zeros(left.shape, np.uint16)
    invalid[:, 0] = 1 << 8
    invalid[:, 1] = 1 << 3  # information only
    found = np.full(left.shape, -5.25, np.float32)
    assert config["input"]["left"]["disp"] == [-15, 0]
    assert config["input"]["right"]["disp"] == [0, 15]
    return {
        "disparity_map": SimpleNamespace(data=found),
        "validity_mask": SimpleNamespace(data=invalid),
    }, None
'''
_MODULES = {
    "__init__": _PANDORA,
    "check_configuration": "def check_conf(config, machine):\n    return config\n",
    "constants": (
        "import enum\n\nclass Criteria(enum.IntFlag):\n"
        "    PANDORA_MSK_PIXEL_INVALID = 0b1111000011\n"
    ),
    "img_tools": (
        "import cv2\n\ndef create_dataset_from_inputs(given):\n"
        "    return cv2.imread(given['img'], cv2.IMREAD_UNCHANGED)\n"
    ),
    "state_machine": "class PandoraMachine:\n    pass\n",
}
_VERSIONS = {"pandora": "1.9.0", "pandora-plugin-libsgm": "1.5.8", "libsgm": "0.5.2"}


def pandora_venv(folder: Path) -> Path:
    """Make something that looks like an environment with Pandora in it."""
    packages = folder / "packages"
    (packages / "pandora").mkdir(parents=True)
    for name, text in _MODULES.items():
        (packages / "pandora" / f"{name}.py").write_text(text, encoding="utf-8")
    for name, number in _VERSIONS.items():
        about = packages / f"{name.replace('-', '_')}-{number}.dist-info"
        about.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n"
        (about / "METADATA").write_text(text, encoding="utf-8")
    (folder / "bin").mkdir()
    program(
        folder / "bin/python",
        f'PYTHONPATH={packages}{os.pathsep}$PYTHONPATH exec {sys.executable} "$@"',
    )
    return folder


def program(path: Path, script: str) -> Path:
    """Write a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
