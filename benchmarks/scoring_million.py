"""A million items scored and explained, file to file: seconds and memory, alone, by two processes, by Dask.

The lake is that of a simulated world, the model is learnt from it as in `stations`. Scored is a file of all
its items, each as of its own day: intake, histories, features, scores, and reasons in two languages. Each way
writes the same bytes. Memory is the most that all processes of a way held together; a Dask cluster is one of
two workers on this machine, started before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import LocalCluster

from benchmarks.processes import memory_mib
from benchmarks.stations import ITEMS_PER_DECLARATION, TRIALS, learnt_workspace

ITEMS, WORKERS = 1_000_000, 2
WAYS = ("one process", "two processes", "two Dask workers")

_LOOK_SECONDS = 0.5
_TAMIZ = "import sys; from lifecycle.cli import main; main()"


def run(items: int = ITEMS, trials: int = TRIALS) -> dict[str, object]:
    """Give seconds, most memory in MiB and microseconds an item of each way, and the bytes of the file."""
    with TemporaryDirectory(prefix="tamiz-scoring-") as name:
        folder = Path(name)
        learnt_workspace(folder, round(items / ITEMS_PER_DECLARATION), trials, folder / "compiled")
        return {"load average before": os.getloadavg()[0], **measured_ways(folder)}


def measured_ways(folder: Path) -> dict[str, object]:
    """Score the world below a folder with the champion of the workspace below it, in each way."""
    outputs = {way: folder / f"{way}.parquet" for way in WAYS}
    found = {way: _measured(way, folder, output) for way, output in outputs.items()}
    digests = {_digest(output) for output in outputs.values()}
    size = outputs[WAYS[0]].stat().st_size
    return {**found, "megabytes of the file": size / 1e6, "the same bytes": len(digests) == 1}


def _measured(way: str, folder: Path, output: Path) -> dict[str, float]:
    alone = way == WAYS[0]
    with _scheduler(way) as address, _processors(1 if alone else os.cpu_count() or 1):
        asked = ["--workspace", folder / "workspace", "score", folder / "world" / "items.parquet"]
        asked += ["--format", "canonical", "-o", output, "--explain", "--json"]
        command = [sys.executable, "-c", _TAMIZ, *map(str, asked)]
        environment = {**os.environ, "TAMIZ_HISTORY_SCHEDULER": address}
        began, most = time.perf_counter(), 0.0
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as scoring:
            while scoring.poll() is None:
                most = max(most, memory_mib(os.getpid()) - memory_mib(os.getpid(), alone=True))
                time.sleep(_LOOK_SECONDS)
            told, _ = scoring.communicate()
        seconds = time.perf_counter() - began
    if scoring.returncode:
        raise ChildProcessError(f"scoring by {way} ended with {scoring.returncode}")
    items = json.loads(told)["items"]
    return {
        "items": items,
        "seconds": seconds,
        "microseconds an item": 1e6 * seconds / items,
        "memory at most, MiB": most,
    }


@contextmanager
def _processors(most: int) -> Iterator[None]:
    """What starts meanwhile may use so many processors: all that a file is shared by."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[:most]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _scheduler(way: str) -> Iterator[str]:
    """The address of who shares the work."""
    if way != WAYS[2]:
        yield ""
        return
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
