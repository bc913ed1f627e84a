"""What a monocular prior adds to semi-global matching: ``python benchmarks/fusion.py --help``.

No network is involved: the prior is the true disparity, degraded as networks degrade it. Its holes
are filled from 16 directions, it is smoothed (edges are soft), each pixel's disparity is stretched
and shifted by fields that vary slowly over the image, and scale and shift are made unknown. So the
table says what fusion makes of a prior of known quality, and nothing about any network.
"""

from __future__ import annotations

import argparse
import sys

import machine
import numpy as np
import numpy.typing as npt
import scenes
import tables

import stereo
from stereo.mono import MonoDepth

_GROUPS = ("middeval3_Q", "middlebury2003")
_GRID = (4, 5)  # knots of the slow fields, rows and columns
_UNKNOWN = (0.03, 5.0)  # scale and shift
_METHODS = ("row", "fused")

Disparity = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def main() -> int:
    """Fill every scene both ways and print the tables."""
    options = _parser().parse_args()
    data = scenes.data_folder()
    if data is None:
        print("fusion.py: set STEREO_DATA to the folder of the pairs", file=sys.stderr)
        return 1
    for group in options.group or _GROUPS:
        print(f"\n**{group}**: all pixels, and those without a match (holes)\n")
        names = ("bad-1", "bad-2", "error, px", "holes: bad-2", "holes: error, px")
        columns = (f"{name}, {way}" for name in names for way in _METHODS)
        tables.header("scene", "holes, %", *columns)
        rows = []
        for folder in scenes.scene_folders(data, [group]):
            scene = scenes.load(folder)
            rows.append(scores(scene, options.blur, options.warp, options.seed))
            _row(folder.name, rows[-1])
        _row("mean", [float(np.mean(column)) for column in zip(*rows, strict=True)])
    print(f"\nrow: fill by row; fused: stereo.mono.fuse. Prior: blur {options.blur:g} px,")
    print(f"slow fields of up to {options.warp:.0%}; stereo.SGM with its defaults; occluded pixels")
    print(f"count where their truth is known; {machine.versions()}.")
    return 0


def scores(scene: scenes.Scene, blur: float, warp: float, seed: int) -> list[float]:
    """Return the share of holes and each score, filled by row and fused; per cent and px."""
    match = stereo.SGM(scene.max_disp).match(scene.left, scene.right)
    prior = degraded(scene.truth, blur, warp, seed)
    maps = (
        stereo.filters.fill(match.disparity, method="row"),
        stereo.mono.fuse(match.disparity, prior, confidence=match.confidence, guide=scene.left),
    )
    errors = [np.abs(found - scene.truth) for found in maps]
    known = ~np.isnan(scene.truth)
    holes = known & np.isnan(match.disparity)
    return [
        100 * float(holes.sum() / known.sum()),
        *(_bad(error[known], 1) for error in errors),
        *(_bad(error[known], 2) for error in errors),
        *(float(error[known].mean()) for error in errors),
        *(_bad(error[holes], 2) for error in errors),
        *(float(error[holes].mean()) for error in errors),
    ]


def degraded(truth: Disparity, blur: float, warp: float, seed: int) -> MonoDepth:
    """Return a prior: the truth without holes and details, warped, up to scale and shift.

    Parameters
    ----------
    truth : ndarray, float32 (H, W)
        Disparity, px; NaN = unknown.
    blur : float
        Standard deviation of the smoothing, px.
    warp : float
        Largest stretch, and largest shift as a share of the range of disparities, about.
    seed : int
        Of the fields.
    """
    import cv2

    full = stereo.filters.fill(truth, method="directions").astype(np.float64)
    smooth = cv2.GaussianBlur(full, None, blur) if blur > 0 else full
    low, high = np.percentile(full, [1, 99])
    rng = np.random.default_rng(seed)
    size = truth.shape[::-1]
    stretch, shift = (
        cv2.resize(rng.uniform(-warp, warp, _GRID), size, interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    warped = smooth * (1 + stretch) + (high - low) * shift
    scale, offset = _UNKNOWN
    return MonoDepth(scale * warped + offset, is_metric=False, is_inverse=True)


def _bad(errors: Disparity, threshold: float) -> float:
    # Not "errors > threshold": a pixel that is still without a number is bad too.
    return 100 * float((~(errors <= threshold)).mean())


def _row(name: str, found: list[float]) -> None:
    tables.row(name, *(f"{score:.2f}" for score in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", action="append", help="this folder of STEREO_DATA; repeat")
    parser.add_argument("--blur", type=float, default=2.0, metavar="PX", help="default 2")
    parser.add_argument("--warp", type=float, default=0.1, metavar="SHARE", help="default 0.1")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
