"""The sealer: every record is soon below a signed head, in the ledger and in a second place."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.errors import LedgerUnavailable, VaultError
from ledger.sealer import MOST, Sealer, export_heads, seal
from ledger.sealing_key import SealingKey, sealing_key
from ledger.settings import LedgerSettings
from ledger.sqlite_store import SqliteLedger
from ledger.verifier import exported_heads, is_receipt, is_signed, leaf_hash
from tests.ledger.some_records import some_record

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> SealingKey:
    return sealing_key(tmp_path / "sealing.json")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db", LedgerSettings(busy_seconds=0.5)) as opened:
        yield opened


def append(ledger: SqliteLedger, numbers: range) -> None:
    for future in [ledger.append(some_record(number, size=1)) for number in numbers]:
        future.result(20)


def test_heads_add_at_most_a_thousand_records_and_hold_all_of_them(
    ledger: SqliteLedger, key: SealingKey
) -> None:
    append(ledger, range(2 * MOST + 3))
    assert seal(ledger, key, NOW) == 2 * MOST + 3
    sizes = [one.head.size for one in ledger.heads()]
    assert sizes == [MOST, 2 * MOST, 2 * MOST + 3]
    assert seal(ledger, key, NOW) == 0
    assert all(is_signed(one.head, key.public_keys) for one in ledger.heads())


def test_a_service_seals_by_itself_and_what_is_left_when_it_is_closed(
    ledger: SqliteLedger, key: SealingKey, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere"
    sealer = Sealer(ledger, key, now=lambda: NOW, place=place, seconds=0.05)
    sealer.start()
    append(ledger, range(5))
    until = time.monotonic() + 20
    while not (place.exists() and exported_heads(place).heads) and time.monotonic() < until:
        time.sleep(0.02)
    assert exported_heads(place).heads
    append(ledger, range(5, 9))
    sealer.close()
    assert ledger.frontier().size == 9
    assert exported_heads(place).heads == list(ledger.heads())


def test_two_services_that_seal_one_ledger_leave_true_heads(ledger: SqliteLedger, key: SealingKey) -> None:
    sealers = [Sealer(ledger, key, now=lambda: NOW, seconds=0.05) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    for start in range(0, 60, 6):
        append(ledger, range(start, start + 6))
        time.sleep(0.02)
    for sealer in sealers:
        sealer.close()
    assert ledger.frontier().size == 60
    assert ledger.verify().intact


def test_a_second_place_that_was_away_gets_what_it_missed_and_a_line_cut_off_is_made_good(
    ledger: SqliteLedger, key: SealingKey, tmp_path: Path
) -> None:
    place, told = tmp_path / "elsewhere", list[str]()
    place.write_text("a file is in its place", encoding="utf-8")
    sealer = Sealer(ledger, key, now=lambda: NOW, place=place, note=told.append)
    append(ledger, range(4))
    sealer._try()
    sealer._try()
    assert len(told) == 1
    assert ledger.frontier().size == 4
    place.unlink()
    append(ledger, range(4, 6))
    sealer._try()
    (file,) = place.iterdir()
    whole = file.read_bytes()
    assert [one.head.size for one in exported_heads(place).heads] == [4, 6]
    file.write_bytes(whole[:-30])
    assert export_heads(ledger, place) == 6
    found = exported_heads(place)
    assert ([one.head.size for one in found.heads], found.unread) == ([4, 6], 1)


def test_heads_are_never_changed_or_deleted(ledger: SqliteLedger, key: SealingKey, tmp_path: Path) -> None:
    append(ledger, range(3))
    seal(ledger, key, NOW)
    for statement in ("UPDATE head SET size = 2", "DELETE FROM head"):
        with pytest.raises(Exception, match="only grows"):
            ledger._writer.execute(statement)


def test_a_record_has_the_receipt_that_was_made_for_it_for_ever(tmp_path: Path, key: SealingKey) -> None:
    with SqliteLedger.open(tmp_path / "l.db") as ledger:
        before = ledger.append(some_record(1)).result(5)
        ledger.sign_receipts(key.receipt)
        made = ledger.append(some_record(2)).result(5)
    assert before.receipt is None
    assert made.receipt is not None
    assert is_receipt(key.origin, leaf_hash(made.leaf), made.receipt, key.public_keys)
    with SqliteLedger.open(tmp_path / "l.db") as ledger:
        assert [stored.receipt for stored in ledger.iterate()] == [None, made.receipt]
        assert ledger.verify().intact


def test_the_key_is_private_and_none_is_made_beside_heads(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sealing.json"
    key = sealing_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealing_key(path).public_keys == key.public_keys
    assert "private" not in repr(key) + str(key)
    with pytest.raises(VaultError, match="gone"):
        sealing_key(tmp_path / "other.json", new=False)
    path.chmod(0o644)
    with pytest.raises(VaultError, match="read by others"):
        sealing_key(path)
    path.chmod(0o600)
    for content in ("{", "[]", '{"format": 1, "origin": "o", "keys": []}', '{"format": 1, "keys": ["00"]}'):
        path.write_text(content, encoding="ascii")
        with pytest.raises(VaultError, match="damaged"):
            sealing_key(path)


def test_a_ledger_that_is_away_keeps_the_sealer_trying(ledger: SqliteLedger, key: SealingKey) -> None:
    told = list[str]()
    sealer = Sealer(ledger, key, now=lambda: NOW, note=told.append)
    append(ledger, range(2))
    ledger._reader.close()
    with pytest.raises(LedgerUnavailable):
        seal(ledger, key, NOW)
    sealer._try()
    assert len(told) == 1
