"""The pictures of a scene: its image and truth, and the maps of each run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from stereo.datasets import Sample
from stereo.evaluation.maps import read_maps
from stereo.evaluation.report import error_classes
from stereo.evaluation.report.markup import escaped
from stereo.evaluation.report.pictures import (
    Picture,
    gradient,
    gray_levels,
    photograph,
    sampled,
    sharp,
    smooth,
)
from stereo.evaluation.report.runs import Comparison, Run
from stereo.evaluation.results import Board, SceneResult
from stereo.types import StereoError, StereoFileError
from stereo.viz import colorize

__all__ = ["scene_pictures"]

T = TypeVar("T")
Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Truth:
    """What results are measured by.

    Attributes
    ----------
    disparity : ndarray, float32 (h, w)
        Sampled like a picture, in pixels of the full image; NaN = unknown.
    nonocc : ndarray, bool (h, w), or None
        The non-occluded pixels, sampled.
    stop : int or None
        End of the data set's own range, px.
    isint : bool
        Whether the data set asks that results are rounded before they are compared.
    shape : tuple of int
        Height and width of the full map.
    """

    disparity: Map
    nonocc: npt.NDArray[np.bool_] | None
    stop: int | None
    isint: bool
    shape: tuple[int, ...]


def scene_pictures(
    comparison: Comparison, result: SceneResult, find: Callable[[str], Sample]
) -> str:
    """Return the pictures of a scene; what can't be read any more is said in its place.

    `find` takes the name of a scene and returns its sample, or raises StereoError.
    """
    problems: list[str] = []
    sample = _tried(lambda: find(result.name), problems)
    left = _tried(lambda: photograph(sample.left), problems) if sample else None
    truth = _tried(lambda: _truth(sample), problems) if sample else None
    stop = _end_of_colors(result, truth)
    shown = None if truth is None else smooth(colorize(truth.disparity, 0, stop))
    figures = [
        _figure("left image", left, "", f"Left image of {result.name}"),
        _figure(
            "ground truth", shown, _color_bar(stop, "unknown"), f"True disparity of {result.name}"
        ),
        *(
            _run_figures(k, run, truth, stop, result.name)
            for k, run in enumerate(comparison.runs)
            if result.name in run.by_name
        ),
    ]
    legend = "" if truth is None else _legend(comparison.this.evaluation.board, truth)
    return f'{_notes(problems)}<div class="pictures">{"".join(figures)}</div>{legend}'


def _tried(read: Callable[[], T | None], problems: list[str]) -> T | None:
    """Return what `read` does, or None and the reason in `problems`."""
    try:
        return read()
    except StereoError as error:
        problems.append(str(error))
        return None


def _notes(problems: list[str]) -> str:
    """Return each problem once: what is missing can be in the way of several pictures."""
    return "".join(f'<p class="problem">{escaped(text)}</p>' for text in dict.fromkeys(problems))


def _truth(sample: Sample) -> _Truth | None:
    disparity = sample.disparity
    if disparity is None:
        return None
    nonocc, small = sample.nonocc, sampled(disparity)
    return _Truth(
        disparity=np.where(np.isfinite(small), small, np.float32(np.nan)),
        nonocc=None if nonocc is None else sampled(nonocc),
        stop=sample.max_disp,
        isint=sample.isint,
        shape=disparity.shape,
    )


def _end_of_colors(result: SceneResult, truth: _Truth | None) -> int:
    """Return the disparity of the last colour, px: the largest true one, or that of the search."""
    if truth is None or np.isnan(truth.disparity).all():
        return result.max_disp
    return max(1, math.ceil(float(np.nanmax(truth.disparity))))


def _run_figures(index: int, run: Run, truth: _Truth | None, stop: int, name: str) -> str:
    """Return the pictures of one run; the page shows those of one run at a time."""
    problems: list[str] = []
    result = run.by_name[name]
    figures = _tried(lambda: _map_figures(run, result, truth, stop), problems)
    hidden = " hidden" if index else ""
    content = _notes(problems) if figures is None else figures
    return f'<div class="of-run" data-run="{index}"{hidden}>{content}</div>'


def _map_figures(run: Run, result: SceneResult, truth: _Truth | None, stop: int) -> str:
    maps = read_maps(result.maps)
    for kind, array in maps.items():
        _same_size(f"{kind} in {result.maps}", array, (result.height, result.width))
    disparity, confidence = sampled(maps["disparity"]), maps.get("confidence")
    picture = smooth(colorize(disparity, 0, stop))
    note = _color_bar(stop, "no result")
    parts = [_figure("disparity", picture, note, f"Disparity of {result.name}, {run.label}")]
    if truth is not None:
        _same_size("ground truth", maps["disparity"], truth.shape)
        picture = _error_map(run.evaluation.board, maps["disparity"], truth, result.max_disp)
        parts.append(_figure("error", picture, "", f"Errors of {result.name}, {run.label}"))
    if confidence is not None:
        picture, note = _confidence(sampled(confidence))
        alternative = f"Confidence of {result.name}, {run.label}"
        parts.append(_figure("confidence", picture, note, alternative))
    return "".join(parts)


def _error_map(board: Board, disparity: Map, truth: _Truth, searched: int) -> Picture:
    stop = searched if truth.stop is None else truth.stop
    compared = error_classes.as_compared(board, disparity, stop=stop, isint=truth.isint)
    classes = error_classes.classify(board, sampled(compared), truth.disparity)
    return sharp(error_classes.paint(board, classes, truth.nonocc))


def _confidence(values: Map) -> tuple[Picture, str]:
    """Return a confidence in gray, and what black and white are."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    return gray_levels(values, low, high), f"Black {low:.3g}, white {high:.3g}; larger is surer."


def _same_size(what: str, array: Map, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise StereoFileError(
            f"The {what} is of another size: {array.shape[1]} x {array.shape[0]} px and "
            f"{shape[1]} x {shape[0]} px don't fit each other. There are no pictures of this run."
        )


def _figure(title: str, picture: Picture | None, note: str, alternative: str) -> str:
    """Return a picture under its title; `note` is HTML."""
    if picture is None:
        return f'<figure><h3>{title}</h3><p class="missing">no picture</p></figure>'
    return (
        f'<figure><h3>{title}</h3><div class="frame"><img src="{picture.source}" '
        f'width="{picture.width}" height="{picture.height}" loading="lazy" '
        f'alt="{escaped(alternative)}"></div><figcaption>{note}</figcaption></figure>'
    )


def _color_bar(stop: int, black: str) -> str:
    """Return the colours of disparities from 0 to `stop`, px, and what black is."""
    return (
        f'<span class="bar"><span>0</span><i style="background:{gradient()}"></i>'
        f"<span>{stop} px; black: {black}</span></span>"
    )


def _legend(board: Board, truth: _Truth) -> str:
    """Return what the colours of the error maps mean."""
    scale = error_classes.scale_of(board)
    entries = [
        *zip(scale.colors, scale.labels(), strict=True),
        (error_classes.HOLE, "no result"),
        (error_classes.UNKNOWN, "truth unknown"),
    ]
    items = "".join(
        f'<li><i style="background:rgb{color}"></i>{escaped(label)}</li>'
        for color, label in entries
    )
    occluded = "Darker: occluded, which counts among all known pixels only."
    notes = [scale.note, occluded if truth.nonocc is not None else ""]
    return (
        f'<div class="legend"><h3>Colours of the error maps</h3><ul class="classes">{items}</ul>'
        f'<p class="note">{escaped(" ".join(filter(None, notes)))}</p></div>'
    )
