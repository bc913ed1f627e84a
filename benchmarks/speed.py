"""Speed beside OpenCV, and how it grows: ``python benchmarks/speed.py --help``.

Prints GitHub tables. What is timed is `SGM.compute` with the 5x5 census, left-right
check, sub-pixel interpolation and a 3x3 median, without uniqueness and speckles, and
OpenCV's `compute` set up for as much; both get 8-bit gray images. 8 paths stand
beside MODE_HH (8 paths), 5 beside MODE_SGBM (5), 4 beside MODE_SGBM_3WAY (3).
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import machine
import peers
import scenes
from timing import interleaved, ratio

import stereo

SIZES = ((640, 480), (1242, 375), (1280, 720))
MAX_DISP = 128
SWEEP_SIZES = ((640, 480), (1280, 960), (2560, 1920))
SWEEP_DISPARITIES = (16, 32, 64, 128, 256)
SAME_STAGES: dict[str, Any] = {
    "cost": "census5x5",
    "subpixel": "equiangular",
    "lr_max_diff": 1,
    "median": 3,
    "uniqueness": 0,
    "speckle_size": 0,
}


@dataclass(frozen=True, eq=False)
class Own:
    """A configuration of this library that is timed.

    Attributes
    ----------
    name : str
        What the table calls it.
    peer : str
        The OpenCV mode that it stands beside.
    simd : str
        Instruction set of the native backend, or the name of another backend.
    matcher : stereo.SGM
        The matcher, which keeps its workspace.
    """

    name: str
    peer: str
    simd: str
    matcher: stereo.SGM

    def run(self, left: Any, right: Any) -> None:
        """Match one pair with the instruction set that is meant."""
        if self.matcher.backend == "cpu":
            _use(self.simd)
        self.matcher.compute(left, right)

    @property
    def threads(self) -> int:
        """Threads of the matcher."""
        return self.matcher.options.params().threads

    def key(self, threads: int | None = None) -> str:
        """Name this configuration, with its own or another number of threads."""
        return f"{self.name}, {self.simd}, {threads or self.threads}"


def main() -> int:
    """Time everything that was asked for and print the tables."""
    options = _parser().parse_args()
    rounds = options.rounds or (3 if options.quick else 15)
    simds = _instruction_sets(options.simd) if options.backend != "numba" else []
    if options.backend != "cpu":
        simds.append("numba")
    print(f"Machine: {machine.describe()}. {rounds} rounds.")
    for width, height in SIZES[1:2] if options.quick else SIZES:
        _print_comparison(width, height, options.threads, simds, rounds)
    if not options.no_sweep:
        _print_sweep(simds[0], rounds, options.quick)
    return 0


def _print_comparison(
    width: int, height: int, threads: Sequence[int], simds: Sequence[str], rounds: int
) -> None:
    """Time this library and OpenCV on one size and print their table."""
    left, right, source = scenes.pair_of_size(width, height)
    own = [row for count in threads for row in _configurations(simds, count)]
    contestants = {row.key(): partial(row.run, left, right) for row in own}
    for mode in peers.MODES:
        for count in threads if mode in peers.THREADED else (1,):
            matcher = peers.same_stages(mode, MAX_DISP).create()
            contestants[f"{mode}, {count}"] = partial(_run_peer, matcher, count, left, right)
    seconds = interleaved(contestants, rounds)
    print(f"\n**{width}x{height}, D = {MAX_DISP}** ({source})\n")
    _print_header(
        "stereo",
        "on",
        "threads",
        "ms",
        "OpenCV",
        "its threads",
        "ms",
        "OpenCV / stereo",
        "1 thread / this",
        "workspace / W·H·D",
    )
    for row in own:
        mine = seconds[row.key()]
        peer_threads = row.threads if row.peer in peers.THREADED else 1
        theirs = seconds[f"{row.peer}, {peer_threads}"]
        one = seconds.get(row.key(1))
        _print_row(
            row.name,
            row.simd,
            row.threads,
            _milliseconds(mine),
            row.peer,
            peer_threads,
            _milliseconds(theirs),
            ratio(theirs, mine),
            ratio(one, mine) if one and row.threads > 1 else "",
            f"{row.matcher.workspace_bytes / (width * height * MAX_DISP):.2f}",
        )


def _configurations(simds: Sequence[str], threads: int) -> Iterator[Own]:
    """Yield what is timed; the instruction sets share the matchers' workspaces."""
    for backend in ("cpu", "numba"):
        sets = [simd for simd in simds if (simd == "numba") == (backend == "numba")]
        rows = [
            (f"{paths} paths", peer, {**SAME_STAGES, "paths": paths})
            for paths, peer in peers.PEER_OF_PATHS.items()
        ]
        for name, peer, chosen in [*rows, ("default options", "MODE_HH", {})]:
            if sets:
                matcher = stereo.SGM(MAX_DISP, backend=backend, threads=threads, **chosen)
                yield from (Own(name, peer, simd, matcher) for simd in sets)


