"""What every quota store must do, and what several processes may do to one."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from customs.lane import Lane
from selection.capacity import QuotaStore, Take
from selection.errors import QuotaUnavailable
from selection.memory_quota import MemoryQuota
from selection.sqlite_quota import SqliteQuota

DAY = date(2026, 3, 2)
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["selection.sqlite_quota"])


@pytest.fixture(params=["sqlite", "memory"])
def quota(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QuotaStore]:
    if request.param == "memory":
        yield MemoryQuota()
    else:
        with SqliteQuota.open(tmp_path / "quota.db") as opened:
            yield opened


class TestEveryQuota:
    def test_the_limit_stops_the_model_and_says_what_is_used(self, quota: QuotaStore) -> None:
        takes = [quota.take(DAY, Lane.RED, 2) for _ in range(3)]
        assert takes == [Take(Lane.RED, 2, True, 1), Take(Lane.RED, 2, True, 2), Take(Lane.RED, 2, False, 2)]
        assert quota.used(DAY, Lane.RED) == 2

    def test_lanes_and_days_are_counted_apart(self, quota: QuotaStore) -> None:
        assert quota.take(DAY, Lane.RED, 1).taken
        assert quota.take(DAY, Lane.ORANGE, 1).taken
        assert quota.take(DAY + timedelta(days=1), Lane.RED, 1).taken
        assert not quota.take(DAY, Lane.RED, 1).taken

    def test_what_no_quota_stops_is_counted_all_the_same(self, quota: QuotaStore) -> None:
        assert [quota.take(DAY, Lane.RED, None).used for _ in range(3)] == [1, 2, 3]
        assert not quota.take(DAY, Lane.RED, 3).taken

    def test_overspending_is_taken_from_the_next_days_limit_and_no_further(self, quota: QuotaStore) -> None:
        for _ in range(7):
            quota.take(DAY, Lane.RED, None)
        tomorrow, day_after = DAY + timedelta(days=1), DAY + timedelta(days=2)
        takes = [quota.take(tomorrow, Lane.RED, 5) for _ in range(4)]
        assert [take.taken for take in takes] == [True, True, True, False]
        assert takes[0].limit == 3
        assert quota.take(day_after, Lane.RED, 5).limit == 5

    def test_a_day_that_was_overspent_twofold_leaves_nothing_for_the_model(self, quota: QuotaStore) -> None:
        for _ in range(12):
            quota.take(DAY, Lane.RED, None)
        assert quota.take(DAY + timedelta(days=1), Lane.RED, 5) == Take(Lane.RED, 0, False, 0)

    def test_threads_together_take_no_more_than_the_limit(self, quota: QuotaStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            takes = list(pool.map(lambda _: quota.take(DAY, Lane.RED, 25), range(60)))
        assert sum(take.taken for take in takes) == 25
        assert quota.used(DAY, Lane.RED) == 25


def take_many(path: Path) -> int:
    with SqliteQuota.open(path) as quota:
        return sum(quota.take(DAY, Lane.RED, 50).taken for _ in range(40))


def test_processes_together_take_no_more_than_the_limit(tmp_path: Path) -> None:
    with CHILDREN.Pool(3) as pool:
        taken = pool.map(take_many, [tmp_path / "quota.db"] * 3)
    assert sum(taken) == 50


def test_the_count_outlives_the_process(tmp_path: Path) -> None:
    for expected in (1, 2):
        with SqliteQuota.open(tmp_path / "quota.db") as quota:
            assert quota.take(DAY, Lane.RED, 5).used == expected


def test_a_file_that_cannot_be_used_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "quota.db").write_bytes(b"no database" * 100)
    with pytest.raises(QuotaUnavailable) as refused:
        SqliteQuota.open(tmp_path / "quota.db")
    assert refused.value.remedy


def test_a_count_that_fails_is_told_and_leaves_no_transaction_open(tmp_path: Path) -> None:
    with SqliteQuota.open(tmp_path / "quota.db") as quota:
        other = sqlite3.connect(tmp_path / "quota.db")
        other.execute("ALTER TABLE used RENAME TO gone")
        with pytest.raises(QuotaUnavailable):
            quota.take(DAY, Lane.RED, 5)
        other.execute("ALTER TABLE gone RENAME TO used")
        other.close()
        assert quota.take(DAY, Lane.RED, 5).taken
