"""What was decided of a declaration before: each of its versions once, and none after a newer one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.decision_record import opened
from ledger.record import Kind
from ledger.store import Stored
from ledger.vault import Vault
from serving.body import recorded_request
from serving.decide import Terms
from serving.problem import Problem
from serving.recording import Asked


def decisions_in(records: Iterable[Stored]) -> list[Stored]:
    """Give those of the records that are decisions."""
    return [stored for stored in records if stored.record.kind is Kind.DECISION]


def version_of(decision: Stored) -> int:
    """Give the version of the declaration that was decided."""
    said: Any = decision.record.public
    return int(said.get("version", 1))


def refuse_decided(asked: Asked, earlier: Sequence[Stored], vault: Vault, terms: Terms) -> None:
    """Raise the problem of a version that was decided, or of one that is older than what was decided.

    The decision that stands is named, whoever asked for it: by another Idempotency-Key nobody gets another.
    """
    for decision in earlier:
        if version_of(decision) == asked.version:
            raise _decided(decision, same=_asks_the_same(asked, decision, vault, terms))
    newest = max(earlier, key=version_of, default=None)
    if newest is not None and version_of(newest) > asked.version:
        raise Problem(
            409,
            "outdated",
            "A newer version of the declaration was decided",
            "follow that decision; send what has changed since as a version above it",
            decision_id=newest.record.id,
        )


def _asks_the_same(asked: Asked, decision: Stored, vault: Vault, terms: Terms) -> bool:
    """True if the decision is one on this request; of one that was erased nobody can say otherwise."""
    request = opened(vault, decision.record).request
    return request is None or recorded_request(request, terms.intake) == asked.request


def _decided(decision: Stored, *, same: bool) -> Problem:
    if same:
        return Problem(
            409,
            "already-decided",
            "This version of the declaration was decided",
            "read the decision: GET /v1/decisions/{decision_id}",
            decision_id=decision.record.id,
        )
    return Problem(
        422,
        "version-reused",
        "This version of the declaration was decided with other content",
        "send an amendment as a new version",
        decision_id=decision.record.id,
    )
