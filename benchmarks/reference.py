"""What the platform is worth over an afternoon's work, in worlds whose truth is known.

The model that training makes, beside `benchmarks.reference_learner`; both learn from what was known when the
final test part starts and are judged on every item of it, inspected or not. From outside, the environment
sets the world (`TAMIZ_SIMULATION_*`), training (`TAMIZ_TRAINING_*`) and the seeds (`TAMIZ_BENCHMARK_SEEDS`,
as 1,2,3). Intervals are of 95 %, declarations resampled.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.learning_world import worlds_of
from benchmarks.reference_learner import refer
from benchmarks.shown import Kept, kept, mean_figure
from benchmarks.trained_world import TrainedWorld, trained_world
from customs.figure import Figure
from estimation.arrays import ratio
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.calibration import ece
from estimation.ranking import auc, precision_at, recall_at, revenue_at
from lifecycle.against_truth import truth_of
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

SEEDS = (1, 2, 3, 4, 5)
DECLARATIONS = 129_000
"""Declarations of each world: about 300,000 items."""

SHARE, MECHANISM_SHARE = 0.05, 0.10
REPLICATES = 300

MODEL, REFERENCE, ORACLE = "model", "reference", "oracle"


def run(
    seeds: Sequence[int] | None = None,
    base: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give the figures of each seed's world, and those of all together."""
    base = base or worlds_of(DECLARATIONS)
    found: dict[str, object] = {}
    drawn: list[Mapping[str, Figure]] = []
    for seed in seeds or _seeds():
        judged = _judged(base.model_copy(update={"seed": seed}), settings)
        drawn.append(_drawn(judged))
        found[f"seed {seed}"] = _counts(judged) | {name: kept(one) for name, one in drawn[-1].items()}
    return found | ({"mean of the worlds": _mean(drawn)} if len(drawn) > 1 else {})


def _seeds() -> tuple[int, ...]:
    named = os.environ.get("TAMIZ_BENCHMARK_SEEDS")
    return tuple(map(int, named.split(","))) if named else SEEDS


@dataclass(frozen=True)
class Judged:
    """Items of the final test part: the truth, and what each method ranks them by for hits and for revenue.

    `cold` marks items whose importer or seller has no known outcome as of their day.
    """

    seed: int
    illicit: Floats
    mechanism: NDArray[np.object_]
    revenue: Floats
    cold: NDArray[np.bool_]
    clusters: NDArray[np.str_]
    risk: Mapping[str, Floats]
    expected: Mapping[str, Floats]


def _judged(world: WorldSettings, settings: TrainingSettings | None) -> Judged:
    with TemporaryDirectory(prefix="tamiz-reference-") as folder:
        return judge(trained_world(world, Path(folder), settings), world.seed)


def judge(trained: TrainedWorld, seed: int) -> Judged:
    """Give the items of a trained world's test part with the truth and every method's ranking."""
    held = trained.held()
    scores, referred = trained.bundle.score(held.columns, held.history), refer(trained.learnt_from(), held)
    truth = truth_of(held, trained.world.truth)
    return Judged(
        seed,
        _floats(truth["illicit"]),
        truth["mechanism"].fill_null("none").to_numpy(),
        _floats(truth["additional_revenue"]),
        (held.history["importer.known"] == 0) | (held.history["seller.known"] == 0),
        np.char.add(f"{seed} ", held.columns["declaration_id"].astype(str)),
        {MODEL: scores.risk, REFERENCE: referred.risk, ORACLE: _floats(truth["oracle_risk"])},
        {
            MODEL: np.nan_to_num(scores.expected_revenue),
            REFERENCE: referred.expected_revenue,
            ORACLE: _floats(truth["oracle_revenue"]),
        },
    )


def _counts(judged: Judged) -> Kept:
    return {
        "items": len(judged.illicit),
        "illicit": int(judged.illicit.sum()),
        "cold items": int(judged.cold.sum()),
    }


