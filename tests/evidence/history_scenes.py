"""What is killed while it writes histories: how each work begins, and what a reader then sees."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from features.history.backfill import POINTER, backfill, in_use, read_backfill
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from features.publication import LONGEST, publish_day
from features.redis_profile_store import RedisProfileStore, mirror
from features.schedule import Pool
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.evidence.steps import Steps
from tests.world_lake import world_lake

DAY = date(2024, 6, 3)


@dataclass(frozen=True)
class Place:
    """Where a scene plays: a folder of its own, and the URL of a Redis where it needs one."""

    home: Path
    url: str = ""

    @property
    def lake(self) -> Lake:
        return Lake(self.home / "lake")

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def values(self) -> Path:
        return self.home / "values"


@dataclass(frozen=True)
class Scene:
    """A work that stops after each of its stages, what it begins from, and what a fresh reader then sees."""

    begin: Callable[[Place], None]
    work: Callable[[Place], Iterator[None]]
    seen: Callable[[Place], str]
    redis: bool = False


def lying(place: Place) -> dict[str, str]:
    """Everything that lies there, by name; the rows in use of a backfill under one name, whichever it has."""
    used = in_use(place.values)
    found = {}
    for path in sorted(place.home.rglob("*")):
        name = path.relative_to(place.home).as_posix()
        if used:
            name = name.replace(f"{place.values.name}/{used.name}", f"{place.values.name}/used")
        if path != place.values / POINTER:
            found[name] = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


def play(name: str, home: str, url: str, fatal: str) -> None:
    """Do the work of a scene in this process, which dies at step `fatal` (0: never)."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Steps(int(fatal))
    for _ in SCENES[name].work(Place(Path(home), url)):
        pass


@cache
def _rows() -> tuple[pl.DataFrame, pl.DataFrame]:
    with TemporaryDirectory() as name:
        simulate(WorldSettings(declarations=1_500, months=6, seed=7)).write(Path(name))
        lake = world_lake(Path(name))
        return lake.items().collect(), lake.outcomes().collect()


def _filled(place: Place, until: date | None = None) -> None:
    items, outcomes = _rows()
    place.lake.append_items(items if until is None else items.filter(pl.col("customs_date") < until))
    place.lake.append_outcomes(outcomes)


def _published(place: Place, *days: int) -> None:
    for each in days:
        publish_day(place.snapshots, place.lake, DAY + timedelta(days=each))


def _in_stages(place: Place, *days: int) -> Iterator[None]:
    for each in days:
        _published(place, each)
        yield


def _begin_long_ago(place: Place) -> None:
    _filled(place)
    _published(place, -LONGEST - 1)


def _begin_lately(place: Place) -> None:
    _filled(place)
    _published(place, 0)


def _begin_with_two(place: Place) -> None:
    _filled(place)
    _published(place, 1, 0)


def _begin_with_values(place: Place) -> None:
    _filled(place, DAY)
    backfill(place.lake.root, place.values)
    _filled(place)


def _begin_mirrored(place: Place) -> None:
    _begin_lately(place)
    next(_mirrored(place))
    _published(place, 1)


def _backfilled(place: Place) -> Iterator[None]:
    backfill(place.lake.root, place.values)
    yield


def _backfilled_in_a_pool(place: Place) -> Iterator[None]:
    backfill(place.lake.root, place.values, scheduler=Pool(2))
    yield


def _mirrored(place: Place) -> Iterator[None]:
    with closing(LmdbProfileStore(current(place.snapshots))) as store:
        mirror(place.url, store)
    yield


def _snapshot_seen(place: Place) -> str:
    with closing(LmdbProfileStore(current(place.snapshots))) as store:
        return _digest(store)


def _mirror_seen(place: Place) -> str:
    with closing(RedisProfileStore(place.url, seconds=5)) as store:
        return _digest(store)


def _digest(store: LmdbProfileStore | RedisProfileStore) -> str:
    whole = sha256(f"{store.as_of} {store.begun} {store.identity} {store.weight}".encode())
    for key, value in store.scan(b""):
        whole.update(len(key).to_bytes(4) + key + len(value).to_bytes(4) + value)
    return whole.hexdigest()


def _values_seen(place: Place) -> str:
    return sha256(read_backfill(place.values).collect().write_csv().encode()).hexdigest()


SCENES: dict[str, Scene] = {
    "a snapshot made anew": Scene(_begin_long_ago, lambda place: _in_stages(place, 0), _snapshot_seen),
    "an advance by days": Scene(_begin_lately, lambda place: _in_stages(place, 1, 2, 4, 7), _snapshot_seen),
    "the pointer to and fro": Scene(
        _begin_with_two, lambda place: _in_stages(place, *(1, 0) * 5), _snapshot_seen
    ),
    "a backfill": Scene(_begin_with_values, _backfilled, _values_seen),
    "a mirror in Redis": Scene(_begin_mirrored, _mirrored, _mirror_seen, redis=True),
    "a backfill in a pool": Scene(_begin_with_values, _backfilled_in_a_pool, _values_seen),
}

if __name__ == "__main__":
    play(*sys.argv[1:])
