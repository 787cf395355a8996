"""How long each station takes and how much memory it holds: 60,000 items, each station the `tamiz` command.

Every station is a process of its own, start of Python and imports among its seconds. A small life goes
before, so that Python has compiled what it imports, as it has after the first run of an installation.
`stations_million` does the same with a million items.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measured import Measured, measured

ITEMS_PER_DECLARATION = 2.3
TRIALS = 2
"""Trials of the risk study that the station `train` is given."""

_TAMIZ = ("-c", "from lifecycle.cli import main; main()")
_SMALL = 1_200
_ALERT = 3
_WIDE_GATE = "skill_level: 0.001\ngate_calibration_error: 1.0\ngate_coverage: [0.0, 1.0]\n"
"""Training settings by which any model becomes champion: it is time that is measured here, not skill."""


def run(items: int = 60_000, trials: int = TRIALS) -> dict[str, object]:
    """Give seconds, processor seconds and peak MiB of each station, and how loaded the machine was."""
    load = os.getloadavg()[0]
    with TemporaryDirectory(prefix="tamiz-stations-") as name:
        folder = Path(name)
        _stations(folder / "small", _SMALL, 1, folder / "compiled")
        stations = _stations(
            folder / "full", round(items / ITEMS_PER_DECLARATION), trials, folder / "compiled"
        )
    return {"asked for": items, "trials": trials, "load before": round(load, 2), **stations}


def _stations(folder: Path, declarations: int, trials: int, compiled: Path) -> dict[str, object]:
    """In the order of a workspace's life; `start` is what each of them spends on starting."""
    tamiz, figures = learnt_workspace(folder, declarations, trials, compiled)
    items = folder / "world" / "items.parquet"
    figures["score, file to file"] = tamiz(
        "score", items, "--format", "canonical", "--output", folder / "scores.parquet"
    )
    figures["monitor"] = tamiz("monitor", allowed=(0, _ALERT))
    return {
        "items": json.loads(figures["ingest"].stdout)["items"]["accepted"],
        **{name: _shown(one) for name, one in figures.items()},
    }


def learnt_workspace(
    folder: Path, declarations: int, trials: int, compiled: Path
) -> tuple[Tamiz, dict[str, Measured]]:
    """Give a workspace below `folder` with a champion, and what each station took to come so far."""
    world, workspace = folder / "world", folder / "workspace"
    items, outcomes = world / "items.parquet", world / "outcomes.parquet"
    (workspace / "configs").mkdir(parents=True)
    (workspace / "configs" / "training.yaml").write_text(_WIDE_GATE)
    tamiz = Tamiz(workspace, compiled)
    figures = {
        "start": tamiz("--version"),
        "simulate": tamiz("simulate", "world", "--output", world, "--declarations", declarations),
        "ingest": tamiz("ingest", items, "--format", "canonical", "--outcomes", outcomes, "--json"),
        "history and snapshot": tamiz("advance"),
    }
    for role in ("trainer", "approver"):
        tamiz("keys", "create", role, "--role", role)
    figures["train"] = tamiz("train", "--trials", trials, "--key", "trainer", "--json")
    bundle = json.loads(figures["train"].stdout)["bundle_id"]
    tamiz("models", "promote", bundle, "--key", "approver")
    return tamiz, figures


class Tamiz:
    """The command line on one workspace."""

    def __init__(self, workspace: Path, compiled: Path) -> None:
        self.workspace = workspace
        self.compiled = compiled

    def __call__(self, *arguments: str | int | Path, allowed: tuple[int, ...] = (0,)) -> Measured:
        words: list[str | Path] = [*_TAMIZ, "--workspace", self.workspace, *map(str, arguments)]
        return measured(words, allowed, compiled=self.compiled)


def _shown(one: Measured) -> dict[str, float]:
    return {"seconds": one.seconds, "cpu_seconds": one.cpu_seconds, "peak_mib": one.peak_mib}
