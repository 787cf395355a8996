"""What every ledger store must do, whatever stands behind it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import AlreadyRecorded, LedgerUnavailable
from ledger.postgres_store import PostgresLedger
from ledger.record import Kind
from ledger.sealer import seal
from ledger.sealing_key import sealing_key
from ledger.sqlite_store import SqliteLedger
from ledger.store import LedgerStore
from ledger.verifier import Frontier, Sealed, leaf_hash
from tests.ledger.memory_ledger import MemoryLedger
from tests.ledger.some_records import START, some_record
from tests.postgresql_server import PostgresqlServer, needs_postgresql, postgresql_server


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "memory", pytest.param("postgresql", marks=needs_postgresql)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerStore]:
    with _opened(request, tmp_path) as opened:
        yield opened


def _opened(request: pytest.FixtureRequest, folder: Path) -> LedgerStore:
    if request.param == "memory":
        return MemoryLedger()
    if request.param == "sqlite":
        return SqliteLedger.open(folder / "l.db")
    server: PostgresqlServer = request.getfixturevalue("server")
    name = f"ledger_{secrets.token_hex(4)}"
    server.create(name)
    return PostgresLedger.open(server.url_of(name))


class TestEveryLedger:
    def test_an_appended_record_is_found_by_id_key_and_declaration(self, ledger: LedgerStore) -> None:
        record = some_record(1)
        stored = ledger.append(record).result(5)
        assert stored.seq == 1
        assert stored.leaf == record.leaf()
        assert stored.leaf_hash == leaf_hash(record.leaf())
        assert stored.record == record
        assert ledger.get("r1") == ledger.by_key("clearance", "k1") == stored
        assert ledger.about("d1") == [stored]
        assert ledger.get("r2") is None
        assert ledger.by_key("clearance", "k2") is None
        assert ledger.by_key("another client", "k1") is None
        assert ledger.about("d2") == []

    def test_a_second_record_with_the_key_is_refused_and_told_of_the_first(self, ledger: LedgerStore) -> None:
        first = ledger.append(some_record(1)).result(5)
        with pytest.raises(AlreadyRecorded) as refused:
            ledger.append(some_record(2, key="k1")).result(5)
        assert refused.value.stored == first
        assert ledger.count() == 1

    def test_a_second_record_with_the_id_is_refused(self, ledger: LedgerStore) -> None:
        first = ledger.append(some_record(1)).result(5)
        with pytest.raises(AlreadyRecorded) as refused:
            ledger.append(some_record(1, key="another")).result(5)
        assert refused.value.stored == first

    def test_what_can_stand_once_stands_once_whoever_the_client(self, ledger: LedgerStore) -> None:
        one = replace(some_record(1), once="o")
        futures = [ledger.append(record) for record in (one, replace(some_record(2), once="o"))]
        first = futures[0].result(5)
        with pytest.raises(AlreadyRecorded) as refused:
            futures[1].result(5)
        with pytest.raises(AlreadyRecorded) as later:
            ledger.append(replace(some_record(3), client="another", once="o")).result(5)
        assert refused.value.stored == later.value.stored == ledger.by_once("o") == first
        assert first.record == one
        assert ledger.append(some_record(4)).result(5).seq == 2
        assert ledger.by_once("p") is None

    def test_the_key_is_told_before_what_can_stand_once(self, ledger: LedgerStore) -> None:
        ledger.append(replace(some_record(1), once="o")).result(5)
        second = ledger.append(some_record(2)).result(5)
        with pytest.raises(AlreadyRecorded) as refused:
            ledger.append(replace(some_record(3, key="k2"), once="o")).result(5)
        assert refused.value.stored == second

    def test_what_stands_before_a_request_is_the_record_of_its_key_and_those_of_its_declaration(
        self, ledger: LedgerStore
    ) -> None:
        for number in range(1, 6):
            ledger.append(some_record(number)).result(5)
        assert [stored.seq for stored in ledger.before("clearance", "k2", "d1")] == [1, 2, 4]
        assert [stored.seq for stored in ledger.before("clearance", "k4", "d1")] == [1, 4]
        assert [stored.seq for stored in ledger.before("another", "k2", "d1")] == [1, 4]
        assert ledger.before("another", "k2", "d9") == []

    def test_it_is_sealed_and_gives_the_heads_back_in_their_order(
        self, ledger: LedgerStore, tmp_path: Path
    ) -> None:
        key = sealing_key(tmp_path / "sealing.json")
        assert (ledger.frontier(), list(ledger.heads())) == (Frontier(), [])
        for upto in (3, 4, 9):
            for number in range(ledger.count(), upto):
                ledger.append(some_record(number)).result(5)
            before = ledger.frontier().size
            assert seal(ledger, key, START) == upto - before
        tree = Frontier()
        for stored in ledger.iterate():
            tree.append(stored.leaf_hash)
        assert ledger.frontier() == tree
        heads = list(ledger.heads())
        assert [(one.head.size, len(one.leaves)) for one in heads] == [(3, 3), (4, 1), (9, 5)]
        assert heads[-1].head.root == tree.root()
        assert list(ledger.heads(3)) == heads[1:]
        ledger.seal(Sealed(key.head(9, bytes(32), START), ()), Frontier(9, []))
        assert list(ledger.heads()) == heads

    def test_a_receipt_stands_beside_the_record_for_ever(self, ledger: LedgerStore) -> None:
        before = ledger.append(some_record(1)).result(5)
        ledger.sign_receipts(lambda leaf: b"signed " + leaf)
        made = ledger.append(some_record(2)).result(5)
        assert (before.receipt, made.receipt) == (None, b"signed " + made.leaf_hash)
        assert [stored.receipt for stored in ledger.iterate()] == [None, made.receipt]
        with pytest.raises(AlreadyRecorded) as refused:
            ledger.append(some_record(2)).result(5)
        assert refused.value.stored == made
        assert ledger.verify().intact

    def test_numbers_have_no_gaps_though_some_are_refused(self, ledger: LedgerStore) -> None:
        futures = [ledger.append(some_record(number, key=f"k{number % 7}")) for number in range(20)]
        seqs = [future.result(5).seq for future in futures if future.exception(5) is None]
        assert seqs == list(range(1, 8))
        assert ledger.append(some_record(99)).result(5).seq == 8

    def test_iteration_goes_on_where_it_stopped(self, ledger: LedgerStore) -> None:
        for number in range(1, 8):
            kind = Kind.OUTCOME if number % 2 else Kind.DECISION
            ledger.append(some_record(number, kind=kind)).result(5)
        assert [stored.seq for stored in ledger.iterate()] == [1, 2, 3, 4, 5, 6, 7]
        assert [stored.seq for stored in ledger.iterate(5)] == [6, 7]
        assert [stored.seq for stored in ledger.iterate(2, {Kind.OUTCOME})] == [3, 5, 7]
        assert list(ledger.iterate(0, [])) == []

    def test_of_many_at_once_with_one_key_one_is_recorded(self, ledger: LedgerStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            futures = list(pool.map(lambda n: ledger.append(some_record(n, key="same")), range(40)))
        recorded = [future.result(5) for future in futures if future.exception(5) is None]
        told = {
            error.stored for future in futures if isinstance(error := future.exception(5), AlreadyRecorded)
        }
        assert len(recorded) == 1
        assert told == set(recorded)
        assert ledger.count() == 1

    def test_an_event_loop_can_wait_for_the_commit(self, ledger: LedgerStore) -> None:
        async def both() -> list[int]:
            waits = [asyncio.wrap_future(ledger.append(some_record(number))) for number in (1, 2)]
            return [stored.seq for stored in await asyncio.gather(*waits)]

        assert asyncio.run(both()) == [1, 2]

    def test_an_untouched_ledger_verifies(self, ledger: LedgerStore) -> None:
        for number in range(5):
            ledger.append(some_record(number)).result(5)
        result = ledger.verify()
        assert result.intact
        assert result.checked == ledger.count() == 5

    def test_an_open_ledger_takes_records(self, ledger: LedgerStore) -> None:
        assert ledger.writable()

    def test_a_closed_ledger_acknowledges_nothing(self, ledger: LedgerStore) -> None:
        ledger.close()
        with pytest.raises(LedgerUnavailable):
            ledger.append(some_record(1)).result(5)
