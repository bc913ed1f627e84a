"""The worker's side of `peers.py`: it matches what it is asked to, one line of JSON a time.

A request names a folder with left.png and right.png as they are in the data set and
left_gray.png and right_gray.png, the search range, and a file for the result, or null. The answer
has the seconds of the matching alone, the largest resident memory meanwhile and the resident
memory afterwards, in bytes, and the versions of what ran; or what went wrong. This module is for
any interpreter with NumPy: Pandora has its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["DESCRIPTOR", "Prepared", "serve"]

DESCRIPTOR = "PEER_ANSWERS"
"""The environment variable with the number of the file that answers are written to."""

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


class Prepared(NamedTuple):
    """A pair that is ready to be matched.

    Attributes
    ----------
    run : callable
        Matches it; this is what is timed.
    pixels : callable
        Makes pixels, float32 (H, W), NaN = no result, of what `run` returned.
    """

    run: Callable[[], Any]
    pixels: Callable[[Any], Any]


def serve(prepare: Callable[[Path, int], Prepared], versions: Mapping[str, str]) -> None:
    """Answer requests from stdin until it ends.

    Parameters
    ----------
    prepare : callable
        Reads the images of a folder and returns what matches them with a search range.
    versions : mapping of str to str
        What the answers say.
    """
    answers = os.fdopen(int(os.environ[DESCRIPTOR]), "w", encoding="utf-8")
    pair: tuple[str, int] | None = None
    prepared: Prepared | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if pair != (request["folder"], request["max_disp"]) or prepared is None:
                prepared = None  # so that two scenes are never in memory
                pair = request["folder"], request["max_disp"]
                prepared = prepare(Path(pair[0]), pair[1])
            answer = {**_matched(prepared, request["result"]), "versions": dict(versions)}
        except Exception as error:  # whatever it is, its row in the table says so
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def _matched(prepared: Prepared, result: str | None) -> dict[str, Any]:
    _CLEAR_REFS.write_text("5", encoding="ascii")  # the high-water mark starts again from here
    start = time.perf_counter()
    found = prepared.run()
    seconds = time.perf_counter() - start
    peak, resident = _memory("VmHWM"), _memory("VmRSS")
    if result is not None:
        np.save(result, prepared.pixels(found))
    return {"seconds": seconds, "peak_bytes": peak, "resident_bytes": resident}


def _memory(field: str) -> int:
    """Return a line of /proc/self/status in bytes."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return 1024 * int(value.split()[0])
    raise OSError(f"{_STATUS} has no {field}")
