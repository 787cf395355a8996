"""What holds of all items, inspected or not: the finds weighed back by their probabilities of inspection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.evidence import WholePopulation
from customs.figure import Figure
from estimation.design import hajek
from estimation.ranking import taken
from training.catalogue import text

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_WEIGHED = 30
"""Inspected items with a logged probability below which nothing is said of the rest."""


@dataclass(frozen=True)
class Inspected:
    """All later items: label (NaN where nobody looked), logged probability (NaN without), risk, clusters."""

    label: Floats
    probability: Floats
    risk: Floats
    clusters: NDArray[Any]


def whole_population(items: Inspected, capacity: float, *, level: float = 0.95) -> WholePopulation:
    """Give the illicit rate, and hit rate and recall at `capacity` (percent), of all items.

    They are Hájek's ratios with weights 1 / p over the inspected items whose probability was logged; items
    that nobody inspected enter by these weights alone. Beside them stand the same figures of all inspected
    items, each counted once: what a selection makes them look like.
    """
    top = taken(items.risk, capacity / 100) >= 0.5
    known = ~np.isnan(items.label)
    framed = known & (items.probability > 0)
    inspected = _figures(items, known, top, np.ones(len(top)), capacity=capacity, level=level)
    count = int(framed.sum())
    if count < LEAST_WEIGHED or not items.label[framed].any():
        found = int(items.label[framed].sum())
        words = text(
            "population/words/none",
            known=str(int(known.sum())),
            count=str(count),
            illicit=str(found),
            least=str(LEAST_WEIGHED),
        )
        return WholePopulation(len(top), int(known.sum()), inspected, {}, words)
    weighted = _figures(items, framed, top, items.probability, capacity=capacity, level=level)
    weights = 1 / items.probability[framed]
    low, high = f"{weights.min():.4g}", f"{weights.max():.4g}"
    words = text(
        f"population/words/{'alike' if low == high else 'weighted'}",
        count=str(count),
        known=str(int(known.sum())),
        low=low,
        high=high,
    )
    return WholePopulation(len(top), int(known.sum()), inspected, weighted, words)


def _figures(
    items: Inspected, rows: Bools, top: Bools, probability: Floats, *, capacity: float, level: float
) -> Mapping[str, Figure]:
    def rate(of: NDArray[Any], among: Bools) -> Figure:
        if not among.any():
            return Figure(np.nan, np.nan, np.nan, level)
        return hajek(of[among].astype(float), probability[among], clusters=items.clusters[among], level=level)

    return {
        "illicit_rate": rate(items.label, rows),
        f"precision_at_{capacity:g}": rate(items.label, rows & top),
        f"recall_at_{capacity:g}": rate(top, rows & (items.label == 1)),
    }
