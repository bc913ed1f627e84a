"""`stereo match --model`: a network instead of semi-global matching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import pytorch

from stereo import io, models
from stereo.datasets import synthetic

torch = pytorch()
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a pair and random weights of AANet."""
    folder = tmp_path_factory.mktemp("learned")
    pair = synthetic.render(60, 48, max_disp=12)
    io.write_image(folder / "left.png", pair.left)
    io.write_image(folder / "right.png", pair.right)
    torch.manual_seed(0)
    torch.save(models.build("aanet").state_dict(), folder / "aanet.pth")
    return folder


@pytest.fixture
def pair(files: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(files)
    return "left.png", "right.png"


def test_writes_what_the_network_gives(run: Run, pair: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "disparity.npy"
    code, said, error = run(
        "match", *pair, "-o", out, "-o", tmp_path / "d.color.png", "--no-check",
        "--model", "aanet", "--weights", "aanet.pth", "--max-disp", 100,
    )  # fmt: skip
    assert (code, error) == (0, "")
    assert "60x48" in said
    expected = models.load("aanet", "aanet.pth")(*map(io.read_image, pair), max_disp=100)
    np.testing.assert_array_equal(np.load(out), expected)
    assert io.read_image(tmp_path / "d.color.png").shape == (48, 60, 3)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--model", "aanet"], 2, "needs --weights"),
        (["--weights", "aanet.pth"], 2, "--weights: it needs --model"),
        (["--device", "cpu"], 2, "--device: it needs --model"),
        (["--model", "psmnet", "--weights", "aanet.pth"], 2, "'raft-stereo', 'aanet'"),
        (["--model", "aanet", "--weights", "none.pth"], 1, "no weights file none.pth"),
        (["--model", "aanet+", "--weights", "aanet.pth"], 1, "fit no variant of aanet+"),
    ],
)
def test_bad_commands(
    run: Run, pair: tuple[str, str], options: list[str], code: int, said: str, tmp_path: Path
) -> None:
    found, _, error = run("match", *pair, "-o", tmp_path / "out.npy", *options)
    assert found == code
    assert said in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--p1", "10"], "--p1: it is one of semi-global matching"),
        (["--lr-max-diff", "1"], "--lr-max-diff"),
        (["--fill"], "--fill"),
        (["--confidence", "c.npy"], "--confidence: --model aanet gives the left disparity only"),
        (["--right-disparity", "r.npy"], "--right-disparity"),
        (["--iterations", "3"], "no option 'iterations'"),
        (["--variant", "realtime"], "variant"),
        (["--precision", "half"], "precision"),
        (["--band-height", "50"], "multiple of 48"),
    ],
)
def test_options_of_no_use_are_refused(
    run: Run, pair: tuple[str, str], option: list[str], said: str, tmp_path: Path
) -> None:
    code, _, error = run(
        "match", *pair, "-o", tmp_path / "out.npy", "--model", "aanet", "--weights", "aanet.pth",
        *option,
    )  # fmt: skip
    assert code == 2
    assert said in error
    assert not list(tmp_path.iterdir())
