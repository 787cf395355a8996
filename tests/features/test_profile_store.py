"""One contract for every profile store, and the folder in which snapshots are published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.columns import Columns, from_records
from features.errors import ProfileStoreError, WriteFailedError
from features.history.history import History
from features.history.parts import part_codes
from features.lmdb_profile_store import ABOUT, FILE, LmdbProfileStore, write
from features.profile_store import POINTER, ProfileStore, current, of_day, publish
from features.redis_profile_store import RedisProfileStore, mirror
from features.reference.tables import KNOWN_NAMES
from features.snapshot import Snapshot, Table
from tests.features.history_reference import make_world
from tests.redis_server import RedisServer, needs_redis, redis_server

DAY = date(2024, 7, 1)
Maker = Callable[[Snapshot], ProfileStore]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    world = make_world(40, 11)
    return History.build(world.item_frame(), world.outcome_frame()).snapshot(DAY)


@pytest.fixture(scope="module")
def columns() -> Columns:
    return make_world(40, 11).columns()


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(params=["memory", "lmdb", pytest.param("redis", marks=needs_redis)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Give a function that stores a snapshot; another kind of store joins here."""
    stores: list[ProfileStore] = []

    def stored(snapshot: Snapshot) -> ProfileStore:
        if request.param == "memory":
            return snapshot
        folder = tmp_path / str(len(stores))
        write(folder, snapshot)
        stores.append(held := LmdbProfileStore(folder))
        if request.param == "redis":
            url = request.getfixturevalue("server").url
            mirror(url, held)
            stores.append(RedisProfileStore(url, seconds=5))
        return stores[-1]

    yield stored
    for store in stores:
        store.close()


class TestEveryProfileStore:
    """What the service relies on, whichever store it is given."""

    def test_it_knows_its_day_and_its_identity(self, make: Maker, snapshot: Snapshot) -> None:
        store = make(snapshot)
        assert (store.as_of, store.identity) == (DAY, snapshot.identity)

    def test_it_gives_what_the_snapshot_holds(
        self, make: Maker, snapshot: Snapshot, columns: Columns
    ) -> None:
        found, expected = make(snapshot).lookup(columns), snapshot.lookup(columns)
        assert tuple(found) == KNOWN_NAMES
        assert found["importer.items"].max() > 1
        for name in KNOWN_NAMES:
            assert found[name].dtype == np.int64
            assert found[name].tobytes() == expected[name].tobytes()

    def test_unseen_and_missing_keys_have_the_values_of_the_unseen(
        self, make: Maker, snapshot: Snapshot
    ) -> None:
        item = {"importer_id": "nobody yet", "seller_id": None, "hs_code": "010121"}
        found = make(snapshot).lookup(from_records([item]).columns)
        assert [found[f"{entity}.last_day"].tolist() for entity in ("importer", "seller", "hs6")] == [
            [-1]
        ] * 3
        assert found["importer.known"].tolist() == [0]
        assert found["all.items"][0] > 0

    def test_no_row_gives_no_value(self, make: Maker, snapshot: Snapshot) -> None:
        found = make(snapshot).lookup(from_records([]).columns)
        assert {len(found[name]) for name in KNOWN_NAMES} == {0}

    def test_an_empty_snapshot_can_be_stored(self, make: Maker) -> None:
        found = make(Snapshot(DAY, {})).lookup(from_records([{"importer_id": "I"}]).columns)
        assert found["importer.first_day"].tolist() == [-1]

    def test_keys_and_values_of_any_length_and_size_come_back(self, make: Maker) -> None:
        name = "ñ" * 1000
        key = part_codes(from_records([{"brand": name}]).columns)["brand"]
        values = np.array([[2**63 - 1, -(2**63), 0]])
        store = make(Snapshot(DAY, {"brand": Table(key[:, None], values)}))
        found = store.lookup(from_records([{"brand": name}, {"brand": "ñ" * 999}]).columns)
        assert found["brand.items"].tolist() == [2**63 - 1, 0]
        assert found["brand.known"].tolist() == [-(2**63), 0]

    def test_many_threads_may_look_up_at_once(
        self, make: Maker, snapshot: Snapshot, columns: Columns
    ) -> None:
        store = make(snapshot)
        expected = store.lookup(columns)["hs6.uv_sum"].tobytes()
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: store.lookup(columns)["hs6.uv_sum"].tobytes(), range(64)))
        assert set(found) == {expected}


def test_the_published_snapshot_is_the_current_one(tmp_path: Path, snapshot: Snapshot) -> None:
    folder = publish(tmp_path, snapshot)
    assert current(tmp_path) == folder == tmp_path / "2024-07-01"
    with closing(LmdbProfileStore(folder)) as store:
        assert store.as_of == DAY


def test_publishing_again_writes_nothing_and_another_of_the_day_stands_beside(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    first = publish(tmp_path, snapshot)
    assert publish(tmp_path, snapshot) == first
    second = publish(tmp_path, Snapshot(DAY, {}))
    assert (second.name, current(tmp_path), of_day(tmp_path, DAY)) == ("2024-07-01.2", second, second)
    assert publish(tmp_path, snapshot) == first == current(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-07-01", "2024-07-01.2", POINTER]
    assert of_day(tmp_path, DAY + timedelta(days=1)) is None


def test_a_reader_keeps_its_snapshot_while_the_next_is_published(tmp_path: Path, snapshot: Snapshot) -> None:
    with closing(LmdbProfileStore(publish(tmp_path, snapshot))) as store:
        asked = from_records([{}]).columns
        before = store.lookup(asked)["all.items"]
        publish(tmp_path, Snapshot(DAY + timedelta(days=1), {}))
        assert np.array_equal(store.lookup(asked)["all.items"], before)


def test_without_a_current_snapshot_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileStoreError) as caught:
        current(tmp_path)
    assert "tamiz advance" in caught.value.remedy
    (tmp_path / POINTER).write_text("2024-01-01\n")
    with pytest.raises(ProfileStoreError):
        current(tmp_path)


def test_a_store_of_other_history_values_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    write(tmp_path / "day", snapshot)
    about = json.loads((tmp_path / "day" / ABOUT).read_text())
    (tmp_path / "day" / ABOUT).write_text(json.dumps(about | {"stamp": "0123456789abcdef"}))
    with pytest.raises(ProfileStoreError, match="other history values"):
        LmdbProfileStore(tmp_path / "day")


@pytest.mark.parametrize("harm", ["absent", "cut", "empty", "unstamped", "foreign"])
def test_a_damaged_store_is_refused_with_its_remedy(tmp_path: Path, snapshot: Snapshot, harm: str) -> None:
    folder = tmp_path / "day"
    write(folder, snapshot)
    whole = (folder / FILE).read_bytes()
    damaged = {"cut": whole[: len(whole) // 2], "empty": b"", "foreign": b"x" * len(whole)}
    if harm == "unstamped":
        (folder / ABOUT).write_text("{}")
    elif harm == "absent":
        (folder / FILE).unlink()
    else:
        (folder / FILE).write_bytes(damaged[harm])
    with pytest.raises(ProfileStoreError) as caught:
        LmdbProfileStore(folder)
    assert "tamiz advance" in caught.value.remedy


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, snapshot: Snapshot) -> None:
    write(tmp_path / "day", snapshot)
    with pytest.raises(WriteFailedError):
        write(tmp_path / "day", snapshot)
    assert [path.name for path in tmp_path.iterdir()] == ["day"]
