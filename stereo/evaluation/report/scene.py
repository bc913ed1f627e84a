"""All about one scene: its pictures, one set a run, and its figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from stereo.datasets import Sample
from stereo.evaluation.report import error_classes
from stereo.evaluation.report.curves import scene_sparsification
from stereo.evaluation.report.maps import read_maps
from stereo.evaluation.report.markup import escaped, figure
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
from stereo.evaluation.report.scenes import scene_figures
from stereo.evaluation.results import Board, SceneResult
from stereo.types import StereoError, StereoFileError
from stereo.viz import colorize

__all__ = ["scene_details"]

T = TypeVar("T")
Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Truth:
    """What pictures of results are measured by, sampled like a picture.

    Attributes
    ----------
    disparity : ndarray, float32 (h, w)
        Pixels of the full image; NaN = unknown.
    nonocc : ndarray, bool (h, w), or None
        The non-occluded pixels.
    isint : bool
        Whether results are rounded before they are compared.
    shape : (int, int)
        Height and width of the full map.
    """

    disparity: Map
    nonocc: npt.NDArray[np.bool_] | None
    isint: bool
    shape: tuple[int, ...]


def scene_details(
    comparison: Comparison, result: SceneResult, find: Callable[[str], Sample]
) -> str:
    """Return what opens for a scene. What can't be read any more is said in its place.

    `find` takes the name of a scene and returns its sample, or raises StereoError.
    """
    problems: list[str] = []
    sample = _tried(lambda: find(result.name), problems)
    left = _tried(lambda: photograph(sample.left), problems) if sample else None
    truth = _tried(lambda: _truth(sample), problems) if sample else None
    stop = _end_of_colors(result, truth)
    pictures = [
        _figure("left image", left, "", f"Left image of {result.name}"),
        _truth_figure(truth, stop, result.name),
        *(
            _run_figures(k, run, truth, stop, result.name)
            for k, run in enumerate(comparison.runs)
            if result.name in run.by_name
        ),
    ]
    notes = "".join(f'<p class="problem">{escaped(text)}</p>' for text in problems)
    tables = "".join(
        f'<div data-region="{region}">{scene_figures(comparison, result, region)}</div>'
        for region in comparison.regions
    )
    return (
        f'<h2>{escaped(result.name)}</h2><p class="note">{_facts(result)}</p>{notes}'
        f'{_switch(comparison, result.name)}<div class="pictures">{"".join(pictures)}</div>'
        f"{_legend(comparison.this.evaluation.board, truth)}{tables}"
        f"{scene_sparsification(comparison, result.name)}"
    )


def _facts(result: SceneResult) -> str:
    return (
        f"{result.width} x {result.height} px, disparities from 0 to below {result.max_disp} px, "
        f"{figure(result.seconds, 3)} s, {figure(result.density, 1)} % of the pixels have a result"
    )


def _tried(read: Callable[[], T | None], problems: list[str]) -> T | None:
    """Return what `read` does, or None and the reason in `problems`."""
    try:
        return read()
    except StereoError as error:
        problems.append(str(error))
        return None


def _truth(sample: Sample) -> _Truth | None:
    disparity = sample.disparity
    if disparity is None:
        return None
    nonocc = sample.nonocc
    small = None if nonocc is None else sampled(nonocc)
    return _Truth(sampled(disparity), small, sample.isint, disparity.shape)


def _end_of_colors(result: SceneResult, truth: _Truth | None) -> float:
    """Return the disparity of the last colour, px: the largest true one, or that of the search."""
    if truth is None or not np.isfinite(truth.disparity).any():
        return float(result.max_disp)
    return max(1.0, math.ceil(float(np.nanmax(truth.disparity))))


def _truth_figure(truth: _Truth | None, stop: float, name: str) -> str:
    picture = None if truth is None else smooth(colorize(truth.disparity, 0, stop))
    return _figure("ground truth", picture, _color_bar(stop), f"True disparity of {name}")


def _run_figures(index: int, run: Run, truth: _Truth | None, stop: float, name: str) -> str:
    """Return the pictures of one run; the page shows one run at a time."""
    problems: list[str] = []
    maps = _tried(lambda: read_maps(run.by_name[name].maps), problems)
    figures = "".join(f'<p class="problem">{escaped(text)}</p>' for text in problems)
    if maps is not None:
        figures = _map_figures(run, maps[0], maps[1], truth, stop)
    hidden = " hidden" if index else ""
    return f'<div class="of-run" data-run="{index}"{hidden}>{figures}</div>'


def _map_figures(
    run: Run, disparity: Map, confidence: Map | None, truth: _Truth | None, stop: float
) -> str:
    board, label = run.evaluation.board, run.label
    small = sampled(disparity)
    parts = [
        _figure(
            "disparity",
            smooth(colorize(small, 0, stop)),
            f"{_color_bar(stop)} Black: no result.",
            f"Disparity, {label}",
        )
    ]
    if truth is not None:
        problems: list[str] = []
        picture = _tried(lambda: _error_map(board, disparity, truth), problems)
        note = " ".join(map(escaped, problems))
        parts.append(_figure("error", picture, note, f"Error map, {label}"))
    if confidence is not None:
        sure = sampled(confidence)
        numbers = sure[np.isfinite(sure)]
        low, high = (numbers.min(), numbers.max()) if numbers.size else (0.0, 0.0)
        note = f"Black {low:.3g}, white {high:.3g}: larger is surer."
        picture = gray_levels(sure, float(low), float(high))
        parts.append(_figure("confidence", picture, note, f"Confidence, {label}"))
    return "".join(parts)


def _error_map(board: Board, disparity: Map, truth: _Truth) -> Picture:
    if disparity.shape != truth.shape:
        raise StereoFileError(
            f"The map is {disparity.shape[1]} x {disparity.shape[0]} px and the ground truth "
            f"{truth.shape[1]} x {truth.shape[0]} px: there is no error map."
        )
    classes = error_classes.classify(board, sampled(disparity), truth.disparity, isint=truth.isint)
    return sharp(error_classes.paint(board, classes, truth.nonocc))


def _figure(title: str, picture: Picture | None, note: str, alternative: str) -> str:
    """Return a picture under its title; `note` is HTML."""
    if picture is None:
        shown = '<p class="missing">no picture</p>'
    else:
        shown = (
            f'<img src="{picture.source}" width="{picture.width}" height="{picture.height}" '
            f'loading="lazy" alt="{escaped(alternative)}">'
        )
    return (
        f"<figure><h3>{title}</h3><div class=frame>{shown}</div>"
        f"<figcaption>{note}</figcaption></figure>"
    )


def _color_bar(stop: float) -> str:
    return (
        f'<span class="bar"><span>0</span><i style="background:{gradient()}"></i>'
        f"<span>{stop:g} px</span></span>"
    )


def _switch(comparison: Comparison, name: str) -> str:
    """Return the choice of the run whose pictures are shown, where there are several."""
    choices = [(k, run) for k, run in enumerate(comparison.runs) if name in run.by_name]
    if len(choices) < 2:
        return ""
    buttons = "".join(
        f'<label><input type="radio" name="run" value="{k}"{" checked" if k == 0 else ""}>'
        f"<span>{escaped(run.label)}</span></label>"
        for k, run in choices
    )
    return f'<fieldset class="switch"><legend>Pictures of</legend>{buttons}</fieldset>'


def _legend(board: Board, truth: _Truth | None) -> str:
    """Return what the colours of the error maps mean."""
    if truth is None:
        return ""
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
    notes = [scale.note] if scale.note else []
    if truth.nonocc is not None:
        notes.append("Darker: occluded, which counts among all known pixels only.")
    return (
        f'<div class="legend"><h3>Colours of the error maps</h3><ul class="classes">{items}</ul>'
        f'<p class="note">{escaped(" ".join(notes))}</p></div>'
    )
