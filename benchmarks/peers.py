"""The presets beside OpenCV and CNES Pandora: ``python benchmarks/peers.py --help``.

Prints GitHub tables of time, memory and accuracy on the same scenes in the same run, and a chart
as text. Each contestant has a process of its own with one thread, and all take turns. For Pandora
a virtual environment is made with pip when it is used for the first time.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import machine
import peer_chart
import peer_contestants
import scenes
from pandora_venv import NotInstalledError, default_folder, install, python_of
from peer_rounds import Outcome, compete
from peer_tables import print_accuracy, print_times
from presets import TRAINED_ON

import stereo
from stereo.presets import PRESETS

GROUPS = ("middeval3_Q", "kitti2012", "eth3d")


def main() -> int:
    """Let all compete and print what came out."""
    options = _parser().parse_args()
    if options.chart is not None:
        peer_chart.require(options.chart)
    folders = _folders(options)
    contestants = list(peer_contestants.own(options.preset, options.backend))
    if "opencv" not in options.without:
        contestants += peer_contestants.opencv()
    absent = []
    if "pandora" not in options.without:
        python = python_of(options.pandora_venv)
        try:
            install(python)
            contestants.append(peer_contestants.pandora(python))
        except NotInstalledError as error:
            absent.append(Outcome(peer_contestants.pandora(python), problem=str(error)))
    try:
        outcomes, pairs = compete(contestants, folders, options.rounds, options.limit)
    except stereo.StereoError as error:
        raise SystemExit(f"peers.py: {error}") from error
    outcomes += absent
    finished = [outcome for outcome in outcomes if not outcome.problem]
    _print_setting(finished, options.rounds)
    print_times(outcomes, pairs)
    if not finished:
        return 1
    _print_groups(finished, pairs)
    peer_chart.print_bars(finished, pairs)
    if options.chart is not None:
        peer_chart.save(options.chart, finished, pairs)
    return 0


def _folders(options: argparse.Namespace) -> list[Path]:
    data = scenes.data_folder()
    if data is None:
        raise SystemExit("peers.py: set STEREO_DATA to the folder of the pairs")
    groups = None if options.all else options.group or list(GROUPS)
    folders = scenes.scene_folders(data, groups)
    unknown = set(options.scene or ()) - {folder.name for folder in folders}
    if unknown:
        raise SystemExit(f"peers.py: no scene {', '.join(sorted(unknown))} in these groups")
    return [folder for folder in folders if not options.scene or folder.name in options.scene]


def _print_setting(outcomes: list[Outcome], rounds: int) -> None:
    pandora = next((o.versions for o in outcomes if o.contestant.library == "Pandora"), {})
    versions = [machine.describe(), *(f"{name} {number}" for name, number in pandora.items())]
    print(f"Machine: {', '.join(versions)}.")
    native = next(row for row in stereo.backends() if row.name == "cpu")
    print(f"Backend cpu: {native.detail}. Medians of {rounds} interleaved rounds, or of as many")
    print("as the table says.")


def _print_groups(outcomes: list[Outcome], pairs: list[scenes.Scene]) -> None:
    groups: dict[str, list[scenes.Scene]] = defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    for group, members in groups.items():
        print_accuracy(group, outcomes, members)
        unseen = [pair for pair in members if pair.name not in TRAINED_ON]
        if group == "middeval3_Q" and 0 < len(unseen) < len(members):
            print_accuracy(f"{group} without what the network saw", outcomes, unseen)
    if len(groups) > 1:
        print_accuracy("all scenes", outcomes, pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--group", action="append", help=f"this folder of STEREO_DATA; repeat; {', '.join(GROUPS)}"
    )
    choice.add_argument("--all", action="store_true", help="all folders of STEREO_DATA")
    parser.add_argument("--scene", action="append", help="only this scene of them; repeat")
    parser.add_argument("--rounds", type=_positive(int), default=5, help="interleaved rounds")
    parser.add_argument("--preset", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument(
        "--backend", nargs="+", default=["cpu", "numba"], choices=("cpu", "numba", "reference")
    )
    parser.add_argument(
        "--without", nargs="+", default=[], choices=("opencv", "pandora"), help="leave these out"
    )
    parser.add_argument(
        "--pandora-venv", type=Path, default=default_folder(), metavar="DIR", help="%(default)s"
    )
    parser.add_argument(
        "--limit", type=_positive(float), default=600.0, metavar="SECONDS", help="for a match"
    )
    parser.add_argument("--chart", type=Path, metavar="PNG", help="write the chart as a picture")
    return parser


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = kind(text)
        if not number > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return number

    read.__name__ = kind.__name__  # what argparse calls a value that is no number
    return read


if __name__ == "__main__":
    raise SystemExit(main())
