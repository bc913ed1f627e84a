"""stereo mono: what it writes, says and returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_cameras import GEOMETRY, HEIGHT, WIDTH, Run, assert_mistake, disparity
from conftest import optional

from stereo import io, mono
from stereo.mono import MonoDepth


class Network:
    """A network that sees the inverse depth up to a line."""

    def __init__(self, scale: float = 50.0, shift: float = 1.0) -> None:
        depth = GEOMETRY.focal_length * GEOMETRY.baseline / (disparity() + GEOMETRY.doffs)
        inverse = 1 / np.where(np.isnan(depth), np.nanmedian(depth), depth)
        self.values = scale * inverse + shift
        self.metric = scale == 1 and shift == 0

    def __call__(self, image: Any) -> MonoDepth:
        """Predict."""
        assert image.shape[:2] == (HEIGHT, WIDTH)
        return MonoDepth(self.values, is_metric=self.metric, is_inverse=True)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Load that network whatever the weights; give the arguments of the last call."""
    asked: dict[str, Any] = {}

    def load(weights: str, **options: Any) -> Network:
        asked.update(weights=weights, **options)
        return Network(1.0, 0.0) if weights == "metric" else Network()

    monkeypatch.setattr(mono, "load", load)
    return asked


def image(folder: Path) -> str:
    """Return the name of an image of the pair's size."""
    io.write_image(folder / "view.png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return "view.png"


def test_prediction_and_picture(folder: Path, run: Run, network: dict[str, Any]) -> None:
    arguments = ("--weights", "any", "-o", "p.npy", "--picture", "p.png")
    code, out, err = run("mono", image(folder), *arguments)
    assert (code, err) == (0, "")
    assert "relative, larger is nearer" in out
    np.testing.assert_allclose(io.read_disparity("p.npy"), Network().values, rtol=1e-6)
    assert io.read_image("p.png").shape == (HEIGHT, WIDTH, 3)
    assert network == {"weights": "any", "model": None, "max_depth": None, "device": "cpu"}


@pytest.mark.parametrize("source", [("d.npz",), ("d.pfm", "--calib", "calib.txt")])
@pytest.mark.usefixtures("network")
def test_metres_from_a_disparity_map(folder: Path, run: Run, source: tuple[str, ...]) -> None:
    arguments = ("--weights", "any", "--depth", "z.npy", "--align-with", *source)
    code, out, err = run("mono", image(folder), *arguments)
    assert (code, err) == (0, "")
    assert "aligned in inverse depth with scale 0.02" in out
    assert "100.0% of" in out
    found = io.read_depth("z.npy")
    expected = 1 / ((Network().values - 1) / 50)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.usefixtures("network")
def test_a_metric_network_needs_no_stereo(folder: Path, run: Run) -> None:
    arguments = ("--weights", "metric", "--depth", "z.npy", "-q")
    assert run("mono", image(folder), *arguments) == (0, "", "")
    np.testing.assert_allclose(io.read_depth("z.npy"), 1 / Network(1.0, 0.0).values, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("mono view.png --weights any", 2, ["--output, --picture or --depth"]),
        ("mono view.png -o p.npy", 2, ["--weights"]),
        ("mono view.png --weights any -o p.png", 2, ["p.png", ".npy or .pfm"]),
        ("mono view.png --weights any --picture p.gif", 2, ["p.gif", ".png"]),
        ("mono view.png --weights any --depth z.npy", 1, ["relative", "to_metric"]),
        ("mono view.png --weights any -o p.npy --align-with d.npz", 2, ["--depth"]),
        ("mono view.png --weights any --depth z.npy --calib calib.txt", 2, ["--align-with"]),
        ("mono view.png --weights any --depth z.npy --align-with d.pfm", 2, ["--calib"]),
        (
            "mono view.png --weights any --depth z.npy --align-with d.npz --method x",
            1,
            ["'x'", "ransac"],
        ),
        ("mono view.png --weights any -o view.png", 2, ["view.png"]),
        ("mono view.png --weights any --depth d.npz --align-with d.npz", 2, ["d.npz"]),
        ("mono gone.png --weights any -o p.npy", 1, ["gone.png"]),
    ],
)
@pytest.mark.usefixtures("network")
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    image(folder)
    assert_mistake(folder, run, arguments, code, said)


def test_weights_that_are_not_there(folder: Path, run: Run) -> None:
    optional("torch", "torch")
    image(folder)
    assert_mistake(folder, run, "mono view.png --weights gone -o p.npy", 1, ["gone", "download"])
