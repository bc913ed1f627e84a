"""All about one scene: what the page opens when its row is chosen."""

from __future__ import annotations

from collections.abc import Callable

from stereo.datasets import Sample
from stereo.evaluation.report.curves import scene_sparsification
from stereo.evaluation.report.markup import escaped, figure
from stereo.evaluation.report.runs import Comparison
from stereo.evaluation.report.scene_pictures import scene_pictures
from stereo.evaluation.report.scenes import scene_figures
from stereo.evaluation.report.switches import region_switch, run_switch
from stereo.evaluation.results import SceneResult

__all__ = ["scene_details"]


def scene_details(
    comparison: Comparison, result: SceneResult, find: Callable[[str], Sample]
) -> str:
    """Return the pictures, the figures and the curve of one scene.

    `find` takes the name of a scene and returns its sample, or raises StereoError.
    """
    tables = "".join(
        f'<div data-region="{region}">{scene_figures(comparison, result, region)}</div>'
        for region in comparison.regions
    )
    return (
        f'<h2>{escaped(result.name)}</h2><p class="note">{_facts(result)}</p>'
        f"{run_switch(comparison, result.name)}{scene_pictures(comparison, result, find)}"
        f"{region_switch(comparison, 'region-of-scene')}{tables}"
        f"{scene_sparsification(comparison, result.name)}"
    )


def _facts(result: SceneResult) -> str:
    return (
        f"{result.width} x {result.height} px, disparities from 0 to below {result.max_disp} px, "
        f"{figure(result.seconds, 3)} s, {figure(result.density, 1)} % of the pixels have a result"
    )
