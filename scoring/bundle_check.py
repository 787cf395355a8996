"""The trial of a bundle's models in a process of its own, which a damaged text may kill or hang.

The child reads from standard input, never from the disk, so that what was verified is what is tried. It says
which file it reads, and ends with AGREED only if every booster gives its golden answers to the last bit and
contributions that add up.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scoring.booster import Booster
from scoring.contributions import checked
from scoring.errors import BundleRefusedError, ScoringError

AGREED = "every golden row agrees"
MEMORY = 2 * 1024**3

_READING, _TAKING = "reading ", "microseconds "
_TIMES = 50  # predictions of one row, of which the median is told
_EXPLAINED = 2
_START = (
    "import sys; sys.path += [path for path in sys.argv[1:] if path not in sys.path]; "
    "from scoring.bundle_check import main; main()"
)


def try_models(
    texts: Mapping[str, str], golden: Mapping[str, Any], *, timeout: float, memory: int = MEMORY
) -> float:
    """Give the microseconds in which all boosters predict one row, measured in the child.

    Raises BundleRefusedError, naming the file, unless a child process finds the golden answers in time.

    `texts` are the boosters by file name, `golden` the content of golden.json, `timeout` in seconds, `memory`
    the bytes of address space that the child may use.
    """
    given = json.dumps({"texts": dict(texts), "golden": dict(golden), "memory": memory}).encode()
    paths = [path for path in sys.path if Path(path).is_absolute()]
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", _START, *paths],
            input=given,
            capture_output=True,
            timeout=timeout,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(error.stdout, f"did not answer within {timeout:g} s") from error
    said = child.stdout.decode(errors="replace").rstrip().split("\n")
    if child.returncode or said[-1] != AGREED:
        raise _refused(child.stdout, "killed the process that tried it" if child.returncode < 0 else said[-1])
    return sum(float(line.removeprefix(_TAKING)) for line in said if line.startswith(_TAKING))


def main() -> None:
    """Run as the child: golden rows of every booster on standard input."""
    given = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (given["memory"], given["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    golden = given["golden"]
    matrix, value_inputs = (
        np.array([[float.fromhex(text) for text in row] for row in golden[name]])
        for name in ("matrix", "value_inputs")
    )
    for file, text in given["texts"].items():
        _tell(_READING + file)
        told = _tried(file, text, value_inputs if file.startswith("value_") else matrix, golden)
        if told:
            _tell(told)
            sys.exit(1)
    _tell(AGREED)


def _tried(
    file: str, text: str, rows: np.ndarray[Any, np.dtype[np.float64]], golden: Mapping[str, Any]
) -> str:
    """Give what is wrong with a booster, or nothing."""
    expected = np.array([float.fromhex(text) for text in golden["answers"][file]])
    try:
        booster = Booster(text)
        raw = booster.predict(rows, raw=True)
        checked(booster.contributions(rows[:_EXPLAINED]), raw[:_EXPLAINED])
    except ScoringError as error:
        return str(error)
    _tell(f"{_TAKING}{_microseconds(booster, rows[:1]):.1f}")
    return "" if raw.tobytes() == expected.tobytes() else "gives other answers than its golden rows"


def _microseconds(booster: Booster, row: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    taken = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        booster.predict(row, raw=True)
        taken.append(time.perf_counter() - start)
    return 1e6 * float(np.median(taken))


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PATH") if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


def _refused(output: bytes | None, told: str) -> BundleRefusedError:
    lines = (output or b"").decode(errors="replace").split("\n")
    file = next((line.removeprefix(_READING) for line in reversed(lines) if line.startswith(_READING)), "")
    return BundleRefusedError(
        f"{file or 'the trial of the bundle'}: {told}",
        remedy="train the model again, or roll back to another",
        file=file,
    )
