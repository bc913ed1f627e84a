"""The configurations of this library that are timed, on each instruction set."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import opencv_modes

import stereo

__all__ = ["Own", "configurations", "eight_paths", "instruction_sets"]

# The stages that OpenCV is set up for too: see `opencv_modes.same_stages`.
_SAME_STAGES: dict[str, Any] = {
    "cost": "census5x5",
    "subpixel": "equiangular",
    "lr_max_diff": 1,
    "median": 3,
    "uniqueness": 0,
    "speckle_size": 0,
}


@dataclass(frozen=True, eq=False)
class Own:
    """A configuration that is timed.

    Attributes
    ----------
    name : str
        What the table calls it.
    peer : str
        The OpenCV mode that it stands beside.
    simd : str
        Instruction set of the native backend, or "numba".
    matcher : stereo.SGM
        The matcher, which keeps its workspace.
    """

    name: str
    peer: str
    simd: str
    matcher: stereo.SGM

    def run(self, left: Any, right: Any) -> None:
        """Match one pair with the instruction set that is meant."""
        if self.simd != "numba":
            _native().use(self.simd)
        self.matcher.compute(left, right)

    @property
    def threads(self) -> int:
        """Threads of the matcher."""
        return self.matcher.options.worker_count

    def key(self, threads: int | None = None) -> str:
        """Name this configuration, with its own or another number of threads."""
        return f"{self.name}, {self.simd}, {threads or self.threads}"


def configurations(simds: Sequence[str], max_disp: int, threads: int) -> Iterator[Own]:
    """Yield 8, 5 and 4 paths and three presets on each of `simds`.

    The instruction sets share a matcher and so its workspace.
    """
    rows: list[tuple[str, str, dict[str, Any]]] = [
        (f"{paths} paths", peer, {**_SAME_STAGES, "paths": paths})
        for paths, peer in opencv_modes.PEER_OF_PATHS.items()
    ]
    rows += [
        (f'preset "{name}"', "MODE_HH", {"preset": name})
        for name in ("default", "fast", "accurate")
    ]
    for name, peer, options in rows:
        matchers: dict[str, stereo.SGM] = {}
        for simd in simds:
            backend = _backend(simd)
            if backend not in matchers:
                matchers[backend] = stereo.SGM(
                    max_disp, backend=backend, threads=threads, **options
                )
            yield Own(name, peer, simd, matchers[backend])


def eight_paths(simd: str, max_disp: int) -> Own:
    """Return the configuration with 8 paths in one thread."""
    matcher = stereo.SGM(max_disp, backend=_backend(simd), threads=1, **_SAME_STAGES)
    return Own("8 paths", "MODE_HH", simd, matcher)


def instruction_sets(wanted: str) -> list[str]:
    """Return the sets to time, the fastest first; `wanted` is "best", "all" or a name."""
    stereo.SGM(1, backend="cpu")  # fails with the reason if there is no native module
    supported: list[str] = list(_native().instruction_sets())
    if wanted == "best":
        return supported[:1]
    if wanted == "all":
        return supported
    if wanted not in supported:
        raise SystemExit(f"--simd {wanted}: this machine has {', '.join(supported)}")
    return [wanted]


def _backend(simd: str) -> str:
    return "numba" if simd == "numba" else "cpu"


def _native() -> ModuleType:
    return importlib.import_module("stereo._cpu")
