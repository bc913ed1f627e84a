"""A process that matches for `peers.py`, with this library or with OpenCV.

Called as ``peer_worker.py stereo PRESET BACKEND`` or ``peer_worker.py opencv NAME padded|plain``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import opencv_modes
from opencv_borders import bordered
from peer_protocol import Prepared, serve

import stereo
from stereo import io


def own(preset: str, backend: str) -> Callable[[Path, int], Prepared]:
    """Match with this library in one thread, the images as they are."""

    def prepare(folder: Path, max_disp: int) -> Prepared:
        matcher = stereo.SGM(max_disp, preset=preset, backend=backend, threads=1)
        views = (io.read_image(folder / f"{side}.png") for side in ("left", "right"))
        return Prepared(partial(matcher.compute, *views), np.asarray)

    return prepare


def opencv(name: str, border: str) -> Callable[[Path, int], Prepared]:
    """Match with OpenCV in one thread, gray images."""
    opencv_modes.set_threads(1)

    def prepare(folder: Path, max_disp: int) -> Prepared:
        matcher = bordered(name, max_disp, padded=border == "padded")
        views = (io.read_image(folder / f"{side}_gray.png") for side in ("left", "right"))
        return Prepared(partial(matcher.compute, *views), matcher.pixels)

    return prepare


def main() -> int:
    """Serve until there are no more requests."""
    library, *rest = sys.argv[1:]
    versions = {"stereo": stereo.__version__, "OpenCV": opencv_modes.version()}
    serve({"stereo": own, "opencv": opencv}[library](*rest), versions)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
