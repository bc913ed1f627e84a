"""The command line: what it writes, says and returns."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stereo
from stereo import io, viz
from stereo.datasets import synthetic
from stereo.io import images

Run = Callable[..., tuple[int, str, str]]
PAIR = synthetic.shifted(64, 48, 5.0)
FRAMES = [synthetic.shifted(64, 48, float(k + 3), seed=k) for k in range(3)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with left.png and right.png."""
    io.write_image(tmp_path / "left.png", PAIR.left)
    io.write_image(tmp_path / "right.png", PAIR.right)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sequence(folder: Path) -> Path:
    """Be in a folder with three pairs in l/ and r/, whose right names differ."""
    for side in ("l", "r", "out"):
        (folder / side).mkdir()
    for k, pair in enumerate(FRAMES):
        io.write_image(folder / "l" / f"frame{k}.png", pair.left)
        io.write_image(folder / "r" / f"right{k}.png", pair.right)
    (folder / "l" / "notes.txt").write_text("no image", encoding="utf-8")
    (folder / "l" / ".hidden.png").write_text("no image", encoding="utf-8")
    return folder


def expected(**options: object) -> npt.NDArray[np.float32]:
    return stereo.sgm(PAIR.left, PAIR.right, **{"max_disp": 16, **options})  # type: ignore[arg-type]


def assert_one_line(err: str) -> None:
    assert err.startswith("stereo: error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")


# --- match: one pair ---


def test_match_writes_every_output_of_one_matching(folder: Path, run: Run) -> None:
    outputs = ["d.pfm", "d.npy", "d.png", "d.color.png"]
    flags = [word for name in outputs for word in ("-o", name)]
    code, out, err = run("match", "left.png", "right.png", *flags, "--max-disp", "16")
    assert (code, err) == (0, "")
    disparity = expected()
    assert np.array_equal(io.read_pfm("d.pfm"), disparity, equal_nan=True)
    assert np.array_equal(io.read_npy("d.npy"), disparity, equal_nan=True)
    assert np.nanmax(np.abs(io.read_kitti("d.png") - disparity)) <= 1 / 256
    assert np.array_equal(io.read_image("d.color.png"), viz.colorize(disparity, 0, 16))
    valid = 100 * np.mean(~np.isnan(disparity))
    assert out.startswith(f"left.png: 64x48, {valid:.1f} % valid, ")
    assert out.endswith(" ms\n")


def test_match_writes_right_disparity_and_confidence(folder: Path, run: Run) -> None:
    code, _, err = run(
        *("match", "left.png", "right.png", "-o", "d.npy", "--right-disparity", "r.npy"),
        *("--confidence", "c.npy", "--max-disp", "16"),
    )
    assert (code, err) == (0, "")
    match = stereo.SGM(16).match(PAIR.left, PAIR.right)
    assert np.array_equal(io.read_npy("d.npy"), match.disparity, equal_nan=True)
    assert np.array_equal(io.read_npy("r.npy"), match.right_disparity, equal_nan=True)
    assert np.array_equal(io.read_npy("c.npy"), match.confidence)


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ("--min-disp -3", {"min_disp": -3}),
        ("--cost census5x5 --p1 4 --p2 30", {"cost": "census5x5", "p1": 4, "p2": 30}),
        ("--paths 5", {"paths": 5}),
        ("--uniqueness 25", {"uniqueness": 25}),
        ("--lr-max-diff none", {"lr_max_diff": None}),
        ("--lr-max-diff 0", {"lr_max_diff": 0}),
        ("--subpixel parabola", {"subpixel": "parabola"}),
        ("--median 0", {"median": 0}),
        ("--speckle-size 300 --speckle-range 0.25", {"speckle_size": 300, "speckle_range": 0.25}),
        ("--preset fast", {"preset": "fast"}),
        ("--edge-scale 0", {"edge_scale": 0.0}),
        ("--weighted-median 0", {"weighted_median": 0}),
        ("--fill", {"fill": True}),
        ("--backend reference --threads 1", {"backend": "reference", "threads": 1}),
    ],
)
def test_every_option_reaches_the_matcher(
    tmp_path: Path, run: Run, flags: str, options: dict[str, object]
) -> None:
    # A scene that is hard enough for each of these options to change its result.
    pair = synthetic.render(72, 48, max_disp=16, seed=3)
    left, right, out = (tmp_path / name for name in ("l.png", "r.png", "d.npy"))
    io.write_image(left, pair.left)
    io.write_image(right, pair.right)
    code, _, err = run("match", left, right, "-o", out, "--max-disp", "16", *flags.split())
    assert (code, err) == (0, "")
    with_options = stereo.sgm(pair.left, pair.right, 16, **options)  # type: ignore[arg-type]
    assert np.array_equal(io.read_npy(out), with_options, equal_nan=True)
    plain = stereo.sgm(pair.left, pair.right, 16)
    changed = not np.array_equal(with_options, plain, equal_nan=True)
    assert changed or "backend" in options


