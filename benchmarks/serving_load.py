"""Requests a second and waiting times of `POST /v1/decisions`, explained and recorded, beside a reference.

`python -m benchmarks.serving_load [WORKSPACE]` prints one JSON object (`python -m benchmarks serving_load`
keeps it). What is served is told in `served`. The reference is `mlflow models serve` of the same booster, on
the same rows, predicting only. Each server has one core, the generator the other; ours and the reference take
turns, and medians are reported. Requests a second fall with whatever else the machine does; the CPU time of a
request does so less, and its ratio to that of the reference least of all.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow.lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.load import SERVER_CORE, Target, closed_loop, on_core
from benchmarks.processes import cpu_seconds
from benchmarks.served import LEAVES, TREES, lived, place, service
from scoring.booster import Booster
from training.fit import native

ALTERNATIONS, SECONDS, WARM_SECONDS = 5, 4.0, 2.0
CONNECTIONS = (1, 8)


@dataclass(frozen=True)
class Compared:
    """A server to send to, and its process."""

    target: Target
    process: int


def run(source: Path | None = None) -> dict[str, Any]:
    """Give medians over the alternations: requests/s, p50, p99, CPU a request in ms, and the ratios."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        life = lived(source, folder)
        served, rows = place(life, folder), life.rows()
        with service(served, folder) as ours, _reference(life.text(), rows, folder) as reference:
            process = ours.process.pid
            figures = _taking_turns(
                {
                    "ours": Compared(served.target(ours, most_items=1), process),
                    "reference": reference,
                    "ours_as_declared": Compared(served.target(ours), process),
                }
            )
    items = [len(request["items"]) for request in served.requests]
    return {
        "trees": TREES,
        "leaves": LEAVES,
        "features": rows.shape[1],
        "items_a_declaration_as_declared": statistics.fmean(items),
        **figures,
        "ratio_to_reference": {
            connections: {
                "requests_a_second": ours["requests_a_second"] / theirs["requests_a_second"],
                "p99": ours["p99_ms"] / theirs["p99_ms"],
                "cpu_a_request": ours["cpu_ms_a_request"] / theirs["cpu_ms_a_request"],
            }
            for connections in map(str, CONNECTIONS)
            for ours, theirs in [(figures["ours"][connections], figures["reference"][connections])]
        },
    }


def _taking_turns(servers: Mapping[str, Compared]) -> dict[str, Any]:
    seen: dict[str, dict[str, list[dict[str, float]]]] = {
        name: {str(connections): [] for connections in CONNECTIONS} for name in servers
    }
    for server in servers.values():
        closed_loop(server.target, 8, WARM_SECONDS)
    for _ in range(ALTERNATIONS):
        for connections in CONNECTIONS:
            for name, server in servers.items():
                seen[name][str(connections)].append(_figures(server, connections))
    return {
        name: {
            connections: {figure: statistics.median(one[figure] for one in runs) for figure in runs[0]}
            for connections, runs in by_connections.items()
        }
        for name, by_connections in seen.items()
    }


def _figures(server: Compared, connections: int) -> dict[str, float]:
    """Load it, and see what the server's processes used.

    Their CPU time says what a request costs, whatever else the machine does meanwhile.
    """
    used = cpu_seconds(server.process)
    figures = closed_loop(server.target, connections, SECONDS).figures()
    cpu = cpu_seconds(server.process) - used
    return {**figures, "cpu_ms_a_request": 1e3 * cpu / figures["requests"]}


@contextmanager
def _reference(text: str, rows: NDArray[np.float64], folder: Path) -> Iterator[Compared]:
    path = folder / "reference"
    mlflow.lightgbm.save_model(native(text), str(path), pip_requirements=["lightgbm"])
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(path), "-p", str(port)]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    with on_core(SERVER_CORE), (folder / "reference.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--env-manager", "local", "--host", "127.0.0.1", "--workers", "1"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _until(lambda: _answers(port))
        bodies = _bodies(Booster(text), rows)
        _check_answer(text, rows, bodies[0], port)
        yield Compared(Target(port, "/invocations", {}, bodies), process.pid)
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _bodies(booster: Booster, rows: NDArray[np.float64]) -> list[str]:
    """The same rows; its reader takes NaN as it stands."""
    return [
        json.dumps({"dataframe_split": {"columns": booster.names, "data": [row]}}) for row in rows.tolist()
    ]


def _check_answer(text: str, rows: NDArray[np.float64], body: str, port: int) -> None:
    """Make sure that the reference sees the same row through the same trees."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    (answer,) = json.loads(connection.getresponse().read())["predictions"]
    connection.close()
    expected = Booster(text).predict(rows[:1])[0]
    assert abs(answer - expected) < 1e-12, (answer, expected)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError("the reference does not answer")
        time.sleep(0.2)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]) if sys.argv[1:] else None), indent=2))
