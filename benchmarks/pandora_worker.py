"""A process that matches for `peers.py` with CNES Pandora, run by the interpreter of its venv.

The pipeline is that of Pandora's own example a_semi_global_matching.json: census 5x5, SGM of the
plugin libsgm with P1 = 8 and P2 = 32, V-fit, median 3x3, accurate cross-checking, median 3x3.
"""

from __future__ import annotations

import copy
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandora
from pandora.check_configuration import check_conf
from pandora.constants import Criteria
from pandora.img_tools import create_dataset_from_inputs
from pandora.state_machine import PandoraMachine
from peer_protocol import Prepared, serve

_PIPELINE: dict[str, dict[str, Any]] = {
    "matching_cost": {"matching_cost_method": "census", "window_size": 5, "subpix": 1},
    "optimization": {
        "optimization_method": "sgm",
        "overcounting": False,
        "penalty": {
            "penalty_method": "sgm_penalty",
            "P1": 8,
            "P2": 32,
            "p2_method": "constant",
        },
    },
    "disparity": {"disparity_method": "wta", "invalid_disparity": "NaN"},
    "refinement": {"refinement_method": "vfit"},
    "filter": {"filter_method": "median", "filter_size": 3},
    "validation": {
        "validation_method": "cross_checking_accurate",
        "cross_checking_threshold": 1,
    },
    "filter.after_validation": {"filter_method": "median", "filter_size": 3},
}


def prepare(folder: Path, max_disp: int) -> Prepared:
    """Read gray images; Pandora's disparities are the negative of ours."""
    machine = PandoraMachine()
    ranges = {"left": [1 - max_disp, 0], "right": [0, max_disp - 1]}
    config = check_conf(
        {
            "input": {
                "left": {"img": str(folder / "left_gray.png"), "disp": ranges["left"]},
                "right": {"img": str(folder / "right_gray.png")},
            },
            "pipeline": copy.deepcopy(_PIPELINE),
        },
        machine,
    )
    config["input"]["right"]["disp"] = ranges["right"]
    views = [create_dataset_from_inputs(config["input"][side]) for side in ("left", "right")]
    return Prepared(partial(pandora.run, machine, *views, config), _pixels)


def _pixels(found: Any) -> np.ndarray:
    left, _ = found
    disparity = -left["disparity_map"].data
    invalid = left["validity_mask"].data & int(Criteria.PANDORA_MSK_PIXEL_INVALID) != 0
    return np.where(invalid, np.float32(np.nan), disparity.astype(np.float32))


if __name__ == "__main__":
    pandora.import_plugin()
    serve(
        prepare,
        {name: version(name) for name in ("pandora", "pandora-plugin-libsgm", "libsgm")},
    )
