"""Why one shipment was stopped: the whole record, the decision made again, the hashes recomputed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customs.errors import InputError
from ledger.decision_record import opened
from ledger.record import Kind
from ledger.sqlite_store import SqliteLedger
from ledger.store import LedgerStore, Stored
from ledger.vault import Vault
from ledger.verification import Verification
from lifecycle.models import loaded
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from lifecycle.workspace import replace_text
from selection.rules import RuleBook
from serving.evidence import terms_of
from serving.replay import replay as decide_again


class NoRecordError(InputError):
    """There is no ledger, or no such record in it."""


@dataclass(frozen=True)
class Replayed:
    """A decision made again: equal to the last bit, or where it differs; None: it cannot be made again."""

    decision_id: str
    bundle: str | None
    differences: tuple[str, ...]
    rules_changed: bool

    @property
    def equal(self) -> bool:
        """True if nothing differs."""
        return not self.differences


def show(session: Session, decision_id: str) -> dict[str, Any]:
    """The whole record of a decision, opened; what was erased reads so."""
    with _opened(session) as (ledger, vault):
        stored = _stored(ledger, decision_id)
        evidence = opened(vault, stored.record)
        record = json.loads(stored.leaf)
        record.pop("sealed", None)
        return {
            "seq": stored.seq,
            "leaf_hash": stored.leaf_hash.hex(),
            "record": record,
            "request": _json(evidence.request),
            "details": evidence.details or "erased",
            "reply": _json(evidence.reply),
        }


def replay(session: Session, decision_id: str) -> Replayed:
    """Make the decision again from the recorded input, the recorded history values and the bundle it names.

    Its settings are those of the record, its rules today's; `rules_changed` says when the rules are no longer
    those of the record.
    """
    with _opened(session) as (ledger, vault):
        stored = _stored(ledger, decision_id)
        details = opened(vault, stored.record).details
    if stored.record.kind is not Kind.DECISION:
        raise NoRecordError("that record is no decision", remedy="name the id of a decision")
    if details is None:
        raise NoRecordError("that decision was erased", remedy="its hash still stands: tamiz audit verify")
    versions: Any = stored.record.public["versions"]
    rules = RuleBook(session.selection.rules)
    terms = terms_of(details, rules, session.intake)
    bundle = loaded(session.workspace, versions["bundle"]) if versions["bundle"] else None
    return Replayed(
        decision_id,
        versions["bundle"],
        decide_again(details, bundle, terms),
        rules.version != versions["rules"],
    )


def verify(session: Session) -> Verification:
    """Every record of the ledger against its leaf hash and its columns."""
    with _opened(session) as (ledger, _):
        return ledger.verify()


def export(session: Session, output: Path) -> int:
    """Write every record, in order, as JSON lines: number, leaf hash, leaf bytes in base64. Gives how many.

    The leaves hold personal and commercial data as ciphertext only.
    """
    with _opened(session) as (ledger, _):
        lines = [
            json.dumps(
                {
                    "seq": stored.seq,
                    "leaf_hash": stored.leaf_hash.hex(),
                    "leaf": base64.b64encode(stored.leaf).decode(),
                }
            )
            for stored in ledger.iterate()
        ]
    replace_text(output, "".join(f"{line}\n" for line in lines))
    return len(lines)


@contextmanager
def _opened(session: Session) -> Iterator[tuple[LedgerStore, Vault]]:
    if not session.workspace.ledger.exists():
        raise NoRecordError("there is no ledger yet", remedy="the service makes it: tamiz serve")
    wiring = service_wiring(session)
    with (
        Vault.open(wiring.vault, wiring.ledger_settings, new=False) as vault,
        SqliteLedger.open(wiring.ledger, wiring.ledger_settings) as ledger,
    ):
        yield ledger, vault


def _stored(ledger: LedgerStore, decision_id: str) -> Stored:
    stored = ledger.get(decision_id)
    if stored is None:
        raise NoRecordError("no record has that id", remedy="take the decision_id of the service's answer")
    return stored


def _json(part: bytes | None) -> Any:
    return "erased" if part is None else json.loads(part)
