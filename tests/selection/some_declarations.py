"""Declarations and scores to test with."""

from __future__ import annotations

from datetime import date

from customs.decision import ItemScore
from selection.facts import DeclarationFacts, item_facts

DAY = date(2026, 3, 2)


def declaration(
    identifier: str, *items: dict[str, object], day: date = DAY, office: str = "118"
) -> DeclarationFacts:
    """A declaration with these items; without any, one item of plain goods."""
    plain: tuple[dict[str, object], ...] = ({"hs_code": "610910", "origin_country": "CL"},)
    return DeclarationFacts(identifier, day, office, tuple(item_facts(item) for item in items or plain))


def scores(*risks: float | None, revenue: float | None = 100.0) -> list[ItemScore]:
    """Item scores with these risks, each expected to bring `revenue`."""
    return [
        ItemScore(number, risk, None, revenue, None, None, None) for number, risk in enumerate(risks, start=1)
    ]
