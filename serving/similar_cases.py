"""Past inspections like the items of a decision, by the model that decided it."""

from __future__ import annotations

from typing import Any

from features.columns import rows
from scoring.bundle import Bundle
from scoring.past_cases import is_finding
from serving.decide import Given


def similar_cases(bundle: Bundle, given: Given) -> list[dict[str, Any]]:
    """Give of each item the past cases of which the model says nearly the same, as plain JSON.

    `found` counts those with a finding, `usual` is their share among all that the bundle knows, in percent.
    """
    scorer = bundle.scorer
    if scorer.past_cases is None:
        return [{"found": 0, "usual": None, "cases": []} for _ in range(rows(given.columns))]
    scores = bundle.score(given.columns, given.history)
    found = []
    for row in range(rows(given.columns)):
        cases = scorer.similar(scores, row)
        found.append(
            {
                "found": sum(is_finding(case.finding) for case in cases),
                "usual": scorer.past_cases.found,
                "cases": [{**vars(case), "customs_date": case.customs_date.isoformat()} for case in cases],
            }
        )
    return found