def _run_peer(matcher: Any, threads: int, left: Any, right: Any) -> None:
    peers.set_threads(threads)
    matcher.compute(left, right)


def _print_sweep(simd: str, rounds: int, quick: bool) -> None:
    """Print the time per pixel and disparity of 8 paths in one thread."""
    print("\n8 paths, one thread; each size in turns with 640x480, D = 128:\n")
    _print_header("size", "D", "ms", "ns / pixel·disparity", "relative", "workspace / W·H·D")
    base_left, base_right, _ = scenes.pair_of_size(*SIZES[0])
    base = _sweep_matcher(simd, MAX_DISP)
    volume = SIZES[0][0] * SIZES[0][1] * MAX_DISP
    for width, height in SWEEP_SIZES[::2] if quick else SWEEP_SIZES:
        left, right, _ = scenes.pair_of_size(width, height)
        for disparities in SWEEP_DISPARITIES[2 if quick else 0 :]:
            own = _sweep_matcher(simd, disparities)
            seconds = interleaved(
                {
                    "base": partial(base.run, base_left, base_right),
                    "own": partial(own.run, left, right),
                },
                rounds,
            )
            cells = width * height * disparities
            costs = {
                "own": [spent / cells for spent in seconds["own"]],
                "base": [spent / volume for spent in seconds["base"]],
            }
            _print_row(
                f"{width}x{height}",
                disparities,
                _milliseconds(seconds["own"]),
                f"{1e9 * statistics.median(costs['own']):.3f}",
                ratio(costs["own"], costs["base"]),
                f"{own.matcher.workspace_bytes / cells:.2f}",
            )


def _sweep_matcher(simd: str, disparities: int) -> Own:
    backend = "numba" if simd == "numba" else "cpu"
    matcher = stereo.SGM(disparities, backend=backend, threads=1, **SAME_STAGES)
    return Own("8 paths", "", simd, matcher)


def _instruction_sets(wanted: str) -> list[str]:
    """Return the sets to time, the fastest first, as the native module lists them."""
    stereo.SGM(1, backend="cpu")  # says why, if there is no native module
    from stereo import _cpu

    supported: list[str] = list(_cpu.instruction_sets())
    if wanted == "best":
        return supported[:1]
    if wanted == "all":
        return supported
    if wanted not in supported:
        raise SystemExit(f"--simd {wanted}: this machine has {', '.join(supported)}")
    return [wanted]


def _use(simd: str) -> None:
    from stereo import _cpu

    _cpu.use(simd)


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f}"


def _print_header(*names: str) -> None:
    print(f"| {' | '.join(names)} |")
    print(f"|{'---|' * len(names)}")


def _print_row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="3 rounds of fewer sizes")
    parser.add_argument("--rounds", type=int, help="rounds in turns (15)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--simd", default="best", help="best, all, or the name of one set")
    parser.add_argument("--backend", default="cpu", choices=("cpu", "numba", "both"))
    parser.add_argument("--no-sweep", action="store_true", help="leave out the growth over D")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