def test_match_knows_every_option_of_sgm_with_its_default() -> None:
    from stereo.cli.match import match

    of_match = inspect.signature(match).parameters
    for name, parameter in inspect.signature(stereo.SGM).parameters.items():
        default = parameter.default
        if name == "lr_max_diff":
            default = str(default).lower()
        assert of_match[name].default == default, name


def test_quiet_prints_nothing(folder: Path, run: Run) -> None:
    assert run("match", "left.png", "right.png", "-o", "d.pfm", "-q") == (0, "", "")
    assert Path("d.pfm").exists()


def test_a_name_with_glob_characters_is_a_file_if_it_exists(folder: Path, run: Run) -> None:
    os.rename("left.png", "left[1].png")
    assert run("match", "left[1].png", "right.png", "-o", "{stem}.pfm", "-q")[0] == 0
    assert Path("left[1].pfm").exists()


# --- match: frames ---


@pytest.mark.parametrize(("left", "right"), [("l", "r"), ("l/*.png", "r/right?.png")])
def test_folders_and_globs_are_paired_in_order(
    sequence: Path, run: Run, left: str, right: str
) -> None:
    code, out, err = run("match", left, right, "-o", "out/{stem}.pfm", "--max-disp", "16")
    assert (code, err) == (0, "")  # no progress bar either: stderr is no terminal
    assert sorted(os.listdir("out")) == ["frame0.pfm", "frame1.pfm", "frame2.pfm"]
    assert [line.split(":")[0] for line in out.splitlines()] == [
        f"l/frame{k}.png" for k in range(3)
    ]
    for k in range(3):
        assert np.nanmedian(io.read_pfm(f"out/frame{k}.pfm")) == k + 3


