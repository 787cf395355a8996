"""How long the way of one item takes online, station by station, and what the matrix of many rows costs.

The snapshots are those of a simulated world's last days, each a layer on that of the day before; the items
are of these days. One process, one thread, all done once before it is timed: what is left is the code's own
time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELD, Kind
from features.columns import DERIVED, Columns, from_frame, from_records, rows, take
from features.definitions.declaration import declarations
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.publication import publish_day
from features.recipe import Recipe
from features.redis_profile_store import RedisProfileStore, mirror
from features.reference.standing_lookup import standing_values
from features.reference.tables import KNOWN_NAMES
from features.settings import IntakeSettings
from features.validation import validate
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.redis_server import redis_server
from tests.world_lake import world_lake, world_tables

TIMES = 2_000
"""Calls timed of each."""

_DAYS, _LAYERS, _THREE = 30, 5, 3
_MANY = 1_000_000
_NOW = datetime(2030, 1, 1, tzinfo=UTC)
_INTAKE = IntakeSettings()
Asked = TypeVar("Asked")


def run(declarations: int = 26_000, many: int = _MANY) -> dict[str, object]:
    """Give the median and the 99th percentile in microseconds; of many rows, seconds and MiB beyond them."""
    with TemporaryDirectory(prefix="tamiz-one-item-") as name:
        lake = _lake(declarations, Path(name))
        day = _last_day(lake)
        frame = lake.items(since=day - timedelta(days=_DAYS)).filter(pl.col("version") == 1).collect()
        columns = from_frame(frame)
        recipe, rng = Recipe.fit(columns), np.random.default_rng(0)
        ones = rng.integers(rows(columns), size=TIMES)
        with closing(LmdbProfileStore(_published(lake, day, Path(name)))) as store:
            asked = [take(columns, [row]) for row in ones.tolist()]
            threes = [take(columns, index) for index in _of_three(columns)]
            return {
                "features": len(recipe.names),
                "layers": len(store.layers),
                **_stations([_record(row) for row in frame[ones].to_dicts()], asked, store, recipe),
                "history values of three items, us": _microseconds(store.lookup, threes),
                "reference values among them of one item, us": _of_tables(store, asked),
                "matrix of three items, us": _microseconds(
                    lambda each: recipe.matrix(*each), [(few, store.lookup(few)) for few in threes]
                ),
                **_of_redis(store, asked),
                **_of_many(recipe, columns, store, many),
            }


def _of_tables(store: LmdbProfileStore, ones: Sequence[Columns]) -> dict[str, float]:
    """What reference tables cost of a look-up, within one read transaction."""
    with store._reading() as get:
        return _microseconds(lambda one: [*standing_values(get, one)], ones)


def _stations(
    records: Sequence[dict[str, object]], asked: Sequence[Columns], store: LmdbProfileStore, recipe: Recipe
) -> dict[str, object]:
    def whole(record: dict[str, object]) -> NDArray[np.float64]:
        reading = from_records([record])
        verdict = validate(reading.columns, _INTAKE, _NOW, unreadable=reading.unreadable)
        columns = reading.columns | {"warnings": verdict.warnings}
        return recipe.matrix(columns, store.lookup(columns))

    read = [from_records([record]).columns for record in records]
    known = [(columns, store.lookup(columns)) for columns in asked]
    return {
        "columns of one item, us": _microseconds(lambda record: from_records([record]), records),
        "validation of one item, us": _microseconds(lambda each: validate(each, _INTAKE, _NOW), read),
        "history values of one item, us": _microseconds(store.lookup, asked),
        "matrix of one item, us": _microseconds(lambda each: recipe.matrix(*each), known),
        "all of one item, us": _microseconds(whole, records),
    }


def _of_redis(store: LmdbProfileStore, ones: Sequence[Columns]) -> dict[str, object]:
    """The same out of a Redis on this machine, and the seconds that mirroring takes."""
    with redis_server() as server:
        started = time.perf_counter()
        mirror(server.url, store)
        seconds = round(time.perf_counter() - started, 2)
        with closing(RedisProfileStore(server.url, seconds=5)) as mirrored:
            taken = _microseconds(mirrored.lookup, ones)
    return {"history values of one item from Redis, us": taken, "mirror, seconds": seconds}


def _of_many(recipe: Recipe, columns: Columns, store: LmdbProfileStore, many: int) -> dict[str, object]:
    """Seconds of the matrix of many rows, and the memory it needs beside them and itself."""
    index = np.random.default_rng(1).integers(rows(columns), size=many)
    few = store.lookup(columns)
    history = {name: few[name][index] for name in KNOWN_NAMES}
    items = take(columns, index)
    with _Watched() as watched:
        started = time.perf_counter()
        matrix = recipe.matrix(items, history)
        seconds = time.perf_counter() - started
    beside = watched.most - watched.before - matrix.nbytes
    return {
        "rows of the large matrix": many,
        "large matrix, seconds": round(seconds, 2),
        "large matrix, MiB beside it": round(beside / 2**20),
    }


class _Watched:
    """The resident memory of this process before, and the most of it meanwhile, in bytes."""

    def __enter__(self) -> _Watched:
        self.before = self.most = _resident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.most = max(self.most, _resident())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def _lake(declarations: int, folder: Path) -> Lake:
    simulate(WorldSettings(declarations=declarations)).write(folder)
    return world_lake(folder)


def _last_day(lake: Lake) -> date:
    newest: Any = lake.items().select(pl.col("customs_date").max()).collect().item()
    return date.fromisoformat(newest.isoformat())


def _published(lake: Lake, day: date, folder: Path) -> Path:
    """The folder of the snapshot of the day, which lies on those of the days before."""
    tables = world_tables(folder)
    for back in reversed(range(_LAYERS)):
        published = publish_day(folder / "snapshots", lake, day - timedelta(days=back), tables=tables)
    return published.folder


def _record(row: dict[str, Any]) -> dict[str, object]:
    """An item as a caller sends it."""
    given = {name: value for name, value in row.items() if value is not None and name not in DERIVED}
    for name, value in given.items():
        if isinstance(value, datetime):
            given[name] = value.isoformat()
        if FIELD[name].kind is Kind.FLAG:
            given[name] = bool(value)
    return given


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
