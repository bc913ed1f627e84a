"""Small evaluations with maps and images on disk, for the tests of the report."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from stereo import io, metrics
from stereo.datasets import Dataset, File, Sample
from stereo.evaluation.results import Board, Evaluation, SceneResult

HEIGHT, WIDTH = 12, 20
MAX_DISP = 16
NAMES = ("a/first", "second_2", "<script>alert('x')</script>", '10 % "&" #end')

_VOID = {"meta", "link", "img", "input", "wbr", "br"}
_RANDOM = np.random.default_rng(7)
LEFT = _RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
TRUTH = _RANDOM.uniform(1, 12, (HEIGHT, WIDTH)).astype(np.float32)
TRUTH[0] = np.nan
NONOCC = np.ones((HEIGHT, WIDTH), np.bool_)
NONOCC[:, :4] = False


def data_set(folder: Path, names: Sequence[str] = NAMES) -> Dataset:
    """Write one pair, and return it as a data set under several names."""
    io.write_image(folder / "left.png", LEFT)
    io.write_pfm(folder / "truth.pfm", TRUTH)
    io.write_image(folder / "mask.png", np.where(NONOCC, 255, 0).astype(np.uint8))
    return Dataset("made", [_sample(folder, name) for name in names])


def evaluation(
    folder: Path,
    method: str = "sgm",
    board: Board = "middlebury",
    *,
    names: Sequence[str] = NAMES,
    off: float = 3.0,
    confident: bool = True,
    seconds: float = 0.01,
) -> Evaluation:
    """Return results that are wrong by `off` px in a part that grows from scene to scene."""
    results = []
    for k, name in enumerate(names):
        disparity = TRUTH.copy()
        disparity[0] = 1
        disparity[1 : 3 + k, 5:] += off
        disparity[-1] = np.nan
        confidence = np.where(np.isnan(disparity), 0, _RANDOM.random(TRUTH.shape))
        maps = folder / f"{method}-{k}.npz".replace("/", "_")
        held = {"disparity": disparity}
        if confident:
            held["confidence"] = confidence.astype(np.float32)
        np.savez(maps, **held)
        score = getattr(metrics, board)
        curve = metrics.sparsification(np.abs(disparity - TRUTH), confidence, threshold=1.0)
        results.append(
            SceneResult(
                name=name,
                width=WIDTH,
                height=HEIGHT,
                max_disp=MAX_DISP,
                scores={
                    "nonocc": score(disparity, TRUTH, nonocc=NONOCC),
                    "all": score(disparity, TRUTH),
                },
                density=100 * float(np.isfinite(disparity).mean()),
                seconds=seconds * (k + 1),
                sparsification=curve if confident else None,
                maps=maps,
            )
        )
    return Evaluation(
        method=method,
        options={"preset": "accurate", "off": off},
        dataset="made",
        board=board,
        results=tuple(results),
        failures=(),
        jobs=2,
        machine={"cpu": "a processor", "cores": "2", "system": "Linux", "stereo": "0.1.0"},
        when="2026-01-31T12:00:00+00:00",
    )


class Page(HTMLParser):
    """A page taken apart.

    Attributes
    ----------
    tags : list of (str, dict)
        The elements with their attributes.
    rows : list of list of str
        The text of the cells of each row of each table.
    text : str
        All text outside of style and script.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """Check that elements close in the order in which they opened."""
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if self._open and self._open[-1] in ("style", "script"):
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def _sample(folder: Path, name: str) -> Sample:
    return Sample(
        "made",
        name,
        "It is made by the tests.",
        folder / "left.png",
        folder / "left.png",
        disparity_file=File(folder / "truth.pfm", io.read_pfm),
        nonocc_file=File(folder / "mask.png", _mask),
        range_stop=MAX_DISP,
    )


def _mask(path: Path) -> np.ndarray:
    return io.read_image(path) == 255
