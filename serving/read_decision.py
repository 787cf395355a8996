"""A recorded decision, found and opened to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.decision_record import opened
from ledger.record import Kind, Record
from ledger.store import LedgerStore, Stored
from ledger.vault import Vault
from serving.decide import Given
from serving.evidence import given_of
from serving.problem import Problem


@dataclass(frozen=True)
class ReadDecision:
    """A decision as it stands in the ledger, with what its record seals: request, details and reply."""

    stored: Stored
    request: bytes
    details: Mapping[str, Any]
    reply: bytes

    @property
    def record(self) -> Record:
        """Its record."""
        return self.stored.record

    @cached_property
    def given(self) -> Given:
        """What was decided upon, bit for bit."""
        return given_of(self.details)


def find_decision(decision_id: str, ledger: LedgerStore) -> Stored | None:
    """Give the record with this id, if it is that of a decision."""
    stored = ledger.get(decision_id)
    return stored if stored is not None and stored.record.kind is Kind.DECISION else None


def read_decision(stored: Stored, vault: Vault) -> ReadDecision:
    """Open the record of a decision; raises Problem 410 where its content was erased."""
    evidence = opened(vault, stored.record)
    if evidence.request is None or evidence.details is None or evidence.reply is None:
        raise erased()
    return ReadDecision(stored, evidence.request, evidence.details, evidence.reply)


def erased() -> Problem:
    """Give the problem of a decision whose content was erased."""
    return Problem(
        410, "erased", "The decision was erased", "its record stands in the ledger without its content"
    )
