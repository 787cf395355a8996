"""Why one declaration got its lane, for the officer who reads it, and what of that its trader may read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from customs.lane import Lane
from features.recipe import FEATURES
from features.reference.source import sources_to_json
from ledger.record import Kind, Record
from scoring.bundle import Bundle
from scoring.reasons import BASELINE, OTHER
from scoring.value_report import interval_of, report_json, value_report
from scoring.words import LANGUAGES, kind_words, told
from selection.rules import RuleBook
from serving.derivation import Derived, derived
from serving.evidence import explainer_of
from serving.read_decision import ReadDecision
from serving.stores import Stores
from serving.wiring import ServiceWiring

UNUSUAL = 0.95
"""Share of past items that must be less unusual than an item for that to be said."""

_NEEDED = frozenset(name for feature in FEATURES for name in feature.fields)
_NAMED = ("decision_id", "declaration_id", "version", "amends", "lane", "recorded_at")
_WORDS = "explanation"
_STRONGEST = 3


def explanation(
    decision: ReadDecision, stores: Stores, wiring: ServiceWiring, rules: RuleBook, at_work: Bundle | None
) -> dict[str, Any]:
    """Give the explanation of a decision as plain JSON, texts in every language.

    Contributions are log-odds: those of an item add up to its `score`. Thresholds and weights are not in it.
    """
    reply = json.loads(decision.reply)
    more = derived(decision, stores, wiring, rules, at_work)
    items = _items(reply["items"], decision, more.similar)
    selection = _selection(decision, rules)
    change = _change(more)
    degraded = [{"code": code, "text": _said(f"degraded/{code}")} for code in reply["degraded"]]
    instead = _explainer(decision.details)
    return {
        **{name: reply.get(name) for name in _NAMED},
        "cancelled": _cancelled(decision.record, stores),
        "text": _prose(selection["text"], items, change, [one["text"] for one in (*degraded, *instead)]),
        "selection": selection,
        "degraded": degraded,
        "explainer": next(iter(instead), None),
        "model": reply["model"],
        "profiles_as_of": reply["profiles_as_of"],
        "sources": sources_to_json(decision.given.sources),
        "items": items,
        "change": change,
    }


def trader_view(full: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the trader may read: the lane, its legal basis, and what is amiss with the declaration.

    Nothing of scores, reasons, intervals or of why it was this one tells how to get another lane.
    """
    rule = full["selection"]["rule"] if full["selection"]["reason"] == "rule" else None
    case = "rule" if rule else "selected" if full["lane"] != Lane.GREEN.value else "released"
    return {
        **{name: full[name] for name in _NAMED},
        "cancelled": full["cancelled"],
        "text": _said(f"trader/{case}/{full['lane']}" if case != "released" else "trader/released"),
        "rule": rule,
        "items": [
            {name: item[name] for name in ("item_no", "warnings", "missing")} for item in full["items"]
        ],
    }


def _selection(decision: ReadDecision, rules: RuleBook) -> dict[str, Any]:
    public: Any = decision.record.public
    reason, lane = public["reason"] or "none", public["lane"]
    versions = public["versions"]
    known = rules.named(public["rule"]) if public["rule"] and versions["rules"] == rules.version else None
    rule = {
        "name": public["rule"],
        "owner": known.owner if known else None,
        "legal_basis": known.legal_basis if known else None,
    }
    figures = {"rule": public["rule"] or "", "legal_basis": rule["legal_basis"] or ""}
    case = "exempt" if reason == "none" and public["rule"] else reason
    unlimited = case == "model" and decision.details["terms"]["daily_limits"][lane] is None
    words = f"selection/{case}/{lane}{'/unlimited' if unlimited else ''}"
    return {
        "reason": public["reason"],
        "rule": rule if public["rule"] else None,
        "matched": decision.details["outcome"]["matched"],
        "p_document": public["p_document"],
        "p_physical": public["p_physical"],
        "quota": decision.details["takes"],
        "text": _said(words, figures),
    }


