"""How long features take online: what is known of one item, from LMDB and Redis; the matrix of three items.

The snapshot is that of a simulated world's last day, the items are those of its last days. One process, one
thread, everything looked up once before it is timed: what is left is the code's own time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns, from_frame, rows, take
from features.definitions.declaration import declarations
from features.history.history import History
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import publish
from features.recipe import Recipe
from features.redis_profile_store import RedisProfileStore, mirror
from features.reference.standing_lookup import look_up_standing
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.redis_server import redis_server
from tests.world_lake import world_lake, world_tables

TIMES = 5_000
"""Calls timed of each."""

_DAYS = 30
_THREE = 3
Asked = TypeVar("Asked")


def run(declarations: int = 26_000) -> dict[str, object]:
    """Give the median and the 99th percentile in microseconds, and how many keys the snapshot holds."""
    with TemporaryDirectory(prefix="tamiz-one-item-") as name:
        lake = _lake(declarations, Path(name))
        history = History.of(lake, tables=world_tables(Path(name)))
        newest: Any = lake.items().select(pl.col("customs_date").max()).collect().item()
        snapshot = history.snapshot(date.fromisoformat(newest.isoformat()))
        columns = _columns(lake, snapshot.as_of - timedelta(days=_DAYS))
        recipe = Recipe.fit(columns, snapshot=snapshot)
        rng = np.random.default_rng(0)
        with closing(LmdbProfileStore(publish(Path(name) / "snapshots", snapshot))) as store:
            ones = [take(columns, rng.integers(rows(columns), size=1)) for _ in range(TIMES)]
            threes = [take(columns, index) for index in _of_three(columns)]
            asked = [(few, store.lookup(few)) for few in threes]
            return {
                "keys": len(snapshot.packed),
                "features": len(recipe.names),
                "history values of one item, us": _microseconds(store.lookup, ones),
                "history values of three items, us": _microseconds(store.lookup, threes),
                "reference values among them of one item, us": _of_tables(store, ones),
                **_of_redis(store, ones),
                "matrix of three items, us": _microseconds(lambda each: recipe.matrix(*each), asked),
            }


def _of_tables(store: LmdbProfileStore, ones: Sequence[Columns]) -> dict[str, float]:
    """What reference tables cost of a look-up, within one read transaction."""
    with store.layers[0].environment.begin() as transaction:
        return _microseconds(partial(look_up_standing, transaction.get), ones)


def _of_redis(store: LmdbProfileStore, ones: Sequence[Columns]) -> dict[str, object]:
    """The same out of a Redis on this machine, and the seconds that mirroring takes."""
    with redis_server() as server:
        started = time.perf_counter()
        mirror(server.url, store)
        seconds = round(time.perf_counter() - started, 2)
        with closing(RedisProfileStore(server.url, seconds=5)) as mirrored:
            taken = _microseconds(mirrored.lookup, ones)
    return {"history values of one item from Redis, us": taken, "mirror, seconds": seconds}


def _lake(declarations: int, folder: Path) -> Lake:
    simulate(WorldSettings(declarations=declarations)).write(folder)
    return world_lake(folder)


def _columns(lake: Lake, since: date) -> Columns:
    return from_frame(lake.items(since=since).filter(pl.col("version") == 1).collect())


def _of_three(columns: Columns) -> list[NDArray[np.int64]]:
    """Rows of the declarations of three items, over and over."""
    number = declarations(columns)
    whole = np.flatnonzero(np.bincount(number) == _THREE)
    found = [np.flatnonzero(number == each) for each in whole[:500]]
    return [found[turn % len(found)] for turn in range(TIMES)]


def _microseconds(function: Callable[[Asked], object], asked: Sequence[Asked]) -> dict[str, float]:
    """Median and 99th percentile of one call, after a first call of each."""
    for each in asked:
        function(each)
    taken = []
    for each in asked:
        started = time.perf_counter()
        function(each)
        taken.append(time.perf_counter() - started)
    p50, p99 = np.percentile(np.array(taken) * 1e6, [50, 99])
    return {"p50": round(float(p50), 1), "p99": round(float(p99), 1)}
