"""The same days drawn again and again: what comes of the logged probabilities.

Each round selects the same declarations with the same scores, rules and quotas, and new lots. The logged
probabilities are given the past, so in each round inspection minus probability has mean zero; over many
rounds its mean must vanish, for each declaration, and so must that of everything weighted by its inverse.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from customs.lane import Lane
from selection.capacity import Thresholds
from selection.draw import uniform
from selection.memory_quota import MemoryQuota
from selection.policy import select
from selection.rules import RuleBook
from selection.settings import DailyLimits, SelectionSettings
from tests.selection.some_declarations import DAY, declaration, scores

SETTINGS = SelectionSettings(
    random_share=0.2,
    exempt_floor=0.05,
    daily_limits=DailyLimits(red=2, orange=1),
    office_limits={"235": DailyLimits(red=1, orange=0)},
)
THRESHOLDS = Thresholds(red=0.7, orange=0.4)
_EXEMPT: dict[str, object] = {"importer_aeo": True, "cif": 10.0, "hs_code": "610910"}
_PLAIN: dict[str, object] = {"hs_code": "610910"}
_TOMORROW = DAY + timedelta(days=1)
DECLARATIONS = (
    (declaration("low", _PLAIN), scores(0.1)),
    (declaration("high", _PLAIN), scores(0.9)),
    (declaration("arms", {"hs_code": "930200"}), scores(0.2)),
    (declaration("second high", _PLAIN), scores(0.8)),
    (declaration("middle", _PLAIN), scores(0.5)),
    (declaration("exempt", _EXEMPT), scores(0.99)),
    (declaration("degraded", _PLAIN), None),
    (declaration("elsewhere, high", _PLAIN, office="235"), scores(0.9)),
    (declaration("elsewhere, middle", _PLAIN, office="235"), scores(0.5)),
    (declaration("elsewhere, second high", _PLAIN, office="235"), scores(0.8)),
    (declaration("next day, high", _PLAIN, day=_TOMORROW), scores(0.9)),
    (declaration("next day, second", _PLAIN, day=_TOMORROW), scores(0.8)),
)


def run(count: int, seed: int) -> dict[str, float]:
    """Draw `count` rounds: the largest standardised deviations, and how far the probabilities vary."""
    book = RuleBook(SETTINGS.rules)
    documents = np.zeros((count, len(DECLARATIONS)))
    goods = np.zeros_like(documents)
    p_documents = np.zeros_like(documents)
    p_goods = np.zeros_like(documents)
    for number in range(count):
        quota = MemoryQuota()
        for column, (facts, item_scores) in enumerate(DECLARATIONS):
            draw = uniform(f"{seed}/{number}".encode(), facts.declaration_id)
            selection = select(
                facts,
                item_scores,
                rules=book,
                thresholds=THRESHOLDS,
                quota=quota,
                draw=draw,
                settings=SETTINGS,
                released=(column + 1) / len(DECLARATIONS),
            ).selection
            documents[number, column] = selection.lane is not Lane.GREEN
            goods[number, column] = selection.lane is Lane.RED
            p_documents[number, column] = selection.p_document
            p_goods[number, column] = selection.p_physical
    return {
        "rounds": count,
        "seed": seed,
        "documents_z": _largest_z(documents - p_documents),
        "goods_z": _largest_z(goods - p_goods),
        "weighted_z": _largest_z(goods / p_goods - 1),
        "spread_of_p": float(p_goods.std(axis=0).max()),
    }


def _largest_z(deviations: np.ndarray) -> float:
    error = deviations.std(axis=0) / np.sqrt(len(deviations))
    mean = np.abs(deviations.mean(axis=0))
    assert (mean[error == 0] == 0).all()
    return float((mean[error > 0] / error[error > 0]).max())
