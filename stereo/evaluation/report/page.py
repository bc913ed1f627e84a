"""The page as a whole, written a scene at a time."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib import resources

from stereo.datasets import Dataset
from stereo.evaluation.report.about import failures, glossary, headline, runs_table
from stereo.evaluation.report.columns import REGION_TITLES
from stereo.evaluation.report.curves import overall_sparsification, time_against_error
from stereo.evaluation.report.markup import escaped
from stereo.evaluation.report.means import cards, means_table
from stereo.evaluation.report.runs import Comparison, compared
from stereo.evaluation.report.scene import scene_details
from stereo.evaluation.report.scenes import scenes_table
from stereo.evaluation.report.switches import region_switch
from stereo.evaluation.results import Evaluation
from stereo.io.files import PathLike, replacing
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["write_report"]


def write_report(
    path: PathLike,
    evaluation: Evaluation,
    dataset: Dataset,
    *,
    previous: Evaluation | None = None,
    peers: Sequence[Evaluation] = (),
) -> None:
    """Write an evaluation as one page of HTML that loads nothing from elsewhere.

    The page has the means beside the previous run and the peers, a table of all scenes that can
    be sorted, charts of the error against density and time, and for each scene its images,
    disparity, error and confidence maps. Pictures have at most 480 px a side. Differences are
    over the scenes that both runs have, with images of the same size. What can't be read any
    more, an image or a map, is said on the page in the place of the picture.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    evaluation : Evaluation
        What is reported.
    dataset : Dataset
        Where the images and the ground truth of its scenes are, by their names.
    previous : Evaluation, optional
        An earlier run, of the same data set and board.
    peers : sequence of Evaluation
        Other methods, of the same data set and board.

    Raises
    ------
    StereoTypeError, StereoValueError
        If these are no evaluations and no data set, or are of different data sets or boards.
    StereoFileError
        If the file can't be written.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from stereo import datasets, metrics
    >>> from stereo.evaluation.results import Evaluation, SceneResult
    >>> from stereo.io import write_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     image = pathlib.Path(folder) / "left.png"
    ...     write_image(image, np.zeros((4, 6), np.uint8))
    ...     pair = datasets.Sample("mine", "first", "", image, image)
    ...     maps = pathlib.Path(folder) / "first.npz"
    ...     disparity = np.ones((4, 6), np.float32)
    ...     np.savez(maps, disparity=disparity)
    ...     scores = {"all": metrics.middlebury(disparity, disparity + 1)}
    ...     scene = SceneResult("first", 6, 4, 16, scores, 100.0, 0.01, None, maps)
    ...     run = Evaluation(
    ...         "sgm", {}, "mine", "middlebury", (scene,), (), 1, {"cpu": "any"}, "2026-01-31"
    ...     )
    ...     page = pathlib.Path(folder) / "report.html"
    ...     write_report(page, run, datasets.Dataset("mine", [pair]))
    ...     page.read_text(encoding="utf-8").count("<h1>sgm</h1>")
    1
    """
    comparison = compared(evaluation, previous, peers)
    if not isinstance(dataset, Dataset):
        raise StereoTypeError(f"dataset must be a Dataset, got {type(dataset).__name__}")
    if dataset.name != evaluation.dataset:
        raise StereoValueError(
            f"dataset is {dataset.name}, and the evaluation of {evaluation.dataset}: the pictures "
            "would be of other scenes"
        )
    with replacing(path) as file:
        for part in _parts(comparison, dataset):
            file.write(part.encode("utf-8"))


def _parts(comparison: Comparison, dataset: Dataset) -> Iterator[str]:
    """Give the page in pieces, of which none holds the pictures of more than one scene."""
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode()
    found = comparison.this.evaluation
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\">"
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escaped(found.method)} on {escaped(found.dataset)}</title>"
        f"<style>{style}</style></head><body>{headline(comparison)}<main>"
    )
    yield from _overview(comparison)
    yield (
        "</main>"
        '<dialog aria-label="Scene"><div class="bar-of-scene">'
        '<button type="button" data-step="-1">Previous scene</button>'
        '<button type="button" data-step="1">Next scene</button>'
        '<button type="button" class="close">Close</button></div>'
        '<div class="content"></div></dialog>'
    )
    for result in found.results:
        name = escaped(result.name)
        yield (
            f'<template data-scene="{name}">'
            f"{scene_details(comparison, result, dataset.sample)}</template>\n"
        )
    yield f"<script>{script}</script></body></html>\n"


def _overview(comparison: Comparison) -> Iterator[str]:
    results = comparison.this.evaluation.results
    yield failures(comparison)
    if not results:
        yield "<p>No scene was evaluated.</p>"
    else:
        yield region_switch(comparison, "region")
        for region in comparison.regions:
            yield (
                f'<section data-region="{region}"><h2>Means: {REGION_TITLES[region].lower()}</h2>'
                f"{cards(comparison, region)}{means_table(comparison, region)}</section>"
            )
        yield f'<div class="plots">{"".join(_plots(comparison))}</div>'
        for region in comparison.regions:
            yield (
                f'<section data-region="{region}"><h2>Scenes: {REGION_TITLES[region].lower()}</h2>'
                '<p class="note">A row opens its scene; the head of a column sorts by it.</p>'
                f"{scenes_table(comparison, region)}</section>"
            )
    yield f"<section><h2>Runs</h2>{runs_table(comparison)}</section>"
    yield glossary(comparison)


def _plots(comparison: Comparison) -> Iterator[str]:
    for region in comparison.regions:
        yield f'<div data-region="{region}">{time_against_error(comparison, region)}</div>'
    yield f"<div>{overall_sparsification(comparison)}</div>"


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
