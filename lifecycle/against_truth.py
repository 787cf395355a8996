"""A model beside random choice, simple rules and the oracle, by what a simulated world knows to be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.figure import Figure
from estimation.arrays import ratio
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.ranking import auc, precision_at, revenue_at
from features.dataset import Dataset
from scoring.scorer import Scores
from training.assess import rules_ranking
from training.part import Part, Ranking, random_ranking

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


def part_of_truth(held: Dataset, scores: Scores, truth: pl.DataFrame) -> Part:
    """Give all items, inspected or not, with the truth as their label, and how each method ranks them.

    The rules are ranked by their points, for revenue by points times tax; the oracle is the exact posterior
    of the world. `truth` is the world's own, one row an item.
    """
    known = truth_of(held, truth)
    return Part(
        "truth",
        _floats(known["illicit"]),
        _floats(known["additional_revenue"]),
        held.columns["declaration_id"].astype(str),
        {
            "model": Ranking(scores.risk, scores.risk, np.nan_to_num(scores.expected_revenue)),
            "rules": rules_ranking(held),
            "random": random_ranking(len(held)),
            "oracle": Ranking(_floats(known["oracle_risk"]), None, _floats(known["oracle_revenue"])),
        },
    )


def against_truth(part: Part, *, share: float, rng: np.random.Generator) -> tuple[Against, ...]:
    """Give the figures of each method with intervals clustered by declaration.

    All but chance are ranked by risk for the hit rate and by expected revenue for the revenue.
    """
    figures = bootstrap_figures(
        {
            f"{method} {name}": statistic
            for method in METHODS
            for name, statistic in _statistics(part, method, share).items()
        },
        part.clusters,
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


def _statistics(part: Part, method: str, share: float) -> dict[str, Statistic]:
    own, model = part.rankings[method], part.rankings["model"]

    def finds(by: Ranking, weight: Floats) -> Floats:
        return np.asarray(precision_at(by.score, part.label, share, weight))

    def earns(by: Ranking, weight: Floats) -> Floats:
        score = by.score if by.expected_revenue is None else by.expected_revenue
        return np.asarray(revenue_at(score, part.revenue, share, weight))

    return {
        "hit_rate": lambda weight: finds(own, weight),
        "revenue": lambda weight: earns(own, weight),
        "auc": lambda weight: auc(own.score, part.label, weight),
        "model_finds": lambda weight: ratio(finds(model, weight), finds(own, weight)),
        "model_earns": lambda weight: ratio(earns(model, weight), earns(own, weight)),
    }


def truth_of(held: Dataset, truth: pl.DataFrame) -> pl.DataFrame:
    """Give the truth of each item, in the order of the items."""
    keys = pl.DataFrame(
        {"declaration_id": held.columns["declaration_id"].tolist(), "item_no": held.columns["item_no"]}
    )
    return keys.join(truth, on=["declaration_id", "item_no"], how="left", maintain_order="left")


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(0.0).to_numpy()
