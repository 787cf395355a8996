"""Two models on the same items, resampled together: what can be told apart, and what cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Comparison, Difference, Text
from customs.figure import Figure
from estimation.bootstrap import Statistic, bootstrap_figures, paired_figures
from estimation.coverage import coverage, width
from features.dataset import Dataset
from scoring.scorer import Scorer, Scores
from training.catalogue import each, measure_name, text
from training.errors import NotEnoughDataError
from training.evaluate import CHAMPION, MODEL, ratios_to_champion, statistics_of
from training.part import Part, Ranking
from training.settings import TrainingSettings
from training.stability import rank_correlation
from training.value_model import honest_items

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
    _check(items)
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


def beside_champion(
    model: Scorer, champion: Scorer, items: Dataset, settings: TrainingSettings
) -> dict[str, Figure]:
    """Give the figures that the gate asks of a model beside the champion, on labelled items.

    Neither may have learnt from the items. Raises NotEnoughDataError where they cannot tell anything.
    """
    _check(items)
    scorers = {MODEL: model, CHAMPION: champion}
    part = _part(items, {name: one.score(items.columns, items.history) for name, one in scorers.items()})
    return bootstrap_figures(
        ratios_to_champion(part, settings),
        part.clusters,
        rng=np.random.default_rng(settings.seed),
        replicates=settings.replicates,
        level=settings.interval_level,
    )


def _check(items: Dataset) -> None:
    if len(items) < _LEAST or not 0 < items.label.sum() < len(items):
        raise NotEnoughDataError(
            f"{len(items)} items with outcomes came after both learnt, {int(items.label.sum())} illicit",
            remedy="ingest more outcomes of the days since: tamiz outcomes FILE",
        )


def words_of(comparison: Comparison) -> tuple[Text, ...]:
    """Give what a comparison says in sentences, in both directions.

    >>> words_of(Comparison("aa", "bb", "2025-01-01", "2025-02-01", 100, 9, 0.5, ()))[0]["en"][:22]
    '100 items with outcome'
    """
    count, apart = len(comparison.differences), sum(one.better is not None for one in comparison.differences)
    alike = [text("compare/alike", alike=str(count - apart), count=str(count))] if apart < count else []
    return (_head(comparison), *_better(comparison), *alike)


def _head(comparison: Comparison) -> Text:
    return text(
        "compare/head",
        items=f"{comparison.items:,}",
        since=comparison.since,
        until=comparison.until,
        illicit=f"{comparison.illicit:,}",
        correlation=f"{comparison.correlation:.3f}",
    )


def _better(comparison: Comparison) -> Iterator[Text]:
    for side, name in ((ONE, comparison.one), (OTHER, comparison.other)):
        better = [one.measure for one in comparison.differences if one.better == side]
        if better:
            yield text("compare/better", name=name, measures=each(partial(_listed, better)))


def _listed(measures: Sequence[str], language: str) -> str:
    return ", ".join(measure_name(one, language) for one in measures)


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
