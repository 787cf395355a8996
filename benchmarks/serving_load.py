"""Requests a second and waiting times of `POST /v1/decisions`, explained and recorded, beside a reference.

`python -m benchmarks.serving_load [WORKSPACE]` prints one JSON object (`python -m benchmarks serving_load`
keeps it). The declarations and histories are those of the demonstration's workspace (`demo/`; lived through
in a temporary folder where there is none); the risk model is one of 300 trees with 31 leaves, learnt from its
outcomes. The reference is `mlflow models serve` of the same booster, on the same rows, predicting only. Each
server has one core, the generator the other; ours and the reference take turns, and medians are reported.
Requests a second fall with whatever else the machine does; the CPU time of a request does so less, and its
ratio to that of the reference least of all.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import mlflow.lightgbm
import numpy as np
import polars as pl

from benchmarks.load_generator import MARK
from features.columns import from_frame
from features.dataset import labelled
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from lifecycle import models
from lifecycle.declaration_request import request_of
from lifecycle.demo import demo
from lifecycle.recall import newest_day, recalled
from lifecycle.session import Session
from scoring.booster import Booster
from scoring.bundle import BundleParts, write
from scoring.calibration import Calibration
from scoring.golden import golden_rows
from scoring.risk import RiskModel
from serving.run import start
from serving.wiring import ServiceWiring
from tests.serving.places import TOKEN, TRAINER, promote, workspace
from training.fit import fit, native
from training.table import tabulate

ALTERNATIONS, SECONDS, WARM_SECONDS = 5, 4.0, 2.0
CONNECTIONS = (1, 8)
TREES, LEAVES = 300, 31
SERVER_CORE, GENERATOR_CORE = 0, 1


@dataclass(frozen=True)
class Target:
    """A server to send to: its port, path and headers, the bodies to take turns with, and its process."""

    port: int
    process: int
    path: str
    headers: Mapping[str, str]
    bodies: list[str]


@dataclass(frozen=True)
class Place:
    """What the benchmark serves: the wiring of ours, the model text, requests, and the rows behind them."""

    wiring: ServiceWiring
    text: str
    requests: list[dict[str, Any]]
    names: tuple[str, ...]
    matrix: np.ndarray[Any, np.dtype[np.float64]]


def run(source: Path | None = None) -> dict[str, Any]:
    """Give medians over the alternations: requests/s, p50, p99, CPU a request in ms, and the ratios."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        session = Session(source or _lived(folder / "lived"))
        place = _place(session, folder)
        single = [request for request in place.requests if len(request["items"]) == 1]
        with _ours(place, folder) as (port, server), _reference(place, folder) as (other, theirs):
            key = {"X-API-Key": TOKEN}
            ours = Target(port, server, "/v1/decisions", key, [_marked(one) for one in single])
            whole = replace(ours, bodies=[_marked(one) for one in place.requests])
            reference = Target(other, theirs, "/invocations", {}, _rows(place))
            figures = _taking_turns({"ours": ours, "reference": reference, "ours_as_declared": whole})
        items = [len(request["items"]) for request in place.requests]
    return {
        "trees": TREES,
        "leaves": LEAVES,
        "features": len(place.names),
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


def _taking_turns(targets: Mapping[str, Target]) -> dict[str, Any]:
    seen: dict[str, dict[str, list[dict[str, float]]]] = {
        name: {str(connections): [] for connections in CONNECTIONS} for name in targets
    }
    for target in targets.values():
        _generate(target, 8, WARM_SECONDS)
    for _ in range(ALTERNATIONS):
        for connections in CONNECTIONS:
            for name, target in targets.items():
                seen[name][str(connections)].append(_generate(target, connections, SECONDS))
    return {
        name: {
            connections: {figure: statistics.median(one[figure] for one in runs) for figure in runs[0]}
            for connections, runs in by_connections.items()
        }
        for name, by_connections in seen.items()
    }


def _generate(target: Target, connections: int, seconds: float) -> dict[str, float]:
    """Run the generator in a process of its own on its own core, and see what the server's processes used.

    Their CPU time says what a request costs, whatever else the machine does meanwhile.
    """
    used = _cpu_seconds(target.process)
    spec = json.dumps([vars(target), connections, seconds, time.time_ns()])
    command = [sys.executable, "-m", "benchmarks.load_generator"]
    with _on(GENERATOR_CORE):
        done = subprocess.run(command, input=spec, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    cpu = _cpu_seconds(target.process) - used
    return {**figures, "cpu_ms_a_request": 1e3 * cpu / figures["requests"]}


def _cpu_seconds(server: int) -> float:
    """Give the CPU time of a process and of all that came of it and lives (Linux)."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(") ")[2].split()
            process = int(status.parent.name)
            ticks[process] = int(fields[11]) + int(fields[12])
            children.setdefault(int(fields[1]), []).append(process)
    family = [server]
    for process in family:
        family += children.get(process, [])
    return sum(ticks.get(process, 0) for process in family) / os.sysconf("SC_CLK_TCK")


def _lived(root: Path) -> Path:
    demonstrated = Path(__file__).parents[1] / "demo"
    if (demonstrated / "bundles" / "champion.json").exists():
        return demonstrated
    demo(Session(root), lambda *_: None)
    return root


def _place(session: Session, folder: Path) -> Place:
    lake = Lake(session.workspace.lake)
    day = newest_day(lake)
    data = labelled(lake, recalled(session, lake, lambda *_: None), until=day)
    champion = models.loaded(session.workspace)
    recipe = champion.recipe
    matrix = recipe.matrix(data.columns, data.history)
    table = tabulate(matrix, data.label, recipe.names, recipe.categorical)
    parameters = {"objective": "binary", "num_leaves": LEAVES, "min_data_in_leaf": 5, "learning_rate": 0.05}
    text = fit(table, parameters, TREES, seed=1).text
    booster = Booster(text)
    risk = RiskModel(booster, Calibration.fit(booster.predict(matrix, raw=True), data.label))
    grown = replace(champion.scorer, risk=risk)
    evening = datetime.combine(day, clock(20), ZoneInfo(session.intake.time_zone)).astimezone(UTC)
    wiring = workspace(folder / "bench").model_copy(
        update={"snapshots": session.workspace.snapshots.absolute(), "started_as": evening}
    )
    wiring.bundles.mkdir(parents=True)
    parts = BundleParts(grown, {"name": "benchmark"}, "", golden_rows(matrix, np.random.default_rng(1)))
    promote(wiring, write(wiring.bundles, parts, TRAINER, created_at=evening).id)
    items = lake.items(day, day + timedelta(days=1)).collect().sort("declaration_id", "item_no")
    requests = [request_of(rows) for _, rows in items.group_by("declaration_id", maintain_order=True)]
    columns = from_frame(items.filter(pl.len().over("declaration_id") == 1))
    store = LmdbProfileStore(current(wiring.snapshots))
    rows = recipe.matrix(columns, store.lookup(columns))
    store.close()
    return Place(wiring, text, requests, recipe.names, rows)


def _marked(request: dict[str, Any]) -> str:
    header = {**request["declaration"], "declaration_id": f"bench-{MARK}", "version": 1}
    return json.dumps({**request, "declaration": header})


def _rows(place: Place) -> list[str]:
    """Bodies for the reference: the same rows; its reader takes NaN as it stands."""
    data = place.matrix.tolist()
    return [json.dumps({"dataframe_split": {"columns": place.names, "data": [row]}}) for row in data]


@contextmanager
def _ours(place: Place, folder: Path) -> Iterator[tuple[int, int]]:
    with _on(SERVER_CORE), start(place.wiring, log=folder / "service.log", seconds=120) as running:
        yield running.port, running.process.pid


@contextmanager
def _reference(place: Place, folder: Path) -> Iterator[tuple[int, int]]:
    path = folder / "reference"
    mlflow.lightgbm.save_model(native(place.text), str(path), pip_requirements=["lightgbm"])
    port = place.wiring.serving.port + 1000
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(path), "-p", str(port)]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    with _on(SERVER_CORE), (folder / "reference.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--env-manager", "local", "--host", "127.0.0.1", "--workers", "1"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _until(lambda: _answers(port))
        _check_answer(place, port)
        yield port, process.pid
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _check_answer(place: Place, port: int) -> None:
    """Make sure that the reference sees the same row through the same trees."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/invocations", _rows(place)[0], {"Content-Type": "application/json"})
    (answer,) = json.loads(connection.getresponse().read())["predictions"]
    connection.close()
    expected = Booster(place.text).predict(place.matrix[:1])[0]
    assert abs(answer - expected) < 1e-12, (answer, expected)


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


@contextmanager
def _on(core: int) -> Iterator[None]:
    """Let what is started meanwhile run on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]) if sys.argv[1:] else None), indent=2))
