"""What the SQLite ledger does when its file, its disk or another process misbehaves."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import LedgerError, LedgerUnavailable
from ledger.settings import LedgerSettings
from ledger.sqlite_store import SCHEMA, SqliteLedger
from ledger.verification import Row
from tests.ledger.children import CHILDREN
from tests.ledger.some_records import some_record

IMPATIENT = LedgerSettings(busy_seconds=0.2)


def fill(path: Path, numbers: range) -> None:
    with SqliteLedger.open(path) as ledger:
        for future in [ledger.append(some_record(number)) for number in numbers]:
            future.result(20)


def raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "ledger.db", range(1, 11))
    return tmp_path / "ledger.db"


def test_records_outlive_the_process_and_the_file_is_private(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        assert [stored.leaf for stored in ledger.iterate()] == [some_record(n).leaf() for n in range(1, 11)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("statement", ["UPDATE record SET client = 'x'", "DELETE FROM record"])
def test_the_database_refuses_to_change_or_delete(path: Path, statement: str) -> None:
    connection = raw(path)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(statement)
    connection.close()


TAMPERINGS = {
    "the leaf": "UPDATE record SET leaf = replace(leaf, 'xxxx', 'xxxy') WHERE seq = 4",
    "the hash": "UPDATE record SET leaf_hash = zeroblob(32) WHERE seq = 4",
    "the kind": "UPDATE record SET kind = 'outcome' WHERE seq = 4",
    "the date": "UPDATE record SET recorded_at = '2026-03-01T12:00:04.000001Z' WHERE seq = 4",
    "the client": "UPDATE record SET client = 'another' WHERE seq = 4",
    "the key": "UPDATE record SET key = 'k400' WHERE seq = 4",
    "the declaration": "UPDATE record SET about = NULL WHERE seq = 4",
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS)
def test_verify_names_the_record_that_was_changed(path: Path, statement: str) -> None:
    tamper(path, statement)
    with SqliteLedger.open(path) as ledger:
        result = ledger.verify()
    assert not result.intact
    assert [(difference.seq, difference.id) for difference in result.differences] == [(4, "r4")]


def test_verify_tells_of_a_record_that_was_taken_out(path: Path) -> None:
    tamper(path, "DELETE FROM record WHERE seq IN (4, 5)")
    with SqliteLedger.open(path) as ledger:
        result = ledger.verify()
    assert [(gap.seq, gap.id, gap.words) for gap in result.differences] == [
        (4, None, "2 missing before record 6")
    ]


def test_verify_sees_a_leaf_that_was_replaced_together_with_its_hash(path: Path) -> None:
    other = some_record(4, key="forged")
    tamper(
        path,
        "UPDATE record SET leaf = ?, leaf_hash = (SELECT leaf_hash FROM record WHERE seq = 5) WHERE seq = 4",
        other.leaf(),
    )
    with SqliteLedger.open(path) as ledger:
        assert [difference.id for difference in ledger.verify().differences] == ["r4"]


def test_verify_tells_of_records_that_were_cut_off_the_end(path: Path) -> None:
    tamper(path, "DELETE FROM record WHERE seq > 8")
    with SqliteLedger.open(path) as ledger:
        words = [(gap.seq, gap.words) for gap in ledger.verify().differences]
        assert words == [(9, "2 missing after record 8")]
        ledger.append(some_record(11)).result(5)
        assert [gap.words for gap in ledger.verify().differences] == ["2 missing before record 11"]


def test_verify_tells_of_an_index_that_hides_a_record(path: Path) -> None:
    connection = raw(path)
    named = "name = 'record_about'"
    connection.executescript(f"""
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = sql || ' AND seq <> 4' WHERE {named};
        PRAGMA writable_schema = RESET;
        REINDEX record_about;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, ' AND seq <> 4', '') WHERE {named};
    """)
    connection.close()
    with SqliteLedger.open(path) as ledger:
        about = some_record(4).about
        assert about is not None
        assert 4 not in [stored.seq for stored in ledger.about(about)]
        damages = ledger.verify().differences
    assert {(damage.seq, damage.id) for damage in damages} == {(0, None)}
    assert "row 4 missing from index record_about" in damages[0].words


def test_verify_tells_of_triggers_that_are_gone(path: Path) -> None:
    connection = raw(path)
    connection.execute("DROP TRIGGER record_is_never_deleted")
    connection.close()
    with SqliteLedger.open(path) as ledger:
        (damage,) = ledger.verify().differences
    assert (damage.seq, damage.id) == (0, None)
    assert "triggers" in damage.words


def tamper(path: Path, statement: str, *values: bytes) -> None:
    """Change what may not be changed, and leave the triggers as they were found."""
    connection = raw(path)
    triggers = [sql for sql in SCHEMA[0] if "TRIGGER" in sql]
    connection.execute("DROP TRIGGER record_is_never_changed")
    connection.execute("DROP TRIGGER record_is_never_deleted")
    connection.execute(statement.replace("replace(leaf,", "CAST(replace(CAST(leaf AS TEXT),").replace(
        "'xxxy')", "'xxxy') AS BLOB)"
    ), values)  # fmt: skip
    for trigger in triggers:
        connection.execute(trigger)
    connection.close()


def test_a_ledger_of_a_newer_format_is_refused_unread(path: Path) -> None:
    connection = raw(path)
    connection.execute("PRAGMA user_version = 4")
    connection.close()
    with pytest.raises(LedgerError, match="has format 4, this Tamiz reads formats up to 3") as refused:
        SqliteLedger.open(path)
    assert "newer" in refused.value.remedy


def test_a_ledger_of_the_first_format_goes_on_with_all_its_records(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    old = Row.of(1, some_record(1), some_record(1).leaf())
    with closing(sqlite3.connect(path)) as connection:
        for statement in (*SCHEMA[0], "PRAGMA user_version = 1"):
            connection.execute(statement)
        columns = [name for name in Row.__dataclass_fields__ if name not in {"once", "receipt"}]
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        values = [getattr(old, name) for name in columns]
        connection.execute(f"INSERT INTO record ({names}) VALUES ({places})", values)
        connection.commit()
    with SqliteLedger.open(path) as ledger:
        ledger.append(replace(some_record(2), once="o2")).result(5)
        found = list(ledger.iterate())
        assert [stored.record.once for stored in found] == [None, "o2"]
        assert found[0].leaf == old.leaf
        assert ledger.verify().intact


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"declaration_id,item_no\n" * 200)
    with pytest.raises(LedgerError, match="no database"):
        SqliteLedger.open(path)
    assert path.read_bytes().startswith(b"declaration_id")


def test_a_folder_that_cannot_be_written_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnavailable, match="cannot be opened") as refused:
        SqliteLedger.open(tmp_path / "file" / "ledger.db")
    assert "rights" in refused.value.remedy


def test_when_another_process_holds_the_file_nothing_is_acknowledged_and_all_is_told_soon(path: Path) -> None:
    with SqliteLedger.open(path, IMPATIENT) as ledger:
        holder = raw(path)
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        futures = [ledger.append(some_record(number)) for number in range(20, 40)]
        assert all(isinstance(future.exception(5), LedgerUnavailable) for future in futures)
        assert time.monotonic() - began < 2
        holder.execute("ROLLBACK")
        holder.close()
        assert ledger.append(some_record(20)).result(5).seq == 11
        assert ledger.count() == 11


def test_a_full_queue_refuses_at_once(path: Path) -> None:
    settings = LedgerSettings(busy_seconds=0.5, queue=5)
    with SqliteLedger.open(path, settings) as ledger:
        holder = raw(path)
        holder.execute("BEGIN IMMEDIATE")
        futures = [ledger.append(some_record(number)) for number in range(20, 30)]
        began = time.monotonic()
        assert all(isinstance(future.exception(0), LedgerUnavailable) for future in futures[5:])
        assert time.monotonic() - began < 0.1
        holder.execute("ROLLBACK")
        holder.close()
        assert [future.exception(5) for future in futures[:5]].count(None) > 0


def test_who_gave_up_waiting_is_not_recorded(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        holder = raw(path)
        holder.execute("BEGIN IMMEDIATE")
        first = ledger.append(some_record(20))
        time.sleep(0.1)
        given_up = ledger.append(some_record(21))
        assert given_up.cancel()
        holder.execute("ROLLBACK")
        holder.close()
        assert first.result(5).seq == 11
        assert ledger.append(some_record(22)).result(5).seq == 12
        assert ledger.get("r21") is None


def test_a_file_that_was_moved_away_takes_no_more_records(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        path.rename(path.with_name("elsewhere.db"))
        with pytest.raises(LedgerUnavailable):
            ledger.append(some_record(20)).result(5)


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_there_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with CHILDREN.Pool(1) as pool:
        acknowledged, refused = pool.apply(append_on_a_small_disk, (path,))
    assert acknowledged
    assert refused
    with SqliteLedger.open(path) as ledger:
        assert all(
            (stored := ledger.get(f"r{number}")) and stored.leaf == some_record(number, size=20_000).leaf()
            for number in acknowledged
        )
        assert ledger.verify().intact


def append_on_a_small_disk(path: Path) -> tuple[list[int], list[str]]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    acknowledged, refused = [], []
    ledger = SqliteLedger.open(path, IMPATIENT)
    for number in range(60):
        error = ledger.append(some_record(number, size=20_000)).exception(10)
        if error is None:
            acknowledged.append(number)
        else:
            assert isinstance(error, LedgerUnavailable)
            refused.append(str(error))
    return acknowledged, refused


def test_several_processes_append_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ranges = [range(150), range(150, 300), range(300, 450)]
    children = [CHILDREN.Process(target=fill, args=(path, numbers)) for numbers in ranges]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    with SqliteLedger.open(path) as ledger:
        result = ledger.verify()
        assert result.intact
        assert {stored.record.id for stored in ledger.iterate()} == {f"r{number}" for number in range(450)}
