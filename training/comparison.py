"""Two models on the same items, resampled together: what can be told apart, and what cannot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Comparison, Difference
from estimation.bootstrap import Statistic, paired_figures
from estimation.coverage import coverage, width
from features.dataset import Dataset
from scoring.scorer import Scorer, Scores
from training.errors import NotEnoughDataError
from training.evaluate import Part, Ranking, statistics_of
from training.settings import TrainingSettings
from training.stability import rank_correlation
from training.value_model import honest_items
from training.words import said

Floats = NDArray[np.float64]

ONE, OTHER = "one", "other"
LESS_IS_BETTER: tuple[str, ...] = ("brier", "calibration_error", "coverage_error", "interval_width")
"""Measures of which less is better; `coverage_error` is the distance from the promised coverage."""

_LEAST = 50


def compared(
    models: Mapping[str, Scorer], items: Dataset, settings: TrainingSettings, *, since: str, until: str
) -> tuple[Comparison, Part]:
    """Give the paired differences of two models (their ids to their scorers) on labelled items, and the part.

    Neither may have learnt from the items. Raises NotEnoughDataError where they cannot tell anything.
    """
    if len(items) < _LEAST or not 0 < items.label.sum() < len(items):
        raise NotEnoughDataError(
            f"{len(items)} items with outcomes came after both learnt, {int(items.label.sum())} illicit",
            remedy="ingest more outcomes of the days since: tamiz outcomes FILE",
        )
    scores = [scorer.score(items.columns, items.history) for scorer in models.values()]
    part = _part(items, dict(zip((ONE, OTHER), scores, strict=True)))
    one, other = (
        _statistics(part, name, items, held, settings)
        for name, held in zip((ONE, OTHER), scores, strict=True)
    )
    found = paired_figures(
        one,
        other,
        part.clusters,
        rng=np.random.default_rng(settings.seed),
        replicates=settings.replicates,
        level=settings.interval_level,
    )
    differences = tuple(
        Difference(name, *figures, more_is_better=name not in LESS_IS_BETTER)
        for name, figures in found.items()
    )
    correlation = rank_correlation(scores[0].risk, scores[1].risk)
    first, second = models
    count, illicit = len(items), int(items.label.sum())
    return Comparison(first, second, since, until, count, illicit, correlation, differences), part


def words_of(comparison: Comparison) -> tuple[str, ...]:
    """Give what a comparison says in sentences, in both directions.

    >>> words_of(Comparison("aa", "bb", "2025-01-01", "2025-02-01", 100, 9, 0.5, ()))[0][:22]
    '100 items with outcome'
    """
    head = (
        f"{comparison.items:,} items with outcomes from {comparison.since} to before {comparison.until}, "
        f"{comparison.illicit:,} illicit; the two rank them with correlation {comparison.correlation:.3f}."
    )
    told = [head]
    for side, name in ((ONE, comparison.one), (OTHER, comparison.other)):
        better = [one.measure for one in comparison.differences if one.better == side]
        if better:
            told.append(f"{name} is better by {', '.join(map(said, better))}: the interval excludes zero.")
    count, apart = len(comparison.differences), sum(one.better is not None for one in comparison.differences)
    if apart < count:
        told.append(f"By {count - apart} of {count} measures they cannot be told apart.")
    return tuple(told)


def _part(items: Dataset, scores: Mapping[str, Scores]) -> Part:
    rankings = {
        name: Ranking(held.risk, held.risk, np.nan_to_num(held.expected_revenue))
        for name, held in scores.items()
    }
    clusters = items.columns["declaration_id"].astype(str)
    return Part("compared", items.label, items.revenue, clusters, rankings)


def _statistics(
    part: Part, name: str, items: Dataset, scores: Scores, settings: TrainingSettings
) -> dict[str, Statistic]:
    every = statistics_of(part, part.rankings[name], settings.reported_percents)
    found = {measure: of for measure, of in every.items() if not measure.startswith("lift")}
    cif = items.columns["cif"]
    honest = honest_items(items)
    if np.isfinite(scores.value_low[honest]).any():
        low, high = (np.where(honest, end, np.nan) for end in (scores.value_low, scores.value_high))
        promised = settings.value_levels[2] - settings.value_levels[0]
        found["coverage_error"] = partial(_coverage_error, low, high, cif, promised)
        found["interval_width"] = partial(_width, low, high)
    return found


def _coverage_error(low: Floats, high: Floats, cif: Floats, promised: float, weight: Floats) -> Floats:
    return np.abs(np.asarray(coverage(low, high, cif, weight)) - promised)


def _width(low: Floats, high: Floats, weight: Floats) -> Floats:
    return np.asarray(width(low, high, weight))
