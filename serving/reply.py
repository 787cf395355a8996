"""The bytes that answer a decision: those recorded, and after them the hash of the record."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customs.decision import ItemScore, Kinds
from customs.reason import Reason
from ledger.json_bytes import Spelled, json_bytes, spelled
from scoring.words import LANGUAGES, kind_words, kinds_words, sentences, warning
from serving.decide import Decided, Model, Successors


@dataclass(frozen=True)
class Circumstances:
    """What stands in an answer beside what was decided: upon what, after which decision, by which model, and
    without what.

    Where `as_of` is None, reasons that rest on histories or reference tables say that these were not read.
    """

    declaration_id: str
    version: int
    amends: str | None
    degraded: tuple[str, ...]
    model: Model | None
    as_of: date | None


def recorded_bytes(
    decided: Decided, made: Circumstances, *, decision_id: str, recorded_at: datetime
) -> bytes:
    """Give the answer as it goes into the record: all of it but the hash of that record."""
    told = _told(decided, made)
    answer = {"decision_id": decision_id, **told, "recorded_at": recorded_at.isoformat()}
    return json_bytes(answer)


def tried_bytes(decided: Decided, made: Circumstances) -> bytes:
    """Give the answer to a declaration that was only tried out: of no decision, so without id or record."""
    return json_bytes({"dry_run": True, **_told(decided, made)})


def _told(decided: Decided, made: Circumstances) -> dict[str, Any]:
    selection = decided.choice.selection
    return {
        "declaration_id": made.declaration_id,
        "version": made.version,
        "amends": made.amends,
        "lane": selection.lane.value,
        "selection": {
            "reason": selection.reason.value if selection.reason else None,
            "rule": selection.rule,
            "p_document": spelled(selection.p_document),
            "p_physical": spelled(selection.p_physical),
        },
        "degraded": made.degraded,
        "items": [
            _item(score, rules, successors, unread=made.as_of is None)
            for score, rules, successors in zip(
                decided.scores, decided.warnings, decided.successors, strict=True
            )
        ],
        "model": {"bundle_id": made.model.id, "created_at": made.model.created_at} if made.model else None,
        "profiles_as_of": made.as_of.isoformat() if made.as_of else None,
    }


def answer_bytes(recorded: bytes, leaf_hash: bytes, receipt: bytes | None) -> bytes:
    """Give the answer as it is sent: the recorded object, and behind it the record's hash and its receipt.

    A record from before receipts has none.

    >>> answer_bytes(b'{"lane":"green"}', bytes(2), b"abc").decode()
    '{"lane":"green","leaf_hash":"0000","receipt":"YWJj"}'
    """
    signed = b',"receipt":"%b"' % b64encode(receipt) if receipt else b""
    return b'%b,"leaf_hash":"%b"%b}' % (recorded.removesuffix(b"}"), leaf_hash.hex().encode(), signed)


def _item(
    score: ItemScore, rules: tuple[str, ...], successors: Successors, *, unread: bool
) -> dict[str, Any]:
    value = {
        "low": _number(score.value_low),
        "mid": _number(score.value_mid),
        "high": _number(score.value_high),
    }
    return {
        "item_no": score.item_no,
        "risk": _number(score.risk),
        "anomaly": _number(score.anomaly),
        "expected_revenue": _number(score.expected_revenue),
        "value": None if None in value.values() else value,
        "warnings": [
            {"rule": rule, "text": {language: warning(rule, language, *successors) for language in LANGUAGES}}
            for rule in rules
        ],
        "reasons": [_reason(reason, unread=unread) for reason in score.reasons],
        "kinds": _kinds(score.kinds) if score.kinds else None,
    }


def _kinds(kinds: Kinds) -> dict[str, Any]:
    likeliest = sorted(kinds.probability.items(), key=lambda one: (-one[1], one[0]))
    return {
        "learnt": kinds.learnt,
        "text": {language: kinds_words(language, learnt=kinds.learnt) for language in LANGUAGES},
        "likeliest": [
            {
                "kind": kind,
                "probability": spelled(probability),
                "text": {language: kind_words(kind, language) for language in LANGUAGES},
            }
            for kind, probability in likeliest
        ],
    }


def _reason(reason: Reason, *, unread: bool) -> dict[str, Any]:
    return {
        "code": reason.code,
        "contribution": spelled(reason.contribution),
        "parameters": {
            name: spelled(value) if isinstance(value, float) else value
            for name, value in reason.parameters.items()
        },
        "text": sentences(reason, unread=unread),
    }


def _number(known: float | None) -> Spelled | None:
    return None if known is None else spelled(known)
