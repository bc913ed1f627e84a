"""Times on a GPU, by its own events: ``python benchmarks/gpu.py --help``.

Prints GitHub tables: the whole call on arrays of the device, with options of the presets, and the
default's stages. What a stage must move at the least, its arrays once, stands beside the bandwidth
that a copy reaches in the same run; the headers of `csrc/cuda/*.cu` say what each really moves. A
call with NumPy arrays includes both copies and their staging, and is timed by the wall clock.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import machine
import numpy as np
import tables
from scenes import pair_of_size

import stereo
from stereo.backends import load
from stereo.contract import DeviceBackend, Pair
from stereo.devices import device_view
from stereo.filters.filling import from_directions, from_rows
from stereo.filters.guided import along_edges

SIZES = ((640, 480), (1242, 375), (1280, 720), (2560, 1920))
RANGES = (64, 128, 256)
PRESETS = ("fast", "default", "accurate")
COPIED = 1 << 28  # bytes of the copy that measures the bandwidth
DISPARITY, TONE, DEVICE_STAGE_MAPS = 4, 1, 13  # bytes a pixel


def main() -> int:
    """Time everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="calls of which the median is taken")
    rounds = parser.parse_args().rounds
    backend = load("cuda")
    peak = bandwidth(rounds)
    print(f"Device: {backend.describe()}; a copy moves {peak / 1e9:.0f} GB/s.")
    print(f"Host: {machine.describe()}. Medians of {rounds} calls.")
    for width, height in SIZES:
        left, right, source = pair_of_size(width, height)
        print(f"\n{width} x {height}, {source}\n")
        print_calls(left, right, rounds)
        print()
        print_stages(backend, left, right, rounds, peak)
    return 0


def seconds(call: Callable[[], object], rounds: int) -> float:
    """Return the median time of a call on the device, by events around it."""
    import cupy

    times = []
    for _ in range(rounds + 2):  # the first ones allocate, and raise the clock
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        call()
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(begin, end) / 1000)
    return statistics.median(times[2:])


def bandwidth(rounds: int) -> float:
    """Return bytes read and written a second by a copy on the device."""
    import cupy

    one, other = (cupy.zeros(COPIED, np.uint8) for _ in range(2))
    return 2 * COPIED / seconds(lambda: cupy.copyto(one, other), rounds)


def print_calls(left: Any, right: Any, rounds: int) -> None:
    """Time `SGM.compute` with arrays of the device and of the host."""
    import cupy
    from timing import interleaved

    on = cupy.asarray(left), cupy.asarray(right)
    tables.header("preset", "D", "ms", "frames/s", "NumPy, ms", "workspace, MB")
    for preset in PRESETS:
        for disparities in RANGES:
            matcher = stereo.SGM(disparities, preset=preset, backend="cuda")
            took = seconds(lambda matcher=matcher: matcher.compute(*on), rounds)
            held = matcher.workspace_bytes
            host = interleaved(
                {"NumPy": lambda matcher=matcher: matcher.compute(left, right)}, rounds
            )["NumPy"]
            tables.row(
                preset,
                disparities,
                f"{1000 * took:.2f}",
                f"{1 / took:.0f}",
                tables.milliseconds(host),
                f"{held / 1e6:.0f}",
            )


def print_stages(
    backend: Any, left: Any, right: Any, rounds: int, peak: float, disparities: int = 128
) -> None:
    """Time the stages of the default preset, and those of two passes and of filling."""
    import cupy

    assert isinstance(backend, DeviceBackend)
    workspace = backend.workspace()
    views = [device_view(cupy.asarray(image), "an image") for image in (left, right)]
    one, other = (backend.gray(each) for each in backend.upload(views, workspace))
    level = 1 if left.ndim == 2 else 4
    tone, other_tone = backend.tones(one, other, level)
    options = stereo.SGM(disparities, preset="default", backend="cuda").options
    params = options.params()
    guide = backend.even_contrast(tone, 1)
    pair = Pair(one, other, level, tone, other_tone, guide)
    found = backend.semiglobal(pair, params, workspace, True)
    disparity = found.disparity
    small = backend.speckles(disparity, 50, 2.0)
    prior = backend.prior(from_directions(backend, disparity, 1))
    pixels = left.shape[0] * left.shape[1]
    stages: dict[str, tuple[Callable[[], object], int]] = {
        "even contrast": (lambda: backend.even_contrast(tone, 1), 2 * TONE),
        "matching": (lambda: backend.semiglobal(pair, params, workspace, False), DISPARITY),
        "matching with details": (
            lambda: backend.semiglobal(pair, params, workspace, True),
            DEVICE_STAGE_MAPS,
        ),
        "second pass": (
            lambda: backend.semiglobal(replace(pair, prior=prior), params, workspace, False),
            2 * DISPARITY,
        ),
        "speckles": (lambda: backend.speckles(disparity, 50, 2.0), DISPARITY + 1),
        "removing them": (
            lambda: backend.remove_speckles(small, disparity, None, None),
            2 * DISPARITY + 1,
        ),
        "median 5x5": (lambda: backend.median(disparity, 5, 1), 2 * DISPARITY),
        "weighted median": (
            lambda: along_edges(backend, disparity, tone, 1, edges_only=True),
            2 * DISPARITY + TONE,
        ),
        "fill rows": (lambda: from_rows(backend, disparity), 2 * DISPARITY),
        "fill directions": (lambda: from_directions(backend, disparity, 1), 2 * DISPARITY),
    }
    tables.header(f"stage, D = {disparities}", "ms", "GB/s at the least", "of a copy")
    for name, (stage, at_least) in stages.items():
        volume = 0
        if "matching" in name or "pass" in name:  # sums of the paths: written and read once
            volume = 2 * disparities * (params.paths // 2)
        took = seconds(stage, rounds)
        rate = pixels * (at_least + volume) / took
        tables.row(name, f"{1000 * took:.3f}", f"{rate / 1e9:.0f}", f"{rate / peak:.0%}")


if __name__ == "__main__":
    raise SystemExit(main())
