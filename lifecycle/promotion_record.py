"""A promotion in the ledger: what was decided, by whose key, on what grounds, before it takes effect."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import datetime

from customs.evidence import Promotion
from ledger.record import Kind, Record
from ledger.record_id import record_id
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from serving.stores import Stores

CLIENT = "promotion"
"""By whom such records stand in the ledger."""


def record_promotion(session: Session, decided: Promotion) -> None:
    """Append a promotion, accepted or refused, to the workspace's ledger; durable when this returns.

    It stands in the open, the approver as the fingerprint of the key that signed. Where there is no ledger
    yet it is made as the service makes it, keys and all. Raises LedgerUnavailable.
    """
    with closing(Stores.open(service_wiring(session))) as stores:
        stores.ledger.append(_record(decided)).result()


def _record(decided: Promotion) -> Record:
    fingerprint, _, signature = decided.signature.partition(":")
    at, digest = datetime.fromisoformat(decided.decided_at), hashlib.sha256(signature.encode())
    return Record(
        id=record_id(at, digest.digest()[:10]),
        kind=Kind.PROMOTION,
        recorded_at=at,
        client=CLIENT,
        key=digest.hexdigest(),
        public={
            "bundle": decided.bundle_id,
            "previous": decided.previous,
            "accepted": decided.accepted,
            "grounds": [dict(ground) for ground in decided.grounds],
            "approver": fingerprint,
            "signature": signature,
        },
    )
