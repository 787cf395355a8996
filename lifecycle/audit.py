"""Why one shipment was stopped: the whole record, the decision made again, the hashes recomputed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from customs.errors import InputError
from features.reference.row_numbers import MISSING
from ledger import verifier
from ledger.decision_record import opened
from ledger.errors import LedgerError, RecordError, VaultError
from ledger.opening import is_new, open_ledger
from ledger.record import Kind
from ledger.sealer import seal
from ledger.sealing_key import sealing_key
from ledger.store import LedgerStore, Stored, receipt_text
from ledger.vault import Vault
from ledger.verification import Difference, Verification
from ledger.verifier import HEADS, KEYS, RECORDS, exported_heads
from ledger.verifier import verify as prove
from lifecycle.approvals import approval_of
from lifecycle.keys import key_ring
from lifecycle.models import NoModelError, loaded
from lifecycle.output import check_output
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from lifecycle.workspace import whole_file
from scoring.bundle import Bundle
from scoring.reasons import CATALOGUE
from scoring.value_report import interval_of, report_json, value_report
from selection.draw import uniform
from selection.rules import RuleBook
from serving.body import is_xml
from serving.evidence import given_of, terms_of
from serving.headings import headings
from serving.recording import CODE
from serving.replay import replay as decide_again
from serving.secret import secret

_UNTOLD = str(MISSING)
"""What stands in a record for a reference value that no table tells."""


class NoRecordError(InputError):
    """There is no ledger, or no such record in it."""


@dataclass(frozen=True)
class Replayed:
    """A decision made again: equal to the last bit, or where it differs.

    `changed` names what is no longer as it was recorded: rules, catalogue, code, draw (another key gives
    another draw), trainer (its key was revoked).
    """

    decision_id: str
    bundle: str | None
    differences: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """True if nothing differs."""
        return not self.differences


def show(session: Session, decision_id: str) -> dict[str, Any]:
    """The whole record of a decision, opened; what was erased reads so.

    `headings` are no part of it: they are derived now, of its items (see `serving.headings`). Nor is
    `approval`: the step by which the model that decided was champion then, with the keys behind it.
    """
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
            "details": _readable(evidence.details),
            "reply": _json(evidence.reply),
            "valuation": _valuation(evidence.details),
            "headings": _headings(session, stored, evidence.details),
            "approval": _approval(session, stored),
        }


def replay(session: Session, decision_id: str) -> Replayed:
    """Make the decision again from the recorded input, the recorded history values and the bundle it names.

    Its settings are those of the record, its rules today's.
    """
    with _opened(session) as (ledger, vault):
        stored = _stored(ledger, decision_id)
        evidence = opened(vault, stored.record)
    details = evidence.details
    if stored.record.kind is not Kind.DECISION:
        raise NoRecordError("that record is no decision", remedy="name the id of a decision")
    if details is None:
        raise NoRecordError("that decision was erased", remedy="its hash still stands: tamiz audit verify")
    versions: Any = stored.record.public["versions"]
    rules = RuleBook(session.selection.rules)
    terms = terms_of(details, rules, session.intake)
    bundle = _bundle(session, versions["bundle"]) if versions["bundle"] else None
    again = decide_again(details, bundle, terms)
    today = {"rules": rules.version, "catalogue": CATALOGUE, "code": CODE}
    changed = [name for name, version in today.items() if version != versions[name]]
    changed += ["draw"] * (not _draws(session, details))
    changed += ["trainer"] * (bundle is not None and _revoked(session, bundle))
    return Replayed(decision_id, versions["bundle"], again, tuple(changed))


@dataclass(frozen=True)
class Verified:
    """What was looked at: records, how many of them are sealed, heads here and in the second place."""

    verification: Verification
    sealed: int
    heads: int
    exported: int


def verify(session: Session, heads: Path | None = None) -> Verified:
    """Every record of the ledger against its leaf hash, its columns, what it seals, and the signed heads.

    `heads` is the second place, by default that of the settings. Raises InputError where it is not there.
    """
    place = heads or session.ledger.heads
    if place is not None and not place.exists():
        raise InputError(f"{place}: there are no heads", remedy="name the folder that heads are exported to")
    with _opened(session) as (ledger, vault):
        found = ledger.verify()
        told = {difference.seq for difference in found.differences}
        inside = (
            Difference(stored.seq, stored.record.id, words)
            for stored in ledger.iterate()
            if stored.seq not in told and (words := _inside(stored, vault))
        )
        differences = (*found.differences, *inside)
        elsewhere = exported_heads(place).heads if place else []
        proved = prove(
            map(_line, ledger.iterate()), list(ledger.heads()), elsewhere, (), _public_keys(session)
        )
        named = {difference.seq for difference in differences}
        unsealed = (
            Difference(seq, None, words) for seq, words in proved.wrong if seq not in named or not seq
        )
        both = Verification(found.checked, (*differences, *unsealed))
        return Verified(both, proved.sealed, proved.heads, proved.exported)


def export(session: Session, output: Path, *, now: datetime) -> Verified:
    """Write the ledger as a package that proves itself, with its verifier; it is sealed before.

    Leaves hold personal and commercial data as ciphertext only. Gives what `verify` says of the store:
    records are written as they stand, whatever was done to them.
    """
    check_output(output, session.workspace)
    if output.suffix != ".zip":
        raise InputError(f"{output.name} is no .zip", remedy="give the package this ending")
    with _opened(session) as (ledger, _):
        key = sealing_key(session.workspace.sealing_key, new=not ledger.frontier().size)
        seal(ledger, key, now)
        with whole_file(output) as partial, ZipFile(partial, "w", ZIP_DEFLATED) as package:
            with package.open(RECORDS, "w") as file:
                for stored in ledger.iterate():
                    file.write(json.dumps(_line(stored)).encode() + b"\n")
            with package.open(HEADS, "w") as file:
                for sealed in ledger.heads():
                    file.write(sealed.line().encode())
            package.writestr(KEYS, json.dumps([public.hex() for public in key.public_keys]))
            package.writestr("verify.py", Path(verifier.__file__).read_bytes())
    return verify(session)


def public_head(session: Session) -> dict[str, Any]:
    """The newest signed head, and the public keys of the ledger: what an auditor keeps elsewhere."""
    with _opened(session) as (ledger, _):
        size = ledger.frontier().size
        newest = next(ledger.heads(size - 1), None) if size else None
        return {
            "size": size,
            "records": ledger.count(),
            "note": newest.head.note if newest else None,
            "public_keys": [key.hex() for key in _public_keys(session)],
        }


def _line(stored: Stored) -> dict[str, Any]:
    """A record as a package holds it."""
    return {
        "seq": stored.seq,
        "leaf_hash": stored.leaf_hash.hex(),
        "leaf": base64.b64encode(stored.leaf).decode(),
        "receipt": receipt_text(stored),
    }


def _public_keys(session: Session) -> tuple[bytes, ...]:
    path = session.workspace.sealing_key
    return sealing_key(path).public_keys if path.exists() else ()


def _headings(session: Session, stored: Stored, details: dict[str, Any] | None) -> dict[str, Any] | None:
    """The likeliest other headings of each item; null for what is no decision, and without its snapshot."""
    if details is None or stored.record.kind is not Kind.DECISION:
        return None
    versions: Any = stored.record.public["versions"]
    return headings(details, versions["bundle"], service_wiring(session))


def _approval(session: Session, stored: Stored) -> dict[str, Any] | None:
    """Who made the model that decided champion; null for what no model decided."""
    record: Any = stored.record
    bundle = record.public["versions"]["bundle"] if record.kind is Kind.DECISION else None
    return approval_of(session, bundle, stored.seq) if bundle else None


@contextmanager
def _opened(session: Session) -> Iterator[tuple[LedgerStore, Vault]]:
    if is_new(session.workspace.ledger, session.ledger):
        raise NoRecordError("there is no ledger yet", remedy="the service makes it: tamiz serve")
    if session.ledger.url is None and session.workspace.ledger.stat().st_size == 0:
        raise LedgerError("the ledger's file was emptied", remedy="restore it from its backup")
    wiring = service_wiring(session)
    with (
        Vault.open(wiring.vault, wiring.ledger_settings, new=False) as vault,
        open_ledger(wiring.ledger, wiring.ledger_settings) as ledger,
    ):
        yield ledger, vault


def _stored(ledger: LedgerStore, decision_id: str) -> Stored:
    stored = ledger.get(decision_id)
    if stored is None:
        raise NoRecordError("no record has that id", remedy="take the decision_id of the service's answer")
    return stored


def _json(part: bytes | None) -> Any:
    """What a section says: an outcome has no reply of its own; a SAD document stays as it was sent."""
    if part is None:
        return "erased"
    return part.decode("utf-8", "replace") if is_xml(part) else json.loads(part or b"null")


def _readable(details: dict[str, Any] | None) -> Any:
    """The details with each value under its name, a list of the items': null where no table tells of one."""
    if details is None or "given" not in details:
        return details or "erased"
    history = details["given"]["history"]
    lists = ([None if value == _UNTOLD else value for value in row] for row in history["values"])
    named = dict(zip(history["names"].split(), map(list, zip(*lists, strict=True)), strict=True))
    return {**details, "given": {**details["given"], "history": named}}


