"""What an anomaly score is worth where the truth is known: alone, where labels are blind, beside the risk.

On worlds that no final figure uses, every item of the final test part, inspected or not. Scores are learnt
from items of before the calibration part, without a label. In a blind world no inspection names one kind of
finding: where it would, it says `none`, in labels and histories alike. Beside the isolation forest
(scikit-learn) stand the ways of `benchmarks.unusual`. Intervals are of 95 %, declarations resampled; a mean
adds up half-widths as of figures that know nothing of each other, which kinds of one world nearly do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.judged_items import difference
from benchmarks.learning_world import LearningWorld, from_labels, risk_of, with_columns, worlds_of
from benchmarks.shown import kept, mean_figure
from benchmarks.unusual import WAYS, Score
from customs.figure import Figure
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.ranking import auc, precision_at, recall_at
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

Floats = NDArray[np.float64]
Figures = dict[str, Figure]

SEEDS = (11, 12, 13, 14)
BLIND_SEEDS = (11,)
DECLARATIONS = 10_000
KINDS = ("value", "classification", "origin", "quantity", "ip")
SHARE = 0.05
PART = 0.2
"""Of the inspections, what an anomaly is given in the mixed selection."""

MIXED = (0.1, 0.25)
"""Weights of the anomaly's log-odds beside the risk's."""

_IN_BLIND = (
    "real or swapped",
    "histograms",
    "learnt from a forest",
    "learnt from a forest, without findings",
)
_USUAL = 10_000
_REPLICATES = 200
_FORESTS = 200


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    blind_seeds: Sequence[int] = BLIND_SEEDS,
    kinds: Sequence[str] = KINDS,
) -> dict[str, object]:
    """Give the figures of each world, and their means."""
    worlds = worlds or worlds_of(DECLARATIONS)
    alone, beside, blind = {}, {}, {}
    for seed in seeds:
        settings = worlds.model_copy(update={"seed": seed})
        world = LearningWorld.of(settings, TrainingSettings())
        scores = {**_scores(world), "isolation forest": _forest(world)}
        alone[f"seed {seed}"] = _alone(world, scores)
        beside[f"seed {seed}"] = _beside(world, scores)
        for kind in kinds if seed in blind_seeds else ():
            unseeing = LearningWorld.of(settings, TrainingSettings(), blind_to=kind)
            blind[f"seed {seed}, {kind}"] = _blind(unseeing, kind)
    return {
        "declarations": worlds.declarations,
        "alone": _shown(alone),
        "blind to a kind": _shown(blind),
        "blind to a kind, by kind": {kind: _means(_ending(blind, kind)) for kind in kinds},
        "beside the risk": _shown(beside),
    }


def _usual(world: LearningWorld) -> NDArray[np.intp]:
    """Some items of before the calibration part, inspected or not."""
    known = np.flatnonzero(world.earlier.columns["customs_date"] < world.split.boundaries.calibration)
    return np.random.default_rng(0).permutation(known)[:_USUAL]


def _scores(world: LearningWorld, names: Iterable[str] = WAYS) -> dict[str, Floats]:
    usual = world.earlier_matrix[_usual(world)]
    return {name: WAYS[name](usual, world.recipe)(world.asked_matrix) for name in names}


def _forest(world: LearningWorld) -> Floats:
    """Scikit-learn's isolation forest, a missing value counting as the middle of its column."""
    usual = world.earlier_matrix[_usual(world)]
    middle = np.array([np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
                       for column in usual.T])  # fmt: skip
    usual, asked = (np.where(np.isnan(rows), middle, rows) for rows in (usual, world.asked_matrix))
    forest = IsolationForest(n_estimators=_FORESTS, random_state=1).fit(usual)
    return np.asarray(-forest.score_samples(asked))


def _alone(world: LearningWorld, scores: Mapping[str, Floats]) -> Figures:
    """AUC and hit rate at 5 % of all that is irregular, AUC of each kind against honest items."""
    illicit, finding = world.true("illicit"), world.truth["finding"].to_numpy()
    statistics: dict[str, Statistic] = {}
    for name, score in scores.items():
        statistics[f"{name}: AUC"] = _auc(score, illicit)
        statistics[f"{name}: hit rate at 5 %"] = _hits(score, illicit)
        statistics |= {f"{name}: AUC, {kind}": _against(score, finding, kind) for kind in KINDS}
        if name != "isolation forest":
            forest = scores["isolation forest"]
            statistics[f"{name}: AUC, over the forest"] = difference(
                _auc(score, illicit), _auc(forest, illicit)
            )
            statistics[f"{name}: hit rate at 5 %, over the forest"] = difference(
                _hits(score, illicit), _hits(forest, illicit)
            )
    return _drawn(world, statistics)


