"""How much of a model is its seed: the same parameters learnt again, and how far the figures move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Stability
from estimation.ranking import auc, average_precision, precision_at
from training.learn import Learnt
from training.settings import TrainingSettings

Floats = NDArray[np.float64]


def stability(learnt: Learnt, matrix: Floats, label: Floats, settings: TrainingSettings) -> Stability | None:
    """Give what as many other seeds as the settings name make of the test rows; None where they name none.

    `matrix` and `label` are those of the test part.
    """
    if learnt.scorer.risk is None or learnt.learner is None or not settings.stability_seeds:
        return None
    own = learnt.scorer.risk.raw(matrix)
    others = [
        learnt.learner.with_seed(settings.seed + number).final().predict(matrix, raw=True)
        for number in range(1, settings.stability_seeds + 1)
    ]
    figures = [_figures(score, label, settings.capacity) for score in (own, *others)]
    return Stability(
        seeds=len(others),
        correlation=min(rank_correlation(own, score) for score in others),
        spread={
            name: (min(one[name] for one in figures), max(one[name] for one in figures))
            for name in figures[0]
        },
    )


def rank_correlation(one: Floats, other: Floats) -> float:
    """Give Spearman's correlation of two scores, ties at their mean rank; NaN where either is constant.

    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 6)
    0.5
    """
    ranks = np.vstack([_ranks(one), _ranks(other)])
    spread = ranks.std(axis=1)
    if not spread.all():
        return float("nan")
    return float(((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())).mean() / spread.prod())


def _ranks(score: Floats) -> Floats:
    _, code, counts = np.unique(score, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[code], dtype=np.float64)


def _figures(score: Floats, label: Floats, capacity: float) -> dict[str, float]:
    return {
        "average_precision": average_precision(score, label),
        "auc": auc(score, label),
        f"precision_at_{capacity:g}": precision_at(score, label, capacity / 100),
    }
