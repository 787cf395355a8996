"""Outcomes in the ledger: one record each, sealed for the importer of the declaration where that is known."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger.decision_record import about, once_of, opened, sealed_record
from ledger.errors import AlreadyRecorded
from ledger.record import Kind, Record
from ledger.record_id import record_id
from ledger.store import Stored, receipt_text
from ledger.vault import Role, Subject, Vault
from serving.answer import OutcomeAnswer, OutcomesAnswer
from serving.contract import invalid
from serving.problem import Fault
from serving.recording import CODE
from serving.reported import Decided, Reported, decided_of, held_against
from serving.stores import Stores

Outcome = Mapping[str, Any]


def take_down(
    outcomes: Sequence[Outcome], *, client: str, received_at: datetime, stores: Stores, time_zone: str
) -> bytes:
    """Record the outcomes that do not stand yet, and give the answer for all of them.

    An outcome is known by its declaration, item and version, whoever sends it. Raises Problem 422, with
    nothing recorded, if one of them stands with other content (a correction is a new version) or contradicts
    the decision on its declaration. Blocks until all is durable.
    """
    standing = [stores.ledger.by_once(once_of(stores.vault, _key(outcome))) for outcome in outcomes]
    _refuse_other(outcomes, standing, stores.vault)
    decisions = _decisions(outcomes, stores)
    reported = [
        Reported(outcome)
        if stored
        else held_against(outcome, f"/{place}", decisions[outcome["declaration_id"]], time_zone=time_zone)
        for place, (outcome, stored) in enumerate(zip(outcomes, standing, strict=True))
    ]
    if faults := [fault for one in reported for fault in one.faults]:
        raise invalid(faults)
    pending = [
        stored or stores.ledger.append(_record(outcome, one, client, received_at, stores.vault))
        for outcome, one, stored in zip(outcomes, reported, standing, strict=True)
    ]
    settled: list[Stored] = []
    for waiting in pending:
        try:
            settled.append(waiting if isinstance(waiting, Stored) else waiting.result())
        except AlreadyRecorded as other:
            settled.append(other.stored)
    _refuse_other(outcomes, settled, stores.vault)
    answers = [_answer(outcome, stored) for outcome, stored in zip(outcomes, settled, strict=True)]
    return OutcomesAnswer(outcomes=answers).model_dump_json().encode()


def outcome_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """Give the canonical outcome in the details of a record, with the instant from which it is known."""
    return dict(details["outcome"])


def _key(outcome: Outcome) -> str:
    return f"outcome\n{outcome['declaration_id'].strip()}\n{outcome['item_no']}\n{outcome.get('version', 1)}"


def _decisions(outcomes: Sequence[Outcome], stores: Stores) -> dict[str, list[Decided]]:
    """Give the decisions on each declaration, the newest first."""
    names = dict.fromkeys(outcome["declaration_id"] for outcome in outcomes)
    found = {name: stores.ledger.about(about(stores.vault, name)) for name in names}
    return {name: decided_of(records, stores.vault) for name, records in found.items()}


def _record(outcome: Outcome, reported: Reported, client: str, received_at: datetime, vault: Vault) -> Record:
    officer = [Subject(Role.OFFICER, outcome["officer_id"])] if "officer_id" in outcome else []
    return sealed_record(
        vault,
        id=record_id(received_at, secrets.token_bytes(10)),
        kind=Kind.OUTCOME,
        recorded_at=received_at,
        client=client,
        key=_key(outcome),
        once=_key(outcome),
        declaration_id=outcome["declaration_id"],
        public={"code": CODE, "decision_id": reported.decision_id},
        request=_plain(outcome),
        details={"outcome": {**reported.outcome, "known_at": received_at.isoformat()}},
        reply=b"",
        parties=[_importer(outcome, reported), *officer],
    )


def _importer(outcome: Outcome, reported: Reported) -> Subject:
    """Give the importer of the decision; without one somebody who stands for the declaration alone."""
    return Subject(Role.IMPORTER, reported.importer_id or f"of declaration {outcome['declaration_id']}")


def _refuse_other(outcomes: Sequence[Outcome], standing: Sequence[Stored | None], vault: Vault) -> None:
    faults = [
        Fault(f"/{place}", "version", "an outcome stands once", "send a correction as a new version")
        for place, (outcome, stored) in enumerate(zip(outcomes, standing, strict=True))
        if stored is not None and not _says(stored, outcome, vault)
    ]
    if faults:
        raise invalid(faults)


def _says(stored: Stored, outcome: Outcome, vault: Vault) -> bool:
    """True if the record holds this outcome, or was erased."""
    request = opened(vault, stored.record).request
    return request is None or request == _plain(outcome)


def _plain(outcome: Outcome) -> bytes:
    return json.dumps(outcome, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(outcome: Outcome, stored: Stored) -> OutcomeAnswer:
    said: Any = stored.record.public
    return OutcomeAnswer(
        declaration_id=outcome["declaration_id"],
        item_no=outcome["item_no"],
        version=outcome.get("version", 1),
        decision_id=said.get("decision_id"),
        recorded_at=stored.record.recorded_at,
        leaf_hash=stored.leaf_hash.hex(),
        receipt=receipt_text(stored),
    )
