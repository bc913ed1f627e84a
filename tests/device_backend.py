"""A device backend as the parity tests want one, NumPy in and out, and the emulated device."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conftest import missing

from stereo.backends import applied
from stereo.backends.cuda import CudaBackend
from stereo.contract import MatchingParams, Pair, Selection
from stereo.types import StereoError

ARRAYS = ("left", "right", "left_tone", "right_tone", "guide", "prior", "volume")
MAPS = ("disparity", "flags", "right_disparity", "confidence")


class Hosted:
    """The functions of a backend that take and give NumPy arrays, by a device backend."""

    def __init__(self, engine: CudaBackend) -> None:
        self.engine = engine
        self.unusable = engine.unusable
        self.describe = engine.describe
        self.workspace = engine.workspace

    def semiglobal(
        self, pair: Pair, params: MatchingParams, workspace: Any, details: bool
    ) -> Selection:
        """Stages 2 to 10."""
        arrays = self.engine.upload([getattr(pair, name) for name in ARRAYS], workspace)
        on = replace(pair, **dict(zip(ARRAYS, arrays, strict=True)))
        found = self.engine.semiglobal(on, params, workspace, details)
        return Selection(*self.engine.download([getattr(found, name) for name in MAPS], workspace))

    def gray(self, image: Any) -> Any:
        """Stage 1."""
        return applied(self.engine, self.engine.gray, image)

    def tones(self, left: Any, right: Any, gray_level: int) -> Any:
        """Stage 1, the tones."""
        workspace = self.engine.workspace()
        on = self.engine.upload((left, right), workspace)
        return self.engine.download(self.engine.tones(*on, gray_level), workspace)

    def even_contrast(self, tone: Any, threads: int) -> Any:
        """Stage 2, the guide."""
        return applied(self.engine, lambda on: self.engine.even_contrast(on, threads), tone)

    def speckles(self, disparity: Any, size: int, max_diff: float) -> Any:
        """Stage 11."""
        return self._on(self.engine.speckles, disparity, size=size, max_diff=max_diff)

    def median(self, disparity: Any, size: int, threads: int) -> Any:
        """Stage 12."""
        return self._on(self.engine.median, disparity, size=size, threads=threads)

    def weighted_median(
        self,
        disparity: Any,
        guide: Any,
        color_weights: Any,
        color_shift: int,
        space_weights: Any,
        where: Any,
        edges_only: bool,
        threads: int,
    ) -> Any:
        """Stage 13."""
        tables = color_weights, color_shift, space_weights

        def stage(disparity: Any, guide: Any, where: Any) -> Any:
            return self.engine.weighted_median(
                disparity, guide, *tables, where, edges_only, threads
            )

        return applied(self.engine, stage, disparity, guide, where)

    def fill_directions(self, disparity: Any, threads: int) -> Any:
        """Stage 14, from 16 directions."""
        return self._on(self.engine.fill_directions, disparity, threads=threads)

    def fill_row(self, disparity: Any) -> Any:
        """Stage 14, from the row."""
        return self._on(self.engine.fill_row, disparity)

    def fill_rows_between(self, disparity: Any) -> Any:
        """Stage 14, from the nearest row."""
        return self._on(self.engine.fill_rows_between, disparity)

    def holes(self, disparity: Any) -> Any:
        """Where there is no number."""
        return self._on(self.engine.holes, disparity)

    def patch(self, disparity: Any, other: Callable[[], Any]) -> Any:
        """Stage 14, what is left from another map."""
        return self._on(lambda one, two: self.engine.patch(one, lambda: two), disparity, other())

    def prior(self, disparity: Any) -> Any:
        """Whole numbers, 0 in holes."""
        return self._on(self.engine.prior, disparity)

    def confirm(self, first: Any, second: Any) -> Any:
        """Between two passes."""
        return self._on(self.engine.confirm, first, second)

    def _on(self, stage: Callable[..., Any], *arrays: Any, **options: Any) -> Any:
        return applied(self.engine, lambda *on: stage(*on, **options), *arrays)


def emulated_device() -> CudaBackend:
    """Return the backend whose kernels the emulator of tests/simt runs; skip without one."""
    path = os.environ.get("STEREO_SIMT_MODULE")
    if not path:
        missing(
            "simt",
            "the kernels' emulator is not built: cmake -S . -B build/simt -DSTEREO_SIMT=ON "
            "-DSTEREO_SIMT_PYTHON=$(which python3), cmake --build build/simt --target _simt, and "
            "set STEREO_SIMT_MODULE to the module",
        )
    if "_simt" not in sys.modules:
        spec = importlib.util.spec_from_file_location("_simt", Path(path))
        if spec is None or spec.loader is None or not Path(path).is_file():
            raise StereoError(f"STEREO_SIMT_MODULE={path} is no module")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["_simt"] = module
    return CudaBackend("_simt")
