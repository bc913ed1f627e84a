"""How well each confidence ranks the errors: ``python benchmarks/confidence.py --help``.

Sparsification: the pixels are taken from the surest to the least sure, and the share of bad
ones among those taken so far is averaged over all densities. The oracle takes the pixels in
the order of their true errors, which no confidence can beat. Cost, paths and penalties are
those of the preset "default", unless options say otherwise.
"""

from __future__ import annotations

import argparse
import sys

import machine
import numpy as np
import scenes
import tables

import stereo
from stereo.presets import PRESETS

_GROUPS = ("middeval3_Q",)
_CONFIDENCES = ("peak ratio", "left-right", "path agreement", "combined", "oracle")

Scores = dict[str, float]


def main() -> int:
    """Rank the pixels of every scene and print the tables."""
    options = _parser().parse_args()
    data = scenes.data_folder()
    if data is None:
        print("confidence.py: set STEREO_DATA to the folder of the pairs", file=sys.stderr)
        return 1
    edge_scale = options.edge_scale
    for group in options.group or _GROUPS:
        print(f"\n**{group}**: sparsification AUC x 100, errors above {options.threshold:g} px\n")
        tables.header("scene", *_CONFIDENCES, "bad, per cent")
        rows = []
        for folder in scenes.scene_folders(data, [group]):
            chosen = options.cost, options.paths, edge_scale, options.threshold
            rows.append(scores(scenes.load(folder), *chosen))
            _row(folder.name, rows[-1])
        _row("mean", {name: float(np.mean([row[name] for row in rows])) for name in rows[0]})
    penalties = f"edge scale {edge_scale:g}" if edge_scale > 0 else "constant penalties"
    print(f"\nCost {options.cost}, {options.paths} paths, {penalties}, all non-occluded pixels")
    print(f"with a winner, refined by equiangular lines, no filters; {machine.versions()}.")
    return 0


def scores(scene: scenes.Scene, cost: str, paths: int, edge_scale: float, limit: float) -> Scores:
    """Return the AUC of each confidence, and the share of errors above `limit` px, per cent."""
    volume = stereo.costs.compute(cost, scene.left, scene.right, max_disp=scene.max_disp)
    guide = {"guide": scene.left, "edge_scale": edge_scale} if edge_scale > 0 else {}
    total, winners = stereo.aggregation.sgm_with_path_winners(volume, paths=paths, **guide)
    left, right = stereo.selection.winner_take_all(total), stereo.selection.right_view(total)
    error = np.abs(stereo.refinement.equiangular(total, left) - scene.truth)
    maps = (
        stereo.confidence.peak_ratio(total, left),
        stereo.confidence.left_right(left, right),
        stereo.confidence.path_agreement(winners, left),
        stereo.confidence.combined(volume, total, left, right, winners),
    )
    error[~scene.evaluated] = np.nan
    curves = [
        stereo.metrics.sparsification(error, confidence, threshold=limit) for confidence in maps
    ]
    found = [*(curve.auc for curve in curves), curves[0].auc_oracle]
    return {**dict(zip(_CONFIDENCES, found, strict=True)), "bad": curves[0].overall}


def _row(name: str, found: Scores) -> None:
    tables.row(name, *(f"{score:.2f}" for score in found.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", action="append", help="this folder of STEREO_DATA; repeat")
    default = PRESETS["default"]
    parser.add_argument("--cost", default=default.cost, help="a matching cost by name")
    parser.add_argument("--paths", type=int, default=default.paths, choices=(4, 5, 8, 16))
    parser.add_argument(
        "--edge-scale", type=float, default=default.edge_scale, help="0 = constant penalties"
    )
    parser.add_argument("--threshold", type=float, default=1.0, metavar="PX")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
