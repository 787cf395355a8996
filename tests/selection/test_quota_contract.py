"""What every quota must do, in memory, in a file and in Redis, and what processes may do to one."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customs.lane import Lane
from selection.capacity import Place, QuotaStore, Take
from selection.errors import QuotaUnavailable
from selection.memory_quota import MemoryQuota
from selection.redis_quota import RedisQuota
from selection.sqlite_quota import SqliteQuota
from tests.redis_server import needs_redis, redis_server

DAY = date(2026, 3, 2)
RED = Place(DAY, "118", Lane.RED)
ORANGE = replace(RED, lane=Lane.ORANGE)
TOMORROW = replace(RED, day=DAY + timedelta(days=1))
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["selection.sqlite_quota", "selection.redis_quota"])


@pytest.fixture(params=["sqlite", "memory", pytest.param("redis", marks=needs_redis)])
def quota(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QuotaStore]:
    if request.param == "memory":
        yield MemoryQuota()
    elif request.param == "sqlite":
        with SqliteQuota.open(tmp_path / "quota.db") as opened:
            yield opened
    else:
        with redis_server() as server, RedisQuota(server.url, seconds=5) as opened:
            yield opened


class TestEveryQuota:
    def test_the_limit_stops_the_model_and_says_what_is_used(self, quota: QuotaStore) -> None:
        takes = [quota.take(RED, 2) for _ in range(3)]
        assert takes == [Take(Lane.RED, 2, True, 1), Take(Lane.RED, 2, True, 2), Take(Lane.RED, 2, False, 2)]
        assert quota.used(RED) == 2

    def test_lanes_days_and_offices_are_counted_apart(self, quota: QuotaStore) -> None:
        for place in (RED, ORANGE, TOMORROW, replace(RED, office="235"), replace(RED, office="")):
            assert quota.take(place, 1).taken
        assert not quota.take(RED, 1).taken

    def test_what_no_quota_stops_is_counted_all_the_same(self, quota: QuotaStore) -> None:
        assert [quota.take(RED, None) for _ in range(2)] == [
            Take(Lane.RED, None, True, 1),
            Take(Lane.RED, None, True, 2),
        ]
        assert not quota.take(RED, 2).taken

    def test_the_model_may_use_what_is_released_and_more_as_the_day_goes(self, quota: QuotaStore) -> None:
        taken = {part: sum(quota.take(RED, 10, part).taken for _ in range(10)) for part in (0.25, 0.3, 1.0)}
        assert taken == {0.25: 3, 0.3: 0, 1.0: 7}
        assert quota.take(TOMORROW, 10, 0.1) == Take(Lane.RED, 1, True, 1)

    def test_what_is_given_back_can_be_taken_again(self, quota: QuotaStore) -> None:
        assert quota.take(RED, 1).taken
        quota.give_back(RED)
        assert quota.take(RED, 1) == Take(Lane.RED, 1, True, 1)

    def test_nothing_is_given_back_where_nothing_was_taken(self, quota: QuotaStore) -> None:
        quota.give_back(RED)
        assert quota.used(RED) == 0
        assert quota.take(RED, 1).used == 1

    def test_overspending_is_taken_from_the_next_days_limit_and_no_further(self, quota: QuotaStore) -> None:
        for _ in range(7):
            quota.take(RED, None)
        takes = [quota.take(TOMORROW, 5) for _ in range(4)]
        assert [take.taken for take in takes] == [True, True, True, False]
        assert takes[0].limit == 3
        assert quota.take(replace(RED, day=DAY + timedelta(days=2)), 5).limit == 5

    def test_a_day_that_was_overspent_twofold_leaves_nothing_for_the_model(self, quota: QuotaStore) -> None:
        for _ in range(12):
            quota.take(RED, None)
        assert quota.take(TOMORROW, 5) == Take(Lane.RED, 0, False, 0)

    def test_threads_together_take_no_more_than_the_limit(self, quota: QuotaStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            takes = list(pool.map(lambda _: quota.take(RED, 25), range(60)))
        assert sum(take.taken for take in takes) == 25
        assert quota.used(RED) == 25

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
    @given(
        case=st.tuples(st.integers(0, 40), st.integers(0, 30), st.floats(0, 1)), number=st.integers(0, 10**9)
    )
    def test_all_reckon_the_same_limit(
        self, quota: QuotaStore, case: tuple[int, int, float], number: int
    ) -> None:
        limit, before, released = case
        office, plain = f"{number}", MemoryQuota()
        for _ in range(before - quota.used(replace(RED, office=office))):
            quota.take(replace(RED, office=office), None)
        for _ in range(quota.used(replace(RED, office=office))):
            plain.take(replace(RED, office=office), None)
        asked = replace(TOMORROW, office=office)
        for _ in range(quota.used(asked)):
            plain.take(asked, None)
        assert quota.take(asked, limit, released) == plain.take(asked, limit, released)


def take_many(path: Path) -> int:
    with SqliteQuota.open(path) as quota:
        return sum(quota.take(RED, 50).taken for _ in range(40))


def take_many_in_redis(url: str) -> int:
    with RedisQuota(url, seconds=5) as quota:
        return sum(quota.take(RED, 50).taken for _ in range(40))


def test_processes_together_take_no_more_than_the_limit(tmp_path: Path) -> None:
    with CHILDREN.Pool(3) as pool:
        taken = pool.map(take_many, [tmp_path / "quota.db"] * 3)
    assert sum(taken) == 50


@needs_redis
def test_replicas_on_one_redis_take_no_more_than_the_limit() -> None:
    with redis_server() as server, CHILDREN.Pool(3) as pool:
        assert sum(pool.map(take_many_in_redis, [server.url] * 3)) == 50


@needs_redis
def test_a_redis_that_is_away_is_told_without_its_url_and_found_again() -> None:
    with redis_server() as server, RedisQuota(server.url, seconds=1) as quota:
        assert quota.take(RED, 5).taken
        server.stop()
        with pytest.raises(QuotaUnavailable) as refused:
            quota.take(RED, 5)
        assert str(server.port) not in f"{refused.value} {refused.value.remedy}"
        server.start()
        assert quota.take(RED, 5) == Take(Lane.RED, 5, True, 1)


def test_the_count_outlives_the_process(tmp_path: Path) -> None:
    for expected in (1, 2):
        with SqliteQuota.open(tmp_path / "quota.db") as quota:
            assert quota.take(RED, 5).used == expected


def test_a_file_that_cannot_be_used_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "quota.db").write_bytes(b"no database" * 100)
    with pytest.raises(QuotaUnavailable) as refused:
        SqliteQuota.open(tmp_path / "quota.db")
    assert refused.value.remedy


def test_a_count_that_fails_is_told_and_leaves_no_transaction_open(tmp_path: Path) -> None:
    with SqliteQuota.open(tmp_path / "quota.db") as quota:
        other = sqlite3.connect(tmp_path / "quota.db")
        other.execute("ALTER TABLE used_at_office RENAME TO gone")
        with pytest.raises(QuotaUnavailable):
            quota.take(RED, 5)
        other.execute("ALTER TABLE gone RENAME TO used_at_office")
        other.close()
        assert quota.take(RED, 5).taken