def test_one_matcher_does_all_frames(
    sequence: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[stereo.SGM] = []
    compute = stereo.SGM.compute

    def spy(self: stereo.SGM, left: object, right: object) -> npt.NDArray[np.float32]:
        used.append(self)
        return compute(self, left, right)  # type: ignore[arg-type]

    monkeypatch.setattr(stereo.SGM, "compute", spy)
    assert run("match", "l", "r", "-o", "out/{stem}.pfm", "-q")[0] == 0
    assert len(used) == 3
    assert len(set(map(id, used))) == 1


def test_a_bad_frame_is_named(sequence: Path, run: Run) -> None:
    io.write_image("r/right1.png", PAIR.right[:40])
    code, out, err = run("match", "l", "r", "-o", "out/{stem}.pfm")
    assert code == 1
    assert_one_line(err)
    assert "l/frame1.png" in err
    assert "r/right1.png" in err
    assert "(48, 64)" in err
    assert "(40, 64)" in err
    assert out.count("\n") == 1  # the frame before it was matched


# --- match: everything is checked before the first frame ---


@pytest.fixture
def no_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("an image was read before everything was checked")

    monkeypatch.setattr(io, "read_image", fail)


@pytest.mark.usefixtures("no_matching")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("l r -o out/all.pfm", 2, ["--output", "3 frames", "{stem}"]),
        ("l r -o out", 2, ["out is a folder", "{stem}.pfm"]),
        ("l r -o out/{stem}.gif", 2, [".pfm", ".npy"]),
        ("l r -o out/{stem}.pfm --confidence out/{stem}.png", 2, ["--confidence", ".npy"]),
        ("l r -o nowhere/{stem}.pfm", 1, ["no folder", "nowhere"]),
        ("l/* r/* -o out/{stem}.png", 1, ["l/* has 4", "r/* has 3"]),  # one is notes.txt
        ("l r/right0.png -o out/{stem}.pfm", 1, ["3 frames", "1"]),
        ("out r -o out/{stem}.pfm", 1, ["out", "without images"]),
        ("l/*.jpg r -o out/{stem}.pfm", 1, ["l/*.jpg"]),
        ("missing.png right.png -o d.pfm", 1, ["LEFT", "missing.png"]),
        ("left.png missing.png -o d.pfm", 1, ["RIGHT", "missing.png"]),
        ("left.png right.png -o left.png", 1, ["output left.png", "input left.png"]),
        ("left.png right.png -o out/../right.png", 1, ["input right.png"]),
        ("left.png right.png -o link.png", 1, ["link.png", "input left.png"]),
        ("l r -o l/{stem}.png", 1, ["input l/frame0.png"]),
        ("left.png right.png -o d.pfm -o out/../d.pfm", 1, ["two outputs", "d.pfm"]),
        ("left.png right.png -o d.pfm --right-disparity d.pfm", 1, ["two outputs"]),
        ("left.png right.png -o folder.pfm", 2, ["folder.pfm is a folder"]),
        ("left.png right.png", 2, ["--output"]),
        ("left.png -o d.pfm", 2, ["RIGHT"]),
        ("left.png right.png more.png -o d.pfm", 2, ["more.png"]),
        ("left.png right.png -o d.pfm --paths 3", 2, ["paths = 3", "4, 5, 8"]),
        ("left.png right.png -o d.pfm --paths x", 2, ["--paths", "integer"]),
        ("left.png right.png -o d.pfm --p1 50 --p2 20", 2, ["p1 = 50", "p2 = 20"]),
        ("left.png right.png -o d.pfm --max-disp 3 --min-disp 3", 2, ["max_disp = 3"]),
        ("left.png right.png -o d.pfm --lr-max-diff maybe", 2, ["--lr-max-diff", "maybe"]),
        ("left.png right.png -o d.pfm --cost cansus", 2, ["cansus", "census5x5"]),
        ("left.png right.png -o d.pfm --backend gpu", 2, ["gpu", "numba"]),
        ("left.png right.png -o d.pfm --threads 0", 2, ["threads = 0"]),
        ("left.png right.png -o d.pfm --frobnicate", 2, ["--frobnicate"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    sequence: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    (sequence / "folder.pfm").mkdir()
    (sequence / "link.png").symlink_to("left.png")
    before = {path: path.read_bytes() for path in sequence.rglob("*") if path.is_file()}
    got, out, err = run("match", *arguments.split())
    assert got == code
    assert out == ""
    assert_one_line(err)
    for part in said:
        assert part in err
    after = {path: path.read_bytes() for path in sequence.rglob("*") if path.is_file()}
    assert after == before


def test_two_frames_of_one_name_are_not_written_over_each_other(sequence: Path, run: Run) -> None:
    (sequence / "l" / "deep").mkdir()
    os.rename("l/frame1.png", "l/deep/frame0.png")
    code, _, err = run("match", "l/**/frame*.png", "r", "-o", "out/{stem}.pfm")
    assert code == 1
    assert "out/frame0.pfm" in err
    assert os.listdir("out") == []


# --- match: what goes wrong while it runs ---


def test_a_damaged_image_is_an_error_of_one_line(folder: Path, run: Run) -> None:
    Path("left.png").write_bytes(Path("left.png").read_bytes()[:200])
    code, out, err = run("match", "left.png", "right.png", "-o", "d.pfm")
    assert (code, out) == (1, "")
    assert_one_line(err)
    assert "left.png" in err
    assert not Path("d.pfm").exists()


def test_an_unusable_backend_is_an_error_at_run_time(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stereo.backends import numba_

    monkeypatch.setattr(numba_, "unusable", lambda: "it is out for lunch")
    code, _, err = run("match", "left.png", "right.png", "-o", "d.pfm", "--backend", "numba")
    assert code == 1
    assert_one_line(err)
    assert "lunch" in err


def test_ctrl_c_ends_with_130(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stereo.SGM, "compute", interrupted)
    code, out, err = run("match", "left.png", "right.png", "-o", "d.pfm")
    assert (code, out) == (130, "")
    assert_one_line(err)
    assert not Path("d.pfm").exists()


# --- demo, backends, version ---


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demo render a small scene, for the sake of time."""
    monkeypatch.setattr("stereo.cli.demo.SIZE", (160, 120))


@pytest.mark.usefixtures("small_demo")
def test_demo_compares_and_writes_the_pictures(folder: Path, run: Run) -> None:
    code, out, err = run("demo", "-o", "made/here", "--seed", "1")
    assert (code, err) == (0, "")
    for name in ("stereo default", "stereo fast", "MODE_HH", "MODE_SGBM", "MODE_SGBM_3WAY"):
        assert name in out
    pair = synthetic.render(160, 120, color=True, seed=1)
    disparity = io.read_pfm("made/here/disparity.pfm")
    found = ~np.isnan(disparity) & ~pair.occluded
    assert np.median(np.abs(disparity - pair.disparity)[found]) < 0.5
    assert np.array_equal(io.read_image("made/here/left.png"), pair.left)
    assert np.array_equal(io.read_image("made/here/right.png"), pair.right)
    truth = io.read_image("made/here/truth.color.png")
    assert np.array_equal(truth, viz.colorize(pair.disparity, pair.min_disp, pair.max_disp))
    composed = io.read_image("made/here/demo.png")
    assert composed.shape == (120, 3 * 160 + 2 * 8, 3)
    assert np.array_equal(composed[:, :160], pair.left)
    assert np.array_equal(composed[:, 168:328], io.read_image("made/here/disparity.color.png"))
    assert np.array_equal(composed[:, 336:], truth)


@pytest.mark.usefixtures("small_demo")
def test_demo_without_opencv_says_why(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise stereo.StereoError("OpenCV can't be loaded (libGL.so.1 is missing)")

    monkeypatch.setattr("stereo.evaluation.opencv.opencv", missing)
    monkeypatch.setattr(images, "opencv", missing)
    code, out, err = run("demo")
    assert code == 1  # the pictures can't be written
    assert "stereo default" in out
    assert "libGL.so.1" in " ".join(out.split())
    assert_one_line(err)
    assert "libGL.so.1" in err
    assert os.listdir("stereo-demo") == ["disparity.pfm"]


def test_demo_into_a_file_is_an_error(folder: Path, run: Run) -> None:
    code, out, err = run("demo", "-o", "left.png")
    assert (code, out) == (1, "")
    assert_one_line(err)
    assert "left.png" in err


def test_backends_lists_them_all(run: Run) -> None:
    code, out, err = run("backends")
    assert (code, err) == (0, "")
    for row in stereo.backends():
        line = next(line for line in out.splitlines() if row.name in line)
        assert ("yes" if row.usable else "no") in line


@pytest.mark.parametrize("command", ["calibrate", "check", "cloud", "depth", "match", "rectify"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert command in out


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"stereo {stereo.__version__}\n", "")
    for arguments in ([], ["--help"], ["-h"]):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        assert all(command in out for command in ("match", "demo", "backends"))
    code, out, err = run("match", "--help")
    assert code == 0
    assert "--speckle-range" in out


@pytest.mark.parametrize("arguments", [["mutch"], ["--frobnicate"], ["demo", "--seed", "-1"]])
def test_an_unknown_word_is_wrong_usage(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert_one_line(err)


# --- the process ---


def start(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stereo", *arguments]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, text=True, stderr=subprocess.PIPE, check=False, **options
    )


def test_python_m_stereo_returns_the_exit_code(folder: Path) -> None:
    done = start("match", "left.png", "right.png", "-o", "d.pfm", stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("left.png: 64x48")
    wrong = start("match", "nothing.png", "right.png", "-o", "d.pfm", stdout=subprocess.PIPE)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert_one_line(wrong.stderr)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo terminals")
def test_the_progress_bar_is_on_stderr_and_the_summaries_on_stdout(sequence: Path) -> None:
    ours, terminal = os.openpty()
    command = [sys.executable, "-m", "stereo", "match", "l", "r", "-o", "out/{stem}.pfm"]
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=terminal)
        shown = os.read(ours, 1 << 16).decode()
    finally:
        os.close(terminal)
        os.close(ours)
    assert done.returncode == 0
    assert [line.split(":")[0][-5] for line in done.stdout.splitlines()] == ["0", "1", "2"]
    assert "3/3" in shown
    assert "valid" not in shown


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes break differently here")
def test_a_reader_that_goes_away_is_no_traceback(folder: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = start("match", "left.png", "right.png", "-o", "d.pfm", stdout=write_end)
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_under_stdout_is_one_line(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = start("--version", stdout=full)
    assert done.returncode == 1
    assert_one_line(done.stderr)


def test_a_name_that_is_no_text_can_be_printed(folder: Path) -> None:
    name = os.fsdecode(b"\xff.png")
    try:
        os.rename("left.png", name)
    except OSError:
        pytest.skip("this file system takes no such name")
    done = start("match", name, "right.png", "-o", "d.pfm", stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "64x48" in done.stdout


def test_the_command_starts_without_its_heavy_imports(tmp_path: Path) -> None:
    program = (
        "import sys; from stereo.cli import main; main(['--version']); "
        "print(sorted({'cv2', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
