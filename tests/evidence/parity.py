"""The trainer's features against the service's: file to lake to history, and request to profile store."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELD, Kind
from features.columns import from_frame
from features.dataset import Dataset, population
from features.history.history import History
from features.lake import Lake
from features.profile_store import publish
from features.recipe import Recipe
from features.settings import IntakeSettings
from serving.contract import HEADER, ITEM, decision_request
from serving.declared import declared
from serving.profiles import Profiles
from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.evidence.proof import Proof
from tests.world_lake import world_lake

_DAYS = 3  # days compared in each world


@dataclass(frozen=True)
class Learnt:
    """A world as the trainer has it."""

    lake: Lake
    history: History
    recipe: Recipe


def _differs(case: int) -> str | None:
    """Compare all declarations of some days of one world, to the last bit."""
    world = simulate(WorldSettings(declarations=400, months=4, seed=case))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learnt = _learn(world, folder)
        days = sorted(set(learnt.lake.items().collect()["customs_date"]))[len(world.items) // 50 :]
        for day in random.Random(case).sample(days, _DAYS):
            publish(folder / "snapshots", learnt.history.snapshot(day))
            if wrong := _day_differs(world, learnt, folder / "snapshots", day):
                return f"{day}: {wrong}"
    return None


def _learn(world: World, folder: Path) -> Learnt:
    world.write(folder)
    lake = world_lake(folder)
    history = History.build(lake.items(), lake.outcomes())
    first = from_frame(lake.items().filter(pl.col("version") == 1).collect())
    return Learnt(lake, history, Recipe.fit(first, snapshot=history.snapshot(date(2024, 5, 1))))


def _day_differs(world: World, learnt: Learnt, snapshots: Path, day: date) -> str | None:
    offline = population(
        learnt.lake,
        learnt.history,
        since=day,
        until=day + timedelta(days=1),
        sample=10**9,
        rng=np.random.default_rng(0),
    )
    matrix = learnt.recipe.matrix(offline.columns, offline.history)
    profiles = Profiles(snapshots)
    profiles.look()
    try:
        for request, rows in _requests(world, offline):
            served = _served(request, learnt.recipe, profiles)
            if wrong := _first_difference(learnt.recipe.names, served, matrix[rows]):
                return wrong
    finally:
        profiles.close()
    return None


def _requests(world: World, offline: Dataset) -> Iterator[tuple[dict[str, Any], NDArray[np.intp]]]:
    """Give each declaration as its sender would post it, and the rows that the trainer has of it."""
    names = offline.columns["declaration_id"]
    for name in sorted(set(names.tolist())):
        rows = np.flatnonzero(names == name)
        if (offline.columns["version"][rows] == 1).all():
            items = world.items.filter(pl.col("declaration_id") == name, pl.col("version") == 1).sort(
                "item_no"
            )
            held = [{field: _sent(field, value) for field, value in row.items()} for row in items.to_dicts()]
            header = {field: held[0][field] for field in HEADER}
            request = {
                "declaration": header,
                "items": [{field: row[field] for field in ITEM} for row in held],
            }
            yield json.loads(json.dumps(request)), rows[np.argsort(offline.columns["item_no"][rows])]


def _sent(field: str, value: Any) -> Any:
    """Give a value as JSON has it: instants as text, whole numbers and flags as such."""
    if value is None:
        return None
    kinds: dict[Kind, Callable[[Any], Any]] = {
        Kind.INSTANT: datetime.isoformat,
        Kind.INTEGER: int,
        Kind.FLAG: bool,
    }
    return kinds.get(FIELD[field].kind, lambda given: given)(value)


def _served(request: dict[str, Any], recipe: Recipe, profiles: Profiles) -> NDArray[np.float64]:
    checked = decision_request(request, max_items=10_000)
    now = datetime.fromisoformat(request["declaration"]["accepted_at"])
    columns = declared(checked, IntakeSettings(), now)
    history = profiles.lookup(columns).values
    return recipe.matrix(columns, history)


def _first_difference(
    names: tuple[str, ...], served: NDArray[np.float64], learnt: NDArray[np.float64]
) -> str | None:
    if served.shape != learnt.shape:
        return f"{served.shape} served, {learnt.shape} learnt"
    row, column = np.nonzero(served.view(np.int64) != learnt.view(np.int64))
    for at in zip(row.tolist(), column.tolist(), strict=True):
        if not (np.isnan(served[at]) and np.isnan(learnt[at])):
            return f"{names[at[1]]} is {served[at]!r} served, {learnt[at]!r} learnt"
    return None


PROOF = Proof(
    name="parity",
    statement="Every feature of every item is the same to the last bit from file to lake to history, as the "
    "trainer has it, and from request to profile store, as the service has it.",
    count=300,
    small=2,
    run=_differs,
)
