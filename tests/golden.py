"""Reference numbers of published networks: generated weights and inputs, stored outputs."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Golden:
    """A folder of reference numbers; its README says how they were made.

    Attributes
    ----------
    weights, check : module
        The folder's own ``weights.py`` (weights and inputs) and ``check.py``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.weights = _module(root / "weights.py", "weights")
        self.check = _module(root / "check.py", "golden_check")

    def about(self, name: str) -> dict[str, Any]:
        """Return what is known of a network or its functions: config, keys, tolerances."""
        text = (self.root / f"{name}.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        return found

    def arrays(self, name: str) -> dict[str, Array]:
        """Return the stored arrays."""
        with np.load(self.root / f"{name}.npz") as stored:
            return {key: stored[key] for key in stored.files}

    def state(self, keys: dict[str, Any]) -> dict[str, Any]:
        """Return the generated state dict, tensors of PyTorch; constants are left out."""
        import torch

        return {key: torch.from_numpy(a) for key, a in self.weights.fill_state(keys).items()}

    def fill(self, module: Any, name: str) -> Any:
        """Give a module the generated weights, in evaluation mode; its keys must be the listed.

        Buffers that the list calls constant keep the module's own values.
        """
        keys = self.about(name)["keys"]
        assert set(module.state_dict()) == set(keys)
        own = {key: value for key, value in module.state_dict().items() if key in keys}
        module.load_state_dict({**own, **self.state(keys)})
        return module.eval()

    def assert_close(self, name: str, scale: float = 1.0, **outputs: Any) -> None:
        """Compare outputs (arrays or tensors) with the stored ones of those names.

        They may differ by `scale` times what the folder suggests; masks in 1 of 1000 entries.
        """
        stored, allowed = self.arrays(name), self.about(name)["suggested_max_abs"]
        for key, output in outputs.items():
            found, expected = np.asarray(output), stored[key]
            assert found.shape == expected.shape, f"{key}: {found.shape}, not {expected.shape}"
            if expected.dtype == np.uint8:
                assert np.mean(found.astype(np.int64) != expected) <= 1e-3, key
                continue
            error = float(np.abs(found.astype(np.float64) - expected).max())
            assert error <= allowed[key] * scale, f"{key}: {error:.3g} > {allowed[key] * scale:.3g}"


def _module(path: Path, name: str) -> ModuleType:
    """Import a file; under `name`, which the files of the folder import each other by."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
