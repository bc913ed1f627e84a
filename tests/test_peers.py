"""The comparison with other libraries: its processes, failures and tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import opencv_borders
import opencv_modes
import pandora_venv
import peer_chart
import peer_contestants
import peer_rounds
import peer_stubs
import peers
import pytest
from conftest import usable_backend
from peer_contestants import Contestant
from peer_process import FailedError, Request, started

from stereo import io
from stereo.datasets import synthetic

TRUE = 5.0
ROWS, COLUMNS, STEPS = 48, 64, 16


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of data with two pairs, one in colour, in which all is 5 px apart."""
    pair = synthetic.shifted(COLUMNS, ROWS, TRUE)
    for name in ("a", "b"):
        scene = tmp_path / "data" / "made" / name
        scene.mkdir(parents=True)
        for side, image in (("left", pair.left), ("right", pair.right)):
            shown = np.stack([image] * 3, axis=2) if name == "a" else image
            io.write_image(scene / f"{side}.png", shown)
        io.write_pfm(scene / "truth.pfm", np.full((ROWS, COLUMNS), TRUE, np.float32))
        meta = {"left": "left.png", "right": "right.png", "disp_left": "truth.pfm"}
        text = json.dumps({**meta, "gt_divisor": 1, "disp_max": TRUE})
        (scene / "meta.json").write_text(text, encoding="utf-8")
    monkeypatch.setenv("STEREO_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["peers.py", *map(str, arguments)])
    return peers.main()


def cells(text: str, row: str) -> list[list[str]]:
    """Return the cells of each table row that starts with `row`."""
    lines = (line for line in text.splitlines() if line.startswith(f"| {row} |"))
    return [[cell.strip() for cell in line.strip("|").split("|")[1:]] for line in lines]


def test_the_script_prints_times_accuracy_and_charts(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    usable_backend("cpu")
    chart = tmp_path / "chart.png"
    venv = peer_stubs.pandora_venv(tmp_path / "venv")
    options = ["--preset", "fast", "--backend", "cpu", "--without", "opencv", "--rounds", 2]
    assert run(monkeypatch, "--all", *options, "--pandora-venv", venv, "--chart", chart) == 0
    printed = capsys.readouterr().out
    assert "pandora 1.9.0, pandora-plugin-libsgm 1.5.8" in printed
    own, pandora = cells(printed, "stereo fast, cpu"), cells(printed, "Pandora SGM")
    assert [row[-1] for row in (own[0], pandora[0])] == ["2", "1"]  # rounds
    assert float(own[0][0]) > 0
    share = 100 * (COLUMNS - 1) / COLUMNS
    assert pandora[1] == ["0.00"] * 3 + [f"{share:.1f}"] + [f"{100 - share:.2f}"] * 3
    assert float(own[1][1]) < 5
    assert printed.count("█") > 2
    assert io.read_image(chart).shape[2] >= 3


def test_what_does_not_run_is_a_row_that_says_why(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine", encoding="utf-8")
    contestants = [
        Contestant("it", "ends", "", python("sys.exit('no luck')")),
        Contestant("it", "babbles", "", python(f"input(); {SAY}('what?')")),
        Contestant("OpenCV", "unknown", "", (*opencv_worker("MODE_NONE", "plain"),)),
    ]
    monkeypatch.setattr(peer_contestants, "own", lambda *_: contestants)
    venv = ["--pandora-venv", full]
    assert run(monkeypatch, "--all", "--without", "opencv", *venv) == 1
    printed = capsys.readouterr().out
    expected = {
        "it ends": "not run: no luck (exit code 1)",
        "it babbles": "not run: it answered 'what?'",
        "OpenCV unknown": "not run: KeyError: 'MODE_NONE'",
        "Pandora SGM": f"not run: {full} is there, but no virtual environment",
    }
    assert {name: cells(printed, name)[0][0] for name in expected} == expected
    assert (full / "letter.txt").read_text(encoding="utf-8") == "mine"


SAY = "os.fdopen(int(os.environ['PEER_ANSWERS']), 'w').write"


def python(script: str) -> tuple[str, ...]:
    return sys.executable, "-c", f"import os, sys; {script}"


def opencv_worker(*arguments: str) -> tuple[str, ...]:
    worker = Path(peers.__file__).with_name("peer_worker.py")
    return sys.executable, str(worker), "opencv", *arguments


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    sleeps = python("import time; time.sleep(600)")
    with started(sleeps, 0.2) as process, pytest.raises(FailedError, match=r"within 0\.2 s"):
        process.ask(Request(tmp_path, 1))
    silent = python("os.close(int(os.environ['PEER_ANSWERS'])); import time; time.sleep(600)")
    with started(silent, 2) as process, pytest.raises(FailedError, match=r"no more|within 2 s"):
        process.ask(Request(tmp_path, 1))


def test_one_that_fails_leaves_the_others_alone(data: Path) -> None:
    answer = {"seconds": 1, "peak_bytes": 0, "resident_bytes": 0, "versions": {}}
    once = python(f"input(); {SAY}({json.dumps(answer)!r} + chr(10)); input(); sys.exit('enough')")
    contestants = [
        Contestant("one", "once", "", once),
        Contestant("OpenCV", "MODE_HH", "padded", opencv_worker("MODE_HH", "padded")),
    ]
    folders = [data / "made" / name for name in ("a", "b")]
    outcomes, pairs = peer_rounds.compete(contestants, folders, 2, 60)
    assert outcomes[0].problem == "enough (exit code 1)"
    assert outcomes[1].problem == ""
    assert {name: len(times) for name, times in outcomes[1].seconds.items()} == {
        "made/a": 2,
        "made/b": 2,
    }
    assert outcomes[1].scores["made/a"].dense.total_bad[1.0] < 10
    assert outcomes[1].peak_bytes > 0
    assert [pair.name for pair in pairs] == ["a", "b"]


def test_the_peak_is_that_of_the_matching(tmp_path: Path) -> None:
    script = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from peer_protocol import Prepared, serve
np.ones(200_000_000, np.uint8)  # before any request: no result of anybody
serve(lambda folder, stop: Prepared(lambda: np.ones(stop, np.uint8), np.asarray), {})
"""
    command = (sys.executable, "-c", script, str(Path(peers.__file__).parent))
    with started(command, 60) as process:
        small = process.ask(Request(tmp_path, 1))
        large = process.ask(Request(tmp_path, 50_000_000))
    assert small.peak_bytes - small.resident_bytes < 10_000_000
    assert 45_000_000 < large.peak_bytes - small.resident_bytes < 80_000_000
    with pytest.raises(FailedError), started(("false",), 60) as process:
        process.ask(Request(tmp_path, 1))


@pytest.mark.parametrize("name", [opencv_borders.BLOCK_MATCHER, *opencv_modes.ALL_MODES])
def test_a_border_gives_opencv_a_result_everywhere(name: str) -> None:
    pair = synthetic.shifted(96, ROWS, TRUE)
    found: list[npt.NDArray[np.float32]] = []
    for padded in (False, True):
        matcher = opencv_borders.bordered(name, STEPS, padded=padded)
        found.append(matcher.pixels(matcher.compute(pair.left, pair.right)))
    plain, padded_map = found
    assert plain.shape == padded_map.shape == pair.left.shape
    assert np.isnan(plain[:, : STEPS - 1]).all()
    assert not np.isnan(padded_map[:, 8:STEPS]).all()
    for result in found:
        centre = result[12:-12, 24:-12]
        assert np.nanmedian(np.abs(centre - TRUE)) < 0.5


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "returned non-zero exit status 3"),
        ("echo one; echo 'no such release' >&2; exit 1", "no such release"),
    ],
)
def test_an_environment_that_pip_can_t_fill(tmp_path: Path, script: str, message: str) -> None:
    python = pandora_venv.python_of(tmp_path)
    python.parent.mkdir()
    peer_stubs.program(python, script)
    with pytest.raises(pandora_venv.NotInstalledError, match=message):
        pandora_venv.install(python)


def test_a_filled_environment_is_left_as_it_is(tmp_path: Path) -> None:
    pandora_venv.install(pandora_venv.python_of(peer_stubs.pandora_venv(tmp_path / "venv")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rounds", "0"], "0 is not above 0"),
        (["--limit", "nan"], "nan is not above 0"),
        (["--group", "made", "--all"], "not allowed with"),
        (["--preset", "best"], "invalid choice"),
        (["--backend", "cuda"], "invalid choice"),
    ],
)
def test_wrong_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, *arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--group", "none"], "none"),
        (["--all", "--scene", "c"], "no scene c"),
        (["--all", "--chart", "/nowhere/at/all.png"], "no folder /nowhere/at"),
    ],
)
def test_what_is_not_there_is_found_before_the_rounds(
    data: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, *arguments)
    monkeypatch.setenv("STEREO_DATA", str(data / "nowhere"))
    with pytest.raises(SystemExit, match="STEREO_DATA"):
        run(monkeypatch)


def test_labels_of_the_chart_avoid_each_other() -> None:
    matplotlib = pytest.importorskip("matplotlib.transforms")
    box = matplotlib.Bbox.from_bounds
    assert peer_chart._covered(box(0, 0, 4, 2), [box(3, 1, 5, 5), box(9, 9, 1, 1)]) == 1
