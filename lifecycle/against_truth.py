"""A model beside random choice, simple rules and the oracle, by what a simulated world knows to be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.figure import Figure
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.ranking import auc, precision_at, revenue_at
from features.dataset import Dataset
from scoring.scorer import Scores
from training.baselines import rules_score, rules_yield

Floats = NDArray[np.float64]

METHODS: tuple[str, ...] = ("model", "rules", "random", "oracle")


@dataclass(frozen=True)
class Against:
    """One method: hit rate and share of all revenue at the share inspected, and AUC; the truth decides."""

    method: str
    hit_rate: Figure
    revenue: Figure
    auc: Figure


def against_truth(
    held: Dataset, scores: Scores, truth: pl.DataFrame, *, share: float, rng: np.random.Generator
) -> tuple[Against, ...]:
    """The figures of each method on all items, inspected or not, with intervals clustered by declaration.

    All but chance are ranked by risk for the hit rate and by expected revenue for the revenue; the rules by
    their points and by points times tax. The oracle is the exact posterior of the world. `truth` is the
    world's own, one row an item.
    """
    known = _aligned(held, truth)
    illicit, revenue = known["illicit"].cast(pl.Float64).to_numpy(), _floats(known["additional_revenue"])
    nothing = np.zeros(len(illicit))
    rankings = {
        "model": (scores.risk, np.nan_to_num(scores.expected_revenue)),
        "rules": (rules_score(held.columns, held.history), rules_yield(held.columns, held.history)),
        "random": (nothing, nothing),
        "oracle": (_floats(known["oracle_risk"]), _floats(known["oracle_revenue"])),
    }
    clusters = held.columns["declaration_id"].astype(str)
    figures = bootstrap_figures(
        {
            f"{method} {name}": statistic
            for method, (by_risk, by_revenue) in rankings.items()
            for name, statistic in _statistics(by_risk, by_revenue, illicit, revenue, share=share).items()
        },
        clusters,
        rng=rng,
        replicates=500,
    )
    return tuple(
        Against(method, *(figures[f"{method} {name}"] for name in ("hit_rate", "revenue", "auc")))
        for method in METHODS
    )


def _statistics(
    by_risk: Floats, by_revenue: Floats, illicit: Floats, revenue: Floats, *, share: float
) -> dict[str, Statistic]:
    return {
        "hit_rate": lambda weight: precision_at(by_risk, illicit, share, weight),
        "revenue": lambda weight: revenue_at(by_revenue, revenue, share, weight),
        "auc": lambda weight: auc(by_risk, illicit, weight),
    }


def _aligned(held: Dataset, truth: pl.DataFrame) -> pl.DataFrame:
    """The truth of each item, in the order of the items."""
    keys = pl.DataFrame(
        {"declaration_id": held.columns["declaration_id"].tolist(), "item_no": held.columns["item_no"]}
    )
    return keys.join(truth, on=["declaration_id", "item_no"], how="left", maintain_order="left")


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(0.0).to_numpy()
