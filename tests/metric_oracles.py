"""The boards' definitions in plain Python, pixel by pixel, to compare the metrics with."""

from __future__ import annotations

import itertools
import math
from typing import Any

Rows = list[list[float]]


def middlebury(
    disparity: Rows,
    truth: Rows,
    counts: list[list[bool]],
    ndisp: int | None,
    isint: bool,
    scale: int,
) -> dict[str, Any]:
    """Loop over the pixels of the ground truth as evaldisp does."""
    errors, holes = [], 0
    for y, row in enumerate(truth):
        for x, gt in enumerate(row):
            if not math.isfinite(gt) or not counts[y][x]:
                continue
            d = disparity[y // scale][x // scale]
            if not math.isfinite(d):
                holes += 1
                continue
            d = max(0.0, d * scale if ndisp is None else min(d * scale, scale * ndisp))
            if isint:
                d = float(math.floor(d + 0.5))
            errors.append(abs(d - gt))
    n = len(errors) + holes
    bad = {t: 100 * sum(error > t for error in errors) / n for t in (0.5, 1.0, 2.0, 4.0)}
    return {
        "bad": bad,
        "invalid": 100 * holes / n,
        "total_bad": {t: value + 100 * holes / n for t, value in bad.items()},
        "avg_error": mean(errors),
        "rms": math.sqrt(mean([error * error for error in errors])) if errors else math.nan,
        "quantiles": quantiles(errors),
        "pixels": n,
    }


def eth3d(disparity: Rows, truth: Rows, counts: list[list[bool]]) -> dict[str, Any]:
    """Count as ETH3D's program does; at least one pixel must have a result."""
    errors, n = [], 0
    width = len(truth[0])
    for y, row in enumerate(truth):
        for x, gt in enumerate(row):
            if not math.isfinite(gt) or not counts[y][x]:
                continue
            n += 1
            d = disparity[y][x]
            if math.isfinite(d) and -width <= d <= width:
                errors.append(abs(d - gt))
    if not errors:
        return {"coverage": 0.0, "bad": dict.fromkeys((0.5, 1.0, 2.0, 4.0), 100.0)}
    return {
        "bad": {
            t: 100 * sum(error > t for error in errors) / len(errors) for t in (0.5, 1.0, 2.0, 4.0)
        },
        "coverage": 100 * len(errors) / n,
        "avg_error": mean(errors),
        "rms": math.sqrt(mean([error * error for error in errors])),
        "quantiles": quantiles(errors),
        "pixels": n,
    }


def kitti_filled(disparity: Rows) -> Rows:
    """Fill the holes in the order of KITTI's interpolateBackground; -1 = still a hole."""
    filled = [[d if math.isfinite(d) and d >= 0 else -1.0 for d in row] for row in disparity]
    for row in filled:
        valid = [x for x, d in enumerate(row) if d >= 0]
        for start, stop in itertools.pairwise(valid):
            for x in range(start + 1, stop):
                row[x] = min(row[start], row[stop])
        if valid:
            row[: valid[0]] = [row[valid[0]]] * valid[0]
            row[valid[-1] :] = [row[valid[-1]]] * (len(row) - valid[-1])
    for x in range(len(filled[0])):
        valid = [y for y in range(len(filled)) if filled[y][x] >= 0]
        for y in range(len(filled)):
            if valid and y < valid[0]:
                filled[y][x] = filled[valid[0]][x]
            if valid and y > valid[-1]:
                filled[y][x] = filled[valid[-1]][x]
    return filled


def kitti(disparity: Rows, truth: Rows, objects: list[list[int]]) -> dict[str, Any]:
    """Rates of both of KITTI's boards for one image."""
    filled = kitti_filled(disparity)
    pixels = []
    for y, row in enumerate(truth):
        for x, gt in enumerate(row):
            if math.isfinite(gt) and gt > 0:
                own = math.isfinite(disparity[y][x]) and disparity[y][x] >= 0
                error = abs(filled[y][x] - gt)
                outlier = error > 3 and error / gt > 0.05
                pixels.append((error, outlier, own, objects[y][x] != 0))
    own = [pixel for pixel in pixels if pixel[2]]
    scores: dict[str, Any] = {
        "outliers": {t: rate([p[0] > t for p in pixels]) for t in (1.0, 2.0, 3.0, 4.0, 5.0)},
        "outliers_estimated": {t: rate([p[0] > t for p in own]) for t in (1.0, 2.0, 3.0, 4.0, 5.0)},
        "density": 100 * len(own) / len(pixels),
        "avg_error": mean([p[0] for p in pixels]),
        "avg_error_estimated": mean([p[0] for p in own]),
    }
    for end, members in (("", pixels), ("_estimated", own)):
        scores[f"d1_all{end}"] = rate([p[1] for p in members])
        scores[f"d1_bg{end}"] = rate([p[1] for p in members if not p[3]])
        scores[f"d1_fg{end}"] = rate([p[1] for p in members if p[3]])
    return scores


def depth(prediction: list[float], truth: list[float]) -> dict[str, Any]:
    """Compute the figures of Eigen et al. for lists of depths above 0."""
    pairs = list(zip(prediction, truth, strict=True))
    logs = [math.log(d / t) for d, t in pairs]
    return {
        "abs_rel": mean([abs(d - t) / t for d, t in pairs]),
        "sq_rel": mean([(d - t) ** 2 / t for d, t in pairs]),
        "rmse": math.sqrt(mean([(d - t) ** 2 for d, t in pairs])),
        "rmse_log": math.sqrt(mean([g * g for g in logs])),
        "log10": mean([abs(math.log10(d) - math.log10(t)) for d, t in pairs]),
        "silog": math.sqrt(mean([(g - mean(logs)) ** 2 for g in logs])),
        "delta": {
            k: mean([float(max(d / t, t / d) < 1.25**k) for d, t in pairs]) for k in (1, 2, 3)
        },
    }


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def rate(wrong: list[bool]) -> float:
    return 100 * sum(wrong) / len(wrong) if wrong else math.nan


def quantiles(errors: list[float]) -> dict[float, float]:
    ordered = sorted(errors)
    return {
        share: ordered[len(ordered) * per_cent // 100] if ordered else math.nan
        for share, per_cent in ((0.5, 50), (0.9, 90), (0.95, 95), (0.99, 99))
    }
