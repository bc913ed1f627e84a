"""Speed beside OpenCV, and how it grows: ``python benchmarks/speed.py --help``.

Prints GitHub tables. What is timed is `SGM.compute` with the 5x5 census, left-right
check, sub-pixel interpolation and a 3x3 median, without uniqueness and speckles, and
OpenCV's `compute` set up for as much; both get 8-bit gray images. 8 paths stand
beside MODE_HH (8 paths), 5 beside MODE_SGBM (5), 4 beside MODE_SGBM_3WAY (3), and the
default options beside MODE_HH too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import machine
import opencv_modes
import scenes
import tables
from contestants import Own, configurations, instruction_sets
from growth import print_growth
from timing import interleaved, ratio

SIZES = ((640, 480), (1242, 375), (1280, 720))
MAX_DISP = 128
COLUMNS = (
    "stereo",
    "on",
    "threads",
    "ms",
    "OpenCV, threads",
    "ms",
    "OpenCV / stereo",
    "1 thread / this",
    "workspace / W·H·D",
)


def main() -> int:
    """Time everything that was asked for and print the tables."""
    options = _parser().parse_args()
    rounds = options.rounds or (3 if options.quick else 15)
    simds = instruction_sets(options.simd) if options.backend != "numba" else []
    if options.backend != "cpu":
        simds.append("numba")
    print(f"Machine: {machine.describe()}. Medians of {rounds} interleaved rounds, ", end="")
    print("with quartiles of the ratios.")
    for width, height in SIZES[1:2] if options.quick else SIZES:
        _print_comparison(width, height, options.threads, simds, rounds)
    if not options.no_growth:
        print_growth(simds[0], rounds, quick=options.quick)
    return 0


def _print_comparison(
    width: int, height: int, threads: Sequence[int], simds: Sequence[str], rounds: int
) -> None:
    """Time this library and OpenCV on one size and print their table."""
    left, right, source = scenes.pair_of_size(width, height)
    own = [row for count in threads for row in configurations(simds, MAX_DISP, count)]
    seconds = interleaved(
        {
            **{row.key(): partial(row.run, left, right) for row in own},
            **_peers(threads, left, right),
        },
        rounds,
    )
    print(f"\n**{width}x{height}, D = {MAX_DISP}** ({source})\n")
    tables.header(*COLUMNS)
    for row in own:
        mine, theirs = seconds[row.key()], seconds[_peer_key(row)]
        alone = seconds.get(row.key(threads=1), []) if row.threads > 1 else []
        tables.row(
            row.name,
            row.simd,
            row.threads,
            tables.milliseconds(mine),
            _peer_key(row),
            tables.milliseconds(theirs),
            ratio(theirs, mine),
            ratio(alone, mine) if alone else "",
            f"{row.matcher.workspace_bytes / (width * height * MAX_DISP):.2f}",
        )


def _peers(threads: Sequence[int], left: Any, right: Any) -> dict[str, Callable[[], object]]:
    def run(matcher: Any, count: int) -> None:
        opencv_modes.set_threads(count)
        matcher.compute(left, right)

    return {
        f"{mode}, {count}": partial(run, opencv_modes.same_stages(mode, MAX_DISP).create(), count)
        for mode in opencv_modes.MODES
        for count in (threads if mode in opencv_modes.THREADED else (1,))
    }


def _peer_key(row: Own) -> str:
    return f"{row.peer}, {row.threads if row.peer in opencv_modes.THREADED else 1}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="3 rounds of fewer sizes")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default 15)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="COUNT")
    parser.add_argument("--simd", default="best", help="best, all, or the name of one set")
    parser.add_argument("--backend", default="cpu", choices=("cpu", "numba", "both"))
    parser.add_argument("--no-growth", action="store_true", help="only beside OpenCV")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
