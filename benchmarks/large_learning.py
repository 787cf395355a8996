"""Learning the risk model from rows in memory, in files, and on a cluster: memory, time, and what is ranked.

Each way learns in a process of its own, with the parameters that a study begins with, from the labelled rows
of a simulated world, repeated until there are `ROWS` (repeats weigh alike, so all ways learn the same thing);
it is judged by the world's own test part. Memory is the most anonymous memory of any process at work: files
that are mapped can be dropped at any time. Ways are compared within one run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from benchmarks.learning_world import LearningWorld
from benchmarks.shown import Kept, kept, number
from estimation.bootstrap import paired_figures
from estimation.ranking import average_precision
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

ROWS = 500_000
ROUNDS = 60
SEED = 11
WAYS = ("memory", "file", "cluster")
WORKERS = 2

_CHILD = "import sys; from benchmarks.large_learning import learn; learn(*sys.argv[1:])"


def run(
    worlds: WorldSettings | None = None, rows: int = ROWS, ways: Sequence[str] = WAYS
) -> dict[str, object]:
    """Give megabytes, seconds and average precision of each way, and the ratios to learning in memory."""
    settings = TrainingSettings()
    given = (worlds or WorldSettings(declarations=6_000)).model_copy(update={"seed": SEED})
    world = LearningWorld.of(given, settings)
    with TemporaryDirectory(prefix="tamiz-large-") as name:
        folder = Path(name)
        columns = _lay(world, rows, folder)
        spent = {way: _spent(way, folder, columns) for way in ways}
        risks = {way: np.load(folder / f"{way}.npy") for way in ways}
    float_mb = rows * columns * 8 / 1e6
    return {
        "rows": rows,
        "megabytes of the float matrix": number(float_mb),
        **{way: _told(way, spent, risks, world) for way in ways},
    }


def learn(way: str, folder: str, columns: str) -> None:
    """Learn one way, in a process of its own, and keep the risk of the test part."""
    from scoring.booster import Booster  # noqa: PLC0415
    from training.risk_model import FIRST, LabelledMatrix, fit_risk  # noqa: PLC0415

    here = Path(folder)
    codes = (here / "codes").read_text().split()
    names = (here / "names").read_text().split()
    laid = np.memmap(here / "matrix", np.float64, mode="r").reshape(-1, int(columns))
    matrix = np.array(laid) if way == "memory" else laid
    data = LabelledMatrix(
        matrix, np.load(here / "label.npy"), names, codes, folder=None if way == "memory" else here
    )
    settings = TrainingSettings(learn_on="memory" if way == "memory" else "file")
    rows = np.arange(len(laid))
    started = time.perf_counter()
    if way == "cluster":
        from distributed import LocalCluster  # noqa: PLC0415

        with LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster:
            there = TrainingSettings(learn_on="cluster", scheduler=cluster.scheduler_address)
            started = time.perf_counter()
            text = fit_risk(data, rows, FIRST, ROUNDS, there).text
    else:
        text = fit_risk(data, rows, FIRST, ROUNDS, settings).text
    (here / f"{way}.seconds").write_text(str(time.perf_counter() - started))
    np.save(here / f"{way}.npy", Booster(text).predict(np.load(here / "test.npy")))


def _lay(world: LearningWorld, rows: int, folder: Path) -> int:
    """Write what is learnt from and asked; give the number of columns."""
    data, train = world.labels(), world.split.refit
    chosen = np.resize(train, rows)
    with (folder / "matrix").open("wb") as file:
        for start in range(0, rows, 20_000):
            file.write(data.matrix[chosen[start : start + 20_000]].tobytes())
    np.save(folder / "label.npy", data.label[chosen])
    np.save(folder / "test.npy", data.matrix[world.split.test])
    (folder / "names").write_text(" ".join(data.names))
    (folder / "codes").write_text(" ".join(data.categorical))
    return data.matrix.shape[1]


def _spent(way: str, folder: Path, columns: int) -> tuple[float, float]:
    """Give the most anonymous megabytes of a process of one way, and its seconds of learning."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD, way, str(folder), str(columns)])
    root, most = psutil.Process(child.pid), 0
    while child.poll() is None:
        with suppress(psutil.NoSuchProcess):
            most = max([most, *map(_anonymous, [root, *root.children(recursive=True)])])
        time.sleep(0.02)
    if child.returncode:
        raise ChildProcessError(f"{way} ended with {child.returncode}")
    return most / 1e6, float((folder / f"{way}.seconds").read_text())


def _anonymous(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        held = process.memory_info()
        return int(held.rss - held.shared)
    return 0


def _told(
    way: str, spent: dict[str, tuple[float, float]], risks: dict[str, np.ndarray], world: LearningWorld
) -> Kept:
    test = world.split.test
    label = world.known.label[test]
    clusters = world.known.columns["declaration_id"][test].astype(str)
    one, other = ({"ap": partial(average_precision, risks[name], label)} for name in (way, WAYS[0]))
    own, _, apart = paired_figures(one, other, clusters, rng=np.random.default_rng(1))["ap"]
    (megabytes, seconds), (whole, usual) = spent[way], spent[WAYS[0]]
    return {
        "megabytes": number(megabytes),
        "seconds": number(seconds),
        "memory over that in memory": number(megabytes / whole),
        "time over that in memory": number(seconds / usual),
        "average precision": kept(own),
        "average precision less that in memory": kept(apart),
    }
