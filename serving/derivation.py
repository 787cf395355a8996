"""What is derived of a decision when it is first read, then appended to the ledger: the same ever after."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from customs.outcome import SelectionReason
from ledger.decision_record import client_key, opened, sealed_record
from ledger.errors import AlreadyRecorded
from ledger.record import Kind
from ledger.record_id import record_id
from ledger.store import Stored
from scoring.bundle import Bundle, load
from scoring.errors import ScoringError
from selection.capacity import Thresholds
from selection.settings import Objective
from serving.body import request_in
from serving.champion import read_key_ring
from serving.counterfactual import Counterfactual, smallest_change
from serving.errors import ServingError
from serving.evidence import given_of
from serving.record_snapshot import record_snapshot
from serving.recording import CODE, erased, parties_of
from serving.stores import Stores
from serving.variants import Bench
from serving.wiring import ServiceWiring

CLIENT = "tamiz"
"""The platform itself, as the client of what it appends."""

_MOST_ITEMS = 999


@dataclass(frozen=True)
class Derived:
    """What was derived: the change that would alter the lane, as plain JSON, or None with the reason why.

    `leaf_hash` is that of the record that holds it, None where nothing was appended: what is missing may
    come back.
    """

    change: Mapping[str, Any] | None
    untold: str | None
    leaf_hash: str | None


def derived(stored: Stored, stores: Stores, wiring: ServiceWiring, at_work: Bundle | None) -> Derived:
    """Give what is derived of a decision; on first reading it is made and appended.

    `untold` is `rule`, `random` or `released` where no change of facts is looked for, `snapshot` or `bundle`
    where that is not there any more. Raises Problem 410 for a decision that was erased.
    """
    standing = stores.ledger.by_key(CLIENT, _key(stored, stores))
    if standing is not None:
        return _read(standing, stores)
    evidence = opened(stores.vault, stored.record)
    if evidence.details is None or evidence.request is None:
        raise erased()
    if untold := _untold(stored):
        return Derived(None, untold, None)
    bundle = _bundle(stored, wiring, at_work)
    if bundle is None:
        return Derived(None, "bundle", None)
    change = _change(stored, evidence.details, evidence.request, bundle, wiring)
    if change is None:
        return Derived(None, "snapshot", None)
    return _read(_appended(stored, change, evidence.request, stores, wiring), stores)


def _untold(stored: Stored) -> str | None:
    """Only what the model stopped by itself could have gone otherwise with other facts alone."""
    reason: Any = stored.record.public["reason"]
    if reason == SelectionReason.MODEL.value:
        return None
    return str(reason) if reason else "released"


def _bundle(stored: Stored, wiring: ServiceWiring, at_work: Bundle | None) -> Bundle | None:
    versions: Any = stored.record.public["versions"]
    if at_work is not None and at_work.id == versions["bundle"]:
        return at_work
    try:
        ring = read_key_ring(wiring.registered_keys).before_revocations()
        return load(wiring.bundles / versions["bundle"], ring, timeout=wiring.serving.load_seconds)
    except (ScoringError, ServingError):
        return None


def _change(
    stored: Stored, details: Mapping[str, Any], request: bytes, bundle: Bundle, wiring: ServiceWiring
) -> Counterfactual | None:
    given, outcome = given_of(details), details["outcome"]
    thresholds = Thresholds(*(float(outcome["thresholds"][lane]) for lane in ("red", "orange")))
    with record_snapshot(given, wiring.snapshots) as store:
        if store is None:
            return None
        bench = Bench(
            request_in(request, wiring.intake, max_items=_MOST_ITEMS),
            stored.record.recorded_at,
            int(given.columns["customs_date"][0]),
            bundle,
            store,
            wiring.intake,
            Objective(details["terms"]["objective"]),
        )
        return smallest_change(bench, thresholds, _order(outcome["items"]))


def _order(items: list[Mapping[str, Any]]) -> list[int]:
    return sorted(range(len(items)), key=lambda place: -float(items[place]["risk"] or 0.0))


def _appended(
    stored: Stored, change: Counterfactual, request: bytes, stores: Stores, wiring: ServiceWiring
) -> Stored:
    now: datetime = wiring.now()
    asked = request_in(request, wiring.intake, max_items=_MOST_ITEMS)
    record = sealed_record(
        stores.vault,
        id=record_id(now, secrets.token_bytes(10)),
        kind=Kind.EXPLANATION,
        recorded_at=now,
        client=CLIENT,
        key=_plain_key(stored),
        declaration_id=asked["declaration"]["declaration_id"],
        public={"decision_id": stored.record.id, "code": CODE},
        request=b"",
        details={"change": json.loads(json.dumps(asdict(change)))},
        reply=b"",
        parties=parties_of(asked),
    )
    try:
        return stores.ledger.append(record).result()
    except AlreadyRecorded as other:
        return other.stored


def _read(standing: Stored, stores: Stores) -> Derived:
    details = opened(stores.vault, standing.record).details
    if details is None:
        raise erased()
    return Derived(details["change"], None, standing.leaf_hash.hex())


def _plain_key(stored: Stored) -> str:
    return f"explanation\n{stored.record.id}"


def _key(stored: Stored, stores: Stores) -> str:
    return client_key(stores.vault, _plain_key(stored))
