"""The open part of a decision's record, held against what the record seals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ledger.decision_record import Evidence, about
from ledger.record import Kind, Record
from ledger.vault import Vault

_ERASED = "erased"


def contradictions(record: Record, evidence: Evidence, vault: Vault) -> tuple[str, ...]:
    """Give the names in the open that the sealed request, details and reply of a decision contradict.

    Whoever can write to the ledger can change what stands in the open, and its hash with it; what is sealed
    takes the keys. What was erased contradicts nothing, nor does a record of another kind.
    """
    if record.kind is not Kind.DECISION or evidence.details is None or evidence.reply is None:
        return ()
    sealed = _sealed(evidence.details, evidence.reply, vault)
    in_the_open = _open(record)
    return tuple(name for name, value in sealed.items() if value != in_the_open[name] and value != _ERASED)


def _sealed(details: Mapping[str, Any], reply: bytes, vault: Vault) -> dict[str, object]:
    answer = json.loads(reply)
    erased = json.dumps(_ERASED).encode() in reply
    declaration = answer["declaration_id"]
    return {
        **details["outcome"]["selection"],
        "degraded": answer["degraded"],
        "bundle": answer["model"] and answer["model"]["bundle_id"],
        "as_of": answer["profiles_as_of"],
        "about": _ERASED if declaration == _ERASED else about(vault, declaration),
        "recorded_at": answer["recorded_at"],
        "reply_sha256": _ERASED if erased else hashlib.sha256(reply).hexdigest(),
    }


def _open(record: Record) -> dict[str, Any]:
    public: Mapping[str, Any] = record.public
    versions = public["versions"]
    return {
        **public,
        "bundle": versions["bundle"],
        "as_of": versions["as_of"],
        "about": record.about,
        "recorded_at": record.recorded_at.isoformat(),
    }
