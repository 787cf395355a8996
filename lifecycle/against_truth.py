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
    """One method: hit rate and share of all revenue at the share inspected, and AUC; the truth decides.

    `model_finds` and `model_earns` are what the model finds and earns over this method, resampled together.
    """

    method: str
    hit_rate: Figure
    revenue: Figure
    auc: Figure
    model_finds: Figure
    model_earns: Figure


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
            for name, statistic in _statistics(
                (by_risk, by_revenue), rankings["model"], illicit, revenue, share=share
            ).items()
        },
        clusters,
        rng=rng,
        replicates=500,
    )
    return tuple(
        Against(
            method,
            hit_rate=figures[f"{method} hit_rate"],
            revenue=figures[f"{method} revenue"],
            auc=figures[f"{method} auc"],
            model_finds=figures[f"{method} model_finds"],
            model_earns=figures[f"{method} model_earns"],
        )
        for method in METHODS
    )


def _statistics(
    by: tuple[Floats, Floats],
    model: tuple[Floats, Floats],
    illicit: Floats,
    revenue: Floats,
    *,
    share: float,
) -> dict[str, Statistic]:
    (by_risk, by_revenue), (model_risk, model_revenue) = by, model

    def finds(score: Floats, weight: Floats) -> Floats:
        return np.asarray(precision_at(score, illicit, share, weight))

    def earns(score: Floats, weight: Floats) -> Floats:
        return np.asarray(revenue_at(score, revenue, share, weight))

    return {
        "hit_rate": lambda weight: finds(by_risk, weight),
        "revenue": lambda weight: earns(by_revenue, weight),
        "auc": lambda weight: auc(by_risk, illicit, weight),
        "model_finds": lambda weight: _over(finds(model_risk, weight), finds(by_risk, weight)),
        "model_earns": lambda weight: _over(earns(model_revenue, weight), earns(by_revenue, weight)),
    }


def _over(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _aligned(held: Dataset, truth: pl.DataFrame) -> pl.DataFrame:
    """The truth of each item, in the order of the items."""
    keys = pl.DataFrame(
        {"declaration_id": held.columns["declaration_id"].tolist(), "item_no": held.columns["item_no"]}
    )
    return keys.join(truth, on=["declaration_id", "item_no"], how="left", maintain_order="left")


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(0.0).to_numpy()