def _blind(world: LearningWorld, kind: str) -> Figures:
    """Who finds the kind that no label named: AUC, part of it among the 5 %, and both selections mixed."""
    finding, illicit = world.truth["finding"].to_numpy(), world.true("illicit")
    unnamed = (finding == kind).astype(np.float64)
    risk = _risk(world)
    statistics: dict[str, Statistic] = {
        "risk: AUC": _against(risk, finding, kind),
        "risk: found at 5 %": _found(risk, unnamed),
        "risk: hit rate at 5 %": _hits(risk, illicit),
    }
    for name, score in _scores(world, _IN_BLIND).items():
        both = _mixed(risk, score)
        statistics |= {
            f"{name}: AUC": _against(score, finding, kind),
            f"{name}: AUC, over the risk": difference(
                _against(score, finding, kind), _against(risk, finding, kind)
            ),
            f"{name}: found at 5 %": _found(score, unnamed),
            f"{name}: found at 5 %, over the risk": difference(_found(score, unnamed), _found(risk, unnamed)),
            f"{name}: found, a fifth of the 5 % by it": difference(
                _found(both, unnamed), _found(risk, unnamed)
            ),
            f"{name}: hit rate, a fifth of the 5 % by it": difference(
                _hits(both, illicit), _hits(risk, illicit)
            ),
        }
    return _drawn(world, statistics)


def _mixed(risk: Floats, score: Floats) -> Floats:
    """Rank by risk what the risk may choose, and the rest by the anomaly."""
    chosen = np.argsort(-risk, kind="stable")[: round(len(risk) * SHARE * (1 - PART))]
    ranks = np.argsort(np.argsort(score, kind="stable")) / len(score)
    ranks[chosen] = 1 + risk[chosen]
    return np.asarray(ranks)


def _beside(world: LearningWorld, scores: Mapping[str, Floats]) -> Figures:
    """What each changes of the risk, as one more column or mixed into its log-odds."""
    illicit, risk = world.true("illicit"), _risk(world)
    found = {f"{name}, as a column": _risk(world, way) for name, way in _beside_ways(world).items()}
    for name in found.copy():
        score = scores[name.removesuffix(", as a column")]
        unusual = (np.argsort(np.argsort(score, kind="stable")) + 0.5) / len(score)
        for weight in MIXED:
            mixed = _log_odds(np.clip(risk, 1e-6, 1 - 1e-6)) + weight * _log_odds(unusual)
            found[f"{name.removesuffix(', as a column')}, {weight} of its log-odds"] = mixed
    statistics: dict[str, Statistic] = {"risk: AUC": _auc(risk, illicit)}
    statistics["risk: hit rate at 5 %"] = _hits(risk, illicit)
    for name, score in found.items():
        statistics[f"{name}: AUC"] = difference(_auc(score, illicit), _auc(risk, illicit))
        statistics[f"{name}: hit rate at 5 %"] = difference(_hits(score, illicit), _hits(risk, illicit))
    return _drawn(world, statistics)


def _beside_ways(world: LearningWorld) -> dict[str, Score]:
    usual = world.earlier_matrix[_usual(world)]
    return {name: WAYS[name](usual, world.recipe) for name in ("real or swapped", "learnt from a forest")}


def _risk(world: LearningWorld, way: Score | None = None) -> Floats:
    data, asked = world.labels(), world.asked_matrix
    if way is not None:
        data = with_columns(data, {"anomaly": way(world.known_matrix)})
        asked = np.column_stack([asked, way(asked)])
    return risk_of(data, world.split, asked, from_labels(data), TrainingSettings().seed)


def _drawn(world: LearningWorld, statistics: Mapping[str, Statistic]) -> Figures:
    rng = np.random.default_rng(1)
    return bootstrap_figures(statistics, world.clusters(), rng=rng, replicates=_REPLICATES)


def _means(worlds: Mapping[str, Figures]) -> dict[str, object]:
    names = next(iter(worlds.values()), {})
    return {name: kept(mean_figure([one[name] for one in worlds.values()])) for name in names}


def _ending(worlds: Mapping[str, Figures], kind: str) -> dict[str, Figures]:
    return {name: one for name, one in worlds.items() if name.endswith(f", {kind}")}


def _shown(worlds: Mapping[str, Figures]) -> dict[str, object]:
    each = {world: {name: kept(one) for name, one in held.items()} for world, held in worlds.items()}
    return {"mean": _means(worlds), **each}


def _auc(score: Floats, label: Floats) -> Statistic:
    return lambda weight: auc(score, label, weight)


def _hits(score: Floats, label: Floats) -> Statistic:
    return lambda weight: precision_at(score, label, SHARE, weight)


def _found(score: Floats, label: Floats) -> Statistic:
    return lambda weight: recall_at(score, label, SHARE, weight)


def _against(score: Floats, finding: NDArray[np.object_], kind: str) -> Statistic:
    near = np.isin(finding, ["none", kind]).astype(np.float64)
    label = (finding == kind).astype(np.float64)
    return lambda weight: auc(score, label, weight * near)


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1 - share)))
