"""The first call of a loop in a new process, and a call after that: by itself, and by numba.

Both have compiled it before and kept it. The loop describes comparables, as it does for an item online.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measured import measured

_CALL = """
import sys, time, timeit
import numpy as np
started = time.perf_counter()
{load}
held, levels, needed = np.zeros(64, np.int32), np.array([1], np.int32), np.array([30], np.int32)
said = np.zeros(7, np.int64)
call = lambda: loop(held, levels, needed, 2.0, 1.0, 10_000, 500, said)
call()
first = time.perf_counter() - started
print("[", first, ",", min(timeit.repeat(call, number=20_000, repeat=7)) / 20_000, "]")
"""
_OWN = "from features.history.kernels import describe_first as loop"
_NUMBA = """
from numba import njit
kept = njit(cache=True, error_model="numpy")
for name in ("quartile", "describe", "_logarithm"):
    setattr(kernels, name, kept(getattr(kernels, name).py_func))
loop = kept(kernels.describe_first.py_func)
"""


def run() -> dict[str, object]:
    """Give what a first call takes, and one after that; and numba over by itself."""
    with TemporaryDirectory(prefix="tamiz-machine-code-") as name:
        ways = {"by itself": _OWN, "by numba": "from features.history import kernels" + _NUMBA}
        found = {way: _figures(Path(name) / "bytecode", load) for way, load in ways.items()}
    own, numba = found["by itself"], found["by numba"]
    return {**found, "by numba, over by itself": {key: round(numba[key] / own[key], 2) for key in own}}


def _figures(bytecode: Path, load: str) -> dict[str, float]:
    command = ["-c", _CALL.format(load=load)]
    measured(command, compiled=bytecode)
    done = [measured(command, compiled=bytecode) for _ in range(5)]
    told = [json.loads(each.stdout) for each in done]
    return {
        "first call, milliseconds": round(1e3 * min(first for first, _ in told), 1),
        "process, MiB": min(each.peak_mib for each in done),
        "a call, nanoseconds": round(1e9 * min(call for _, call in told)),
    }