def _items(
    told_of: list[dict[str, Any]], decision: ReadDecision, similar: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    given, outcome = decision.given, decision.details["outcome"]
    found = []
    for row, (item, scored) in enumerate(zip(told_of, outcome["items"], strict=True)):
        parts = [reason["contribution"] for reason in item["reasons"]]
        found.append(
            {
                **item,
                "score": sum(parts) if parts else None,
                "value": report_json(value_report(given.columns, given.history, row, interval_of(scored))),
                "missing": [name for name in sorted(_NEEDED) if _absent(given.columns, name, row)],
                "unusual": _unusual(item["anomaly"]),
                "similar": _similar(similar[row]) if similar else None,
            }
        )
    return found


def _explainer(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tell who worked out the contributions, if it was not the tables that do so as a rule."""
    name = explainer_of(details)
    return [] if name == "tables" else [{"code": name, "text": _said(f"explainer/{name}")}]


def _absent(columns: Mapping[str, Any], name: str, row: int) -> bool:
    value = columns[name][row] if name in columns else 0
    return value is None or value != value  # noqa: PLR0124 - NaN alone is not equal to itself


def _unusual(anomaly: float | None) -> dict[str, str] | None:
    if anomaly is None or anomaly < UNUSUAL:
        return None
    return _said("unusual", {"rate": 100 * anomaly})


def _similar(one: Mapping[str, Any]) -> dict[str, Any] | None:
    if not one["cases"]:
        return None
    figures = {"found": int(one["found"]), "count": len(one["cases"]), "rate": float(one["usual"])}
    cases = [{**case, "text": _case(case)} for case in one["cases"]]
    return {"found": one["found"], "usual": one["usual"], "cases": cases, "text": _said("similar", figures)}


def _case(case: Mapping[str, Any]) -> dict[str, str]:
    return {language: kind_words(case["finding"], language) for language in LANGUAGES}


def _change(more: Derived) -> dict[str, Any]:
    change = more.change
    if change is None:
        said = _said(f"change/{more.untold}")
        return {"facts": [], "lane": None, "text": said, "leaf_hash": more.leaf_hash}
    facts = [{**one, "text": _fact(one)} for one in change["changes"]]
    case = f"change/{change['lane']}" if facts else "change/none"
    return {
        "facts": facts,
        "lane": change["lane"],
        "text": _said(case, {"tried": int(change["tried"])}),
        "leaf_hash": more.leaf_hash,
    }


def _fact(one: Mapping[str, Any]) -> dict[str, str]:
    """Say what would be otherwise: a quantity by how many times, a code by the other one."""
    figures = {"item_no": int(one["item_no"])}
    if one["factor"] is not None:
        return _said(f"fact/{one['fact']}", figures | {"factor": float(one["factor"])})
    codes = {side: one[side][one["fact"]] for side in ("declared", "changed")}
    return {language: _code(one["fact"], figures, codes, language) for language in LANGUAGES}


def _code(fact: str, figures: Mapping[str, int], codes: Mapping[str, Any], language: str) -> str:
    nothing = told(_WORDS, "nothing", {}, language)
    written = {side: str(code or nothing) for side, code in codes.items()}
    return told(_WORDS, f"fact/{fact}", {**figures, **written}, language)


def _cancelled(decision: Record, stores: Stores) -> dict[str, Any] | None:
    for one in stores.ledger.about(decision.about or ""):
        said: Any = one.record.public
        if one.record.kind is Kind.CANCELLATION and said["decision_id"] == decision.id:
            return {"reason": said["reason"], "cancelled_at": one.record.recorded_at.isoformat()}
    return None


def _prose(
    selection: Mapping[str, str],
    items: list[dict[str, Any]],
    change: Mapping[str, Any],
    degraded: list[dict[str, str]],
) -> dict[str, str]:
    """Tell how it was selected, what speaks against its most suspicious item, what would alter the lane.

    What was found of items like it stands beside what speaks against it.
    """
    scored = [item for item in items if item["risk"] is not None]
    first = max(scored, key=lambda item: item["risk"], default=None)
    return {
        language: " ".join(
            [
                selection[language],
                *(_against(first, language) if first else ()),
                *(one[language] for one in degraded),
                change["text"][language],
                *_facts(change, language),
            ]
        )
        for language in LANGUAGES
    }


def _facts(change: Mapping[str, Any], language: str) -> list[str]:
    facts = [one["text"][language] for one in change["facts"]]
    return ["; ".join(facts) + "."] if facts else []


def _against(item: Mapping[str, Any], language: str) -> list[str]:
    own = [reason for reason in item["reasons"] if reason["code"] not in {OTHER, BASELINE}]
    raising = [reason["text"][language] for reason in own if reason["contribution"] > 0]
    opening = told(_WORDS, "item", {"item_no": item["item_no"], "rate": 100 * item["risk"]}, language)
    alike = [item["similar"]["text"][language]] if item["similar"] else []
    return [opening, *raising[:_STRONGEST], *alike]


def _said(code: str, figures: Mapping[str, float | int | str | None] | None = None) -> dict[str, str]:
    return {language: told(_WORDS, code, dict(figures or {}), language) for language in LANGUAGES}
