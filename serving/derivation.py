"""What is derived of a decision when it is first read, then appended to the ledger: the same ever after."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from customs.lane import Lane
from customs.outcome import SelectionReason
from ledger.decision_record import client_key, opened, sealed_record
from ledger.errors import AlreadyRecorded
from ledger.record import Kind, Record
from ledger.record_id import record_id
from ledger.store import Stored
from scoring.bundle import Bundle, load
from scoring.errors import ScoringError
from selection.capacity import Thresholds
from selection.rules import RuleBook
from serving.body import recorded_request
from serving.champion import read_key_ring
from serving.counterfactual import Counterfactual, smallest_change
from serving.errors import ServingError
from serving.evidence import terms_of
from serving.read_decision import ReadDecision, erased
from serving.record_snapshot import record_snapshot
from serving.recording import CODE, parties_of
from serving.similar_cases import similar_cases
from serving.stores import Stores
from serving.variants import Bench
from serving.wiring import ServiceWiring

CLIENT = "tamiz"
"""The platform itself, as the client of what it appends."""


@dataclass(frozen=True)
class Derived:
    """What was derived: the change that would alter the lane, as plain JSON, or None with the reason why.

    `similar` holds, by item, the past cases like it; None where the bundle that knows them is gone.
    `leaf_hash` is that of the record that holds it, None where nothing was appended: what is missing may
    come back.
    """

    change: Mapping[str, Any] | None
    untold: str | None
    similar: Sequence[Mapping[str, Any]] | None
    leaf_hash: str | None


def derived(
    decision: ReadDecision, stores: Stores, wiring: ServiceWiring, rules: RuleBook, at_work: Bundle | None
) -> Derived:
    """Give what is derived of a decision; on first reading it is made and appended.

    `untold` is `rule`, `random` or `released` where no change of facts is looked for, `snapshot` or `bundle`
    where that is not there any more: then nothing is appended. Rules are today's.
    """
    standing = stores.ledger.by_key(CLIENT, client_key(stores.vault, _key(decision)))
    if standing is not None:
        return _read(standing, stores)
    untold, bundle = _untold(decision.record), _bundle(decision.record, wiring, at_work)
    if bundle is None:
        return Derived(None, untold or "bundle", None, None)
    similar = similar_cases(bundle, decision.given)
    request = recorded_request(decision.request, wiring.intake)
    change = None if untold else _change(decision, request, bundle, rules, wiring)
    if not untold and change is None:
        return Derived(None, "snapshot", similar, None)
    plain = json.loads(json.dumps(asdict(change))) if change else None
    details = {"change": plain, "untold": untold, "similar": similar}
    return _read(_appended(decision, details, request, stores, wiring.now()), stores)


def _untold(decision: Record) -> str | None:
    """Only what the model stopped by itself could have gone otherwise with other facts alone."""
    reason: Any = decision.public["reason"]
    if reason == SelectionReason.MODEL.value:
        return None
    return str(reason) if reason else "released"


def _bundle(decision: Record, wiring: ServiceWiring, at_work: Bundle | None) -> Bundle | None:
    versions: Any = decision.public["versions"]
    if versions["bundle"] is None:
        return None
    if at_work is not None and at_work.id == versions["bundle"]:
        return at_work
    try:
        ring = read_key_ring(wiring.registered_keys).before_revocations()
        return load(wiring.bundles / versions["bundle"], ring, timeout=wiring.serving.load_seconds)
    except (ScoringError, ServingError):
        return None


def _change(
    decision: ReadDecision,
    request: Mapping[str, Any],
    bundle: Bundle,
    rules: RuleBook,
    wiring: ServiceWiring,
) -> Counterfactual | None:
    outcome = decision.details["outcome"]
    thresholds = Thresholds(*(float(outcome["thresholds"][lane]) for lane in ("red", "orange")))
    with record_snapshot(decision.given, wiring.snapshots) as store:
        if store is None:
            return None
        bench = Bench(
            request,
            decision.record.recorded_at,
            int(decision.given.columns["customs_date"][0]),
            bundle,
            store,
            terms_of(decision.details, rules, wiring.intake),
            thresholds,
        )
        return smallest_change(bench, Lane(outcome["selection"]["lane"]), _order(outcome["items"]))


def _order(items: list[Mapping[str, Any]]) -> list[int]:
    return sorted(range(len(items)), key=lambda place: -float(items[place]["risk"] or 0.0))


def _appended(
    decision: ReadDecision,
    details: Mapping[str, object],
    request: Mapping[str, Any],
    stores: Stores,
    now: datetime,
) -> Stored:
    record = sealed_record(
        stores.vault,
        id=record_id(now, secrets.token_bytes(10)),
        kind=Kind.EXPLANATION,
        recorded_at=now,
        client=CLIENT,
        key=_key(decision),
        declaration_id=request["declaration"]["declaration_id"],
        public={"decision_id": decision.record.id, "code": CODE},
        request=b"",
        details=details,
        reply=b"",
        parties=parties_of(request),
    )
    try:
        return stores.ledger.append(record).result()
    except AlreadyRecorded as other:
        return other.stored


def _read(standing: Stored, stores: Stores) -> Derived:
    details = opened(stores.vault, standing.record).details
    if details is None:
        raise erased()
    untold = details.get("untold")
    return Derived(details["change"], untold, details.get("similar"), standing.leaf_hash.hex())


def _key(decision: ReadDecision) -> str:
    return f"explanation\n{decision.record.id}"
