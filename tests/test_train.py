"""Self-supervised training: it learns, goes on exactly, and refuses what it can't do."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import optional

from stereo import io
from stereo.datasets import clips
from stereo.metrics import depth as depth_score
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

torch = optional("torch", "torch")
train = importlib.import_module("stereo.train")
Monodepth2 = importlib.import_module("stereo.models.monodepth2").Monodepth2
frames = importlib.import_module("stereo.train.frames")
order = importlib.import_module("stereo.train.order")
Options = train.Options

SIZE = (96, 64)
SMALL = (64, 64)
QUICK = Options(steps=4, batch_size=2, device="cpu", log_every=1, picture_every=0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks gain nothing from a second thread, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def clip() -> clips.Clip:
    return clips.render(*SIZE, frames=6, max_disp=5)


@pytest.fixture(scope="module")
def small() -> clips.Clip:
    return clips.render(*SMALL, frames=4, max_disp=5)


def model(seed: int = 0, width: int = 8, **options: Any) -> Any:
    torch.manual_seed(seed)
    return Monodepth2(width, min_depth=1.0, max_depth=20.0, **options)


def abs_rel(predictions: list[Any], clip: clips.Clip) -> float:
    assert clip.depth is not None
    scores = [
        depth_score(found, truth) for found, truth in zip(predictions, clip.depth, strict=True)
    ]
    return float(np.mean([score.abs_rel for score in scores]))


def test_it_learns_metric_depth_from_pairs(clip: clips.Clip, tmp_path: Path) -> None:
    network = model(width=16)
    assert clip.depth is not None

    def predicted() -> list[Any]:
        return [network.predict(image, size=SIZE) for image in clip.left]

    untrained = abs_rel(predicted(), clip)
    constant = min(
        abs_rel([np.full_like(truth, value) for truth in clip.depth], clip)
        for value in np.linspace(1, 8, 50)
    )
    options = Options(
        steps=100, batch_size=2, learning_rate=2e-3, device="cpu", log_every=1, picture_every=0
    )
    training = train.self_supervised(
        network, clip, output=tmp_path, size=SIZE, sources=["right"], augment=False, options=options
    )
    photometric = [row["photometric"] for row in training.rows]
    assert np.mean(photometric[-20:]) < 0.75 * np.mean(photometric[:5])
    assert abs_rel(predicted(), clip) < 0.7 * min(untrained, constant)


def test_it_goes_on_bit_for_bit(small: clips.Clip, tmp_path: Path) -> None:
    def run(place: str, network: Any, resume: bool = False, **changes: Any) -> Any:
        sources = ["previous", "next", "right"]
        return train.self_supervised(
            network, small, output=tmp_path / place, size=SMALL, sources=sources,
            options=replace(QUICK, **changes), resume=resume,
        )  # fmt: skip

    whole, first, second = model(), model(), model(seed=7)
    run("whole", whole, picture_every=2)
    run("parts", first, stop_after=3, checkpoint_every=2)
    resumed = run("parts", second, resume=True)
    for (name, value), other in zip(
        whole.state_dict().items(), second.state_dict().values(), strict=True
    ):
        assert torch.equal(value, other), name
    log = [(tmp_path / place / "log.csv").read_bytes() for place in ("whole", "parts")]
    assert log[0] == log[1]
    for read, kept in zip(train.read_log(tmp_path / "parts/log.csv"), resumed.rows, strict=True):
        assert read == pytest.approx(kept, rel=1e-4)
    assert [row["step"] for row in resumed.rows] == [1, 2, 3, 4]
    pictures = sorted(path.name for path in (tmp_path / "whole/pictures").iterdir())
    assert pictures == ["00000001.png", "00000002.png", "00000004.png"]
    assert io.read_image(tmp_path / "whole/pictures" / pictures[0]).shape == (128, 128, 3)


def test_a_row_of_a_run_that_was_cut_off_is_dropped(small: clips.Clip, tmp_path: Path) -> None:
    train.self_supervised(
        model(), small, output=tmp_path, size=SMALL, sources=["right"],
        options=replace(QUICK, stop_after=2),
    )  # fmt: skip
    with (tmp_path / "log.csv").open("a") as file:
        file.write("3,0.1,0.5,0.5,0.5\n")
    training = train.self_supervised(
        model(), small, output=tmp_path, size=SMALL, sources=["right"], options=QUICK, resume=True
    )
    assert [row["step"] for row in training.rows] == [1, 2, 3, 4]


def test_workers_give_the_same_samples(small: clips.Clip, tmp_path: Path) -> None:
    losses = [
        train.self_supervised(
            model(), small, output=tmp_path / str(workers), size=SMALL, known_poses=True,
            options=replace(QUICK, workers=workers),
        ).rows[-1]["loss"]
        for workers in (0, 2)
    ]  # fmt: skip
    assert losses[0] == losses[1]


def test_each_sample_comes_once_an_epoch() -> None:
    batches = list(order.BatchOrder(7, 3, 0, range(7)))
    keys = [key for batch in batches for key in batch]
    assert [place for place, _ in keys] == list(range(21))
    numbers = [number for _, number in keys]
    for epoch in range(3):
        assert sorted(numbers[7 * epoch : 7 * epoch + 7]) == list(range(7))
    assert numbers[:7] != numbers[7:14]
    assert list(order.BatchOrder(7, 3, 0, range(4, 7))) == batches[4:]
    halves = [list(order.BatchOrder(7, 4, 0, range(3), rank, 2)) for rank in (0, 1)]
    together = list(order.BatchOrder(7, 4, 0, range(3)))
    for whole, one, two in zip(together, *halves, strict=True):
        assert sorted(whole) == sorted(one + two)


def test_cameras_follow_size_and_mirror(clip: clips.Clip) -> None:
    """A point of the scene lies where the scaled and mirrored cameras put it."""
    samples = frames.FrameSamples(
        [clip], None, (48, 32), ("right", "next"), known_poses=True, augment=True, seed=0
    )
    geometry = clip.geometry
    assert geometry is not None
    seen = set()
    for place in range(12):
        sample = samples[place, 1]
        K = sample["K"].double().numpy()
        T = sample["source_from_target"].double().numpy()
        mirrored = bool(T[0, 0, 3] > 0)
        seen.add(mirrored)
        point = np.array([0.4, -0.2, 3.0, 1.0])
        shown = point * ([-1, 1, 1, 1] if mirrored else [1, 1, 1, 1])
        for k, matrix in enumerate((geometry.K_right, geometry.K_left)):
            if k == 0:
                there = point - [geometry.baseline, 0, 0, 0]
            else:
                there = np.linalg.inv(clip.poses[2]) @ clip.poses[1] @ point
            full = matrix @ there[:3] / there[2]
            expected = (full[:2] + 0.5) / 2 - 0.5  # half the size
            if mirrored:
                expected[0] = 47 - expected[0]
            found = sample["K_sources"][k].double().numpy() @ (T[k] @ shown)[:3]
            np.testing.assert_allclose(found[:2] / found[2], expected, atol=1e-4)
        assert K[0, 2] == pytest.approx(23.5)
    assert seen == {False, True}


def test_colours_change_for_the_networks_alone(clip: clips.Clip) -> None:
    samples = frames.FrameSamples(
        [clip], None, SIZE, ("next",), known_poses=False, augment=True, seed=0
    )
    changed = [
        not torch.equal(sample["target"], sample["target_seen"])
        for sample in (samples[place, 0] for place in range(12))
    ]
    assert True in changed
    assert False in changed
    plain = samples.plain(0)
    expected = torch.from_numpy(clip.left[0] / np.float32(255)).permute(2, 0, 1)
    torch.testing.assert_close(plain["target"], expected)


def test_tensorboard(small: clips.Clip, tmp_path: Path) -> None:
    optional("tensorboard", "tensorboard")
    train.self_supervised(
        model(), small, output=tmp_path, size=SMALL, sources=["right"],
        options=replace(QUICK, steps=1, tensorboard=True, picture_every=1),
    )  # fmt: skip
    assert list((tmp_path / "events").iterdir())


def test_without_tensorboard(
    small: clips.Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(StereoError, match=r"stereo-depth\[train\]"):
        train.self_supervised(
            model(), small, output=tmp_path, size=SMALL, options=replace(QUICK, tensorboard=True)
        )


SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from stereo.datasets import clips
from stereo.models.monodepth2 import Monodepth2
from stereo.train import Options, self_supervised
torch.manual_seed(0)
model = Monodepth2(8)
self_supervised(
    model, clips.render(64, 64, frames=3, max_disp=5), output=sys.argv[1], size=(64, 64),
    sources=["right"], options=Options(steps=2, batch_size=2, device="cpu", picture_every=0),
)
import os
torch.save(model.state_dict(), f"{sys.argv[1]}/rank{os.environ['RANK']}.pt")
"""


