"""Supervised training: RAFT-Stereo learns a few pairs by heart, and goes on exactly."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import optional

from stereo import datasets
from stereo.datasets import synthetic
from stereo.types import StereoTypeError, StereoValueError

torch = optional("torch", "torch")
train = importlib.import_module("stereo.train")
supervised = importlib.import_module("stereo.train.supervised")
raft = importlib.import_module("stereo.models.raft_stereo")
pairs_module = importlib.import_module("stereo.train.pairs")
Options = train.Options

TINY = raft.RaftStereoConfig(
    levels=1, encoder_channels=(8, 8, 8), hidden_channels=8, feature_channels=8
)
QUICK = Options(steps=3, batch_size=2, device="cpu", log_every=1, picture_every=0)
SIZE = (64, 32)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pairs(count: int, width: int = 64, height: int = 32) -> list[Any]:
    return [
        synthetic.render(width, height, max_disp=12, seed=seed, color=True) for seed in range(count)
    ]


def tiny(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return raft.RaftStereo(TINY)


def test_it_learns_eight_pairs_by_heart(tmp_path: Path) -> None:
    known = pairs(8)
    torch.manual_seed(0)
    narrow = raft.RaftStereoConfig(
        levels=2, correlation_levels=2, encoder_channels=(8, 16, 32), hidden_channels=32,
        feature_channels=32,
    )  # fmt: skip
    network = raft.RaftStereo(narrow)
    options = Options(steps=180, batch_size=4, learning_rate=1.5e-3, device="cpu", picture_every=0)
    train.supervised(
        network, known, output=tmp_path, size=SIZE, iterations=3, augment=False, options=options
    )
    errors = []
    for pair in known:
        left, right = (
            torch.from_numpy(image).permute(2, 0, 1)[None].float()
            for image in (pair.left, pair.right)
        )
        with torch.no_grad():
            _, flow = network(left, right, iters=3)
        errors.append(np.abs(-flow[0, 0].numpy() - pair.disparity).mean())
    constant = [np.abs(pair.disparity - np.median(pair.disparity)).mean() for pair in known]
    assert np.mean(constant) > 2.0
    assert np.mean(errors) < 1.0


def test_it_goes_on_bit_for_bit(tmp_path: Path) -> None:
    known = pairs(3)

    def run(place: str, network: Any, resume: bool = False, **changes: Any) -> Any:
        return train.supervised(
            network, known, output=tmp_path / place, size=SIZE, iterations=2,
            options=replace(QUICK, **changes), resume=resume,
        )  # fmt: skip

    whole, first, second = tiny(), tiny(), tiny(5)
    run("whole", whole, picture_every=1)
    run("parts", first, stop_after=1)
    run("parts", second, resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
    assert (tmp_path / "whole/pictures/00000003.png").exists()


def test_weights_load_by_name(tmp_path: Path) -> None:
    from stereo import models

    network = tiny()
    training = train.supervised(
        network, pairs(1), output=tmp_path, size=SIZE, iterations=1,
        options=replace(QUICK, steps=1, batch_size=1),
    )  # fmt: skip
    options = {name: getattr(TINY, name) for name in ("levels", "hidden_channels")}
    loaded = models.load(
        "raft-stereo", weights=training.weights, variant="default",
        encoder_channels=(8, 8, 8), feature_channels=8, **options,
    )  # fmt: skip
    assert loaded(*(getattr(pairs(1)[0], side) for side in ("left", "right"))).shape == (32, 64)


def test_crops_keep_images_and_truth_together() -> None:
    pair = synthetic.render(80, 48, max_disp=8, color=True)
    ramp = np.arange(80 * 48, dtype=np.float32).reshape(48, 80)
    marked = SimpleNamespace(left=pair.left, right=pair.right, disparity=ramp)
    samples = pairs_module.PairSamples([marked], SIZE, augment=True, seed=0)
    corners = set()
    for place in range(8):
        sample = samples[place, 0]
        y, x = divmod(int(sample["disparity"][0, 0, 0]), 80)
        corners.add((x, y))
        np.testing.assert_array_equal(sample["disparity"][0], ramp[y : y + 32, x : x + 64])
        shift = np.abs(sample["left"].permute(1, 2, 0).numpy() - pair.left[y : y + 32, x : x + 64])
        assert shift.mean() < 60  # a change of colour, no other place
    assert len(corners) > 3
    plain = samples.plain(0)
    np.testing.assert_allclose(plain["left"][0], pair.left[8:40, 8:72, 0], atol=1e-4)


def test_unknown_disparities_do_not_count(tmp_path: Path) -> None:
    pair = pairs(1)[0]
    truth = np.full_like(pair.disparity, np.nan)
    unknown = SimpleNamespace(left=pair.left, right=pair.right, disparity=truth)
    training = train.supervised(
        tiny(), [unknown], output=tmp_path, size=SIZE, iterations=1,
        options=replace(QUICK, steps=1, batch_size=1, picture_every=1),
    )  # fmt: skip
    assert training.rows[0]["loss"] == 0


def test_real_pairs(data_root: Path, tmp_path: Path) -> None:
    known = datasets.load("described", data_root)[:1]
    training = train.supervised(
        tiny(), known, output=tmp_path, size=SIZE, iterations=1,
        options=replace(QUICK, steps=1, batch_size=1),
    )  # fmt: skip
    assert training.rows[0]["loss"] > 0


def call(known: Any, network: Any = None, **options: Any) -> Any:
    chosen = {"output": "unused", "size": SIZE, "iterations": 1, "options": QUICK, **options}
    return train.supervised(tiny() if network is None else network, known, **chosen)


PAIR = pairs(1)[0]
GRAY = SimpleNamespace(left=PAIR.left[..., 0], right=PAIR.right, disparity=PAIR.disparity)
BLIND = SimpleNamespace(left=PAIR.left, right=PAIR.right, disparity=None)
NARROW = SimpleNamespace(left=PAIR.left, right=PAIR.right[:, 1:], disparity=PAIR.disparity)
WRONG: list[tuple[str, Callable[[], Any], type[Exception]]] = [
    ("model", lambda: call([PAIR], torch.nn.Identity()), StereoTypeError),
    ("no pairs", lambda: call([]), StereoValueError),
    ("no sequence", lambda: call(iter([PAIR])), StereoTypeError),
    ("no truth", lambda: call([BLIND]), StereoValueError),
    ("sizes differ", lambda: call([NARROW]), StereoValueError),
    ("too small", lambda: call([PAIR], size=(128, 32)), StereoValueError),
    ("size", lambda: call([PAIR], size=(60, 32)), StereoValueError),
    ("iterations", lambda: call([PAIR], iterations=0), StereoValueError),
    ("max_disp", lambda: call([PAIR], max_disp=0), StereoValueError),
    ("resume", lambda: call([PAIR], resume=1), StereoTypeError),
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


def test_gray_images_are_taken_as_colour() -> None:
    sample = pairs_module.PairSamples([GRAY], SIZE, augment=False, seed=0).plain(0)
    assert torch.equal(sample["left"][0], sample["left"][2])


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [supervised.one_cycle(step, 1000) for step in range(1000)]
    peak = int(np.argmax(rates))
    assert rates[0] == pytest.approx(0.04)
    assert rates[peak] == pytest.approx(1, abs=0.01)
    assert peak == 10
    assert (np.diff(rates[:peak]) > 0).all()
    assert (np.diff(rates[peak + 1 :]) < 0).all()
    assert supervised.one_cycle(0, 1) == pytest.approx(0.04)
