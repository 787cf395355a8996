"""From the scores of items to the score of their declaration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from customs.decision import ItemScore
from selection.settings import Objective


def declaration_score(scores: Sequence[ItemScore], objective: Objective) -> float | None:
    """The score by which a declaration competes for inspection; None where no item has one.

    risk: the highest probability among its items, as one irregular item makes the inspection worth while.
    revenue: the sum of what its items are expected to bring. blend: the geometric mean of the two, whose
    order does not depend on the currency.

    >>> items = [ItemScore(n, p, None, r, None, None, None) for n, p, r in ((1, 0.1, 40.0), (2, 0.4, 50.0))]
    >>> [declaration_score(items, objective) for objective in Objective]
    [0.4, 90.0, 6.0]
    """
    unused = 0.0
    pairs = [
        (
            unused if objective is Objective.REVENUE else score.risk,
            unused if objective is Objective.RISK else score.expected_revenue,
        )
        for score in scores
    ]
    known = [(risk, revenue) for risk, revenue in pairs if risk is not None and revenue is not None]
    if not known:
        return None
    risk, revenue = np.array(known, dtype=np.float64).T
    combined = declaration_scores(np.zeros(len(known), dtype=np.int64), risk, revenue, objective)
    return None if math.isnan(combined[0]) else float(combined[0])


def declaration_scores(
    group: np.ndarray, risk: np.ndarray, revenue: np.ndarray, objective: Objective
) -> np.ndarray:
    """The scores of many declarations: `group` numbers the declaration of each item 0 … n − 1.

    Returns n float64 scores. A declaration without items gets −inf risk and nothing of revenue.
    """
    number = int(group.max()) + 1 if len(group) else 0
    highest = np.full(number, -np.inf)
    np.maximum.at(highest, group, risk)
    total = np.bincount(group, weights=revenue, minlength=number)
    if objective is Objective.RISK:
        return highest
    if objective is Objective.REVENUE:
        return total
    blend: np.ndarray = np.sqrt(np.maximum(highest, 0.0) * np.maximum(total, 0.0))
    return blend
