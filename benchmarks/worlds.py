"""What a trained model is worth in worlds whose truth is known, beside rules, chance and the oracle.

Trained on what was known before a world's last day; judged on every item of the final test part, inspected
or not, at 5 % of the items. Intervals are of 95 %, declarations resampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.default_learner import default_scores
from benchmarks.shown import Kept, kept, kept_parts, kept_skill
from benchmarks.trained_world import TrainedWorld, by_seed
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.calibration import ece
from estimation.coverage import coverage, width
from estimation.ranking import revenue_at
from features.dataset import Dataset
from lifecycle.against_truth import Against, against_truth, part_of_truth, truth_of
from scoring.scorer import Scores
from simulation.settings import WorldSettings
from training.baselines import rules_yield
from training.gate import gate
from training.settings import TrainingSettings
from training.value_model import FALSE_VALUE

Floats = NDArray[np.float64]

SEEDS = (1, 2, 3)
SHARE = 0.05
DEFAULT = "default LightGBM"

_MEASURES = {
    "auc": "AUC",
    "precision_at_5": "hit rate at 5 %",
    "revenue_by_yield_at_5": "revenue share at 5 %",
    "calibration_error": "ECE",
    "interval_coverage": "interval coverage",
}


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give the figures of each seed's world."""
    return by_seed(_figures, seeds, worlds, settings)


def _figures(trained: TrainedWorld) -> Kept:
    judged = _Judged.of(trained)
    verdict = gate(trained.result.report, None, trained.settings)
    return {
        "items": len(judged.held),
        "illicit": int(judged.illicit.sum()),
        "judged": [trained.test_from.isoformat(), trained.today.isoformat()],
        "against truth": _against(trained, judged),
        "share of the oracle's revenue at 5 %": _of_oracle(judged),
        "truth": _reliability(judged),
        "the platform's own evaluation (inspected items)": kept_parts(trained.result.report, _MEASURES),
        "skill": kept_skill(trained.result.report.skill),
        "gate accepts": verdict.accepted,
        "grounds": [ground["en"] for ground in verdict.grounds],
    }


@dataclass(frozen=True)
class _Judged:
    """All items of the final test part with their scores, the default learner's, and the truth."""

    held: Dataset
    scores: Scores
    default: Scores
    truth: pl.DataFrame

    @classmethod
    def of(cls, trained: TrainedWorld) -> _Judged:
        held = trained.held()
        scores = trained.bundle.score(held.columns, held.history)
        return cls(held, scores, _default(trained, scores), truth_of(held, trained.world.truth))

    @property
    def illicit(self) -> Floats:
        return self._floats("illicit")

    @property
    def clusters(self) -> NDArray[np.str_]:
        return self.held.columns["declaration_id"].astype(str)

    def yields(self) -> Mapping[str, Floats]:
        """What each method ranks the items by to raise revenue."""
        return {
            "model": np.nan_to_num(self.scores.expected_revenue),
            DEFAULT: np.nan_to_num(self.default.expected_revenue),
            "rules": rules_yield(self.held.columns, self.held.history),
            "random": np.zeros(len(self.held)),
            "observable oracle": self._floats("observable_revenue"),
            "oracle": self._floats("oracle_revenue"),
        }

    def revenue(self) -> Floats:
        return self._floats("additional_revenue")

    def _floats(self, name: str) -> Floats:
        return self.truth[name].cast(pl.Float64).fill_null(0.0).to_numpy()


def _default(trained: TrainedWorld, scores: Scores) -> Scores:
    """The default learner on the same matrix and labels; expected revenue by the bundle's own uplift."""
    recipe, known = trained.bundle.recipe, trained.learnt_from()
    matrix = recipe.matrix(known.columns, known.history)
    risk = default_scores(matrix, known.label, scores.matrix, recipe.names, recipe.categorical)
    with np.errstate(divide="ignore", invalid="ignore"):
        uplift = scores.expected_revenue / scores.risk
    return replace(scores, risk=risk, expected_revenue=risk * uplift)


def _against(trained: TrainedWorld, judged: _Judged) -> dict[str, Kept]:
    truth = trained.world.truth
    ours, default = (
        against_truth(part_of_truth(judged.held, scores, truth), share=SHARE, rng=np.random.default_rng(1))
        for scores in (judged.scores, judged.default)
    )
    rows = {one.method: _row(one) for one in ours}
    return {"model": rows.pop("model"), DEFAULT: _row(default[0]), **rows}


def _row(one: Against) -> Kept:
    return {
        "AUC": kept(one.auc),
        "hit rate at 5 %": kept(one.hit_rate),
        "revenue share at 5 %": kept(one.revenue),
    }


def _of_oracle(judged: _Judged) -> Kept:
    """The revenue of each method over that of the oracle, resampled together."""
    revenue, yields = judged.revenue(), judged.yields()

    def ratio(score: Floats) -> Statistic:
        return lambda weight: (
            revenue_at(score, revenue, SHARE, weight) / revenue_at(yields["oracle"], revenue, SHARE, weight)
        )

    statistics = {name: ratio(score) for name, score in yields.items() if name != "oracle"}
    drawn = bootstrap_figures(statistics, judged.clusters, rng=np.random.default_rng(2), replicates=500)
    return {name: kept(figure) for name, figure in drawn.items()}


def _reliability(judged: _Judged) -> Kept:
    """Does a risk mean what it says, and does the interval hold the value of an honest item?"""
    scores, illicit, cif = judged.scores, judged.illicit, judged.held.columns["cif"]
    honest = (~judged.truth["finding"].is_in(sorted(FALSE_VALUE))).to_numpy() & np.isfinite(scores.value_low)
    low, high = np.where(honest, scores.value_low, np.nan), np.where(honest, scores.value_high, np.nan)
    drawn = bootstrap_figures(
        {
            "ECE": lambda w: ece(scores.risk, illicit, 10, w),
            "ECE, default LightGBM": lambda w: ece(judged.default.risk, illicit, 10, w),
            "mean risk": lambda w: (w @ scores.risk) / w.sum(axis=1),
            "illicit share": lambda w: (w @ illicit) / w.sum(axis=1),
            "interval coverage, honest items": lambda w: coverage(low, high, cif, w),
            "interval width, ln(high/low)": lambda w: width(low, high, w),
        },
        judged.clusters,
        rng=np.random.default_rng(3),
        replicates=500,
    )
    return {"honest items": int(honest.sum()), **{name: kept(figure) for name, figure in drawn.items()}}
