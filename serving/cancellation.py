"""Cancelling a decision: a record beside it, and its inspections given back to the count."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from customs.lane import Lane
from ledger.decision_record import client_key, opened
from ledger.errors import AlreadyRecorded
from ledger.record import Kind, Record
from ledger.record_id import record_id
from ledger.store import Stored, receipt_text
from ledger.vault import Vault
from selection.capacity import Place
from serving.answer import CancellationAnswer, CancellationReason
from serving.evidence import given_of
from serving.inspections import give_back, places_of
from serving.problem import Problem
from serving.read_decision import find_decision
from serving.recording import CODE
from serving.stores import Stores


def cancel(
    decision_id: str, reason: CancellationReason, *, client: str, received_at: datetime, stores: Stores
) -> bytes | None:
    """Record that a decision is cancelled and give the answer, always the same; None without the decision.

    The decision's record and reply stay as they are. Its inspections are given back to the count of their
    day, once; where the count is away they stay counted. Raises Problem 409 if an inspection was reported.
    """
    stored = find_decision(decision_id, stores.ledger)
    if stored is None:
        return None
    record = _record(stored.record, reason, client, received_at, stores)
    if standing := stores.ledger.by_key(record.client, record.key):
        return _answer(standing)
    _refuse_inspected(stored, stores)
    try:
        made = stores.ledger.append(record).result()
    except AlreadyRecorded as other:
        return _answer(other.stored)
    give_back(_taken(stored, stores.vault), stores.quota)
    return _answer(made)


def _record(
    decision: Record, reason: CancellationReason, client: str, received_at: datetime, stores: Stores
) -> Record:
    """Under the client who asked for the decision, whoever cancels it: a decision is cancelled once."""
    return Record(
        id=record_id(received_at, secrets.token_bytes(10)),
        kind=Kind.CANCELLATION,
        recorded_at=received_at,
        client=decision.client,
        key=client_key(stores.vault, f"cancel\n{decision.id}"),
        about=decision.about,
        public={"decision_id": decision.id, "reason": reason, "by": client, "code": CODE},
    )


def _refuse_inspected(decision: Stored, stores: Stores) -> None:
    about = decision.record.about
    later = (one for one in stores.ledger.about(about or "") if one.seq > decision.seq)
    if any(one.record.kind is Kind.OUTCOME for one in later):
        raise Problem(
            409,
            "inspected",
            "An inspection of the declaration was reported",
            "keep the decision; correct the outcome with a new version of it",
        )


def _taken(decision: Stored, vault: Vault) -> tuple[Place, ...]:
    details = opened(vault, decision.record).details
    if details is None:
        return ()
    lanes = (Lane(take["lane"]) for take in details["takes"] if take["taken"])
    return places_of(given_of(details).columns, lanes)


def _answer(stored: Stored) -> bytes:
    said: Any = stored.record.public
    return (
        CancellationAnswer(
            decision_id=said["decision_id"],
            reason=said["reason"],
            cancelled_at=stored.record.recorded_at,
            leaf_hash=stored.leaf_hash.hex(),
            receipt=receipt_text(stored),
        )
        .model_dump_json()
        .encode()
    )
