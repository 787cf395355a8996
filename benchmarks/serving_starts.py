"""How long the service is away: a start from nothing, and a server process that was killed under load.

A cold start is timed from the command to the first `ready` with the model at work: with the compiled loops of
an earlier start on the disk, and without any, as on a new machine. What Python compiled is there both times.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.load import Answers, Target, closed_loop
from benchmarks.processes import children
from benchmarks.served import Place, lived, place, service
from serving.run import Running
from tests.serving.readiness import ready

STARTS, KILLS = 5, 5
CONNECTIONS = 4
SECONDS, BEFORE = 20.0, 3.0


def run(source: Path | None = None) -> dict[str, Any]:
    """Give seconds to ready of cold starts, and seconds without an answer after a kill: medians, longest."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        served = place(lived(source, folder), folder)
        first, *later = _starts(served, folder)
        with service(served, folder) as running:
            away = killed(served.target(running, most_items=1), running, KILLS, SECONDS)
    return {
        "cold start to ready, nothing compiled, seconds": first,
        "cold start to ready, seconds": _told(later),
        "killed under load, seconds without an answer": _told(away),
    }


def killed(target: Target, running: Running, times: int, seconds: float) -> list[float]:
    """Kill the server process under load, some times; seconds from each kill to the next answer."""
    found = []
    with ThreadPoolExecutor(1) as aside:
        for _ in range(times):
            loaded = aside.submit(closed_loop, target, CONNECTIONS, seconds)
            time.sleep(BEFORE)
            at = time.monotonic()
            (worker,) = children(running.process.pid)
            os.kill(worker, signal.SIGKILL)
            found.append(_next_answer(loaded.result(), at) - at)
    return found


def _next_answer(answers: Answers, at: float) -> float:
    """When the first answer after an instant came; infinite where none did."""
    came = answers.of(200)
    after = (came.due + came.wait)[came.due + came.wait > at]
    return float(after.min(initial=float("inf")))


def _starts(place: Place, folder: Path) -> list[float]:
    """Start once to have Python compile what it imports, then without machine code, and then with it."""
    with _compiled_in(folder / "compiled") as compiled:
        _start(place, folder)
        for code in compiled.rglob("*.o"):
            code.unlink()
        return [_start(place, folder) for _ in range(1 + STARTS)]


def _start(place: Place, folder: Path) -> float:
    """Seconds until a service is ready with the model at work."""
    began = time.monotonic()
    with service(place, folder) as running:
        assert ready(running)["model"] == place.bundles[0]
        return time.monotonic() - began


@contextmanager
def _compiled_in(folder: Path) -> Iterator[Path]:
    """Have what Python and the loops are compiled to kept in a folder, which begins empty."""
    mine = {"PYTHONPYCACHEPREFIX": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield folder
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _told(seconds: list[float]) -> dict[str, float]:
    return {"times": len(seconds), "median": statistics.median(seconds), "longest": max(seconds)}