def _drawn(judged: Judged) -> Mapping[str, Figure]:
    rng = np.random.default_rng(judged.seed)
    return bootstrap_figures(statistics(judged), judged.clusters, rng=rng, replicates=REPLICATES)


def _mean(drawn: Sequence[Mapping[str, Figure]]) -> Kept:
    names = [name for name in drawn[0] if all(name in one for one in drawn)]
    return {name: kept(mean_figure([one[name] for one in drawn])) for name in names}


def statistics(judged: Judged) -> dict[str, Statistic]:
    """Give every figure by its name, as a function of the items' weights."""
    of = _Statistics(judged)
    made = {
        "precision at 5 %, model": of.precision(MODEL),
        "precision at 5 %, reference": of.precision(REFERENCE),
        "precision at 5 %, oracle": of.precision(ORACLE),
        "precision at 5 %, model over reference": _over(of.precision(MODEL), of.precision(REFERENCE)),
        "precision at 5 %, model over oracle": _over(of.precision(MODEL), of.precision(ORACLE)),
        "revenue at 5 %, model": of.earned(MODEL),
        "revenue at 5 %, reference": of.earned(REFERENCE),
        "revenue at 5 %, oracle": of.earned(ORACLE),
        "revenue at 5 %, model over reference": _over(of.earned(MODEL), of.earned(REFERENCE)),
        "revenue at 5 %, model over oracle": _over(of.earned(MODEL), of.earned(ORACLE)),
        "AUC, model": of.area(MODEL),
        "AUC, reference": of.area(REFERENCE),
        "AUC of cold items, model": of.area(MODEL, judged.cold),
        "AUC of cold items, reference": of.area(REFERENCE, judged.cold),
        "AUC of cold items, model less reference": _less(
            of.area(MODEL, judged.cold), of.area(REFERENCE, judged.cold)
        ),
        "ECE, model": of.calibration(MODEL),
        "ECE, reference": of.calibration(REFERENCE),
    }
    for name in sorted(set(judged.mechanism) - {"none", "other"}):
        ours = of.recall(MODEL, name)
        made[f"recall at 10 % of {name}, model"] = ours
        made[f"recall at 10 % of {name}, model over reference"] = _over(ours, of.recall(REFERENCE, name))
        made[f"recall at 10 % of {name}, model over oracle"] = _over(ours, of.recall(ORACLE, name))
    return made


@dataclass(frozen=True)
class _Statistics:
    judged: Judged

    def precision(self, method: str) -> Statistic:
        score, label = self.judged.risk[method], self.judged.illicit
        return lambda weight: np.asarray(precision_at(score, label, SHARE, weight))

    def earned(self, method: str) -> Statistic:
        score, revenue = self.judged.expected[method], self.judged.revenue
        return lambda weight: np.asarray(revenue_at(score, revenue, SHARE, weight))

    def recall(self, method: str, mechanism: str) -> Statistic:
        score, label = self.judged.risk[method], (self.judged.mechanism == mechanism).astype(np.float64)
        return lambda weight: np.asarray(recall_at(score, label, MECHANISM_SHARE, weight))

    def area(self, method: str, rows: NDArray[np.bool_] | None = None) -> Statistic:
        chosen = np.ones(len(self.judged.illicit), bool) if rows is None else rows
        score, label = self.judged.risk[method][chosen], self.judged.illicit[chosen]
        return lambda weight: np.asarray(auc(score, label, weight[:, chosen]))

    def calibration(self, method: str) -> Statistic:
        risk, label = self.judged.risk[method], self.judged.illicit
        return lambda weight: np.asarray(ece(risk, label, 10, weight))


def _over(one: Statistic, other: Statistic) -> Statistic:
    return lambda weight: ratio(one(weight), other(weight))


def _less(one: Statistic, other: Statistic) -> Statistic:
    return lambda weight: one(weight) - other(weight)


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(0.0).to_numpy()
