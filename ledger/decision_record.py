"""The record of a decision: what stands in the open, what is sealed, and how it is read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customs.decision import Selection
from ledger.exact import exact_bytes
from ledger.record import Kind, Record
from ledger.vault import Subject, Vault
from ledger.verifier import leaf_hash


@dataclass(frozen=True)
class Versions:
    """What was at work: bundle and recipe (None where there was no model), the day of the features, the
    digest of the rules, the catalogue of reasons, and the code.
    """

    bundle: str | None
    recipe: str | None
    as_of: date | None
    rules: str
    catalogue: str
    code: str


@dataclass(frozen=True)
class Evidence:
    """What a record seals: the exact request, all that the decision was made from, the exact reply.

    `details` is what `exact` made of it. A part is None where it was erased or never was; a party whose key
    is gone reads "erased" within.
    """

    request: bytes | None
    details: dict[str, Any] | None
    reply: bytes | None


def decision_record(
    vault: Vault,
    *,
    id: str,  # noqa: A002 - the record's own word
    recorded_at: datetime,
    client: str,
    key: str,
    declaration_id: str,
    version: int,
    amends: str | None,
    selection: Selection,
    versions: Versions,
    degraded: Sequence[str],
    request: bytes,
    details: Mapping[str, object],
    reply: bytes,
    parties: Sequence[Subject],
) -> Record:
    """The record of one decision, its keys durable.

    A version of a declaration is decided once, whoever asks; `amends` is the decision before, on another
    version. `key` is the client's idempotency key, kept as a keyed hash; `degraded` names what was missing
    (`model`, `history` …); `details` holds validation, features with their sources, outputs, reasons and what
    the selection saw, as anything that `exact` can write; `parties` are all persons and firms named in the
    request, the importer first.
    """
    public = {
        "version": version,
        "amends": amends,
        "versions": versions,
        "lane": selection.lane,
        "reason": selection.reason,
        "rule": selection.rule,
        "p_document": selection.p_document,
        "p_physical": selection.p_physical,
        "draw": selection.draw,
        "degraded": list(degraded),
        "reply_sha256": hashlib.sha256(reply).hexdigest(),
    }
    return sealed_record(
        vault, id=id, kind=Kind.DECISION, recorded_at=recorded_at, client=client, key=key,
        once=f"decision\n{declaration_id.strip()}\n{version}", declaration_id=declaration_id, public=public,
        request=request, details=details, reply=reply, parties=parties,
    )  # fmt: skip


def sealed_record(
    vault: Vault,
    *,
    id: str,  # noqa: A002 - the record's own word
    kind: Kind,
    recorded_at: datetime,
    client: str,
    key: str,
    once: str | None = None,
    declaration_id: str,
    public: Mapping[str, object],
    request: bytes,
    details: Mapping[str, object],
    reply: bytes,
    parties: Sequence[Subject],
) -> Record:
    """A record of any kind about a declaration (an outcome, say), sealed like a decision.

    `once` says of what there is but one record, if that is so.
    """
    sections = {"request": request, "details": exact_bytes(details), "reply": reply}
    in_the_open = Record(
        id=id,
        kind=kind,
        recorded_at=recorded_at,
        client=client,
        key=client_key(vault, key),
        about=about(vault, declaration_id),
        public=public,
        once=None if once is None else once_of(vault, once),
    )
    return in_the_open.with_seal(vault.seal(_binding(in_the_open), sections, parties[0], parties[1:]))


def client_key(vault: Vault, key: str) -> str:
    """The idempotency key as records hold it: what `by_key` looks for."""
    return vault.blind("key", key)


def once_of(vault: Vault, once: str) -> str:
    """What there is but one record of, as records hold it: what `by_once` looks for."""
    return vault.blind("once", once)


def about(vault: Vault, declaration_id: str) -> str:
    """The declaration as records hold it, whatever blanks stand around its id: what `about` looks for."""
    return vault.blind("declaration", declaration_id.strip())


def opened(vault: Vault, record: Record) -> Evidence:
    """What the record seals, as far as the keys are there.

    Raises RecordError where it was sealed beside anything else than what the record says in the open.
    """
    if record.sealed is None:
        return Evidence(None, None, None)
    sections = vault.open_sealed(_binding(record), record.sealed)
    details = sections.get("details")
    return Evidence(
        sections.get("request"), None if details is None else json.loads(details), sections.get("reply")
    )


def _binding(record: Record) -> str:
    """What a seal is bound to: all that stands in the open, none of which can be changed without keys."""
    return leaf_hash(record.in_the_open).hex()