def _valuation(details: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The report on each item's declared value, in words of both languages; made of the record alone."""
    if details is None or "given" not in details:
        return []
    given = given_of(details)
    return [
        report_json(value_report(given.columns, given.history, row, interval_of(item)))
        for row, item in enumerate(details["outcome"]["items"])
    ]


def _bundle(session: Session, bundle_id: str) -> Bundle:
    try:
        return loaded(session.workspace, bundle_id, revoked=True)
    except NoModelError:
        raise NoModelError(
            f"bundle {bundle_id}, by which it was decided, is not in the workspace",
            remedy="restore its folder among the bundles from a backup or from where it was made",
        ) from None


def _draws(session: Session, details: Mapping[str, Any]) -> bool:
    """True if the key of the draw, where it is at hand, gives the draw of the record."""
    path = service_wiring(session).draw_key
    declaration_id = str(given_of(details).columns["declaration_id"][0])
    recorded = details["outcome"]["selection"]["draw"]
    return path.exists() and uniform(secret(path), declaration_id) == recorded


def _revoked(session: Session, bundle: Bundle) -> bool:
    ring = key_ring(session.workspace)
    return any(key.revoked_at for key in ring.keys if key.fingerprint == bundle.trainer.fingerprint)


def _inside(stored: Stored, vault: Vault) -> str:
    """In what the record and what it seals do not fit together; empty if they do."""
    try:
        opened(vault, stored.record)
    except (RecordError, VaultError) as error:
        return str(error)
    return ""
