"""The record of a decision: all of it comes back, and nothing personal stands in the open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from customs.decision import Selection
from customs.lane import Lane
from customs.outcome import SelectionReason
from ledger.decision_record import Versions, about, client_key, decision_record, opened
from ledger.exact import floats, integers
from ledger.record import Record
from ledger.sqlite_store import SqliteLedger
from ledger.vault import Role, Subject, Vault

IMPORTER, SELLER = Subject(Role.IMPORTER, "20100070970"), Subject(Role.SELLER, "SHENZHEN-88")
REQUEST = (
    b'{ "declaration_id":"PE-118-2026-4411", '
    b'"items":[{"importer_id":"20100070970","seller_id":"SHENZHEN\\u002d88"}]}'
)
REPLY = b'{"lane":"red","importer":"20100070970"}'
HISTORY = np.array([[3, -(2**62)], [0, 2**53 + 1]])
VALUES = np.array([np.nan, 1234.56, 0.1 + 0.2, -0.0])


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.open(tmp_path / "keys") as opened_vault:
        yield opened_vault


def a_decision(vault: Vault) -> Record:
    return decision_record(
        vault,
        id="r1",
        recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
        client="clearance",
        key="PE-118-2026-4411/1",
        declaration_id="PE-118-2026-4411",
        version=1,
        amends=None,
        selection=Selection(Lane.RED, SelectionReason.MODEL, None, 1.0, 1.0, 0.42),
        versions=Versions("ab12", "7", date(2026, 2, 28), "0f", "1", "0.1.0"),
        degraded=["history"],
        request=REQUEST,
        details={"history": HISTORY, "values": VALUES, "seller": SELLER.id},
        reply=REPLY,
        parties=[IMPORTER, SELLER],
    )


def test_request_and_reply_come_back_byte_for_byte_and_numbers_to_the_bit(
    vault: Vault, tmp_path: Path
) -> None:
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        ledger.append(a_decision(vault)).result(5)
        stored = ledger.get("r1")
        assert stored is not None
        evidence = opened(vault, stored.record)
    assert (evidence.request, evidence.reply) == (REQUEST, REPLY)
    assert evidence.details is not None
    assert np.array_equal([integers(row) for row in evidence.details["history"]], HISTORY)
    assert floats(evidence.details["values"]).tobytes() == VALUES.tobytes()


def test_the_leaf_shows_lane_probabilities_and_versions_but_nothing_personal_or_commercial(
    vault: Vault,
) -> None:
    leaf = a_decision(vault).leaf()
    public = json.loads(leaf)["public"]
    assert public["lane"] == "red"
    assert (public["p_document"], public["p_physical"], public["draw"]) == (1, 1, 0.42)
    assert public["versions"].pop("as_of") == "2026-02-28"
    assert public["versions"] == {
        "bundle": "ab12",
        "recipe": "7",
        "rules": "0f",
        "catalogue": "1",
        "code": "0.1.0",
    }
    assert public["degraded"] == ["history"]
    for word in (b"20100070970", b"SHENZHEN", b"PE-118", b"1234.56"):
        assert word not in leaf


def test_a_record_is_found_by_what_the_client_sent(vault: Vault, tmp_path: Path) -> None:
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        stored = ledger.append(a_decision(vault)).result(5)
        assert ledger.by_key("clearance", client_key(vault, "PE-118-2026-4411/1")) == stored
        assert ledger.about(about(vault, "PE-118-2026-4411")) == [stored]


def test_erasing_a_party_leaves_the_leaf_as_it_was_and_the_rest_readable(
    vault: Vault, tmp_path: Path
) -> None:
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        stored = ledger.append(a_decision(vault)).result(5)
        vault.forget(SELLER)
        evidence = opened(vault, stored.record)
        assert evidence.details is not None
        assert evidence.details["seller"] == "erased"
        assert evidence.reply == REPLY
        vault.forget(IMPORTER)
        assert opened(vault, stored.record).request is None
        assert ledger.verify().intact
        assert ledger.get("r1") == stored
