"""What the benchmarks of the service serve: models, histories and declarations of the demonstration.

The declarations and histories are those of the demonstration's workspace (`demo/`; lived through in a
temporary folder where there is none); the risk models are of 300 trees with 31 leaves, learnt from its
outcomes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.load import SERVER_CORE, Target, on_core
from benchmarks.load_generator import MARK
from features.columns import from_frame
from features.dataset import Dataset, labelled
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from lifecycle import models
from lifecycle.declaration_request import request_of
from lifecycle.demo import demo
from lifecycle.recall import newest_day, recalled
from lifecycle.session import Session
from scoring.booster import Booster
from scoring.bundle import Bundle, BundleParts, write
from scoring.calibration import Calibration
from scoring.golden import golden_rows
from scoring.risk import RiskModel
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.serving.places import TOKEN, TRAINER, promote, workspace
from training.fit import fit
from training.table import tabulate

TREES, LEAVES = 300, 31

_PATIENCE = 900.0
"""Seconds that a start may take: the first on a machine compiles."""

_RATE = 0.05
"""Learning rate of the first model; each other learns by a tenth more slowly than the one before."""


@dataclass(frozen=True)
class Place:
    """What is served: the wiring, the ids of the bundles, of which the first is champion, and requests."""

    wiring: ServiceWiring
    bundles: list[str]
    requests: list[dict[str, Any]]

    def target(self, running: Running, *, most_items: int | None = None) -> Target:
        """Give what sends the requests to a service, those of at most so many items."""
        bodies = [
            _marked(one) for one in self.requests if most_items is None or len(one["items"]) <= most_items
        ]
        return Target(running.port, "/v1/decisions", {"X-API-Key": TOKEN}, bodies)


@dataclass(frozen=True)
class Lived:
    """The demonstration: its champion, its labelled items, and what the service and others are asked of."""

    session: Session
    champion: Bundle
    data: Dataset
    matrix: NDArray[np.float64]

    @classmethod
    def of(cls, root: Path) -> Lived:
        """Give it as it stands in a workspace."""
        session = Session(root)
        lake = Lake(session.workspace.lake)
        data = labelled(lake, recalled(session, lake, lambda *_: None), until=newest_day(lake))
        champion = models.loaded(session.workspace)
        return cls(session, champion, data, champion.recipe.matrix(data.columns, data.history))

    def text(self, number: int = 0) -> str:
        """Give the text of a risk model learnt from the labels; another number, another model."""
        recipe = self.champion.recipe
        table = tabulate(self.matrix, self.data.label, recipe.names, recipe.categorical)
        rate = _RATE * 0.9**number
        parameters = {
            "objective": "binary",
            "num_leaves": LEAVES,
            "min_data_in_leaf": 5,
            "learning_rate": rate,
        }
        return fit(table, parameters, TREES, seed=1).text

    def items(self) -> pl.DataFrame:
        """Give the items of the newest day, by declaration and number."""
        lake = Lake(self.session.workspace.lake)
        day = newest_day(lake)
        return lake.items(day, day + timedelta(days=1)).collect().sort("declaration_id", "item_no")

    def rows(self) -> NDArray[np.float64]:
        """Give the matrix of the newest day's declarations of one item, as the service makes it."""
        columns = from_frame(self.items().filter(pl.len().over("declaration_id") == 1))
        store = LmdbProfileStore(current(self.session.workspace.snapshots))
        rows = self.champion.recipe.matrix(columns, store.lookup(columns))
        store.close()
        return rows


def lived(source: Path | None, folder: Path) -> Lived:
    """Give the demonstration that was lived in `source`, or in `demo/`, or is lived through in `folder`."""
    demonstrated = source or Path(__file__).parents[1] / "demo"
    if (demonstrated / "bundles" / "champion.json").exists():
        return Lived.of(demonstrated)
    demo(Session(folder / "lived"), lambda *_: None)
    return Lived.of(folder / "lived")


def place(life: Lived, folder: Path, models: int = 1, **serving: Any) -> Place:
    """Give a workspace in `folder` with so many models, and settings of the service."""
    items = life.items()
    zone = ZoneInfo(life.session.intake.time_zone)
    evening = datetime.combine(items["customs_date"][0], clock(20), zone).astimezone(UTC)
    wiring = workspace(folder / "served", serving=serving).model_copy(
        update={"snapshots": life.session.workspace.snapshots.absolute(), "started_as": evening}
    )
    wiring.bundles.mkdir(parents=True)
    bundles = [_bundle(life, wiring, number, evening) for number in range(models)]
    promote(wiring, bundles[0])
    requests = [request_of(rows) for _, rows in items.group_by("declaration_id", maintain_order=True)]
    return Place(wiring, bundles, requests)


@contextmanager
def service(place: Place, folder: Path) -> Iterator[Running]:
    """Run the service on a core of its own."""
    with on_core(SERVER_CORE), start(place.wiring, log=folder / "service.log", seconds=_PATIENCE) as running:
        yield running


@contextmanager
def served(source: Path | None, models: int = 1) -> Iterator[tuple[Place, Running]]:
    """Run the service of the demonstration, with so many models, in a folder that goes with it."""
    with TemporaryDirectory() as name:
        there = place(lived(source, Path(name)), Path(name), models)
        with service(there, Path(name)) as running:
            yield there, running


def _bundle(life: Lived, wiring: ServiceWiring, number: int, made: datetime) -> str:
    booster = Booster(life.text(number))
    risk = RiskModel(booster, Calibration.fit(booster.predict(life.matrix, raw=True), life.data.label))
    grown = replace(life.champion.scorer, risk=risk)
    golden = golden_rows(life.matrix, np.random.default_rng(1))
    parts = BundleParts(grown, {"name": f"benchmark {number}"}, "", golden)
    return write(wiring.bundles, parts, TRAINER, created_at=made).id


def _marked(request: dict[str, Any]) -> str:
    header = {**request["declaration"], "declaration_id": f"bench-{MARK}", "version": 1}
    return json.dumps({**request, "declaration": header})
