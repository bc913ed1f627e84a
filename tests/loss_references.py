"""The losses of stereo.losses once more, in NumPy, pixel by pixel where that is clearest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def scale_invariant_log(prediction: Array, target: Array, mask: Array, weight: float) -> float:
    d = np.log(prediction[mask]) - np.log(target[mask])
    return float((d**2).mean() - weight * d.mean() ** 2)


def zoedepth_silog(prediction: Array, target: Array, mask: Array) -> float:
    d = np.log(prediction[mask] + 1e-7) - np.log(target[mask] + 1e-7)
    return float(10 * math.sqrt(d.var(ddof=1) + 0.15 * d.mean() ** 2))


def gradient_matching(prediction: Array, target: Array, mask: Array, scales: int) -> float:
    total = 0.0
    for step in (2**k for k in range(scales)):
        difference = (prediction - target)[:, ::step, ::step]
        counts = mask[:, ::step, ::step]
        found = 0.0
        for n, y, x in zip(*np.nonzero(counts), strict=True):
            for other in ((n, y + 1, x), (n, y, x + 1)):
                inside = other[1] < counts.shape[1] and other[2] < counts.shape[2]
                if inside and counts[other]:
                    found += abs(difference[other] - difference[n, y, x])
        total += found / max(1, np.count_nonzero(counts))
    return total


def scale_and_shift(prediction: Array, target: Array, mask: Array) -> tuple[Array, Array]:
    lines = [
        np.linalg.lstsq(np.stack([p[m], np.ones(m.sum())], axis=1), t[m], rcond=None)[0]
        for p, t, m in zip(prediction, target, mask, strict=True)
    ]
    scale, shift = np.array(lines).T
    return scale, shift


def scale_shift_invariant(prediction: Array, target: Array, mask: Array) -> float:
    scale, shift = scale_and_shift(prediction, target, mask)
    aligned = scale[:, None, None] * prediction + shift[:, None, None]
    data = ((aligned - target)[mask] ** 2).sum() / (2 * mask.sum())
    return float(data + 0.5 * gradient_matching(aligned, target, mask, 4))


def trimmed(prediction: Array, target: Array, mask: Array, trim: float) -> float:
    normal = []
    for maps in (prediction, target):
        shown = np.zeros_like(maps)
        for k, (values, m) in enumerate(zip(maps, mask, strict=True)):
            middle = np.sort(values[m])[(m.sum() - 1) // 2]
            shown[k] = (values - middle) / np.abs(values[m] - middle).mean()
        normal.append(shown)
    errors = np.sort(np.abs(normal[0] - normal[1])[mask])
    return float(errors[: int(errors.size * (1 - trim))].sum() / (2 * mask.sum()))


def ssim_error(first: Array, second: Array) -> Array:
    a, b = (
        np.pad(image, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect") for image in (first, second)
    )
    result = np.empty_like(first)
    for y in range(first.shape[2]):
        for x in range(first.shape[3]):
            p, q = (image[:, :, y : y + 3, x : x + 3] for image in (a, b))
            mean_p, mean_q = p.mean((2, 3)), q.mean((2, 3))
            both = (p * q).mean((2, 3)) - mean_p * mean_q
            similarity = ((2 * mean_p * mean_q + 1e-4) * (2 * both + 9e-4)) / (
                (mean_p**2 + mean_q**2 + 1e-4) * (p.var((2, 3)) + q.var((2, 3)) + 9e-4)
            )
            result[:, :, y, x] = np.clip((1 - similarity) / 2, 0, 1)
    return result


def edge_aware_smoothness(disparity: Array, image: Array) -> float:
    shown = disparity / (disparity.mean((2, 3), keepdims=True) + 1e-7)
    terms = []
    for axis in (2, 3):
        edges = np.abs(np.diff(image, axis=axis)).mean(1, keepdims=True)
        terms.append((np.abs(np.diff(shown, axis=axis)) * np.exp(-edges)).mean())
    return float(sum(terms))


def smooth_l1(prediction: Array, target: Array, mask: Array) -> float:
    e = np.abs(prediction - target)[mask]
    return float(np.where(e < 1, 0.5 * e**2, e - 0.5).mean())


def sequence_loss(predictions: list[Array], target: Array, mask: Array) -> float:
    n = len(predictions)
    decay = 0.9 ** (15 / (n - 1))
    errors = [np.abs(prediction - target)[mask].mean() for prediction in predictions]
    return float(sum(decay ** (n - 1 - i) * error for i, error in enumerate(errors)))
