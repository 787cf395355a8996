"""What the anomaly score is worth where the truth is known: beside other ways, and added to the risk.

On worlds that no final figure uses (seeds 11 to 13), every item of the final test part, inspected or not.
Beside it stand an isolation forest (scikit-learn) and histograms of each column alone; then each is given to
the risk model as one more column, or mixed into its log-odds. Intervals are of 95 %, declarations resampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.judged_items import difference, drawn
from benchmarks.shown import Kept
from benchmarks.trained_world import TrainedWorld, by_seed
from estimation.bootstrap import Statistic
from estimation.ranking import auc, precision_at
from features.dataset import Dataset, population
from lifecycle.against_truth import truth_of
from scoring.booster import Booster
from simulation.settings import WorldSettings
from training.risk_model import LabelledMatrix, fit_risk
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

SEEDS = (11, 12, 13)
SHARE = 0.05
MIXED = (0.1, 0.25)
"""Weights of the anomaly's log-odds beside the risk's."""

_ROWS = 10_000
_BINS = 20
_RARE = 0.05


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give the figures of each seed's world."""
    return by_seed(_figures, seeds, worlds, settings)


@dataclass(frozen=True)
class _Rows:
    """Rows of the matrix with the scores of each way."""

    matrix: Floats
    scores: Mapping[str, Floats]


def _figures(trained: TrainedWorld) -> Kept:
    held, known = trained.held(), trained.learnt_from()
    usual = _usual(trained)
    asked, taught = (_rows(trained, usual, items) for items in (held, known))
    finding = truth_of(held, trained.world.truth)["finding"].to_numpy()
    alone = {name: _alone(score, finding, held) for name, score in asked.scores.items()}
    risks = _risks(trained, known.label, taught, asked)
    return {"alone": alone, "beside the risk": _beside(risks, (finding != "none").astype(float), held)}


def _rows(trained: TrainedWorld, usual: Floats, items: Dataset) -> _Rows:
    matrix = trained.bundle.recipe.matrix(items.columns, items.history)
    return _Rows(matrix, _scores(trained, usual, matrix))


def _usual(trained: TrainedWorld) -> Floats:
    """Items of before the test part, inspected or not: what is usual."""
    until = trained.test_from
    rng = np.random.default_rng(0)
    items = population(
        trained.lake, trained.history, since=date(1970, 1, 1), until=until, sample=_ROWS, rng=rng
    )
    return trained.bundle.recipe.matrix(items.columns, items.history)


def _scores(trained: TrainedWorld, usual: Floats, asked: Floats) -> dict[str, Floats]:
    model = trained.bundle.scorer.anomaly
    assert model is not None
    middle = np.nan_to_num(np.nanmedian(usual, axis=0))
    forest = IsolationForest(n_estimators=200, random_state=1).fit(np.where(np.isnan(usual), middle, usual))
    return {
        "real or swapped": model.score(asked),
        "isolation forest": -forest.score_samples(np.where(np.isnan(asked), middle, asked)),
        "histograms": _rarity(usual, asked),
    }


def _rarity(usual: Floats, asked: Floats) -> Floats:
    """Sum over the columns of minus ln(density), in bins of about equal counts (Goldstein & Dengel 2012)."""
    rarity = np.zeros(len(asked))
    for seen, values in zip(usual.T, asked.T, strict=True):
        known = seen[~np.isnan(seen)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1))) if len(known) else np.empty(0)
        if len(edges) < 3:
            continue
        share = np.histogram(known, edges)[0] / len(seen)
        density = share * (edges[-1] - edges[0]) / np.diff(edges)
        place = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(density) - 1)
        within = (values >= edges[0]) & (values <= edges[-1])
        told = np.where(within, density[place], 0.0)
        rarity -= np.log(np.where(np.isnan(values), np.isnan(seen).mean(), told) + _RARE)
    return rarity


def _alone(score: Floats, finding: NDArray[np.object_], held: Dataset) -> Kept:
    """AUC against honest items, of all irregular ones and of each kind, and the hit rate at 5 %."""
    illicit = (finding != "none").astype(float)
    statistics: dict[str, Statistic] = {
        "AUC": lambda w: auc(score, illicit, w),
        "hit rate at 5 %": lambda w: precision_at(score, illicit, SHARE, w),
    }
    for kind in ("value", "classification", "origin", "quantity", "ip"):
        near = np.isin(finding, ["none", kind]).astype(float)
        statistics[f"AUC, {kind}"] = _among(score, (finding == kind).astype(float), near)
    return drawn(statistics, held.columns["declaration_id"])


def _among(score: Floats, label: Floats, near: Floats) -> Statistic:
    return lambda weight: auc(score, label, weight * near)


def _risks(trained: TrainedWorld, label: Floats, taught: _Rows, asked: _Rows) -> dict[str, Floats]:
    """The risk learnt without and with each score as a column, and mixtures: what items are ranked by."""
    plain = _risk(trained, label, taught.matrix, asked.matrix)
    found = {"risk": plain}
    for name, score in asked.scores.items():
        pairs = ((taught.matrix, taught.scores[name]), (asked.matrix, score))
        found[f"with {name} as a column"] = _risk(trained, label, *map(np.column_stack, pairs))
    unusual = np.clip(asked.scores["real or swapped"], 1e-3, 1 - 1e-3)
    for weight in MIXED:
        found[f"with {weight} of its log-odds"] = _log_odds(plain) + weight * _log_odds(unusual)
    return found


def _risk(trained: TrainedWorld, label: Floats, taught: Floats, asked: Floats) -> Floats:
    recipe, chosen = trained.bundle.recipe, dict(trained.bundle.card["model_details"]["parameters"])
    names = (*recipe.names, "anomaly_score")[: taught.shape[1]]
    rounds = chosen.pop("rounds")
    data = LabelledMatrix(taught, label, names, recipe.categorical)
    text = fit_risk(data, np.arange(len(label)), chosen, rounds, trained.settings).text
    return Booster(text).predict(asked)


def _beside(risks: Mapping[str, Floats], illicit: Floats, held: Dataset) -> Kept:
    plain = risks["risk"]
    statistics: dict[str, Statistic] = {}
    for name, score in risks.items():
        statistics[f"{name}: AUC"] = _auc(score, illicit)
        statistics[f"{name}: hit rate at 5 %"] = _hits(score, illicit)
        if name != "risk":
            statistics[f"{name}: AUC, gain"] = difference(_auc(score, illicit), _auc(plain, illicit))
            statistics[f"{name}: hit rate at 5 %, gain"] = difference(
                _hits(score, illicit), _hits(plain, illicit)
            )
    return drawn(statistics, held.columns["declaration_id"])


def _auc(score: Floats, label: Floats) -> Statistic:
    return lambda weight: auc(score, label, weight)


def _hits(score: Floats, label: Floats) -> Statistic:
    return lambda weight: precision_at(score, label, SHARE, weight)


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1 - share)))
