"""Learning a scorer from labelled items and from the population, by parts in time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from features.columns import take
from features.local_time import date_of
from features.recipe import Recipe
from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from scoring.scorer import Scorer
from scoring.thresholds import Thresholds
from training.anomaly_model import fit_anomaly
from training.choice import Chosen, Studies, chosen_by
from training.errors import NotEnoughDataError
from training.finding_learning import with_findings
from training.material import Material, Prepared
from training.risk_learner import RiskLearner
from training.risk_learning import learn_risk
from training.settings import TrainingSettings
from training.split import Boundaries, Split, some_of, split_by_time
from training.trial import Progress, Search, silent
from training.value_learning import learn_value

_FEW = 100


@dataclass(frozen=True)
class Learnt:
    """A scorer, how it was chosen, the parts it was learnt from, and what learnt its booster of risk.

    Without labels there is no risk model: no parts, and no learner.
    """

    scorer: Scorer
    boundaries: Boundaries
    split: Split | None
    chosen: Chosen
    searches: tuple[Search, ...]
    learner: RiskLearner | None = None


def learn(
    material: Material,
    boundaries: Boundaries,
    settings: TrainingSettings,
    how: Studies | Chosen,
    progress: Progress = silent,
) -> Learnt:
    """Give a scorer learnt from rows that were known when its part of time ended.

    `how` is either where to search for parameters, or parameters that were chosen before. The recipe, the
    value and the anomaly model learn from items before the calibration part; the risk model too, and then,
    by the settings, once more with that part. Raises NotEnoughDataError.
    """
    rng = np.random.default_rng(settings.seed)
    end = min(boundaries.calibration, material.learn_until)
    recipe = _recipe(material, end)
    population = Prepared(material.population, recipe, end, folder=material.folder)
    value, value_found = learn_value(
        population, boundaries, settings, how, progress, learn_until=material.learn_until
    )
    scorer = Scorer(recipe=recipe, value=value)
    if not len(material.labelled.label):
        return Learnt(scorer, boundaries, None, chosen_by(None, value_found, how), _searches(value_found))
    split = split_by_time(material.labelled_rows, boundaries, settings)
    labelled = Prepared(material.labelled, recipe, end, folder=material.folder)
    hurried = (
        settings.model_copy(update={"trials": 1}) if value_found and value_found.interrupted else settings
    )
    risk = learn_risk(labelled, population, split, hurried, how, progress=progress)
    progress("anomaly model", 0, 1)
    scorer = replace(scorer, risk=risk.model, anomaly=_anomaly(population, boundaries, settings, rng))
    scorer = with_findings(scorer, risk.earlier, labelled, split, settings)
    scorer = replace(scorer, thresholds=_thresholds(population, boundaries, scorer, settings))
    progress("anomaly model", 1, 1)
    chosen, searches = chosen_by(risk.search, value_found, how), _searches(value_found, risk.search)
    return Learnt(scorer, boundaries, split, chosen, searches, risk.learner)


def _recipe(material: Material, end: int) -> Recipe:
    population = material.population.columns
    train = population["customs_date"] < end
    if not train.any():
        raise NotEnoughDataError("no items before the calibration part", remedy="ingest more months of items")
    snapshot = material.history.snapshot(date_of(end))
    return Recipe.fit(take(population, train), snapshot=snapshot, settings=material.history_settings)


def _anomaly(
    population: Prepared, bounds: Boundaries, settings: TrainingSettings, rng: np.random.Generator
) -> AnomalyModel:
    recipe = population.recipe
    train = np.flatnonzero(population.day < population.end)
    real = population.matrix[some_of(train, settings.anomaly_rows, rng)]
    fitted = fit_anomaly(real, recipe.names, recipe.categorical, settings, rng)
    recent = np.flatnonzero((population.day >= bounds.calibration) & (population.day < bounds.test))
    reference = recent if len(recent) >= _FEW else train
    return AnomalyModel.fit(Booster(fitted.text), population.matrix[reference[-settings.reference_rows :]])


def _thresholds(
    population: Prepared, bounds: Boundaries, scorer: Scorer, settings: TrainingSettings
) -> Thresholds:
    """Take them from the newest declarations of the population, whole ones, inspected or not."""
    order = np.argsort(population.day, kind="stable")
    recent = order[population.day[order] >= bounds.calibration]
    chosen = recent[-settings.reference_rows :] if len(recent) >= _FEW else order[-settings.reference_rows :]
    columns = take(population.data.columns, chosen)
    scores = scorer.score_matrix(population.matrix[chosen], columns)
    return Thresholds.fit(columns["declaration_id"], scores.risk, scores.expected_revenue)


def _searches(*found: Search | None) -> tuple[Search, ...]:
    return tuple(one for one in found if one is not None)
