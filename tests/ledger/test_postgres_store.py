"""What the ledger in PostgreSQL does when its server, its rights or another process misbehave."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.errors import LedgerError, LedgerUnavailable
from ledger.postgres_session import PostgresSession
from ledger.postgres_store import PostgresLedger
from ledger.settings import LedgerSettings
from tests.ledger.children import CHILDREN
from tests.ledger.some_records import some_record
from tests.postgresql_server import PostgresqlServer, needs_postgresql, postgresql_server

pytestmark = needs_postgresql
IMPATIENT = LedgerSettings(busy_seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresqlServer) -> str:
    """Of a ledger with ten records."""
    name = f"ledger_{secrets.token_hex(4)}"
    server.create(name)
    fill(server.url_of(name), range(1, 11))
    return server.url_of(name)


def fill(url: str, numbers: range) -> list[int]:
    with PostgresLedger.open(url) as ledger:
        return [future.result(20).seq for future in [ledger.append(some_record(one)) for one in numbers]]


def run(url: str, *statements: str) -> None:
    session = PostgresSession(url, seconds=5)
    for statement in statements:
        session.rows(statement)
    session.close()


def test_records_outlive_the_process(url: str) -> None:
    with PostgresLedger.open(url) as ledger:
        assert ledger.count() == 10
        assert ledger.verify().intact
        assert ledger.append(some_record(11)).result(5).seq == 11


@pytest.mark.parametrize(
    "statement",
    ["UPDATE record SET client = 'x' WHERE seq = 1", "DELETE FROM record WHERE seq = 10", "TRUNCATE record"],
)
def test_the_database_refuses_to_change_or_delete(url: str, statement: str) -> None:
    with pytest.raises(LedgerUnavailable):
        run(url, statement)
    with PostgresLedger.open(url) as ledger:
        assert (ledger.count(), ledger.verify().intact) == (10, True)


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        ("UPDATE record SET client = 'x' WHERE seq = 4", "other than the leaf says: client"),
        ("UPDATE record SET leaf = '{}' WHERE seq = 4", "the leaf does not have the hash"),
        ("DELETE FROM record WHERE seq = 4", "1 missing before record 5"),
        ("DELETE FROM record WHERE seq > 3", "7 missing after record 3"),
    ],
)
def test_verify_names_what_a_master_of_the_database_did(url: str, tampering: str, words: str) -> None:
    off, on = (f"ALTER TABLE record {do} TRIGGER record_is_never_changed" for do in ("DISABLE", "ENABLE"))
    run(url, off, tampering, on)
    with PostgresLedger.open(url) as ledger:
        [difference] = ledger.verify().differences
    assert (difference.seq, words in difference.words) == (4, True)


def test_verify_tells_of_a_trigger_that_is_off(url: str) -> None:
    run(url, "ALTER TABLE record DISABLE TRIGGER record_is_never_emptied")
    with PostgresLedger.open(url) as ledger:
        assert "triggers" in ledger.verify().differences[0].words


def test_a_user_of_least_rights_records_and_can_do_no_more(server: PostgresqlServer, url: str) -> None:
    role = f"service_{secrets.token_hex(4)}"
    run(
        url,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT SELECT, INSERT ON record TO {role}",
        f"GRANT SELECT ON ledger_format TO {role}",
        f"GRANT USAGE, SELECT, UPDATE ON SEQUENCE record_given TO {role}",
    )
    least = url.replace("tamiz@", f"{role}@")
    assert fill(least, range(11, 14)) == [11, 12, 13]
    with pytest.raises(LedgerUnavailable):
        run(least, "ALTER TABLE record DISABLE TRIGGER ALL")


def test_a_ledger_of_a_newer_format_is_refused(url: str) -> None:
    run(url, "UPDATE ledger_format SET version = 4")
    with pytest.raises(LedgerError, match="format 4"):
        PostgresLedger.open(url)


@pytest.mark.parametrize(
    "url", ["mysql://a:secret@h/d", "postgresql://h/d", "postgresql://u:secret@h:x/d", "postgresql://u@h"]
)
def test_a_url_that_is_none_is_told_and_not_shown(url: str) -> None:
    with pytest.raises(LedgerError) as refused:
        PostgresLedger.open(url)
    assert "secret" not in f"{refused.value} {refused.value.remedy}"


def append_some(url: str, first: int) -> list[int]:
    return fill(url, range(first, first + 40))


def test_several_processes_append_without_gaps(url: str) -> None:
    with CHILDREN.Pool(3) as pool:
        seqs = pool.starmap(append_some, [(url, 100), (url, 200), (url, 300)])
    assert sorted(seq for each in seqs for seq in each) == list(range(11, 131))
    assert all(each == sorted(each) for each in seqs)
    with PostgresLedger.open(url) as ledger:
        assert ledger.verify().intact


def test_while_the_server_is_away_nothing_is_acknowledged_and_then_it_goes_on() -> None:
    with postgresql_server() as server, PostgresLedger.open(server.url_of(), IMPATIENT) as ledger:
        assert ledger.append(some_record(1)).result(5).seq == 1
        server.stop()
        assert not ledger.writable()
        with pytest.raises(LedgerUnavailable) as refused:
            ledger.append(some_record(2)).result(10)
        assert str(server.port) not in f"{refused.value} {refused.value.remedy}"
        server.start()
        assert ledger.append(some_record(2)).result(10).seq == 2
        assert ledger.writable()


def test_what_was_acknowledged_before_the_server_was_killed_stands() -> None:
    with postgresql_server() as server:
        told: list[int] = []
        stop = threading.Event()

        def append(worker: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    told.append(ledger.append(some_record(1000 * worker + number)).result(10).seq)
                except LedgerUnavailable:
                    return

        with PostgresLedger.open(server.url_of(), IMPATIENT) as ledger, ThreadPoolExecutor(4) as pool:
            for worker in range(4):
                pool.submit(append, worker)
            while len(told) < 100:
                time.sleep(0.01)
            server.stop()
            stop.set()
        server.start()
        with PostgresLedger.open(server.url_of()) as again:
            assert again.verify().intact
            assert {stored.seq for stored in again.iterate()} >= set(told)
