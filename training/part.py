"""A part of the later items: what came of them, and how each method ranks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Ranking:
    """What one method says of the items: a score to rank by; probabilities and yields if it has any."""

    score: Floats
    probability: Floats | None = None
    expected_revenue: Floats | None = None


@dataclass(frozen=True)
class Intervals:
    """Value intervals of items not found false, with the declared values and the declarations they are of."""

    low: Floats
    high: Floats
    cif: Floats
    clusters: NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Labelled items of one part, what came of them, and what each method said beforehand.

    `clusters` names what stands or falls together: the declaration, or the goods tuple where tuples repeat.
    `revenue` is NaN where nobody knows it.
    """

    name: str
    label: Floats
    revenue: Floats
    clusters: NDArray[Any]
    rankings: Mapping[str, Ranking]
    intervals: Intervals | None = None

    def only(self, name: str, rows: Bools) -> Part:
        """Give the part of some rows under another name, without the intervals."""
        rankings = {method: _rows(ranking, rows) for method, ranking in self.rankings.items()}
        return Part(name, self.label[rows], self.revenue[rows], self.clusters[rows], rankings)


def random_ranking(items: int) -> Ranking:
    """Give the ranking that knows nothing: all items tied, so that a share of them is a random choice."""
    return Ranking(np.zeros(items))


def _rows(ranking: Ranking, rows: Bools) -> Ranking:
    return replace(
        ranking,
        score=ranking.score[rows],
        probability=None if ranking.probability is None else ranking.probability[rows],
        expected_revenue=None if ranking.expected_revenue is None else ranking.expected_revenue[rows],
    )