def test_two_processes_keep_the_same_weights(tmp_path: Path) -> None:
    if not torch.distributed.is_available():
        pytest.skip("this PyTorch has no distributed training")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
         str(script), str(tmp_path / "out")],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, two, written = (
        torch.load(tmp_path / "out" / name, weights_only=True)
        for name in ("rank0.pt", "rank1.pt", "weights.pt")
    )
    assert len(train.read_log(tmp_path / "out/log.csv")) == 2
    parameters = dict(Monodepth2(8).named_parameters())
    for name in parameters:
        assert torch.equal(one[name], two[name])
        assert torch.equal(one[name], written[name])


def test_a_loss_that_is_no_number_stops_the_training(small: clips.Clip, tmp_path: Path) -> None:
    network = model()
    with torch.no_grad():
        network.depth_network.encoder.encoder.bn1.weight.fill_(torch.nan)
    with pytest.raises(StereoError, match="step 1"):
        train.self_supervised(
            network, small, output=tmp_path, size=SMALL, sources=["right"], options=QUICK
        )


def test_the_folder_of_a_training(small: clips.Clip, tmp_path: Path) -> None:
    def run(
        network: Any = None, resume: bool = False, output: Any = tmp_path, **options: Any
    ) -> Any:
        chosen = replace(QUICK, steps=2, **options)
        return train.self_supervised(
            network or model(), small, output=output, size=SMALL, sources=["right"],
            options=chosen, resume=resume,
        )  # fmt: skip

    with pytest.raises(StereoFileError, match="no checkpoint"):
        run(resume=True)
    run(stop_after=1)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(StereoFileError, match="of before"):
        run()
    with pytest.raises(StereoValueError, match="batch_size = 2, now 1"):
        run(resume=True, batch_size=1)
    with pytest.raises(StereoFileError, match="another model"):
        run(model(width=4), resume=True)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    (tmp_path / "checkpoint.pt").write_bytes(before[: len(before) // 2])
    with pytest.raises(StereoFileError, match="damaged"):
        run(resume=True)
    torch.save({"step": 1}, tmp_path / "checkpoint.pt")
    with pytest.raises(StereoFileError, match="no checkpoint of a training"):
        run(resume=True)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "log.csv").write_text("mine")
    with pytest.raises(StereoFileError, match=r"has log.csv of before"):
        run(output=tmp_path / "log")
    (tmp_path / "file").write_text("")
    with pytest.raises(StereoFileError, match="can't be made"):
        run(output=tmp_path / "file" / "folder")


def call(clip: Any, network: Any = None, intrinsics: Any = None, **options: Any) -> Any:
    chosen = {"output": "unused", "size": SMALL, "options": QUICK, **options}
    return train.self_supervised(
        model() if network is None else network, clip, intrinsics, **chosen
    )


FRAMES = [np.zeros((64, 64, 3), np.uint8)] * 3
BARE = clips.Clip(FRAMES)
PLAIN = clips.Clip(FRAMES, K=[[60.0, 0, 32], [0, 60, 32], [0, 0, 1]])
WRONG: list[tuple[str, Callable[[], Any], type[Exception]]] = [
    ("model", lambda: call(PLAIN, torch.nn.Identity()), StereoTypeError),
    ("clip", lambda: call([FRAMES]), StereoTypeError),
    ("no clips", lambda: call([]), StereoValueError),
    ("a number", lambda: call(3), StereoTypeError),
    ("one name", lambda: call(PLAIN, sources="next"), StereoTypeError),
    ("a line", lambda: call(clips.Clip([FRAMES[0][0, 0]] * 3, K=PLAIN.K)), StereoValueError),
    ("no camera", lambda: call(BARE), StereoValueError),
    ("size", lambda: call(PLAIN, size=(64, 60)), StereoValueError),
    ("small size", lambda: call(PLAIN, size=(32, 64)), StereoValueError),
    ("one number", lambda: call(PLAIN, size=64), StereoTypeError),
    ("source", lambda: call(PLAIN, sources=["left"]), StereoValueError),
    ("no source", lambda: call(PLAIN, sources=[]), StereoValueError),
    ("source twice", lambda: call(PLAIN, sources=["next", "next"]), StereoValueError),
    ("no right images", lambda: call(PLAIN, sources=["right"]), StereoValueError),
    ("no poses", lambda: call(PLAIN, known_poses=True), StereoValueError),
    ("short", lambda: call(clips.Clip(FRAMES[:2], K=PLAIN.K)), StereoValueError),
    ("float images", lambda: call(clips.Clip([np.zeros((8, 8))] * 3, K=PLAIN.K)), StereoTypeError),
    ("smoothness", lambda: call(PLAIN, smoothness=-1), StereoValueError),
    ("text", lambda: call(PLAIN, augment="no"), StereoTypeError),
    ("matrix", lambda: call(PLAIN, None, np.eye(4)), StereoValueError),
    ("device", lambda: call(PLAIN, options=replace(QUICK, device="abacus")), StereoValueError),
    ("steps", lambda: Options(steps=0), StereoValueError),
    ("rate", lambda: Options(learning_rate=0.0), StereoValueError),
    ("stop", lambda: Options(steps=5, stop_after=6), StereoValueError),
    ("batch", lambda: Options(batch_size=1.5), StereoTypeError),
    ("device type", lambda: Options(device=0), StereoTypeError),
]


@pytest.mark.parametrize(("wrong", "error"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_input_is_refused(
    wrong: Callable[[], Any],
    error: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        wrong()
