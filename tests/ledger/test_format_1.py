"""A record that the first version wrote: it reads, hashes and opens the same for ever."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from ledger.decision_record import about, client_key, opened
from ledger.exact import exact_bytes
from ledger.record import Kind, Record
from ledger.vault import Role, Subject, Vault
from ledger.verifier import leaf_hash

MASTER = {"format": 1, "index": "11" * 32, "wrap": "22" * 32}
SUBJECT_KEYS = [
    (
        "176c7e037338ece3447a20bae3a311ea",
        "de5e2dab2c93852b66f8f327",
        (
            "35618907F6036EE284D335DBAB07DF010C9DCED69D503ED88E59D6D9D605D1A6A911AD057593FF21B1ECBE61979C"
            "96EBC6D088FE4B93CD371F8FD1B0"
        ),
    ),
    (
        "c79f2898ab8944e5e96ee78f2acbd244",
        "bdbc867c54ed0aa9f434b746",
        (
            "9C286D181DC8CB075D4736EE3C1768229713CDC1EFDFFF1D0F38860AEEAE0DB248976FD44640D9054873E7AF605A"
            "14F8C97232E516C04BB2644C2D7E"
        ),
    ),
]
LEAF = (
    b'{"about":"cf339401cf0994c1e9f397c28cc79d0c","client":"clearance","format":1,"id":"019b7c01-0'
    b'400-7000-8000-000000000000","key":"7163bb1fa0d89a753ac3a370920ca9ff","kind":"decision","publ'
    b'ic":{"degraded":["old_profiles"],"draw":0.00005,"lane":"red","p_document":1,"p_physical":1,"'
    b'reason":"model","reply_sha256":"30b4d592c294d736f32dec83a17778ad7852e9a654eba3d19a4b490383a9'
    b'b8a6","rule":null,"versions":{"as_of":"2026-01-01","bundle":"ab12","catalogue":"1","code":"0'
    b'.1.0","recipe":"1","rules":"0f"}},"recorded_at":"2026-01-02T00:00:00.000000Z","sealed":{"box'
    b'":"pJ+COIusxUKuOS22/bS41XknZ3TxGTnRNdFywrHHM/TrjemfjRMXCbHWK6lt/rO/+TGznS/ppVRMk4u7NxW1+itkn'
    b"q9IZ3NcvRlsMP6o7J+UV+X27jXUczZONH69n7joANsa8w7es9aB4apT7weCxLXtdVzQLJpQjBPWGbBlNtfxqhnTaucRf"
    b'BTcZZyQ4NtyTsQohHNiECAMwyemGVP0Au0R211pTb9VDjcuB3DXsYLE","owner":"bdbc867c54ed0aa9f434b746",'
    b'"parties":[{"box":"XtbqKJaCDhRrFwugeWbXHlOGa037xaKlCjTh9y6u8sByOsJgPXr3dExHKSVue0o=","keys":'
    b'["de5e2dab2c93852b66f8f327"]}],"scheme":"tamiz-seal-1","sections":["request","details","repl'
    b'y"]}}'
)
HASH = "9c8e93c01c29ea06b6b61905cb196b4ed6ba337dfab5c53bcf5ffc5b5ef68655"
REQUEST = b'{"declaration":{"importer_id":"I-1","declarant_id":" B\\u002d1 "}}'
DETAILS = {"given": [0.1, "nan", -0.0, None, "1152921504606846976"]}
REPLY = b'{"lane":"red"}'


def test_its_leaf_has_this_hash_and_reads_to_a_record_with_that_leaf() -> None:
    assert leaf_hash(LEAF).hex() == HASH
    record = Record.parse(LEAF)
    assert record.leaf() == LEAF
    assert (record.kind, record.recorded_at) == (Kind.DECISION, datetime(2026, 1, 2, tzinfo=UTC))


def test_with_its_keys_it_opens_to_what_was_sealed_and_is_found_by_what_was_sent(tmp_path: Path) -> None:
    record = Record.parse(LEAF)
    with _vault(tmp_path) as vault:
        evidence = opened(vault, record)
        assert (record.key, record.about) == (client_key(vault, "K-1"), about(vault, "D-1"))
    assert (evidence.request, evidence.reply) == (REQUEST, REPLY)
    assert evidence.details is not None
    assert exact_bytes(evidence.details) == exact_bytes(DETAILS)


def test_its_parties_are_erased_by_their_names(tmp_path: Path) -> None:
    with _vault(tmp_path) as vault:
        assert vault.forget(Subject(Role.DECLARANT, "B-1"))
        request = opened(vault, Record.parse(LEAF)).request
        assert request == REQUEST.replace(b'" B\\u002d1 "', b'"erased"')
        assert vault.forget(Subject(Role.IMPORTER, "I-1"))
        assert opened(vault, Record.parse(LEAF)).request is None


def _vault(folder: Path) -> Vault:
    """The vault that sealed the record."""
    (folder / "master.key").write_text(json.dumps(MASTER))
    (folder / "master.key").chmod(0o600)
    vault = Vault.open(folder)
    connection = sqlite3.connect(folder / "subject_keys.db")
    rows = [(subject, key_id, bytes.fromhex(wrapped)) for subject, key_id, wrapped in SUBJECT_KEYS]
    with connection:
        connection.executemany("INSERT INTO subject_key VALUES (?, ?, ?)", rows)
    connection.close()
    return vault
