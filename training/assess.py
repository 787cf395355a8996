"""Putting a scorer to the test: its scores of later items beside the baselines', part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.evidence import EvaluationReport
from features.dataset import Dataset
from scoring.scorer import Scorer, Scores
from training.baselines import lookup_score, rules_score, rules_yield
from training.evaluate import CHAMPION, LOOKUP, MODEL, RANDOM, RULES, evaluate
from training.exam import Exam, goods_of
from training.grouped import Everyone, Judged, Valued
from training.grouped import groupings as group_figures
from training.groups import Labels, groups_of
from training.part import Intervals, Part, Ranking, random_ranking
from training.settings import TrainingSettings
from training.value_model import honest_items
from training.whole_population import Inspected, whole_population

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Assessment:
    """The report, and the parts it was made from (for pictures), the plain test part first."""

    report: EvaluationReport
    parts: tuple[Part, ...]
    repeated: float


def assess(
    scorer: Scorer,
    exam: Exam,
    settings: TrainingSettings,
    rng: np.random.Generator,
    *,
    champion: Scorer | None = None,
    clean: tuple[Scorer, Dataset] | None = None,
) -> Assessment:
    """Judge a scorer on later items, once.

    `clean` is a scorer that was learnt without any item that shares its goods with the test part, and the
    test items as they looked to it: the decontaminated part. Where goods repeat, intervals are clustered by
    goods tuple, else by declaration.
    """
    groups = goods_of(exam)
    seen = np.isin(groups.test, groups.before)
    repeats = _repeats(seen, settings)
    clusters = groups.test if repeats else exam.test.columns["declaration_id"].astype(str)
    lookup = lookup_score(groups.known, exam.known.label, groups.test) if repeats else None
    scorers = {MODEL: scorer} | ({CHAMPION: champion} if champion else {})
    test = _part("test", exam.test, scorers, clusters, lookup)
    others = scorer.score(exam.others.columns, exam.others.history)
    parts = [replace(test, intervals=_intervals(scorer, others, exam.others))]
    if repeats:
        parts.append(test.only("novel", ~seen))
    if repeats and clean is not None:
        parts.append(_part("decontaminated", clean[1], {MODEL: clean[0]}, clusters, None))
    repeated = float(seen.mean()) if len(seen) else 0.0
    report = evaluate(tuple(parts), settings, rng, repeated=repeated)
    assessed = Assessment(report, tuple(parts), repeated)
    if scorer.risk is None or not report.evaluations:
        return assessed
    return _looked_into(assessed, others, exam, settings, rng)


def rules_ranking(items: Dataset) -> Ranking:
    """Give how the scorecard of rules ranks items: by its points, for revenue by points times tax."""
    columns, history = items.columns, items.history
    return Ranking(rules_score(columns, history), None, rules_yield(columns, history))


def _repeats(seen: NDArray[np.bool_], settings: TrainingSettings) -> bool:
    return bool(len(seen)) and float(seen.mean()) > settings.decontaminate_above


def _part(
    name: str, test: Dataset, scorers: Mapping[str, Scorer], clusters: NDArray[Any], lookup: Floats | None
) -> Part:
    rankings = {
        method: _ranking(scorer.score(test.columns, test.history)) for method, scorer in scorers.items()
    }
    rankings[RULES] = rules_ranking(test)
    rankings[RANDOM] = random_ranking(len(test))
    if lookup is not None:
        rankings[LOOKUP] = Ranking(lookup)
    return Part(name, test.label, test.revenue, clusters, rankings)


def _ranking(scores: Scores) -> Ranking:
    return Ranking(scores.risk, scores.risk, np.nan_to_num(scores.expected_revenue))


def _looked_into(
    assessed: Assessment, scores: Scores, exam: Exam, settings: TrainingSettings, rng: np.random.Generator
) -> Assessment:
    """Add the model's figures by group to the report, and those of all later items, inspected or not."""
    clusters = exam.others.columns["declaration_id"].astype(str)
    by = groups_of(exam.others)
    test = assessed.parts[0]
    risk = test.rankings[MODEL].score
    groupings, disparities = group_figures(
        Judged(test.label, risk, test.clusters, groups_of(exam.test)),
        Everyone(scores.risk, clusters, by),
        _valued(scores, exam.others, by),
        settings,
        rng,
    )
    population = whole_population(
        Inspected(exam.others.label, exam.others.p_physical, scores.risk, clusters),
        settings.capacity,
        level=settings.interval_level,
    )
    report = replace(assessed.report, groupings=groupings, disparities=disparities, population=population)
    return replace(assessed, report=report)


def _valued(scores: Scores, others: Dataset, by: Mapping[str, Labels]) -> Valued | None:
    cif = others.columns["cif"]
    rows = honest_items(others) & (scores.value_low > 0) & np.isfinite(scores.value_high)
    if not rows.any():
        return None
    low, high = scores.value_low[rows], scores.value_high[rows]
    return Valued(
        within=((low <= cif[rows]) & (cif[rows] <= high)).astype(np.float64),
        width=np.log(high / low),
        clusters=others.columns["declaration_id"][rows].astype(str),
        groups={name: labels[rows] for name, labels in by.items()},
    )


def _intervals(scorer: Scorer, scores: Scores, others: Dataset) -> Intervals | None:
    honest = honest_items(others)
    if scorer.value is None or not honest.any():
        return None
    clusters = others.columns["declaration_id"][honest].astype(str)
    return Intervals(
        scores.value_low[honest], scores.value_high[honest], others.columns["cif"][honest], clusters
    )
