"""Past inspections like the items of a decision, by the model that decided it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.columns import rows
from scoring.bundle import Bundle
from scoring.past_cases import PastCase, is_finding
from serving.decide import Given


def similar_cases(bundle: Bundle, given: Given) -> list[dict[str, Any]]:
    """Give of each item the past cases of which the model says nearly the same, as plain JSON.

    `found` counts those with a finding, `usual` is their share among all that the bundle knows, in percent.
    """
    known = bundle.scorer.past_cases
    usual = known.found if known else None
    scores = bundle.score(given.columns, given.history)
    return [_told(bundle.scorer.similar(scores, row), usual) for row in range(rows(given.columns))]


def _told(cases: Sequence[PastCase], usual: float | None) -> dict[str, Any]:
    return {
        "found": sum(is_finding(case.finding) for case in cases),
        "usual": usual,
        "cases": [{**vars(case), "customs_date": case.customs_date.isoformat()} for case in cases],
    }
