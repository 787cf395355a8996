"""The final evaluation: once, on later data, hostile to itself."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Evaluation, EvaluationReport, SkillClaim
from customs.figure import Figure
from estimation.arrays import ratio
from estimation.bootstrap import ScoreStatistic, Statistic, bootstrap_figures, skill_claim
from estimation.calibration import brier, ece
from estimation.coverage import coverage, width
from estimation.ranking import auc, average_precision, precision_at, recall_at, revenue_at
from training.part import Intervals, Part, Ranking
from training.settings import TrainingSettings
from training.strictness import examined_by
from training.words import words_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MODEL, CHAMPION, RULES, RANDOM, LOOKUP = "model", "champion", "rules", "random", "lookup"
TO_CHAMPION, TO_CHAMPION_AT_CAPACITY = "ratio_to_champion", "ratio_to_champion_at_capacity"
"""The gate measure, and precision at capacity, of the model over the champion's, resampled together."""


def evaluate(
    parts: tuple[Part, ...], settings: TrainingSettings, rng: np.random.Generator, *, repeated: float
) -> EvaluationReport:
    """Give every figure of every method on every part with its interval, and the claim of skill.

    Skill is claimed on the last part, which is the most honest one, for the method `model` against the better
    of `rules` and `random`, on the measure named in the settings. `repeated` is the share of test items whose
    goods tuple was seen before. A part without both kinds of item gives no figures.
    """
    usable = tuple(part for part in parts if 0 < part.label.sum() < len(part.label))
    evaluations = tuple(
        _evaluation(part, method, settings, rng) for part in usable for method in part.rankings
    )
    skill = _skill(usable[-1], settings, rng) if usable else None
    measures = (f"precision_at_{settings.capacity:g}", settings.gate_measure)
    words = words_of(evaluations, skill, measures, repeated=repeated)
    return EvaluationReport(evaluations, skill, words, examined=examined_by(settings))


def _evaluation(part: Part, method: str, settings: TrainingSettings, rng: np.random.Generator) -> Evaluation:
    draw = partial(bootstrap_figures, rng=rng, replicates=settings.replicates, level=settings.interval_level)
    statistics = statistics_of(part, part.rankings[method], settings.reported_percents)
    if method == MODEL and CHAMPION in part.rankings:
        statistics |= ratios_to_champion(part, settings)
    figures = draw(statistics, part.clusters)
    if method == MODEL and part.intervals is not None and len(part.intervals.cif):
        figures |= draw(_interval_statistics(part.intervals), part.intervals.clusters)
    return Evaluation(part.name, method, len(part.label), int(part.label.sum()), figures)


def statistics_of(part: Part, by: Ranking, percents: tuple[float, ...]) -> dict[str, Statistic]:
    """Give every measure of one ranking of a part's items, by name."""
    made: dict[str, Statistic] = {
        "average_precision": lambda w: average_precision(by.score, part.label, w),
        "auc": lambda w: auc(by.score, part.label, w),
    }
    gained = np.maximum(np.nan_to_num(part.revenue), 0.0) if np.isfinite(part.revenue).any() else None
    for percent in percents:
        share = percent / 100
        made |= _hits(by.score, part.label, percent)
        if gained is not None:
            made[f"revenue_at_{percent:g}"] = partial(_revenue, by.score, gained, share)
            if by.expected_revenue is not None:
                made[f"revenue_by_yield_at_{percent:g}"] = partial(
                    _revenue, by.expected_revenue, gained, share
                )
    if by.probability is not None:
        probability = by.probability
        made["brier"] = lambda w: brier(probability, part.label, w)
        made["calibration_error"] = lambda w: ece(probability, part.label, 10, w)
    return made


def ratios_to_champion(part: Part, settings: TrainingSettings) -> dict[str, Statistic]:
    """Give what the gate asks of a model beside the champion, both being rankings of the part."""
    return {
        TO_CHAMPION: _to_champion(part, settings.gate_measure),
        TO_CHAMPION_AT_CAPACITY: _to_champion(part, f"precision_at_{settings.capacity:g}"),
    }


def _interval_statistics(intervals: Intervals) -> dict[str, Statistic]:
    return {
        "interval_coverage": lambda w: coverage(intervals.low, intervals.high, intervals.cif, w),
        "interval_width": lambda w: width(intervals.low, intervals.high, w),
    }


def _hits(score: Floats, label: Floats, percent: float) -> dict[str, Statistic]:
    """Give precision, recall and lift of a share: all follow from the recall, which is worked out once."""
    share = percent / 100
    last: list[tuple[Floats, Floats]] = []

    def recall(weight: Floats) -> Floats:
        if not last or last[0][0] is not weight:
            last[:] = [(weight, np.asarray(recall_at(score, label, share, weight)))]
        return last[0][1]

    return {
        f"precision_at_{percent:g}": lambda w: recall(w) * (w @ label) / (share * w.sum(axis=1)),
        f"recall_at_{percent:g}": recall,
        f"lift_at_{percent:g}": lambda w: recall(w) / share,
    }


def _revenue(score: Floats, gained: Floats, share: float, weight: Floats) -> Floats:
    return np.asarray(revenue_at(score, gained, share, weight))


def _to_champion(part: Part, measured: str) -> Statistic:
    measure = _gate_statistic(part.label, measured)
    model, champion = part.rankings[MODEL].score, part.rankings[CHAMPION].score

    return lambda weight: ratio(measure(model, weight), measure(champion, weight))


def _skill(part: Part, settings: TrainingSettings, rng: np.random.Generator) -> SkillClaim | None:
    if MODEL not in part.rankings:
        return None
    baselines = {RANDOM: np.zeros(len(part.label))}
    if RULES in part.rankings:
        baselines[RULES] = part.rankings[RULES].score
    return skill_claim(
        settings.gate_measure,
        _gate_statistic(part.label, settings.gate_measure),
        part.rankings[MODEL].score,
        baselines,
        part.clusters,
        rng=rng,
        replicates=settings.skill_replicates,
        level=settings.skill_level,
    )


def _gate_statistic(label: Floats, measure: str) -> ScoreStatistic:
    name, _, percent = measure.rpartition("_at_")
    if not name:
        return lambda score, weight: np.asarray(average_precision(score, label, weight))
    share = float(percent) / 100
    return lambda score, weight: np.asarray(precision_at(score, label, share, weight))


def figure_of(report: EvaluationReport, part: str, method: str, measure: str) -> Figure | None:
    """Give one figure of a report, None where it was not measured."""
    for evaluation in report.evaluations:
        if evaluation.part == part and evaluation.method == method:
            return evaluation.figures.get(measure)
    return None
